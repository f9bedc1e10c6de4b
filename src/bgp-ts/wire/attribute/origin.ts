import { UpdateSubcode } from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed, wrongLength } from './malformed.ts';

/** In the order of their numbers (RFC 4271 §4.3 a). */
const origins = ['igp', 'egp', 'incomplete'] as const;
/** Where a route came from: `igp`, `egp` or `incomplete` (RFC 4271 §5.1.1). */
export type Origin = (typeof origins)[number];

/** ORIGIN (RFC 4271 §5.1.1, RFC 7606 §7.1). */
export const origin: AttributeCodec<Origin> = {
  decode(bytes, start, end) {
    if (end - start !== 1) return wrongLength('origin', start, end, 1);
    const value: Origin | undefined = origins[bytes[start]];
    if (value !== undefined) return ok(value);
    return malformed('origin-value', start, `value ${bytes[start]} is not defined`, {
      subcode: UpdateSubcode.InvalidOrigin,
    });
  },
  encode(value) {
    const number = origins.indexOf(value);
    if (number < 0) throw new EncodeError(`no ORIGIN ${value}`);
    return Uint8Array.of(number);
  },
};
