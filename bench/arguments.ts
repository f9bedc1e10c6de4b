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
  --help           this text

Examples
  npm run bench                                  the four loads of the design, against all that are installed
  npm run bench -- --quick                       the same in less than a minute
  npm run bench -- --only nvad --loads churn     latency of nvad alone
  npm run bench -- --loads design,special --runs 5

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
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, json, help } = values;
    const runs = Number(values.runs ?? (quick ? 1 : 3));
    const bound = Number(values.bound);
    if (!Number.isInteger(runs) || runs < 1) return `--runs ${values.runs} is no number of runs`;
    if (!(bound > 0)) return `--bound ${values.bound} is no time`;
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
    return { loads: [...new Set(loads)], only, runs, bound, quick, json, help };
  } catch (error) {
    return (error as Error).message;
  }
}
