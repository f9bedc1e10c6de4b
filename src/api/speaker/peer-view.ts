/** A neighbour of the speaker as the API's peer. Pure. */
import {
  type Capability,
  capabilityCode,
  Family,
  familyName,
  formatExtendedCommunity,
  hearsLongLived,
  ipv4FromNumber,
  type Negotiated,
  type Neighbour,
  notificationTitle,
  retentionTimes,
  type PeerError as SessionError,
  type Speaker,
} from 'bgp-ts';
import type {
  NegotiatedCapabilities,
  OfferedCapabilities,
  Peer,
  PeerError,
  PeerRestart,
  PeerRouteLimit,
} from '../contract/peers.ts';
import { failureView } from './failure-view.ts';

const instant = (milliseconds: number) => new Date(milliseconds).toISOString();

/** What the API calls the two ways of reflecting: NVEs are clients, replicas are not. */
const roles = { client: 'nve', 'non-client': 'nva' } as const;

/** `domain`: the neighbour domain that it is of. */
export function peerView(neighbour: Neighbour, speaker: Speaker, now: number, domain?: string): Peer {
  const { peer, member, negotiated, counts, policy } = neighbour;
  const { table } = speaker;
  const up = peer.state === 'Established';
  const remoteAsn = negotiated?.remoteAsn ?? (policy.asn === 'any' ? undefined : (policy.asn ?? speaker.options.asn));
  const index = neighbour.holding?.index;
  return {
    address: neighbour.address,
    port: peer.connection?.remotePort ?? null,
    localAddress: peer.connection?.localAddress || null,
    description: policy.description ?? null,
    role: domain === undefined ? roles[policy.reflection] : 'domain',
    domain: domain ?? null,
    asn: remoteAsn ?? null,
    localAsn: speaker.options.asn,
    routerId: negotiated === undefined ? null : ipv4FromNumber(negotiated.remoteId),
    kind: negotiated?.kind ?? (remoteAsn === undefined || remoteAsn === speaker.options.asn ? 'ibgp' : 'ebgp'),
    reflection: policy.reflection,
    tcpMd5: policy.md5Key !== undefined,
    ttlSecurity: policy.ttlSecurity ?? null,
    origin: neighbour.prefix === undefined ? 'static' : 'dynamic',
    state: peer.state,
    since: instant(peer.since),
    uptimeSeconds: up ? Math.max(0, Math.floor((now - peer.since) / 1000)) : null,
    lastErrorSent: errorView(peer.lastErrorSent),
    lastErrorReceived: errorView(peer.lastErrorReceived),
    lastFailure: failureView(peer.lastDown),
    capabilities: {
      sent: negotiated === undefined ? null : offered(negotiated.localCapabilities, peer.options.local.holdTime ?? 90),
      received: negotiated === undefined ? null : offered(negotiated.remoteCapabilities, negotiated.remoteHoldTime),
      negotiated: negotiated === undefined ? null : common(negotiated),
    },
    gracefulRestart: restartView(neighbour, speaker),
    routeLimit: limitView(neighbour),
    counters: {
      messages: { in: messages(peer.received), out: messages(peer.sent) },
      bytes: { in: peer.received.bytes, out: peer.sent.bytes },
      sessions: neighbour.sessions,
      routes: {
        received: index === undefined ? 0 : table.pathsOf(index),
        accepted: index === undefined ? 0 : table.pathsOf(index) - table.unusableOf(index),
        best: index === undefined ? 0 : table.bestOf(index),
        advertised: speaker.advertisedTo(neighbour),
        withdrawnByError: counts.withdrawnByError,
      },
      faults: Object.fromEntries(counts.faults),
    },
    egress: {
      changesBehind: speaker.changesBehind(neighbour),
      socketBufferBytes: peer.bufferedBytes,
      endOfRibSent: member?.synchronised ?? false,
      endOfRibReceived: counts.endsOfRib.has(Family.Evpn),
      interest: interestView(neighbour),
      heldBack: heldBackView(neighbour, speaker),
    },
  };
}

function interestView({ membership, derived, negotiated, counts }: Neighbour): Peer['egress']['interest'] {
  if (negotiated === undefined) return null;
  if (derived !== undefined) {
    const keys = [...derived.keys];
    const texts = keys.map((key) => (typeof key === 'number' ? `*:${key}` : targetText(key)));
    return { from: 'derived', complete: true, routeTargets: texts };
  }
  if (membership === undefined) return { from: 'all', complete: true, routeTargets: [] };
  return {
    from: 'rt-constrain',
    complete: counts.endsOfRib.has(Family.RtConstrain),
    routeTargets: membership.prefixes.map(({ bits, octets }) =>
      bits === 64 ? targetText(octets) : `${octets || '0'}/${bits}`,
    ),
  };
}

const targetText = (octets: string) => formatExtendedCommunity(octets).replace(/^RT:/, '');

function heldBackView(neighbour: Neighbour, speaker: Speaker): Peer['egress']['heldBack'] {
  return neighbour.heldBack.map((what) => ({
    count: speaker.heldBackFrom(neighbour, what),
    routes: what.routes,
    reason: what.reason,
  }));
}

function restartView({ retention, negotiated, gracefulRestart, holding }: Neighbour, { table }: Speaker): PeerRestart {
  const lost = { cause: 'connection-failed' } as const;
  const never = { restart: 0, longLived: 0 };
  const times = negotiated === undefined ? never : retentionTimes(lost, negotiated, gracefulRestart);
  const helped = times.restart + times.longLived > 0;
  const open = retention === undefined || retention.spent ? undefined : retention;
  return {
    phase: open?.phase ?? 'none',
    since: open === undefined ? null : instant(open.since),
    until: open === undefined ? null : instant(open.until),
    staleRoutes: holding === undefined ? 0 : table.staleOf(holding.index),
    helped,
    restartTimeSeconds: helped ? times.restart : null,
    longLivedStaleTimeSeconds: helped ? times.longLived : null,
    notifications: helped && negotiated?.gracefulNotifications === true,
  };
}

function limitView({ policy, nearLimit, limitExceeded, heldUntil }: Neighbour): PeerRouteLimit | null {
  const { routeLimit } = policy;
  if (routeLimit === undefined) return null;
  const { limit, warnAbove, restart } = routeLimit;
  return {
    limit,
    warnAbove: warnAbove ?? null,
    near: nearLimit,
    exceeded: limitExceeded,
    restartSeconds: restart === undefined || restart === 'never' ? null : restart,
    untilReset: restart === 'never',
    held: heldUntil !== undefined,
    heldUntil: heldUntil === undefined || !Number.isFinite(heldUntil) ? null : instant(heldUntil),
  };
}

type Counts = Neighbour['peer']['received'];

function messages({ opens, updates, notifications, keepalives, routeRefreshes }: Counts) {
  return {
    open: opens,
    update: updates,
    notification: notifications,
    keepalive: keepalives,
    routeRefresh: routeRefreshes,
  };
}

function errorView(error: SessionError | undefined): PeerError | null {
  if (error === undefined) return null;
  const { code, subcode, communication, reason, at } = error;
  return { code, subcode, name: notificationTitle(error), text: communication ?? reason ?? null, at: instant(at) };
}

function offered(capabilities: readonly Capability[], holdTimeSeconds: number): OfferedCapabilities {
  const view = {
    families: [] as string[],
    asn4: false,
    routeRefresh: false,
    enhancedRouteRefresh: false,
    extendedMessages: false,
    addPath: [] as OfferedCapabilities['addPath'],
    gracefulRestart: null as OfferedCapabilities['gracefulRestart'],
    longLivedGracefulRestart: null as OfferedCapabilities['longLivedGracefulRestart'],
    holdTimeSeconds,
    hostname: null as string | null,
    otherCodes: [] as number[],
  };
  for (const capability of capabilities) {
    switch (capability.kind) {
      case 'multiprotocol':
        view.families.push(familyName(capability.value));
        break;
      case 'fourOctetAs':
        view.asn4 = true;
        break;
      case 'routeRefresh':
        view.routeRefresh = true;
        break;
      case 'enhancedRouteRefresh':
        view.enhancedRouteRefresh = true;
        break;
      case 'extendedMessage':
        view.extendedMessages = true;
        break;
      case 'addPath':
        view.addPath = capability.value.map((entry) => ({ ...entry, family: familyName(entry.family) }));
        break;
      case 'gracefulRestart':
        view.gracefulRestart = {
          restarting: capability.value.restarted,
          notifications: capability.value.notification,
          restartTimeSeconds: capability.value.restartTime,
          families: capability.value.families.map((entry) => ({ ...entry, family: familyName(entry.family) })),
        };
        break;
      case 'longLivedGracefulRestart':
        view.longLivedGracefulRestart = capability.value.map(({ family, forwardingPreserved, staleTime }) => ({
          family: familyName(family),
          forwardingPreserved,
          staleTimeSeconds: staleTime,
        }));
        break;
      case 'fqdn':
        view.hostname = capability.value.hostname;
        break;
      default:
        view.otherCodes.push(capabilityCode(capability));
    }
  }
  return view;
}

function common(negotiated: Negotiated): NegotiatedCapabilities {
  const { addPathReceive, addPathSend } = negotiated;
  const families = [...new Set([...addPathReceive, ...addPathSend])];
  return {
    families: [...negotiated.families].map(familyName),
    asn4: negotiated.asn4,
    routeRefresh: negotiated.routeRefresh,
    enhancedRouteRefresh: negotiated.enhancedRouteRefresh,
    extendedMessages: negotiated.extendedMessages,
    addPath: families.map((family) => ({
      family: familyName(family),
      send: addPathSend.has(family),
      receive: addPathReceive.has(family),
    })),
    gracefulRestart: negotiated.gracefulRestart !== undefined,
    longLivedGracefulRestart: hearsLongLived(negotiated),
    holdTimeSeconds: negotiated.timers.holdTime,
    keepaliveSeconds: negotiated.timers.keepaliveTime,
  };
}
