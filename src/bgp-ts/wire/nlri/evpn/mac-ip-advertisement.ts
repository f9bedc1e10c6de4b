/**
 * EVPN route type 2, MAC/IP Advertisement (RFC 7432 §7.2). Key: RD, Ethernet tag, MAC
 * length and address, IP length and address; ESI and labels ride along, and one label or two make no difference.
 */
import { concat, readU24, readU32, u24, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import type { Label } from '../../label.ts';
import { encodeMac, formatMac } from '../../mac.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { addressOctets, ESI, EVPN, type EvpnBase, LABEL, RD, readAddress, TAG, writeAddress } from './fields.ts';
import type { NlriSplit } from './split.ts';

export interface MacIpAdvertisement extends EvpnBase {
  readonly kind: 'mac-ip-advertisement';
  readonly type: 2;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  readonly ethernetTag: number;
  readonly mac: string;
  /** Absent in a route for the MAC address alone. */
  readonly ip?: string;
  /** Raw 24 bits: the layer-2 VNI or label. */
  readonly label1: Label;
  /** Raw 24 bits: the layer-3 VNI or label, where the route carries one. */
  readonly label2?: Label;
}

const MAC_LENGTH = RD + ESI + TAG;
const IP_LENGTH = MAC_LENGTH + 1 + 6;
const MAC_BITS = 48;

export function splitMacIpAdvertisement(bytes: Uint8Array, start: number, end: number, out: NlriSplit): NlriFaultCode {
  if (start + IP_LENGTH >= end) return NlriFaultCode.EvpnLength;
  if (bytes[start + MAC_LENGTH] !== MAC_BITS) return NlriFaultCode.EvpnMacLength;
  const ip = addressOctets(bytes[start + IP_LENGTH]);
  if (ip < 0) return NlriFaultCode.EvpnIpLength;
  const tail = start + IP_LENGTH + 1 + ip;
  const labels = end - tail;
  if (labels !== LABEL && labels !== 2 * LABEL) return NlriFaultCode.EvpnLength;
  out.midStart = start + RD;
  out.midLength = ESI;
  out.tailStart = tail;
  out.tailLength = labels;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitMacIpAdvertisement} accepted, with the labels where it found them. */
export function decodeMacIpAdvertisement(bytes: Uint8Array, start: number, split: NlriSplit): MacIpAdvertisement {
  const ip = readAddress(bytes, start + IP_LENGTH);
  return {
    kind: 'mac-ip-advertisement',
    ...EVPN,
    type: 2,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    ethernetTag: readU32(bytes, start + RD + ESI),
    mac: formatMac(bytes, start + MAC_LENGTH + 1),
    ...(ip === undefined ? {} : { ip }),
    label1: readU24(bytes, split.tailStart),
    ...(split.tailLength === LABEL ? {} : { label2: readU24(bytes, split.tailStart + LABEL) }),
  };
}

export function encodeMacIpAdvertisement(route: MacIpAdvertisement): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  const labels = route.label2 === undefined ? [route.label1] : [route.label1, route.label2];
  for (const label of labels) checkUint('label', label, 0xffffff);
  return concat([
    encodeRd(route.rd),
    encodeEsi(route.esi),
    Uint8Array.of(...u32(route.ethernetTag), MAC_BITS),
    encodeMac(route.mac),
    writeAddress('IP address', route.ip),
    Uint8Array.from(labels.flatMap(u24)),
  ]);
}
