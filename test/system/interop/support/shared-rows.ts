import { afterAll, beforeAll, describe } from 'vitest';
import { Bench } from '../../support/bench.ts';
import { isRoot } from '../../support/namespace.ts';
import { type InteropContext, interop } from './matrix.ts';

/** Registers one row, whose test is given what was started for all rows. */
export type SharedRow<Lab> = (
  what: string,
  standard: string,
  run: (lab: Lab, context: InteropContext) => Promise<void>,
) => void;

export interface SharedRowsOptions {
  readonly title: string;
  /** As in a row. */
  readonly peer: string;
  /** Why this machine lacks the peer; then every row is skipped with that. */
  readonly missing: string | undefined;
}

/**
 * Rows about one peer that share what is started before the first of them.
 * @param start starts it; the bench takes it away again after the last row.
 */
export function sharedRows<Lab>(
  { title, peer, missing }: SharedRowsOptions,
  start: (bench: Bench) => Promise<Lab>,
  rows: (row: SharedRow<Lab>) => void,
): void {
  describe.runIf(isRoot)(`${title} with ${peer}`, () => {
    const bench = new Bench();
    let lab: Lab;
    beforeAll(async () => {
      if (missing === undefined) lab = await start(bench);
    });
    afterAll(() => bench.clear());
    rows((what, standard, run) =>
      interop({ peer, what, standard }, async (context) => {
        if (missing !== undefined) context.test.skip(missing);
        await run(lab, context);
      }),
    );
  });
}
