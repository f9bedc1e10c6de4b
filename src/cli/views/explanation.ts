import type { ExplainStep, Explanation } from '../../api/contract/explain.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';

/** Who says so, and which way between two domains it is about. */
function sectionOf({ asked, domain, direction }: ExplainStep): string {
  if (asked !== null) return `${asked} says`;
  if (domain === null) return 'our own domain';
  return direction === null ? domain : `${direction === 'import' ? 'from' : 'to'} ${domain}`;
}

const marks = { yes: 'yes  ', no: 'no   ', waits: 'waits', note: '     ' } as const;

/** A step, and what it is about: a route, a place, or those who are told. */
interface Placed {
  readonly section: string;
  readonly subject: string;
  readonly step: ExplainStep;
}

/**
 * The steps in sections, each step under its subject and said once there, and both in the order of the way; at the end
 * what they come to. NVEs that have it for one reason share a line.
 */
export function viewExplanation({ steps, conclusion }: Explanation, paint: Paint): string {
  const colours = { yes: paint.good, no: paint.bad, waits: paint.unsure, note: paint.faint };
  const lineOf = ({ subject, step: { outcome, stage, about, reason } }: Placed) => {
    const what = about === subject ? '' : `${printable(about)}: `;
    return `    ${colours[outcome](marks[outcome])}  ${stage.padEnd(11)}  ${what}${printable(reason)}`;
  };
  const lines = inARow(placed(together(steps))).flatMap(({ section, all }) => [
    paint.strong(section),
    ...[...Map.groupBy(all, ({ subject }) => subject)].flatMap(([subject, own]) => [
      ...(subject === section ? [] : [`  ${printable(subject)}`]),
      ...new Set(own.map(lineOf)),
    ]),
  ]);
  const { has, reason } = conclusion;
  return `${lines.join('\n')}\n${has ? paint.good('yes') : paint.bad('no')}: ${printable(reason)}\n`;
}

const isRoute = (about: string) => about.startsWith('[');

function placed(steps: readonly ExplainStep[]): readonly Placed[] {
  // From behind, since rules and gateways decide on a route whose crossing stands after them.
  let route: string | undefined;
  return steps
    .toReversed()
    .map((step): Placed => {
      if (isRoute(step.about)) route = step.about;
      return { section: sectionOf(step), subject: subjectOf(step, route), step };
    })
    .toReversed();
}

/** `next` is the route that is named with the step or next after it. */
function subjectOf({ stage, about }: ExplainStep, next: string | undefined): string {
  if (stage === 'told') return 'who is told';
  return stage === 'policy' || stage === 'gateway' ? (next ?? about) : about;
}

/** Sections, of which one may come again further on. */
function inARow(steps: readonly Placed[]) {
  const sections: { readonly section: string; readonly all: Placed[] }[] = [];
  for (const one of steps) {
    const last = sections.at(-1);
    if (last?.section === one.section) last.all.push(one);
    else sections.push({ section: one.section, all: [one] });
  }
  return sections;
}

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
