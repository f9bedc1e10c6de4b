/**
 * What two OPENs agree on. Pure: our OPEN × the peer's → {@link Negotiated}, one immutable value per session.
 *
 * RFC 4271 §4.2 (hold time), RFC 4760 §8, RFC 5492 §3 (a capability counts when both sent it), RFC 6793 §4.1,
 * RFC 7911 §5, RFC 8654 §4, RFC 8950 §4, RFC 2918 §2, RFC 7313 §4, RFC 4724 §3, RFC 8538 §2, RFC 9494 §4.1, RFC 9687.
 */
import type { SessionTimers } from '../fsm/event.ts';
import type { AddPathFamily } from '../wire/capability/add-path.ts';
import type { GracefulRestart } from '../wire/capability/graceful-restart.ts';
import type { LongLivedFamily } from '../wire/capability/long-lived-graceful-restart.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { Afi, Family, type FamilyId } from '../wire/constants.ts';
import type { DecodeContext, EncodeContext } from '../wire/context.ts';
import { ipv4ToNumber } from '../wire/ip.ts';
import { type Open, openAsn } from '../wire/message/open.ts';

/** What the two OPENs of a session agree on. */
export interface Negotiated {
  /** Of one AS with us, or of another. */
  readonly kind: 'ibgp' | 'ebgp';
  /** AS number of the peer's OPEN, that of the capability where there is one (RFC 6793). */
  readonly remoteAsn: number;
  /** BGP Identifier as an unsigned 32-bit number. */
  readonly remoteId: number;
  /** Seconds; all zero when the hold time is. */
  readonly timers: SessionTimers;
  /** Announced by both sides (RFC 4760 §8); IPv4 unicast where neither says anything. */
  readonly families: ReadonlySet<FamilyId>;
  /** AS numbers of four octets in UPDATEs (RFC 6793). */
  readonly asn4: boolean;
  /** Messages of up to 65,535 octets in both directions (RFC 8654). */
  readonly extendedMessages: boolean;
  /** Families in which the peer may send us several paths; in those of `addPathSend` we may (RFC 7911). */
  readonly addPathReceive: ReadonlySet<FamilyId>;
  readonly addPathSend: ReadonlySet<FamilyId>;
  /** IPv4 families that may have an IPv6 next hop. */
  readonly extendedNextHop: ReadonlySet<FamilyId>;
  /** Both sides take ROUTE-REFRESH (RFC 2918). */
  readonly routeRefresh: boolean;
  /** Both sides mark where a refresh begins and ends (RFC 7313). */
  readonly enhancedRouteRefresh: boolean;
  /** What the peer said, when both sides sent the capability. */
  readonly gracefulRestart?: GracefulRestart;
  /** NOTIFICATIONs and the hold timer leave routes where they are (RFC 8538 §2): both sides set the N bit. */
  readonly gracefulNotifications: boolean;
  /** What the peer said of RFC 9494, when both sides sent that capability and graceful restart. */
  readonly longLivedGracefulRestart?: readonly LongLivedFamily[];
  /** How to read what the peer sends. */
  readonly decode: DecodeContext;
  /** How to write what the peer is to read. */
  readonly encode: EncodeContext;
  /** Seconds, as the peer's OPEN has it. */
  readonly remoteHoldTime: number;
  /** Everything that we announced, and in `remoteCapabilities` what the peer did, understood or not, for people. */
  readonly localCapabilities: readonly Capability[];
  readonly remoteCapabilities: readonly Capability[];
}

export interface NegotiateOptions {
  /** Seconds; default the greater of 8 minutes and twice the hold time (RFC 9687), 0 = never. */
  readonly sendHoldTime?: number | undefined;
}

export function negotiate(local: Open, remote: Open, options: NegotiateOptions = {}): Negotiated {
  const both = (kind: Capability['kind']) => has(local, kind) && has(remote, kind);
  const remoteAsn = openAsn(remote);
  const kind = openAsn(local) === remoteAsn ? 'ibgp' : 'ebgp';
  const families = intersect(familiesOf(local), familiesOf(remote));
  const asn4 = both('fourOctetAs');
  const extendedMessages = both('extendedMessage');
  const addPathReceive = addPathFrom(remote, local, families);
  const addPathSend = addPathFrom(local, remote, families);
  const extendedNextHop = intersect(ipv6NextHops(local), ipv6NextHops(remote));
  // RFC 4724 §3: of several the last one counts.
  const offeredRestart = valuesOf(local, 'gracefulRestart').at(-1);
  const gracefulRestart = offeredRestart && valuesOf(remote, 'gracefulRestart').at(-1);
  // RFC 9494 §4.5: without the former the latter means nothing.
  const longLived =
    gracefulRestart !== undefined && has(local, 'longLivedGracefulRestart')
      ? valuesOf(remote, 'longLivedGracefulRestart').at(-1)
      : undefined;
  return {
    kind,
    remoteAsn,
    // the decoder gave it in dotted decimal
    remoteId: ipv4ToNumber(remote.bgpId) ?? 0,
    timers: timersOf(Math.min(local.holdTime, remote.holdTime), options.sendHoldTime),
    families,
    asn4,
    extendedMessages,
    addPathReceive,
    addPathSend,
    extendedNextHop,
    routeRefresh: both('routeRefresh'),
    enhancedRouteRefresh: both('enhancedRouteRefresh'),
    ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
    gracefulNotifications: offeredRestart?.notification === true && gracefulRestart?.notification === true,
    ...(longLived === undefined ? {} : { longLivedGracefulRestart: longLived }),
    decode: {
      asn4,
      session: kind,
      addPath: addPathReceive,
      extendedMessages,
      extendedNextHop,
      // RFC 7313 §5: that it was received is enough
      enhancedRouteRefresh: has(remote, 'enhancedRouteRefresh'),
    },
    encode: { asn4, addPath: addPathSend, extendedMessages },
    remoteHoldTime: remote.holdTime,
    localCapabilities: local.capabilities,
    remoteCapabilities: remote.capabilities,
  };
}

/** RFC 4760 §8; a speaker that announces none at all exchanges IPv4 unicast, as ever. */
export function familiesOf(open: Open): ReadonlySet<FamilyId> {
  const families = new Set<FamilyId>();
  for (const capability of open.capabilities) {
    if (capability.kind === 'multiprotocol') families.add(capability.value);
  }
  return families.size > 0 ? families : new Set([Family.Ipv4Unicast]);
}

/** RFC 4271 §4.2, §4.4: the smaller hold time, a KEEPALIVE each third of it. */
function timersOf(holdTime: number, sendHoldTime: number | undefined): SessionTimers {
  if (holdTime === 0) return { holdTime, keepaliveTime: 0, sendHoldTime: 0 };
  return { holdTime, keepaliveTime: holdTime / 3, sendHoldTime: sendHoldTime ?? Math.max(480, 2 * holdTime) };
}

type ValueOf<K extends Capability['kind']> = Extract<Capability, { kind: K }>['value'];

/** Every value of a kind, in the order received. */
function valuesOf<K extends Capability['kind']>(open: Open, kind: K): ValueOf<K>[] {
  const found: ValueOf<K>[] = [];
  for (const capability of open.capabilities) {
    // the compiler does not narrow a union by a type parameter
    if (capability.kind === kind) found.push(capability.value as ValueOf<K>);
  }
  return found;
}

function has(open: Open, kind: Capability['kind']): boolean {
  return open.capabilities.some((capability) => capability.kind === kind);
}

/** RFC 7911 §5: the families in which `sender` offers to send several paths and `receiver` to receive them. */
function addPathFrom(sender: Open, receiver: Open, families: ReadonlySet<FamilyId>): ReadonlySet<FamilyId> {
  const offered = addPathOf(sender, ({ send }) => send);
  return intersect(
    families,
    intersect(
      offered,
      addPathOf(receiver, ({ receive }) => receive),
    ),
  );
}

function addPathOf(open: Open, wanted: (entry: AddPathFamily) => boolean): ReadonlySet<FamilyId> {
  return new Set(
    valuesOf(open, 'addPath')
      .flat()
      .filter(wanted)
      .map(({ family }) => family),
  );
}

function ipv6NextHops(open: Open): ReadonlySet<FamilyId> {
  const encodings = valuesOf(open, 'extendedNextHop').flat();
  return new Set(encodings.filter(({ nextHopAfi }) => nextHopAfi === Afi.Ipv6).map(({ family }) => family));
}

function intersect(a: ReadonlySet<FamilyId>, b: ReadonlySet<FamilyId>): ReadonlySet<FamilyId> {
  return new Set([...a].filter((family) => b.has(family)));
}
