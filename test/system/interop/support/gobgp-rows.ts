import { afterAll, beforeAll, describe } from 'vitest';
import { Bench } from '../../support/bench.ts';
import { type GobgpProgram, gobgpPrograms } from '../../support/gobgp.ts';
import { isRoot } from '../../support/namespace.ts';
import { type InteropContext, interop } from './matrix.ts';

/** Registers one row, whose test is given what was started for all rows. */
export type GobgpRow<Lab> = (
  what: string,
  standard: string,
  run: (lab: Lab, context: InteropContext) => Promise<void>,
) => void;

/**
 * The rows of one file, once for each version of GoBGP.
 * @param start starts what the rows of a version share; the bench takes it away again.
 */
export function gobgpRows<Lab>(
  title: string,
  start: (program: GobgpProgram, bench: Bench) => Promise<Lab>,
  rows: (row: GobgpRow<Lab>, program: GobgpProgram) => void,
): void {
  for (const program of gobgpPrograms) {
    describe.runIf(isRoot)(`${title} with ${program.name}`, () => {
      const bench = new Bench();
      let lab: Lab;
      beforeAll(async () => {
        if (program.missing === undefined) lab = await start(program, bench);
      });
      afterAll(() => bench.clear());
      const row: GobgpRow<Lab> = (what, standard, run) =>
        interop({ peer: program.name, what, standard }, async (context) => {
          if (program.missing !== undefined) context.unavailable(program.missing);
          await run(lab, context);
        });
      rows(row, program);
    });
  }
}
