import { parsePeerAddress } from './address.ts';
import type { ConfigPath } from './error.ts';
import { textOf } from './parsed.ts';
import { asMap, type Claim } from './raw.ts';

/** The addresses of the peers that the entry at `path` is about: one, or of a neighbour domain perhaps a list. */
export function peerClaims(entry: unknown, path: ConfigPath): Claim[] {
  const { address } = asMap(entry);
  const one = (written: unknown, at: ConfigPath): Claim[] => {
    const key = typeof written === 'string' ? textOf(parsePeerAddress(written)) : undefined;
    return key === undefined ? [] : [{ key, path: at }];
  };
  const at = [...path, 'address'];
  return Array.isArray(address) ? address.flatMap((text, i) => one(text, [...at, i])) : one(address, at);
}
