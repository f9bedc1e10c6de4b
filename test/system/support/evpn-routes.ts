/** EVPN NLRI octet by octet (RFC 7432 §7, RFC 9136 §3.1). */
import { address, u16, u24, u32, unhex } from './bytes.ts';

const route = (type: number, value: readonly number[]): number[] => [type, value.length, ...value];
const zeroEsi = '00'.repeat(10);

/** Type 1 route distinguisher: IPv4 address and number. */
export const rd = (ip: string, number: number): number[] => [0, 1, ...address(ip), ...u16(number)];

interface Common {
  readonly rd: readonly number[];
  readonly tag?: number;
  readonly esi?: string;
}

export interface MacIp extends Common {
  readonly mac: string;
  readonly ip?: string;
  readonly labels?: readonly number[];
}

export function macIp({ rd, tag = 0, esi = zeroEsi, mac, ip, labels = [100] }: MacIp): number[] {
  const host = ip === undefined ? [] : address(ip);
  const value = [...rd, ...unhex(esi), ...u32(tag), 48, ...unhex(mac), host.length * 8, ...host];
  return route(2, [...value, ...labels.flatMap(u24)]);
}

export function ethernetAd({ rd, tag = 0xffffffff, esi = zeroEsi, label = 0 }: Common & { label?: number }): number[] {
  return route(1, [...rd, ...unhex(esi), ...u32(tag), ...u24(label)]);
}

export function inclusiveMulticast({ rd, tag = 0, originator }: Common & { originator: string }): number[] {
  const from = address(originator);
  return route(3, [...rd, ...u32(tag), from.length * 8, ...from]);
}

export function ethernetSegment({ rd, esi = zeroEsi, originator }: Common & { originator: string }): number[] {
  const from = address(originator);
  return route(4, [...rd, ...unhex(esi), from.length * 8, ...from]);
}

export interface IpPrefix extends Common {
  readonly prefix: string;
  readonly gateway: string;
  readonly label?: number;
}

export function ipPrefix({ rd, tag = 0, esi = zeroEsi, prefix, gateway, label = 100 }: IpPrefix): number[] {
  const [network = '', length] = prefix.split('/');
  const where = [Number(length), ...address(network), ...address(gateway)];
  return route(5, [...rd, ...unhex(esi), ...u32(tag), ...where, ...u24(label)]);
}

export const unknownType = (type: number, octets: string): number[] => route(type, unhex(octets));

/** A MAC address that belongs to `index`. */
/** As people write it. */
export const colons = (mac: string): string => mac.replace(/..(?=.)/g, '$&:');
export const macOf = (index: number): string => `02${index.toString(16).padStart(10, '0')}`;
