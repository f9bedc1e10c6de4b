import type { CommandWords, OptionWords, Values } from './words.ts';

const quote = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

function valueWords(values: Values): string | undefined {
  if (values.kind === 'free') return undefined;
  return values.kind === 'fixed' ? quote(values.words.join(' ')) : `'(nvactl complete ${values.what} 2>/dev/null)'`;
}

function optionLine(condition: string, { names, description, values, optional }: OptionWords): string {
  const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  const parts = [`complete -c nvactl -n ${quote(condition)}`, ...flags, `-d ${quote(description)}`];
  if (values !== undefined && !optional) {
    parts.push('-x');
    const words = valueWords(values);
    if (words !== undefined) parts.push(`-a ${words}`);
  }
  return parts.join(' ');
}

function rowLines(row: CommandWords): string[] {
  const path = row.path.join(' ');
  const at = (position: number) => `__nvactl_at ${position} ${quote(path).replaceAll("'", '"')}`;
  const anywhere = `__nvactl_in "${path}"`;
  return [
    ...row.subcommands.map(
      ({ name, description }) => `complete -c nvactl -n ${quote(at(0))} -a ${name} -d ${quote(description)}`,
    ),
    ...row.positional.flatMap((values, position) => {
      const words = valueWords(values);
      return words === undefined ? [] : [`complete -c nvactl -n ${quote(at(position))} -a ${words}`];
    }),
    ...row.options.map((option) => optionLine(anywhere, option)),
  ];
}

/** A script for fish. */
export function fishScript(rows: readonly CommandWords[]): string {
  const paths = rows.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  const withValue = new Set(
    rows.flatMap(({ options }) =>
      options.flatMap(({ names, values, optional }) => (values === undefined || optional ? [] : names)),
    ),
  );
  return `# fish completion for nvactl; made by 'nvactl completion fish'
function __nvactl_where
    set -l path ''
    set -l position 0
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        if contains -- $word ${[...withValue].join(' ')}
            set skip 1
            continue
        end
        string match -q -- '-*' $word; and continue
        set -l longer (string trim -- "$path $word")
        if contains -- $longer ${paths.join(' ')}
            set path $longer
        else
            set position (math $position + 1)
        end
    end
    echo $position
    echo $path
end
function __nvactl_at
    set -l where (__nvactl_where)
    test "$where[1]" = $argv[1]; and test "$where[2]" = "$argv[2]"
end
function __nvactl_in
    set -l where (__nvactl_where)
    test "$where[2]" = "$argv[1]"
end
complete -c nvactl -f
${rows.flatMap(rowLines).join('\n')}
`;
}
