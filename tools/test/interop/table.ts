import type { InteropFile, InteropOutcome, InteropResult } from './result.ts';

const words: Readonly<Record<InteropOutcome, string>> = {
  works: 'works',
  limit: 'limit of the peer',
  fails: '**fails**',
};

const head = `# Interoperability

What nvad was tried with, and what came of it. Each row is a test against the real program; \`npm test\` runs them all and,
on a machine that has all the programs, writes this page, so nothing here is edited by hand. Where several versions of a
program were tried, a row names those that it is about.

- *works*: the test passed.
- *limit of the peer*: the test passed, and shows what the peer cannot do or does in its own way, and that nvad and everybody
  else come to no harm by it.
- **fails**: the test did not pass. Do not count on what the row says; it is a fault of nvad's, or one of the peer's that nvad
  does not get round yet.
`;

/** Of one program: its versions, and what was said of each. */
interface Row {
  readonly file: string;
  readonly versions: string[];
  readonly result: InteropResult;
}

/** The text of docs/interop.md: the same for the same results, in whatever order they come. */
export function renderTable(files: readonly InteropFile[]): string {
  const sorted = [...files].sort((a, b) => order(a.file, b.file));
  const rows = sorted.flatMap(({ file, results }) => results.map((result) => ({ file, result })));
  const programs = [...new Set(rows.map(({ result }) => program(result)))].sort(order);
  const sections = programs.map((name) => {
    const own = rows.filter(({ result }) => program(result) === name);
    const versions = [...new Set(own.map(({ result }) => version(result)))].sort(order);
    return section(name, versions, alike(own));
  });
  return head + sections.join('');
}

function section(name: string, versions: readonly string[], rows: readonly Row[]): string {
  const several = versions.length > 1;
  const columns = [...(several ? ['version'] : []), 'what', 'standard', 'result', 'test'];
  const lines = rows.map((row) => line([...(several ? [row.versions.join(', ')] : []), ...cells(row)]));
  const title = [name, versions.join(' and ')].filter(Boolean).join(' ');
  return `\n## ${title}\n\n${[line(columns), `|${'---|'.repeat(columns.length)}`, ...lines].join('\n')}\n`;
}

/** One row for all versions of which a file says the same; what is said of one thing stands together. */
function alike(rows: readonly { readonly file: string; readonly result: InteropResult }[]): Row[] {
  const things = new Map<string, Map<string, Row>>();
  for (const { file, result } of rows) {
    const { what, standard, outcome, notes } = result;
    const thing = JSON.stringify([file, what, standard]);
    const said = JSON.stringify([outcome, notes]);
    const answers = things.get(thing) ?? new Map<string, Row>();
    things.set(thing, answers);
    const row = answers.get(said) ?? { file, versions: [], result };
    answers.set(said, row);
    row.versions.push(version(result));
  }
  return [...things.values()].flatMap((answers) => [...answers.values()]);
}

function cells({ file, result: { what, standard, outcome, notes } }: Row): string[] {
  const name = file.slice(file.lastIndexOf('/') + 1);
  return [what, standard, [words[outcome], ...notes].join('; '), `[${name}](../${file})`];
}

const line = (texts: readonly string[]) => `| ${texts.map(cell).join(' | ')} |`;

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** `GoBGP` of `GoBGP 4.8.0`. */
const program = ({ peer }: InteropResult) => peer.replace(/ \S+$/, '');

const version = ({ peer }: InteropResult) => /(?<= )\S+$/.exec(peer)?.[0] ?? '';

/** By code unit, which no locale changes. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
