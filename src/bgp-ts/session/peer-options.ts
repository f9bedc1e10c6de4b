import type { DampingOptions } from '../fsm/options.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { AS_TRANS } from '../wire/constants.ts';
import type { Open } from '../wire/message/open.ts';
import type { Protection } from './transport.ts';

/** What we are to the peer. */
export interface LocalSpeaker {
  readonly asn: number;
  /** BGP Identifier in dotted decimal. */
  readonly routerId: string;
  /** What our OPEN announces. The four-octet AS capability is added where it is missing (RFC 6793 §4.1). */
  readonly capabilities: readonly Capability[];
  /** Seconds, 0 or at least 3; default 90 (RFC 4271 §10). */
  readonly holdTime?: number;
}

/** One neighbour. Times are seconds unless they say otherwise. */
export interface PeerOptions extends Protection {
  readonly local: LocalSpeaker;
  /** Canonical text. */
  readonly address: string;
  /** Where to dial; default 179. */
  readonly port?: number;
  /** Source address when dialling. */
  readonly localAddress?: string;
  /** The peer's AS number; absent = any. */
  readonly asn?: number | undefined;
  /** Never dial. Dynamic peers are passive. */
  readonly passive?: boolean;
  /**
   * Default 5, where RFC 4271 suggests 120: an NVA that comes back is waited for by every NVE of its domain, and
   * dialling each of them every few seconds costs nothing against minutes of a stale mapping.
   */
  readonly connectRetryTime?: number;
  /** How long the peer may take for its OPEN; default 240 (RFC 4271 §8.2.2). */
  readonly openHoldTime?: number;
  /** DelayOpenTime; default 0 = off. */
  readonly delayOpenTime?: number;
  /** DampPeerOscillations; `false` = off. */
  readonly damping?: DampingOptions | false;
  /** RFC 9687; default the greater of 480 and twice the hold time, 0 = off. */
  readonly sendHoldTime?: number;
  /** Smallest hold time taken from the peer, besides 0; default 3 (RFC 4271 §4.2). */
  readonly minimumHoldTime?: number;
  /** Refuse a peer that has no family in common with us (NOTIFICATION 2/7); default true. */
  readonly requireCommonFamily?: boolean;
  /** Refuse a peer of another AS that announces no BGP role, where `local` does (RFC 9234 §4.2); default false. */
  readonly strictRole?: boolean;
  /** CollisionDetectEstablishedState; default false. */
  readonly collisionDetectEstablished?: boolean;
  /** Milliseconds a closed connection may wait for the other side's FIN; default 2000. */
  readonly closeTime?: number;
}

/** Our OPEN. */
export function localOpen(local: LocalSpeaker): Open {
  const { asn, routerId, capabilities, holdTime = 90 } = local;
  const hasAsn4 = capabilities.some(({ kind }) => kind === 'fourOctetAs');
  return {
    myAs: asn > 0xffff ? AS_TRANS : asn,
    holdTime,
    bgpId: routerId,
    capabilities: hasAsn4 ? capabilities : [...capabilities, { kind: 'fourOctetAs', value: asn }],
  };
}
