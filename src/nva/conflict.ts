/** What contradicts what should be, with both sides, what was done, and how to settle it. */
import type { Encapsulation } from './model.ts';

/** One side of a conflict. */
export interface ConflictClaim {
  /** Who says so: a peer's address, `orchestrator`, or the name of an NVE or of a neighbour domain. */
  readonly by: string;
  /** The NVE's tunnel address. */
  readonly nve: string;
  /** EVPN route type, where it is said by a route that is refused. */
  readonly routeType?: number;
  readonly mac?: string;
  readonly ip?: string;
  readonly prefix?: string;
  readonly vni?: number;
  readonly sequence?: number;
  readonly encapsulations?: readonly Encapsulation[];
}

export interface Conflict {
  /** The same for as long as the conflict is the same. */
  readonly id: string;
  /** Of {@link Refusal}, `duplicate-address`, `no-common-encapsulation`, `not-announced` or `left-out`. */
  readonly code: string;
  /** Name of the network; absent where none is declared. */
  readonly network?: string;
  readonly reason: string;
  /** The claim that was not followed first, then those that it contradicts. */
  readonly claims: readonly ConflictClaim[];
  /** What nvad did about it. */
  readonly done: string;
  readonly remedy: string;
  /** Whether `release` settles it. */
  readonly releasable: boolean;
  /** Milliseconds since the epoch; absent where it is not known. */
  readonly since?: number;
}
