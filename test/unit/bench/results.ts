/** Results on paper. */
import type { StepKind } from '../../../bench/model/load.ts';
import type { StepFigures } from '../../../bench/run/measure.ts';
import type { LoadResult, Outcome } from '../../../bench/run/session.ts';

/** A step as it may be given: what matters, the rest is made up. */
export type PaperStep = Partial<StepFigures> & { readonly kind?: StepKind };

export function outcome(seconds: number, ...steps: readonly PaperStep[]): Outcome {
  const figures = {
    adverts: 1000,
    cpu: 1,
    generatorCpu: 1,
    updates: 1,
    octets: 1,
    silence: 0,
    refusals: 0,
    repeats: 0,
  };
  const made = (steps.length === 0 ? [{}] : steps).map((patch: PaperStep) => ({
    kind: 'announce' as const,
    seconds,
    resident: 3000,
    peak: 4000,
    ...figures,
    ...patch,
  }));
  return {
    run: {
      start: 1000,
      watched: 10,
      silenceAfterwards: 0,
      steps: made,
      comparison: { compared: 1, wrong: 0, examples: [], repeats: [0], echoed: 0 },
    },
  };
}

export const failed: Outcome = { failure: 'announce took more than 60 s' };

export const load = (patch: Partial<LoadResult>): LoadResult => ({
  load: '100x1000',
  title: 'a load',
  size: 'full',
  clients: 10,
  routes: 100,
  shown: ['announce'],
  outcomes: {},
  skipped: {},
  ...patch,
});
