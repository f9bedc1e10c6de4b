import type { Bench } from '../../support/bench.ts';
import { type GobgpProgram, gobgpPrograms } from '../../support/gobgp.ts';
import { type SharedRow, sharedRows } from './shared-rows.ts';

/** The rows of one file, once for each version of GoBGP. */
export function gobgpRows<Lab>(
  title: string,
  start: (program: GobgpProgram, bench: Bench) => Promise<Lab>,
  rows: (row: SharedRow<Lab>, program: GobgpProgram) => void,
): void {
  for (const program of gobgpPrograms) {
    const { name: peer, missing } = program;
    sharedRows<Lab>(
      { title, peer, missing },
      (bench) => start(program, bench),
      (row) => rows(row, program),
    );
  }
}
