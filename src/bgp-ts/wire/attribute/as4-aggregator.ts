import { type Aggregator, decodeAggregator, encodeAggregator } from './aggregator.ts';
import type { AttributeCodec } from './codec.ts';

/** AS4_AGGREGATOR (RFC 6793 §3, §6). */
export const as4Aggregator: AttributeCodec<Aggregator> = {
  decode(bytes, start, end) {
    return decodeAggregator('as4-aggregator', bytes, start, end, 4);
  },
  encode(value) {
    return encodeAggregator(value, 4);
  },
};
