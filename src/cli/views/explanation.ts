import type { ExplainStep, Explanation } from '../../api/contract/explain.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';

/** Under one heading: who says so, and which way between two domains it is about. */
function headingOf({ asked, domain, direction }: ExplainStep): string {
  if (asked !== null) return `${asked} says`;
  if (domain === null) return 'our own domain';
  return direction === null ? domain : `${direction === 'import' ? 'from' : 'to'} ${domain}`;
}

const marks = { yes: 'yes  ', no: 'no   ', waits: 'waits', note: '     ' } as const;

/** The steps under headings, with what the last one comes to at the end. NVEs that have it for one reason share a line. */
export function viewExplanation({ steps, conclusion }: Explanation, paint: Paint): string {
  const colours = { yes: paint.good, no: paint.bad, waits: paint.unsure, note: paint.faint };
  const lines: string[] = [];
  let heading = '';
  let route = '';
  for (const one of together(steps)) {
    const next = headingOf(one);
    if (next !== heading) {
      lines.push(paint.strong(next));
      route = '';
    }
    heading = next;
    const { outcome, stage, about, reason } = one;
    // A route is named once above its steps.
    if (isRoute(about) && about !== route) lines.push(`  ${printable(about)}`);
    if (isRoute(about)) route = about;
    const what = isRoute(about) ? '' : `${printable(about)}: `;
    lines.push(`    ${colours[outcome](marks[outcome])}  ${stage.padEnd(11)}  ${what}${printable(reason)}`);
  }
  const { has, reason } = conclusion;
  return `${lines.join('\n')}\n${has ? paint.good('yes') : paint.bad('no')}: ${printable(reason)}\n`;
}

const isRoute = (about: string) => about.startsWith('[');

/** NVEs beside each other that are told by the same rule. */
function together(steps: readonly ExplainStep[]): ExplainStep[] {
  const told = new Map<string, string[]>();
  const key = ({ asked, domain, direction, outcome, reason }: ExplainStep) =>
    JSON.stringify([asked, domain, direction, outcome, reason]);
  const isTold = ({ stage }: ExplainStep) => stage === 'told';
  for (const one of steps.filter(isTold)) told.set(key(one), [...(told.get(key(one)) ?? []), one.about]);
  return steps.flatMap((one) => {
    if (!isTold(one)) return [one];
    const names = told.get(key(one)) ?? [];
    if (names[0] !== one.about) return [];
    return [
      {
        ...one,
        about: names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '),
      },
    ];
  });
}
