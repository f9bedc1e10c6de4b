/** Octets by hand, so that what the tests send and expect does not come from the code under test. */
export const u16 = (value: number): number[] => [(value >>> 8) & 255, value & 255];
export const u24 = (value: number): number[] => [(value >>> 16) & 255, ...u16(value)];
export const u32 = (value: number): number[] => [(value >>> 24) & 255, ...u24(value)];

export const hex = (octets: Uint8Array | readonly number[]): string => Buffer.from(octets).toString('hex');
export const unhex = (text: string): number[] => [...Buffer.from(text.replaceAll(/[\s:]/g, ''), 'hex')];

/** An IPv4 address, or an IPv6 address. */
export function address(text: string): number[] {
  if (text.includes('.')) return text.split('.').map(Number);
  const [head = '', tail] = text.split('::');
  const groups = (part: string) => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].flatMap((group) => u16(Number.parseInt(group, 16)));
}
