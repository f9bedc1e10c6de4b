import { parsePrefixRange, rangeOf } from '../nva/prefix-range.ts';
import type { Config } from './config.ts';

/** Whether NVEs of our own are at an address, or may come from there. */
export function isUnderlay({ nves }: Pick<Config, 'nves'>, address: string): boolean {
  return nves.some((nve) => {
    if (nve.kind === 'sessionless') return nve.nve.tunnelAddress === address;
    if (nve.kind === 'static') return nve.address === address || nve.nve?.tunnelAddress === address;
    const range = parsePrefixRange(nve.prefix);
    return range !== undefined && rangeOf(address, range.family, range.length) === range.bits;
  });
}
