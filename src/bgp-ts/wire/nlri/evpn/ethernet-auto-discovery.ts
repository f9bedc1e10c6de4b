/** EVPN route type 1, Ethernet Auto-Discovery (RFC 7432 §7.1). Key: RD, ESI, Ethernet tag. */
import { concat, readU24, readU32, u24, u32 } from '../../bytes.ts';
import { checkUint } from '../../encode-error.ts';
import { decodeEsi, type Esi, encodeEsi } from '../../esi.ts';
import type { Label } from '../../label.ts';
import { decodeRd, encodeRd, type RouteDistinguisher } from '../../rd.ts';
import { NlriFaultCode } from '../fault.ts';
import { ESI, EVPN, type EvpnBase, LABEL, RD, TAG } from './fields.ts';
import type { NlriSplit } from './split.ts';

export interface EthernetAutoDiscovery extends EvpnBase {
  readonly kind: 'ethernet-auto-discovery';
  readonly type: 1;
  readonly rd: RouteDistinguisher;
  readonly esi: Esi;
  /** 0xffffffff (MAX-ET) for a route per segment (RFC 7432 §8.2.1). */
  readonly ethernetTag: number;
  /** Raw 24 bits. */
  readonly label: Label;
}

const KEY = RD + ESI + TAG;

export function splitEthernetAutoDiscovery(start: number, end: number, out: NlriSplit): NlriFaultCode {
  if (end - start !== KEY + LABEL) return NlriFaultCode.EvpnLength;
  out.tailStart = start + KEY;
  out.tailLength = LABEL;
  return NlriFaultCode.None;
}

/** Reads a value that {@link splitEthernetAutoDiscovery} accepted. */
export function decodeEthernetAutoDiscovery(bytes: Uint8Array, start: number): EthernetAutoDiscovery {
  return {
    kind: 'ethernet-auto-discovery',
    ...EVPN,
    type: 1,
    rd: decodeRd(bytes, start),
    esi: decodeEsi(bytes, start + RD),
    ethernetTag: readU32(bytes, start + RD + ESI),
    label: readU24(bytes, start + KEY),
  };
}

export function encodeEthernetAutoDiscovery(route: EthernetAutoDiscovery): Uint8Array {
  checkUint('Ethernet tag', route.ethernetTag, 0xffffffff);
  checkUint('label', route.label, 0xffffff);
  return concat([
    encodeRd(route.rd),
    encodeEsi(route.esi),
    Uint8Array.of(...u32(route.ethernetTag), ...u24(route.label)),
  ]);
}
