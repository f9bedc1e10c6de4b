/** A route reflector that can be measured. */
import type { Leniency } from '../model/compare.ts';
import type { Site } from '../run/site.ts';

export type ReflectorName = 'nvad' | 'frr' | 'gobgp';

/** How late an event loop ran its timers since the last reading, in milliseconds. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface RunningReflector {
  readonly pid: number;
  /** Absent where there is no such thing. */
  readonly loopDelay?: () => Promise<LoopDelay>;
  /** Asks it something small, and waits for the answer; absent where nobody can be asked. */
  readonly ask?: () => Promise<unknown>;
  /** What it printed, for the explanation of a failure. */
  readonly log: () => string;
}

export interface Reflector {
  readonly name: ReflectorName;
  /** With its version. */
  readonly title: string;
  /** Why it cannot be started here. */
  readonly missing: string | undefined;
  readonly leniency: Leniency;
  /** Clients tell it what they are interested in (RFC 4684). */
  readonly rtConstrain: boolean;
  /** It can be told to send clients without RT-Constrain the routes of the networks that they announce routes of. */
  readonly derivesInterest: boolean;
  /** Seconds without any UPDATE after which it has done what it does when clients connect. */
  readonly settles: number;
  /** Advertisements in one step above which it is not tried, and why. */
  readonly limit?: { readonly adverts: number; readonly why: string };
  /**
   * Starts it and waits until it takes connections; `stack` ends it, `folder` is for its files. `derives`: it is to derive
   * its clients' interest, which is asked only of one that can.
   */
  readonly start: (
    site: Site,
    folder: string,
    stack: AsyncDisposableStack,
    derives: boolean,
  ) => Promise<RunningReflector>;
}
