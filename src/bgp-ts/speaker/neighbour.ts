import type { Member } from '../egress/member.ts';
import { emptyCounts, type IngestCounts } from '../rib/ingest.ts';
import type { NeighbourSource } from '../rib/source.ts';
import type { Admission } from '../session/acceptor.ts';
import type { Timer } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';
import type { Peer } from '../session/peer.ts';
import type { Protection } from '../session/transport.ts';
import type { DerivedInterest } from './derived-interest.ts';
import { defaultGracefulRestart, type GracefulRestartPolicy } from './graceful-restart.ts';
import type { HeldBack } from './interop.ts';
import type { Membership } from './membership.ts';
import type { Retention } from './retention.ts';

/** How many routes a neighbour may announce. */
export interface RouteLimit {
  /** Routes taken; with one more the session is ended with Cease 6/1. */
  readonly limit: number;
  /** With more than so many, a warning is told. */
  readonly warnAbove?: number;
  /** Octets of attributes, as `AttributeStore.octetsOf` counts them; beyond, Cease, Out of Resources; absent: unlimited. */
  readonly attributeOctets?: number;
  /** Seconds for which it may not come back then, or until it is reset by hand; absent: as after any other failure. */
  readonly restart?: number | 'never';
}

/** What an operator says of neighbours; shared by all that a prefix admits. */
export interface NeighbourPolicy extends Protection {
  /** RFC 4456: routes of clients go to everyone, routes of non-clients to clients only. */
  readonly reflection: 'client' | 'non-client';
  /** Expected AS number; ours when absent. `any` takes what the OPEN says. */
  readonly asn?: number | 'any';
  /** Seconds, 0 or at least 3. */
  readonly holdTime?: number;
  /** Seconds that its socket may take nothing, 0 = for ever (RFC 9687); default the greater of 480 and twice the hold time. */
  readonly sendHoldTime?: number;
  /** Unlimited when absent. */
  readonly routeLimit?: RouteLimit;
  /** Whether and how long routes outlive a session (RFC 4724); default {@link defaultGracefulRestart}. */
  readonly gracefulRestart?: GracefulRestartPolicy;
  /** A text for people; nothing depends on it. */
  readonly description?: string;
  /** What our OPEN offers of RFC 7911 for EVPN; default `receive`. */
  readonly addPath?: AddPathOffer;
  /** What it is sent where it does not speak RT-Constrain; default `all`. */
  readonly interest?: InterestPolicy;
  /** With `interest: derived`, what becomes of what it loses its interest in, until its session ends; default `withdraw`. */
  readonly interestLost?: LostInterest;
  /**
   * What we are to a neighbour of another AS, one of {@link BgpRole} (RFC 9234 §4.1). To whom we are a route server, routes
   * of others go as they came: our AS is not put before theirs, and MED stays (RFC 7947 §2.2).
   */
  readonly role?: number;
  /** Refuse a neighbour that announces no role, where `role` is given; default false. */
  readonly strictRole?: boolean;
  /** It is told our own routes alone, and nothing is passed on to it; default false. From its next session on. */
  readonly hearsOwnOnly?: boolean;
}

/**
 * What a neighbour is sent that does not speak RT-Constrain: every route, or those with a route target of the VNIs that it
 * announces routes of itself.
 */
export type InterestPolicy = 'all' | 'derived';

/** What becomes of routes whose VNI a neighbour has announced and does no more: they are withdrawn, or go on being sent. */
export type LostInterest = 'withdraw' | 'keep';

/** Whether several paths a route are offered to be received, to be sent, or both (RFC 7911 §4). */
export type AddPathOffer = 'none' | 'receive' | 'send' | 'both';

/** A neighbour that is known by its address, and dialled unless it is passive. */
export interface StaticNeighbour extends NeighbourPolicy {
  /** The remote end, IPv4 or IPv6, in canonical text. */
  readonly address: string;
  /** Where to dial; default 179. */
  readonly port?: number;
  /** Waits for the neighbour to call and never dials; default false. */
  readonly passive?: boolean;
  /** Source address when dialling. */
  readonly localAddress?: string;
}

/** Neighbours that are let in by the prefix that their address lies in. */
export interface DynamicNeighbours extends NeighbourPolicy {
  /** Anyone from here may come in. */
  readonly prefix: string;
  /** Never dial anyone from here, also who was here before. */
  readonly passive?: boolean;
}

/** One neighbour while the speaker knows it. */
export class Neighbour {
  /** Its connections and their state machine. */
  readonly peer: Peer;
  /** The remote end in canonical text. */
  readonly address: string;
  /** The prefix that admitted it; undefined for a static one. */
  readonly prefix: string | undefined;
  /** What the configuration asks of it, as it is now. */
  policy: NeighbourPolicy;

  /** Of the established session. */
  source: NeighbourSource | undefined;
  /** The way out of EVPN routes; `membershipMember` is that of memberships, where RT-Constrain was negotiated. */
  member: Member | undefined;
  membershipMember: Member | undefined;
  /** What it asked for; undefined where RT-Constrain was not negotiated. */
  membership: Membership | undefined;
  /** What it is taken to want; undefined where it asks itself, and where it is sent everything. */
  derived: DerivedInterest | undefined;
  /** Until its memberships are complete, or are taken to be. */
  membershipTimer: Timer | undefined;
  /** What is not sent to it although it should be; outlives the session. */
  heldBack: readonly HeldBack[] = [];
  /** Those among them of which its owner was told that there are such routes. */
  readonly heldBackTold = new Set<number>();
  /** Of the established session; undefined without one. */
  negotiated: Negotiated | undefined;
  /** Its unconfirmed routes: of a session that was lost, or that tells everything again. */
  retention: Retention | undefined;
  /**
   * What its UPDATEs did since it is known; `endsOfRib`, `withdrawnByError` and `treatedAsWithdrawn` are of the present
   * session.
   */
  counts: IngestCounts = emptyCounts();
  /** It has more routes than it is warned for. */
  nearLimit = false;
  /** Sessions that were ended because it had too many routes. */
  limitExceeded = 0;
  /** Kept down for that, until then in milliseconds since the epoch; Infinity: until it is reset by hand. */
  heldUntil: number | undefined;
  /** Sessions established since the neighbour is known. */
  sessions = 0;
  /** Place among the half-open connections, until the session is established or gone. */
  admission: Admission | undefined;
  /** Reading waits for the next turn. */
  paused = false;
  /** It is waited for and never dialled, as its owner wants it. */
  readonly passive: boolean;
  /** Dialled on trial: nobody knows yet whether a BGP speaker is there. */
  tentative = false;
  /** Milliseconds since the epoch when a dynamic neighbour's last session or attempt ended. */
  goneAt: number | undefined;

  constructor(address: string, prefix: string | undefined, policy: NeighbourPolicy, peer: Peer, passive = false) {
    this.address = address;
    this.prefix = prefix;
    this.policy = policy;
    this.peer = peer;
    this.passive = passive;
  }

  /** Whose routes in the table are its: those of its session, or kept of the one before. */
  get holding(): NeighbourSource | undefined {
    return this.source ?? this.retention?.source;
  }

  /** Of its policy, or the default. */
  get gracefulRestart(): GracefulRestartPolicy {
    return this.policy.gracefulRestart ?? defaultGracefulRestart;
  }

  /** Adds to {@link heldBack} what is not there yet. */
  holdBack(found: readonly HeldBack[]): void {
    const known = new Set(this.heldBack.map(({ requirement }) => requirement));
    this.heldBack = [...this.heldBack, ...found.filter(({ requirement }) => !known.has(requirement))];
  }

  /** Its place among the half-open connections is free again. */
  settle(): void {
    this.admission?.settle();
    this.admission = undefined;
  }
}
