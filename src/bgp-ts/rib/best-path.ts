/**
 * The decision process (RFC 4271 §9.1.2.2), as an ordered list of small named steps; whoever asks gets the step that
 * decided.
 *
 * What the RFCs say: degree of preference, then AS path length, origin, MED among routes of one neighbouring AS, eBGP
 * over iBGP, the metric to the next hop, BGP identifier, neighbour address (RFC 4271); ORIGINATOR_ID takes the BGP
 * identifier's place and a shorter CLUSTER_LIST comes before the address (RFC 4456 §9). For a MAC/IP advertisement the
 * MAC mobility community decides (RFC 7432 §15): a static ("sticky") MAC does not move, then the highest sequence
 * number wins, then the lowest next hop.
 *
 * A route target membership of a client goes before one of a non-client (RFC 4684 §3.2 ii): the client's is what other
 * replicas must hear of. Before all of it, a route that is long-lived stale gives way to any that is not (RFC 9494 §4.4).
 *
 * What we do: all of that, in this order; mobility stands before LOCAL_PREF, as FRR has it, because a preference set by
 * policy must not resurrect the place that a host has left. There is no metric to a next hop: a reflector is not in
 * the path of the traffic. MED is compared only between routes of one neighbouring AS. Compared by pairs, three paths can
 * then run in a circle; the route table notices that and removes paths by their MED first, as the RFC has it, so that
 * the order of arrival never matters.
 */

import { formatIp, ipv4FromNumber } from '../wire/ip.ts';
import { compareBytes } from './bytes.ts';

/** What of a path the decision looks at. Absent attributes stand as the RFC's defaults. */
export interface RankedPath {
  /** LLGR_STALE, where it counts (RFC 9494 §4.3). */
  readonly longLivedStale: boolean;
  /** A route target membership of a non-client; false for every other route. */
  readonly behindClients: boolean;
  /** The Sticky flag of the MAC Mobility community (RFC 7432 §7.7); such a MAC address does not move. */
  readonly sticky: boolean;
  /** Of the MAC Mobility community, 0 without one (RFC 7432 §15); the higher one wins. */
  readonly mobilitySequence: number;
  /** The octets of the next hop field; of two MAC routes with equal sequences the lower one wins (RFC 7432 §15). */
  readonly nextHop: Uint8Array;
  /** LOCAL_PREF, 100 where there is none; the higher one wins. */
  readonly localPref: number;
  /** AS numbers in the path, a set counting as one (RFC 4271 §9.1.2.2 a); the shorter one wins. */
  readonly asPathLength: number;
  /** 0 IGP, 1 EGP, 2 INCOMPLETE; the lower one wins. */
  readonly origin: number;
  /** MULTI_EXIT_DISC, 0 where there is none; compared only among paths with the same `neighbourAs`. */
  readonly med: number;
  /** First AS of the path, 0 for a path that begins here. */
  readonly neighbourAs: number;
  /** Our own, or received from a neighbour of another AS: wins over what others of our AS pass on (RFC 4271 §9.1.2.2 d). */
  readonly external: boolean;
  /** ORIGINATOR_ID, else the sender's BGP identifier. */
  readonly originatorId: number;
  /** Clusters that it was reflected by (RFC 4456 §9); fewer win. */
  readonly clusterListLength: number;
  /** Of the sender, 16 octets, IPv4 in its mapped form: the last thing that decides. */
  readonly peerAddress: Uint8Array;
}

interface Step {
  readonly name: string;
  /** For people: what the winner has. */
  readonly reason: string;
  readonly section: string;
  /** Only for MAC/IP advertisements. */
  readonly mobility?: true;
  /** Negative when a is better. */
  compare(a: RankedPath, b: RankedPath): number;
  /** What of a path the step looks at, for people. */
  show(path: RankedPath): string;
  /** How the winner's {@link show} stands to the loser's. */
  readonly relation: '<' | '>' | 'not';
}

const originNames = ['IGP', 'EGP', 'INCOMPLETE'];

/** Four or sixteen octets as text, IPv4-mapped ones as the IPv4 address. */
function showAddress(octets: Uint8Array): string {
  const isMapped = (octet: number, at: number) => octet === (at < 10 ? 0 : 0xff);
  const mapped = octets.length === 16 && octets.subarray(0, 12).every(isMapped);
  if (mapped) return formatIp(octets, 12, 4);
  return formatIp(octets, 0, octets.length === 4 ? 4 : 16);
}

/**
 * The decision process: its steps in the order in which they are taken (RFC 4271 §9.1.2.2, RFC 4456 §9), MAC mobility
 * first (RFC 7432 §15).
 */
export const steps = [
  {
    name: 'long-lived-stale',
    reason: 'not long-lived stale',
    section: 'RFC 9494 §4.4',
    compare: (a, b) => Number(a.longLivedStale) - Number(b.longLivedStale),
    show: (path) => (path.longLivedStale ? 'long-lived stale' : 'confirmed'),
    relation: 'not',
  },
  {
    name: 'sticky-mac',
    reason: 'static (sticky) MAC',
    section: 'RFC 7432 §15.2',
    mobility: true,
    compare: (a, b) => Number(b.sticky) - Number(a.sticky),
    show: (path) => (path.sticky ? 'static' : 'mobile'),
    relation: 'not',
  },
  {
    name: 'mobility-sequence',
    reason: 'higher MAC mobility sequence number',
    section: 'RFC 7432 §15',
    mobility: true,
    compare: (a, b) => b.mobilitySequence - a.mobilitySequence,
    show: (path) => String(path.mobilitySequence),
    relation: '>',
  },
  {
    name: 'mobility-next-hop',
    reason: 'lower next hop at the same MAC mobility sequence number',
    section: 'RFC 7432 §15.1',
    mobility: true,
    compare: (a, b) => compareBytes(a.nextHop, b.nextHop),
    show: (path) => showAddress(path.nextHop),
    relation: '<',
  },
  {
    name: 'client-membership',
    reason: 'route target membership of a client',
    section: 'RFC 4684 §3.2 ii',
    compare: (a, b) => Number(a.behindClients) - Number(b.behindClients),
    show: (path) => (path.behindClients ? 'non-client' : 'client'),
    relation: 'not',
  },
  {
    name: 'local-pref',
    reason: 'higher LOCAL_PREF',
    section: 'RFC 4271 §9.1.1',
    compare: (a, b) => b.localPref - a.localPref,
    show: (path) => String(path.localPref),
    relation: '>',
  },
  {
    name: 'as-path-length',
    reason: 'shorter AS_PATH',
    section: 'RFC 4271 §9.1.2.2 a',
    compare: (a, b) => a.asPathLength - b.asPathLength,
    show: (path) => String(path.asPathLength),
    relation: '<',
  },
  {
    name: 'origin',
    reason: 'lower ORIGIN',
    section: 'RFC 4271 §9.1.2.2 b',
    compare: (a, b) => a.origin - b.origin,
    show: (path) => originNames[path.origin] ?? String(path.origin),
    relation: '<',
  },
  {
    name: 'med',
    reason: 'lower MULTI_EXIT_DISC from the same neighbouring AS',
    section: 'RFC 4271 §9.1.2.2 c',
    compare: (a, b) => (a.neighbourAs === b.neighbourAs ? a.med - b.med : 0),
    show: (path) => String(path.med),
    relation: '<',
  },
  {
    name: 'external',
    reason: 'our own route, or one learnt by eBGP',
    section: 'RFC 4271 §9.1.2.2 d',
    compare: (a, b) => Number(b.external) - Number(a.external),
    show: (path) => (path.external ? 'not iBGP' : 'iBGP'),
    relation: 'not',
  },
  {
    name: 'originator-id',
    reason: 'lower ORIGINATOR_ID or BGP identifier',
    section: 'RFC 4271 §9.1.2.2 f, RFC 4456 §9',
    compare: (a, b) => a.originatorId - b.originatorId,
    show: (path) => ipv4FromNumber(path.originatorId),
    relation: '<',
  },
  {
    name: 'cluster-list-length',
    reason: 'shorter CLUSTER_LIST',
    section: 'RFC 4456 §9',
    compare: (a, b) => a.clusterListLength - b.clusterListLength,
    show: (path) => String(path.clusterListLength),
    relation: '<',
  },
  {
    name: 'peer-address',
    reason: 'lower peer address',
    section: 'RFC 4271 §9.1.2.2 g',
    compare: (a, b) => compareBytes(a.peerAddress, b.peerAddress),
    show: (path) => showAddress(path.peerAddress),
    relation: '<',
  },
] as const satisfies readonly Step[];

const commonSteps: readonly Step[] = steps.filter((step) => !('mobility' in step));

/** Which of two paths is better, and what decided it. */
export interface Verdict {
  /** Negative when a is better, positive when b is, zero when nothing tells them apart. */
  readonly order: number;
  /** The step that decided; absent on a tie. */
  readonly step?: (typeof steps)[number];
}

/** Compares two paths to one destination; `mobility` for MAC/IP advertisements (EVPN type 2). */
export function comparePaths(a: RankedPath, b: RankedPath, mobility: boolean): Verdict {
  for (const step of steps) {
    if ('mobility' in step && !mobility) continue;
    const difference = step.compare(a, b);
    if (difference !== 0) return { order: difference, step };
  }
  return { order: 0 };
}

/** The same without the reason, for the hot path. */
export function pathOrder(a: RankedPath, b: RankedPath, mobility: boolean): number {
  const asked: readonly Step[] = mobility ? steps : commonSteps;
  for (let i = 0; i < asked.length; i++) {
    const difference = asked[i].compare(a, b);
    if (difference !== 0) return difference;
  }
  return 0;
}
