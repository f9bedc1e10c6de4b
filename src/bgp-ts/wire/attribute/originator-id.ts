import { EncodeError } from '../encode-error.ts';
import { formatIpv4, parseIpv4 } from '../ip.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { wrongLength } from './malformed.ts';

/** ORIGINATOR_ID in dotted decimal (RFC 4456 §8, RFC 7606 §7.9). */
export const originatorId: AttributeCodec<string> = {
  decode(bytes, start, end) {
    return end - start === 4 ? ok(formatIpv4(bytes, start)) : wrongLength('originator-id', start, end, 4);
  },
  encode(id) {
    const octets = parseIpv4(id);
    if (octets === undefined) throw new EncodeError(`ORIGINATOR_ID ${id} is not in dotted decimal`);
    return octets;
  },
};
