/** What a load is: who is there, and what happens one step after the other. */
import type { ClientIndex, Population } from './population.ts';

/** One thing that happens, whose time is measured; the sessions are up before the first, unless that is `cold`. */
export type Step =
  /** Everybody announces everything. `cold`: they connect all at once, and the clock runs from the first connection. */
  | { readonly kind: 'announce'; readonly cold?: boolean }
  | { readonly kind: 'withdraw' }
  /** Everybody asks for everything again. */
  | { readonly kind: 'refresh' }
  /** A client closes its connection. */
  | { readonly kind: 'leave'; readonly client: ClientIndex }
  /** Routes are announced again with a higher mobility sequence, `rate` a second. */
  | { readonly kind: 'churn'; readonly rate: number; readonly changes: number }
  /** A slow reader reads at full speed and gets what it missed; nobody's time is measured. */
  | { readonly kind: 'catch-up' };

export type StepKind = Step['kind'];

/** Whether a reflector tells nobody anything twice in such a step. */
export const tellsOnce = (kind: StepKind): boolean => kind === 'announce' || kind === 'withdraw' || kind === 'leave';

export interface Load {
  readonly name: string;
  readonly title: string;
  readonly population: Population;
  readonly steps: readonly Step[];
  /** The steps whose figures are of interest; others only lead to them. */
  readonly shown: readonly StepKind[];
  readonly slow?: SlowReader;
  /** No client speaks RT-Constrain: who is interested in what shows in what he announces. */
  readonly silent?: true;
}

/** A client that is not waited for, and reads so many octets a second; 0: all there are. */
export interface SlowReader {
  readonly client: ClientIndex;
  readonly rate: number;
}

/** The same for everybody else, with a slow reader that is none; undefined where there is no slow reader. */
export function withoutSlowReader(load: Load): Load | undefined {
  if (load.slow === undefined) return undefined;
  const steps = load.steps.filter(({ kind }) => kind !== 'catch-up');
  return { ...load, slow: { ...load.slow, rate: 0 }, steps };
}
