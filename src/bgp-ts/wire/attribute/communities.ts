import { readU32, u32 } from '../bytes.ts';
import { checkUint } from '../encode-error.ts';
import { fixedList } from './fixed-list.ts';

/** COMMUNITIES (RFC 1997, RFC 7606 §7.8): unsigned 32-bit numbers in the order in which they came. */
export const communities = fixedList('communities', 4, readU32, (community: number) =>
  Uint8Array.from(u32(checkUint('community', community, 0xffffffff))),
);
