import { EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { wrongLength } from './malformed.ts';

/** ATOMIC_AGGREGATE (RFC 4271 §5.1.6, RFC 7606 §7.6): there or not there. */
export const atomicAggregate: AttributeCodec<true> = {
  decode(_bytes, start, end) {
    return start === end ? ok(true) : wrongLength('atomic-aggregate', start, end, 0);
  },
  encode(value) {
    if (value !== true) throw new EncodeError('ATOMIC_AGGREGATE is true or left out');
    return new Uint8Array(0);
  },
};
