/** Aims with their verdicts as a table for a terminal. */
import type { Paint } from '../../src/cli/format/paint.ts';
import { formatTable } from '../../src/cli/format/table.ts';
import { aimColumns, type JudgedAim } from './aims.ts';

export function showAims(aims: readonly JudgedAim[], paint: Paint): string {
  const colours = { met: paint.good, missed: paint.bad, 'not measured': paint.faint };
  const told = aimColumns.map(({ title, key }) => ({
    title,
    cell: (aim: JudgedAim) => (key === 'verdict' ? colours[aim.verdict](aim.verdict) : aim[key]),
  }));
  return formatTable(told, aims, paint);
}
