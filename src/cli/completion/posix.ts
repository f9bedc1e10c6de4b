/** What bash and zsh scripts have in common: finding out at which command the words so far are. */
import type { CommandWords, Values } from './words.ts';

/** `text` as one word of a shell, whatever is in it. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const pathKey = (row: CommandWords): string => ['nvactl', ...row.path].join(' ');

/** All paths below the program, as alternatives of a `case`. */
export const knownPaths = (rows: readonly CommandWords[]): string =>
  rows
    .filter((row) => row.path.length > 0)
    .map((row) => quote(pathKey(row)))
    .join(' | ');

/** Names of options whose value is a word of its own, as alternatives of a `case`. */
export function optionsWithValue(rows: readonly CommandWords[]): string {
  const names = new Set(
    rows.flatMap((row) =>
      row.options.flatMap(({ names, values, optional }) => (values === undefined || optional ? [] : names)),
    ),
  );
  return [...names].join(' | ');
}

/** A shell expression that expands to the words of `values`, separated by white space. */
function expandValues(values: Values): string {
  if (values.kind === 'free') return "''";
  if (values.kind === 'fixed') return quote(values.words.join(' '));
  return `"$(nvactl complete ${values.what} 2>/dev/null)"`;
}

/** Rows of a `case` over path and option: the words its value may be. Options of free text have none. */
export function caseOfValues(row: CommandWords): string[] {
  return row.options.flatMap(({ names, values, optional }) => {
    if (values === undefined || values.kind === 'free' || optional) return [];
    const patterns = names.map((name) => quote(`${pathKey(row)} ${name}`)).join(' | ');
    return [`    ${patterns}) candidates=${expandValues(values)} ;;`];
  });
}

/** Rows of a `case` over path and position: subcommands, or the words of the argument at that place. */
export function caseOfPlaces(row: CommandWords): string[] {
  const key = pathKey(row);
  const first = row.subcommands.map(({ name }) => name).join(' ');
  if (first !== '') return [`    ${quote(`${key} 0`)}) candidates=${quote(first)} ;;`];
  return row.positional.flatMap((values, at) =>
    values.kind === 'free' ? [] : [`    ${quote(`${key} ${at}`)}) candidates=${expandValues(values)} ;;`],
  );
}

/** A row of a `case` over path: the names of its options. */
export function caseOfOptions(row: CommandWords): string {
  const names = row.options.flatMap((option) => option.names).join(' ');
  return `    ${quote(pathKey(row))}) candidates=${quote(names)} ;;`;
}
