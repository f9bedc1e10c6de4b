import type { ChangeEvent } from '../../api/contract/events.ts';
import type { Paint } from '../format/paint.ts';

type Value = Readonly<Record<string, unknown>>;

const told = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What of an object differs, at most so much as fits a line. */
function difference(before: Value, after: Value): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => `${name} ${told(before[name] ?? 'none')} → ${told(after[name] ?? 'none')}`)
    .join(', ')
    .slice(0, 200);
}

/** One line for one event. */
export function viewEvent({ id, at, by, op, kind, network, name, before, after }: ChangeEvent, paint: Paint): string {
  const what = network === undefined ? `${kind} ${name}` : `${kind} ${network}/${name}`;
  const place = kind === 'attachment' && typeof after?.['nve'] === 'string' ? ` at ${after['nve']}` : '';
  const did =
    op === 'delete'
      ? paint.bad('deleted')
      : before === null || after === null
        ? paint.good('made')
        : paint.unsure('changed');
  const how = before !== null && after !== null ? `: ${difference(before, after)}` : place;
  return `${paint.faint(String(id))} ${at} ${by.name}: ${what} ${did}${how}\n`;
}
