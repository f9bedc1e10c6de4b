/** EVPN route type 9, Per-Region I-PMSI A-D (RFC 9572 §3.1). Key: all of it. */
import { concat, fromHex, readU32, toHex, u32 } from '../../bytes.ts';
import { checkUint, EncodeError } from '../../encode-error.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { EVPN, type EvpnBase, RD, TAG } from './fields.ts';

export interface PerRegionIPmsi extends EvpnBase {
  readonly kind: 'per-region-i-pmsi';
  readonly type: 9;
  readonly rd: RouteDistinguisher;
  readonly ethernetTag: number;
  /** Eight octets in hexadecimal, of the form of an extended community. */
  readonly regionId: string;
}

const REGION = 8;

export function splitPerRegionIPmsi(start: number, end: number): NlriFaultCode {
  return end - start === RD + TAG + REGION ? NlriFaultCode.None : NlriFaultCode.EvpnLength;
}

/** Reads a value that {@link splitPerRegionIPmsi} accepted. */
export function decodePerRegionIPmsi(bytes: Uint8Array, start: number): PerRegionIPmsi {
  return {
    kind: 'per-region-i-pmsi',
    ...EVPN,
    type: 9,
    rd: decodeRd(bytes, start),
    ethernetTag: readU32(bytes, start + RD),
    regionId: toHex(bytes, start + RD + TAG, start + RD + TAG + REGION),
  };
}

export function encodePerRegionIPmsi(route: PerRegionIPmsi): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  const region = fromHex(route.regionId);
  if (region?.length !== REGION) throw new EncodeError(`${JSON.stringify(route.regionId)} is no region id`);
  return concat([encodeRd(route.rd), Uint8Array.from(u32(route.ethernetTag)), region]);
}
