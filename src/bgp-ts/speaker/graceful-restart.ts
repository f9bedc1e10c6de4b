/**
 * The rules by which routes outlive their session. Pure.
 *
 * What the RFCs say: a session that is lost without a NOTIFICATION takes no routes with it when the peer announced that
 * it keeps forwarding while it restarts (RFC 4724 §4.2); where both sides set the N bit, neither does one that ends with
 * a NOTIFICATION or with the hold timer, unless that is a Hard Reset (RFC 8538 §4). The routes stay, marked as stale,
 * until the peer is back and has said End-of-RIB, or the time that it named is over; they go at once when it comes back
 * without having kept its forwarding state.
 *
 * Where both sides announced Long-Lived Graceful Restart, routes whose time is over are not deleted but become the least
 * preferred of all, marked with the community LLGR_STALE, for the Long-Lived Stale Time (RFC 9494 §4.2).
 *
 * What we do beside that: the whole of it is bounded by `staleTime`, counted from the loss of the last session that
 * came as far as End-of-RIB. Routes that were stale already when a session is lost again stay until then too
 * (RFC 8538 §4.1 where RFC 4724 §4.2 deletes them), whether the N bit was set or not.
 *
 * With `retainAlways` the second of the two times does not depend on what the neighbour can do: its routes are long-lived
 * stale as soon as nothing that was negotiated keeps them any more, for as long as we say. Neither is it asked then whether
 * it kept its forwarding state; this is for neighbours that routes lead past. What either operator ended on purpose takes
 * its routes with it nevertheless.
 */
import type { DownReason } from '../fsm/action.ts';
import type { Source } from '../rib/source.ts';
import type { Negotiated } from '../session/negotiate.ts';
import type { Capability } from '../wire/capability/registry.ts';
import { CeaseSubcode, Family, NotificationCode } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';

/** Times are seconds. */
export interface GracefulRestartPolicy {
  /** False: End-of-RIB is sent and asked for, and that is all. */
  readonly enabled: boolean;
  /** Within which we mean to be back after a restart of our own, as our OPEN says; 0 to 4095. */
  readonly restartTime: number;
  /** Longest time that routes are kept unconfirmed: from the loss of their session to End-of-RIB, from BoRR to EoRR. */
  readonly staleTime: number;
  /**
   * For which routes of others are kept as long-lived stale at most, and for which ours may be, as our OPEN says: 24 bits.
   * 0: Long-Lived Graceful Restart is not announced (RFC 9494 §5 has it so by default).
   */
  readonly longLivedStaleTime: number;
  /**
   * Keep routes as long-lived stale for `longLivedStaleTime` although the neighbour did not ask for it, or for less; default
   * false. One that sends no End-of-RIB when it is back has until then to say its routes again.
   */
  readonly retainAlways?: boolean;
}

/** On: our OPEN names 120 s for a restart of our own, and a neighbour's routes outlive its session by 360 s at most. */
export const defaultGracefulRestart: GracefulRestartPolicy = {
  enabled: true,
  restartTime: 120,
  staleTime: 360,
  longLivedStaleTime: 0,
};

/**
 * What our OPEN says. F is always set: a reflector's routes lead past it, so no forwarding state is lost with it
 * (RFC 4724 §3, and RFC 9494 §5 on speakers outside of the forwarding path).
 */
export function restartCapabilities(policy: GracefulRestartPolicy, restarted: boolean): readonly Capability[] {
  const { enabled, restartTime, longLivedStaleTime: staleTime } = policy;
  const families = enabled ? [{ family: Family.Evpn, forwardingPreserved: true }] : [];
  const value = { restarted, notification: enabled, restartTime: enabled ? restartTime : 0, families };
  return [
    { kind: 'gracefulRestart', value },
    ...(announcesLongLived(policy)
      ? [
          {
            kind: 'longLivedGracefulRestart',
            value: [{ family: Family.Evpn, forwardingPreserved: true, staleTime }],
          } as const,
        ]
      : []),
  ];
}

/** Whether our OPEN has the capability of RFC 9494, so that its communities count. */
export function announcesLongLived({ enabled, longLivedStaleTime }: GracefulRestartPolicy): boolean {
  return enabled && longLivedStaleTime > 0;
}

/** Whether a neighbour may be told what is long-lived stale (RFC 9494 §4.3). */
export function hearsLongLived({ longLivedGracefulRestart = [] }: Negotiated): boolean {
  return longLivedGracefulRestart.some(({ family }) => family === Family.Evpn);
}

/** Seconds for which the routes of a session are kept after its end, and then as long-lived stale; 0 = not. */
export interface RetentionTimes {
  readonly restart: number;
  readonly longLived: number;
}

/** How long the routes of a session that ended like this are kept (RFC 4724 §4.2, RFC 8538 §4, RFC 9494 §4.2). */
export function retentionTimes(
  reason: DownReason,
  negotiated: Negotiated,
  policy: GracefulRestartPolicy,
): RetentionTimes {
  const times = negotiatedTimes(reason, negotiated, policy);
  return retainsAlways(policy) && !isForGood(reason) ? { ...times, longLived: policy.longLivedStaleTime } : times;
}

function negotiatedTimes(reason: DownReason, negotiated: Negotiated, policy: GracefulRestartPolicy): RetentionTimes {
  const { gracefulRestart: offered, longLivedGracefulRestart = [] } = negotiated;
  if (!policy.enabled || offered === undefined || !isGraceful(reason, negotiated)) return { restart: 0, longLived: 0 };
  // RFC 9494 §4.2: the time is zero for a family that is not listed.
  const listed = offered.families.some(({ family }) => family === Family.Evpn);
  const { staleTime = 0 } = longLivedGracefulRestart.find(({ family }) => family === Family.Evpn) ?? {};
  return {
    restart: listed ? Math.min(offered.restartTime, policy.staleTime) : 0,
    longLived: Math.min(staleTime, policy.longLivedStaleTime),
  };
}

/** Whether what was negotiated is not all that keeps routes. Its mark has no meaning where our OPEN does not announce it. */
function retainsAlways(policy: GracefulRestartPolicy): boolean {
  return policy.retainAlways === true && announcesLongLived(policy);
}

/** Subcodes of Cease by which the neighbour's operator ends a session (RFC 4486 §4, RFC 8538 §3.1), and those by which we do. */
const forGoodWhenReceived: readonly number[] = [
  CeaseSubcode.AdministrativeShutdown,
  CeaseSubcode.PeerDeconfigured,
  CeaseSubcode.AdministrativeReset,
  CeaseSubcode.HardReset,
];
const forGoodWhenSent: readonly number[] = [CeaseSubcode.MaximumPrefixes, CeaseSubcode.HardReset];

/** Whether a session ended because somebody wanted it to, or because there were too many routes. */
function isForGood({ cause, sent, received }: DownReason): boolean {
  const isCease = (subcodes: readonly number[], notification: DownReason['sent']) =>
    notification?.code === NotificationCode.Cease && subcodes.includes(notification.subcode);
  return cause === 'manual-stop' || isCease(forGoodWhenSent, sent) || isCease(forGoodWhenReceived, received);
}

/** Whether routes may stay after such an end at all (RFC 4724 §5, RFC 8538 §4). */
function isGraceful({ cause, sent, received }: DownReason, { gracefulNotifications }: Negotiated): boolean {
  const notification = sent ?? received;
  if (notification === undefined) return cause === 'connection-failed';
  const { code, subcode } = notification;
  return gracefulNotifications && !(code === NotificationCode.Cease && subcode === CeaseSubcode.HardReset);
}

/**
 * Whether routes that were kept are still good when the neighbour is back: as its F bit says (RFC 4724 §4.2), and once
 * they are long-lived stale as that of the other capability says (RFC 9494 §4.2); or as ever, with `retainAlways`.
 */
export function keptForwarding(
  negotiated: Negotiated,
  longLivedStale: boolean,
  policy: GracefulRestartPolicy,
): boolean {
  if (retainsAlways(policy)) return true;
  const { gracefulRestart, longLivedGracefulRestart = [] } = negotiated;
  const family = gracefulRestart?.families.find((entry) => entry.family === Family.Evpn);
  if (!longLivedStale) return family?.forwardingPreserved === true;
  const longLived = longLivedGracefulRestart.find((entry) => entry.family === Family.Evpn);
  return longLived?.forwardingPreserved === true && family?.forwardingPreserved !== false;
}

/** Whether the octets of one source mean the same as those of the other, and its routes stand where they stood. */
export function sameStanding(a: Omit<Source, 'index'>, b: Omit<Source, 'index'>): boolean {
  const isSame = a.kind === b.kind && a.routerId === b.routerId && a.asn === b.asn && a.longLived === b.longLived;
  return isSame && sameMembers(a.families, b.families) && sameContext(a.decode, b.decode);
}

function sameContext(a: DecodeContext, b: DecodeContext): boolean {
  return (
    a.asn4 === b.asn4 &&
    a.session === b.session &&
    a.extendedMessages === b.extendedMessages &&
    sameMembers(a.addPath, b.addPath) &&
    sameMembers(a.extendedNextHop, b.extendedNextHop)
  );
}

function sameMembers(a: ReadonlySet<number>, b: ReadonlySet<number>): boolean {
  return a.size === b.size && [...a].every((member) => b.has(member));
}
