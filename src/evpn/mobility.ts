/**
 * Who has a MAC address that several NVEs claim (RFC 7432 §15). To a reflector these are different routes, as each has an RD
 * of its own, and the decision process never compares them; who answers for a whole network must.
 *
 * What the RFC says: a static MAC does not move (§15.2), the highest sequence number wins, and of equal ones the lowest
 * address of whoever announces (§15). What we do: that, in this order, and before it a claim whose NVE is gone for long
 * gives way (RFC 9494 §4.4), as in the decision process. Of equal sequence numbers the one that fewer domains lie between wins
 * before the lower address does: gateways put their own addresses into what crosses, and if those decided, two domains could
 * each take the other's for the way to a third.
 *
 * Sequence numbers are compared as numbers, as FRR does; §15 wants wrap-around handled. Here one that has reached its end
 * stays there ({@link nextSequence}): nobody gets there by moves that {@link DuplicateGuard} lets pass.
 */
import { parseIp } from 'bgp-ts';

/** An NVE's word that a MAC address is behind it. */
export interface MacClaim {
  /** Its tunnel's end. */
  readonly nextHop: string;
  readonly sequence: number;
  readonly sticky: boolean;
  readonly longLivedStale?: boolean;
  /** Length of its AS_PATH; 0 when absent. */
  readonly distance?: number;
  /** Undefined or absent at a single-homed site. */
  readonly esi?: string | undefined;
}

interface Step {
  readonly name: string;
  /** For people: what the winner has. */
  readonly reason: string;
  readonly section: string;
  /** Negative when a is better. */
  compare(a: MacClaim, b: MacClaim): number;
  /** What of a claim the step looks at, for people. */
  show(claim: MacClaim): string;
  /** How the winner's {@link show} stands to the loser's. */
  readonly relation: '<' | '>' | 'not';
}

/** In the order in which they are taken. Names are those of the decision process's steps that look at the same. */
export const mobilitySteps = [
  {
    name: 'long-lived-stale',
    reason: 'not long-lived stale',
    section: 'RFC 9494 §4.4',
    compare: (a, b) => Number(a.longLivedStale ?? false) - Number(b.longLivedStale ?? false),
    show: (claim) => (claim.longLivedStale ? 'long-lived stale' : 'confirmed'),
    relation: 'not',
  },
  {
    name: 'sticky-mac',
    reason: 'static (sticky) MAC',
    section: 'RFC 7432 §15.2',
    compare: (a, b) => Number(b.sticky) - Number(a.sticky),
    show: (claim) => (claim.sticky ? 'static' : 'mobile'),
    relation: 'not',
  },
  {
    name: 'mobility-sequence',
    reason: 'higher MAC mobility sequence number',
    section: 'RFC 7432 §15',
    compare: (a, b) => b.sequence - a.sequence,
    show: (claim) => String(claim.sequence),
    relation: '>',
  },
  {
    name: 'as-path-length',
    reason: 'shorter AS_PATH at the same MAC mobility sequence number',
    section: 'RFC 4271 §9.1.2.2 a',
    compare: (a, b) => (a.distance ?? 0) - (b.distance ?? 0),
    show: (claim) => String(claim.distance ?? 0),
    relation: '<',
  },
  {
    name: 'mobility-next-hop',
    reason: 'lower next hop at the same MAC mobility sequence number',
    section: 'RFC 7432 §15',
    compare: (a, b) => compareAddresses(a.nextHop, b.nextHop),
    show: (claim) => claim.nextHop,
    relation: '<',
  },
] as const satisfies readonly Step[];

/** Which of two claims is better, and what decided it. */
export interface MobilityVerdict {
  /** Negative when a is better, positive when b is, zero for two claims of one NVE that nothing tells apart. */
  readonly order: number;
  /** Absent on a tie. */
  readonly step?: (typeof mobilitySteps)[number];
}

/** Compares two claims to one MAC address. */
export function compareClaims(a: MacClaim, b: MacClaim): MobilityVerdict {
  for (const step of mobilitySteps) {
    const order = step.compare(a, b);
    if (order !== 0) return { order, step };
  }
  return { order: 0 };
}

/** Who has the MAC address. */
export interface Settlement<C extends MacClaim> {
  readonly holder: C;
  /** The best of the other places that claim it; absent where there is one place. */
  readonly contender?: C;
  /** What decided between them; absent where nothing had to, or did. */
  readonly step?: (typeof mobilitySteps)[number];
}

/** Settles all claims to one MAC address; undefined where there are none. Of claims that nothing tells apart the first holds. */
export function settle<C extends MacClaim>(claims: Iterable<C>): Settlement<C> | undefined {
  const all = [...claims];
  const best = (a: C | undefined, b: C) => (a === undefined || compareClaims(b, a).order < 0 ? b : a);
  const holder = all.reduce(best, undefined as C | undefined);
  if (holder === undefined) return undefined;
  const contender = all.filter((claim) => !isSamePlace(claim, holder)).reduce(best, undefined as C | undefined);
  if (contender === undefined) return { holder };
  const { step } = compareClaims(holder, contender);
  return { holder, contender, ...(step && { step }) };
}

/**
 * Whether two claims are to one place, so that it is no move from one to the other: one NVE, or one Ethernet segment that
 * several NVEs are attached to (RFC 7432 §15).
 */
export function isSamePlace(a: MacClaim, b: MacClaim): boolean {
  return a.nextHop === b.nextHop || (a.esi !== undefined && a.esi === b.esi);
}

const MAX_SEQUENCE = 0xffffffff;

/** The sequence number with which a MAC address is announced from a new place, where it was known by `sequence` (RFC 7432 §15). */
export function nextSequence(sequence: number): number {
  return Math.min(sequence + 1, MAX_SEQUENCE);
}

/** By their octets, in the order of the decision process. */
function compareAddresses(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [parseIp(a) ?? [], parseIp(b) ?? []];
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) if (left[i] !== right[i]) return left[i] - right[i];
  return left.length - right.length;
}
