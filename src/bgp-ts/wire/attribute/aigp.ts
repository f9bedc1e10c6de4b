import { concat, readU16, u16 } from '../bytes.ts';
import { UpdateSubcode } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

export interface AigpTlv {
  /** 1 is the accumulated metric, of eight octets. */
  readonly type: number;
  readonly value: Uint8Array;
}

const HEADER = 3;
const METRIC_TYPE = 1;
const METRIC_LENGTH = 8;

/** AIGP (RFC 7311 §3): TLVs whose length counts their own header. Kept as they are; no route is chosen by them here. */
export const aigp: AttributeCodec<readonly AigpTlv[]> = {
  decode(bytes, start, end) {
    const bad = (code: string, at: number, reason: string) =>
      malformed(code, at, reason, { subcode: UpdateSubcode.OptionalAttribute });
    const tlvs: AigpTlv[] = [];
    for (let at = start; at < end; ) {
      const length = at + HEADER <= end ? readU16(bytes, at + 1) : 0;
      if (length < HEADER || at + length > end) return bad('aigp-overrun', at, 'a TLV does not fit');
      const type = bytes[at];
      if (type === METRIC_TYPE && length !== HEADER + METRIC_LENGTH) {
        return bad('aigp-metric-length', at + 1, `AIGP TLV of ${length} octets instead of ${HEADER + METRIC_LENGTH}`);
      }
      tlvs.push({ type, value: bytes.slice(at + HEADER, at + length) });
      at += length;
    }
    return ok(tlvs);
  },
  encode(tlvs) {
    return concat(
      tlvs.map(({ type, value }) => {
        if (type === METRIC_TYPE && value.length !== METRIC_LENGTH)
          throw new EncodeError('an AIGP metric has 8 octets');
        const length = checkUint('TLV length', HEADER + value.length, 0xffff);
        return Uint8Array.of(checkUint('TLV type', type, 255), ...u16(length), ...value);
      }),
    );
  },
};
