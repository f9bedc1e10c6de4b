/** Large communities (RFC 8092): three four-octet numbers, held in their canonical text (§5), `64496:1:2`. */
import { readU32, u32 } from '../bytes.ts';
import { EncodeError } from '../encode-error.ts';

/** Octets of a large community. */
export const LARGE_COMMUNITY_LENGTH = 12;

/** Global administrator and two local data parts, decimal, without leading zeros. */
export type LargeCommunity = string;

/** Reads the twelve octets at `at`, which the caller knows to be there. */
export function decodeLargeCommunity(bytes: Uint8Array, at = 0): LargeCommunity {
  return `${readU32(bytes, at)}:${readU32(bytes, at + 4)}:${readU32(bytes, at + 8)}`;
}

/** Twelve octets. Throws an EncodeError for text that is no large community. */
export function encodeLargeCommunity(community: LargeCommunity): Uint8Array {
  const canonical = parseLargeCommunity(community);
  if (canonical === undefined) throw new EncodeError(`${JSON.stringify(community)} is no large community`);
  return Uint8Array.from(canonical.split(':').flatMap((part) => u32(Number(part))));
}

/** The canonical form of `text`, or undefined when it is no large community; leading zeros are not allowed (§5). */
export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const parts = text.split(':');
  const valid = (part: string) => /^(0|[1-9]\d{0,9})$/.test(part) && Number(part) <= 0xffffffff;
  return parts.length === 3 && parts.every(valid) ? text : undefined;
}
