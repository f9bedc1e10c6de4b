/**
 * Extended communities (RFC 4360 §2, RFC 7153): eight octets, kept whole as 16 hexadecimal digits. That is the truth
 * that is compared, relayed and encoded; what {@link describeExtendedCommunity} says about it is a view.
 */
import { fromHex, toHex } from '../../bytes.ts';
import { EncodeError } from '../../encode-error.ts';

/** Octets of an extended community. */
export const EXTENDED_COMMUNITY_LENGTH = 8;

/** Eight octets as 16 lower-case hexadecimal digits. */
export type ExtendedCommunity = string;

/** In the type octet: not to be passed on to another AS (RFC 4360 §2). */
export const NON_TRANSITIVE = 0x40;

/** Reads the eight octets at `at`, which the caller knows to be there. */
export function decodeExtendedCommunity(bytes: Uint8Array, at = 0): ExtendedCommunity {
  return toHex(bytes, at, at + EXTENDED_COMMUNITY_LENGTH);
}

/** Eight octets. Throws an EncodeError for anything else. */
export function encodeExtendedCommunity(community: ExtendedCommunity): Uint8Array {
  const bytes = fromHex(community);
  if (bytes?.length !== EXTENDED_COMMUNITY_LENGTH) {
    throw new EncodeError(`${JSON.stringify(community)} is no extended community`);
  }
  return bytes;
}

/** Whether the community may be passed on to another AS (RFC 4360 §2 and §6). */
export function isTransitive(community: ExtendedCommunity): boolean {
  return (encodeExtendedCommunity(community)[0] & NON_TRANSITIVE) === 0;
}
