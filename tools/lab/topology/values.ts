import { isIPv4, isIPv6 } from 'node:net';

/** Whether `ip link` takes it: 1 to 15 bytes, no slash, no space, no colon (IFNAMSIZ). */
export function isInterfaceName(text: string): boolean {
  return /^[^\s/:]{1,15}$/.test(text) && text !== '.' && text !== '..';
}

export function isMac(text: string): boolean {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) && (Number.parseInt(text.slice(0, 2), 16) & 1) === 0;
}

export function isIpv4Prefix(text: string): boolean {
  const [address, length, rest] = text.split('/');
  return rest === undefined && isIPv4(address ?? '') && isLength(length, 32);
}

export function isIpv6Prefix(text: string): boolean {
  const [address, length, rest] = text.split('/');
  return rest === undefined && isIPv6(address ?? '') && !address?.includes('%') && isLength(length, 128);
}

function isLength(text: string | undefined, max: number): boolean {
  return text !== undefined && /^\d{1,3}$/.test(text) && Number(text) <= max;
}
