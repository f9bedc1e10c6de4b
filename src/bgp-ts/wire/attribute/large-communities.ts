import {
  decodeLargeCommunity,
  encodeLargeCommunity,
  LARGE_COMMUNITY_LENGTH,
  type LargeCommunity,
} from '../community/large.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { fixedList } from './fixed-list.ts';

const list = fixedList('large-communities', LARGE_COMMUNITY_LENGTH, decodeLargeCommunity, encodeLargeCommunity);

/**
 * LARGE_COMMUNITY (RFC 8092): each in canonical text, in the order in which they came. A value that comes twice is kept
 * once (§3), so encoding what was read can be shorter than what came.
 */
export const largeCommunities: AttributeCodec<readonly LargeCommunity[]> = {
  decode(bytes, start, end, ctx) {
    const decoded = list.decode(bytes, start, end, ctx);
    return decoded.ok ? ok([...new Set(decoded.value)]) : decoded;
  },
  encode(items, ctx) {
    return list.encode([...new Set(items)], ctx);
  },
};
