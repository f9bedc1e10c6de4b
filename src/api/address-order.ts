import { isIPv4 } from 'node:net';

/** Sorts IPv4 before IPv6, and each by number rather than by letters: 10.0.0.9 before 10.0.0.10. */
export function compareAddresses(a: string, b: string): number {
  const aIsV4 = isIPv4(a);
  if (aIsV4 !== isIPv4(b)) return aIsV4 ? -1 : 1;
  const aKey = aIsV4 ? a.split('.').map(decimal).join('.') : groups(a);
  const bKey = aIsV4 ? b.split('.').map(decimal).join('.') : groups(b);
  return aKey < bKey ? -1 : aKey > bKey ? 1 : 0;
}

const decimal = (part: string) => part.padStart(3, '0');

function groups(address: string): string {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...new Array<string>(zeros).fill('0'), ...right].map((group) => group.padStart(4, '0')).join(':');
}
