import { parseArgs } from 'node:util';

export const figureNames = ['import', 'hostile'] as const;
export type FigureName = (typeof figureNames)[number];

export interface Arguments {
  readonly only: readonly FigureName[];
  readonly runs: number;
  /** Of the full size. */
  readonly size: number;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench:federation -- [options]     measures nvad between domains; needs root

  --only A,B       ${figureNames.join(', ')} (default: all)
                   import   200,000 routes of a neighbour domain announced anew to 50 NVEs, against the same reflected
                   hostile  changes among 50 NVEs while a neighbour domain behaves badly in five ways, against the same
                            without it
  --runs N         runs of each, taking turns with those they are compared with (default 3)
  --quick          everything at a tenth of its size, one run: to see that it works
  --json           a line of JSON for each figure
  --help           this text

Seconds of CPU are those of nvad's process. With NVA_PROFILE=FOLDER in the environment nvad writes a CPU profile there when it ends.
`;

/** The options, or a sentence on what is wrong with them. */
export function readArguments(words: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        only: { type: 'string', default: figureNames.join(',') },
        runs: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, json, help } = values;
    const runs = Number(values.runs ?? (quick ? 1 : 3));
    if (!Number.isInteger(runs) || runs < 1) return `--runs ${values.runs} is no number of runs`;
    const asked = values.only.split(',');
    const only = figureNames.filter((name) => asked.includes(name));
    const unknown = asked.find((word) => !figureNames.some((name) => name === word));
    if (unknown !== undefined) return `there is no figure "${unknown}"; there are ${figureNames.join(', ')}`;
    return { only, runs, size: quick ? 0.1 : 1, json, help };
  } catch (error) {
    return (error as Error).message;
  }
}
