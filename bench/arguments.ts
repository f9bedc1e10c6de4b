import { parseArgs } from 'node:util';
import type { ReflectorName } from './reflector/reflector.ts';

export interface Arguments {
  /** Names of loads, or of groups of them. */
  readonly loads: readonly string[];
  readonly only: readonly ReflectorName[];
  readonly runs: number;
  readonly bound: number;
  readonly quick: boolean;
  readonly json: boolean;
  /** Write docs/performance.md and its charts. */
  readonly document: boolean;
  /** Files of results to take instead of measuring. */
  readonly from: readonly string[];
  /** Measure the hot path alone, against what was accepted. */
  readonly guard: boolean;
  readonly accept: boolean;
  readonly help: boolean;
}

/** What can be asked for. */
export interface Choice {
  readonly loads: readonly { readonly name: string; readonly title: string }[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly reflectors: readonly ReflectorName[];
}

export function usage({ loads, groups, reflectors }: Choice): string {
  const width = Math.max(...loads.map(({ name }) => name.length));
  return `npm run bench -- [options]     measures nvad side by side with other route reflectors; needs root

  --loads A,B      loads or groups of loads, see below (default: design)
  --only A,B       reflectors: ${reflectors.join(', ')} (default: all that are installed)
  --runs N         runs of each, the reflectors taking turns (default 3)
  --bound N        seconds after which a step is given up (default 60)
  --quick          every load at a tenth of its size, one run: to see that everything works
  --json           the results as JSON on standard output, instead of a table
  --document       writes the tables and charts of docs/performance.md from the results
  --from FILE      takes results that were kept, instead of measuring; may be repeated
  --guard          only whether the hot path got dearer, measured in one process without sockets; exit code 1 if so
  --accept         with --guard: takes what it costs now for what it may cost
  --help           this text

Examples
  npm run bench                                  the four loads of the design, against all that are installed
  npm run bench -- --quick                       the same in less than a minute
  npm run bench -- --only nvad --loads churn     latency of nvad alone
  npm run bench -- --loads design,variants,special,scaling --document
                                                 everything, into docs/performance.md; takes two hours

Groups of loads
${Object.entries(groups)
  .map(([name, members]) => `  ${name.padEnd(width)}  ${members.join(', ')}`)
  .join('\n')}

Loads
${loads.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join('\n')}
`;
}

/** The options, or a sentence on what is wrong with them. */
export function readArguments(words: readonly string[], choice: Choice): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        loads: { type: 'string', default: 'design' },
        only: { type: 'string', default: choice.reflectors.join(',') },
        runs: { type: 'string' },
        bound: { type: 'string', default: '60' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        document: { type: 'boolean', default: false },
        from: { type: 'string', multiple: true, default: [] },
        guard: { type: 'boolean', default: false },
        accept: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, json, document, from, guard, accept, help } = values;
    const runs = Number(values.runs ?? (quick ? 1 : 3));
    const bound = Number(values.bound);
    if (!Number.isInteger(runs) || runs < 1) return `--runs ${values.runs} is no number of runs`;
    if (!(bound > 0)) return `--bound ${values.bound} is no time`;
    if (quick && document) return '--quick shows that everything works; its figures are none for the document';
    if (accept && !guard) return '--accept goes with --guard';
    const loads: string[] = [];
    for (const word of values.loads.split(',')) {
      const found = choice.groups[word] ?? choice.loads.filter(({ name }) => name === word).map(({ name }) => name);
      if (found.length === 0) return `there is no load "${word}"; --help names them`;
      loads.push(...found);
    }
    const asked = values.only.split(',');
    const only = choice.reflectors.filter((name) => asked.includes(name));
    const unknown = asked.find((word) => !choice.reflectors.some((name) => name === word));
    if (unknown !== undefined) return `there is no reflector "${unknown}"; there are ${choice.reflectors.join(', ')}`;
    return { loads: [...new Set(loads)], only, runs, bound, quick, json, document, from, guard, accept, help };
  } catch (error) {
    return (error as Error).message;
  }
}
