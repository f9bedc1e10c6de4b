import { type AddressRange, parsePrefixRange, rangeOf } from '../nva/prefix-range.ts';
import type { Config } from './config.ts';

type Expected = Config['nves'][number];

/** Of what is configured by prefix: it is asked about each set of attributes that comes from another domain. */
const ranges = new WeakMap<Expected, AddressRange>();

/** Whether our own NVA is at an address: this nvad or another replica. */
export function isNva(
  { routerId, listen, nvas }: Pick<Config, 'routerId' | 'listen' | 'nvas'>,
  address: string,
): boolean {
  return (
    address === routerId || listen.some(({ host }) => host === address) || nvas.some((nva) => nva.address === address)
  );
}

/** Whether NVEs of our own are at an address, or may come from there. */
export function isUnderlay({ nves }: Pick<Config, 'nves'>, address: string): boolean {
  return nves.some((nve) => isAt(nve, address));
}

/** Whether it is about an NVE that is there, or may come from there. */
export function isAt(nve: Expected, address: string): boolean {
  if (nve.kind === 'sessionless') return nve.nve.tunnelAddress === address;
  if (nve.kind === 'static') return nve.address === address || nve.nve?.tunnelAddress === address;
  const range = ranges.get(nve) ?? parsePrefixRange(nve.prefix);
  if (range !== undefined) ranges.set(nve, range);
  return range !== undefined && rangeOf(address, range.family, range.length) === range.bits;
}
