import type { InteropFile, InteropOutcome, InteropResult } from './result.ts';

const words: Readonly<Record<InteropOutcome, string>> = {
  works: 'works',
  limit: 'limit of the peer',
  unavailable: 'not available here',
  fails: '**fails**',
};

const head = `# Interoperability

What nvad was tried with, and what came of it. Each row is a test against the real program; \`npm test\` runs them all and
writes this page, so nothing here is edited by hand. *Limit of the peer*: the test shows what the peer cannot do or does
in its own way, and that nvad and everybody else come to no harm by it. *Not available here*: the machine that wrote this
page lacks what the test needs.
`;

/** The text of docs/interop.md: the same for the same results, in whatever order they come. */
export function renderTable(files: readonly InteropFile[]): string {
  const sorted = [...files].sort((a, b) => order(a.file, b.file));
  const rows = sorted.flatMap(({ file, results }) => results.map((result) => ({ file, result })));
  const peers = [...new Set(rows.map(({ result }) => result.peer))].sort(order);
  const sections = peers.map((peer) => {
    const lines = rows.filter(({ result }) => result.peer === peer).map(({ file, result }) => line(file, result));
    return `\n## ${peer}\n\n| what | standard | result | test |\n|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return head + sections.join('');
}

function line(file: string, { what, standard, outcome, notes }: InteropResult): string {
  const result = [words[outcome], ...notes].join('; ');
  const name = file.slice(file.lastIndexOf('/') + 1);
  return `| ${[what, standard, result].map(cell).join(' | ')} | [${name}](../${file}) |`;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** By code unit, which no locale changes. */
function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
