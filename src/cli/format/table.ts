import Table from 'cli-table3';
import type { Paint } from './paint.ts';

export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row) => string;
}

const noLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

function layOut(rows: readonly string[][], aligns: readonly ('left' | 'right')[]): string {
  const table = new Table({
    chars: noLines,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: [...aligns],
  });
  table.push(...rows);
  const lines = table.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Rows under titles, two spaces apart, as wide as they have to be whatever the terminal is. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string {
  const head = columns.map((column) => paint.strong(column.title));
  const body = rows.map((row) => columns.map((column) => column.cell(row)));
  return layOut(
    [head, ...body],
    columns.map((column) => column.align ?? 'left'),
  );
}

/** Names and values below each other; rows without a value are left out. */
export function formatFields(fields: readonly (readonly [name: string, value: string | null])[], paint: Paint): string {
  const rows = fields.flatMap(([name, value]) => (value === null ? [] : [[paint.faint(name), value]]));
  return layOut(rows, ['left', 'left']);
}
