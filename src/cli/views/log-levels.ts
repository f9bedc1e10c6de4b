import type { LogLevels } from '../../api/contract/log-levels.ts';
import type { Paint } from '../format/paint.ts';
import { formatTable } from '../format/table.ts';

export function viewLogLevels({ levels }: LogLevels, paint: Paint): string {
  return formatTable(
    [
      { title: 'COMPONENT', cell: ([component]: [string, string]) => component },
      { title: 'LEVEL', cell: ([, level]: [string, string]) => level },
    ],
    Object.entries(levels).sort(([a], [b]) => (a < b ? -1 : 1)),
    paint,
  );
}
