import { concat, readU16, u16 } from '../bytes.ts';
import { UpdateSubcode } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';

export interface LinkStateTlv {
  readonly type: number;
  readonly value: Uint8Array;
}

const HEADER = 4;

/**
 * BGP-LS Attribute (RFC 9552 §5.3): type-length-value triplets. Only their structure is looked at (§8.2.2: what the
 * values say is for the consumer of the topology), and they are kept in the order in which they came.
 */
export const linkState: AttributeCodec<readonly LinkStateTlv[]> = {
  decode(bytes, start, end) {
    const tlvs: LinkStateTlv[] = [];
    for (let at = start; at < end; ) {
      const value = at + HEADER;
      const next = value + (value <= end ? readU16(bytes, at + 2) : 0);
      if (next > end) {
        const { OptionalAttribute } = UpdateSubcode;
        return malformed('link-state-overrun', at, 'a TLV runs past the attribute', { subcode: OptionalAttribute });
      }
      tlvs.push({ type: readU16(bytes, at), value: bytes.slice(value, next) });
      at = next;
    }
    return ok(tlvs);
  },
  encode(tlvs) {
    return concat(
      tlvs.map(({ type, value }) =>
        Uint8Array.of(
          ...u16(checkUint('TLV type', type, 0xffff)),
          ...u16(checkUint('TLV length', value.length, 0xffff)),
          ...value,
        ),
      ),
    );
  },
};
