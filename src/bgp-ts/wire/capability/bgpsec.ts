import { readU16, u16 } from '../bytes.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

export interface Bgpsec {
  /** Four bits; 0 is RFC 8205's. */
  readonly version: number;
  /** What the sender wants to do with BGPsec UPDATEs. */
  readonly direction: 'receive' | 'send';
  readonly afi: number;
}

const SEND = 0x08;

/** BGPsec (RFC 8205 §2.1). */
export const bgpsec: CapabilityCodec<Bgpsec> = {
  decode(bytes, start, end) {
    if (end - start !== 3) return malformed(`length ${end - start} instead of 3`);
    const direction = (bytes[start] & SEND) === 0 ? 'receive' : 'send';
    return ok({ version: bytes[start] >> 4, direction, afi: readU16(bytes, start + 1) });
  },
  encode({ version, direction, afi }) {
    const first = (checkUint('BGPsec version', version, 15) << 4) | (direction === 'send' ? SEND : 0);
    return Uint8Array.of(first, ...u16(checkUint('AFI', afi, 0xffff)));
  },
};
