import { parseArgs } from 'node:util';

export const figureNames = ['attach', 'start', 'moves', 'pulls', 'kills'] as const;
export type FigureName = (typeof figureNames)[number];

export interface Arguments {
  readonly figures: readonly FigureName[];
  /** Of the full size. */
  readonly size: number;
  readonly kills: number;
  readonly seconds: number;
  readonly json: boolean;
  readonly help: boolean;
}

export const usage = `npm run bench:nva -- [options]     measures nvad as the authority over virtual networks; needs root

  --figures A,B    ${figureNames.join(', ')} (default: all)
                   attach  100,000 attachments by the API in transactions of 1,000, until everybody knows all
                   start   nvad started with these in its store
                   moves   1,000 moves a second by the API, one by one and in transactions of 10
                   pulls   10,000 questions a second of NVEs, while there are 100 moves a second
                   kills   nvad killed at random instants under load, and what is there after each start
  --kills N        how often nvad is killed (default 200)
  --seconds N      how long moves and pulls are measured (default 30)
  --quick          everything at a tenth of its size, and 10 kills: to see that it works
  --json           a line of JSON for each figure
  --help           this text

All times are milliseconds. nved takes part, and FRR where it is installed. With NVA_PROFILE=FOLDER in the environment nvad writes a
CPU profile there when it ends.
`;

/** The options, or a sentence on what is wrong with them. */
export function readArguments(words: readonly string[]): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        figures: { type: 'string', default: figureNames.join(',') },
        kills: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const { quick, json, help } = values;
    const kills = Number(values.kills ?? (quick ? 10 : 200));
    const seconds = Number(values.seconds ?? (quick ? 5 : 30));
    if (!Number.isInteger(kills) || kills < 1) return `--kills ${values.kills} is no number of kills`;
    if (!(seconds > 0)) return `--seconds ${values.seconds} is no time`;
    const asked = values.figures.split(',');
    const figures = figureNames.filter((name) => asked.includes(name));
    const unknown = asked.find((word) => !figureNames.some((name) => name === word));
    if (unknown !== undefined) return `there is no figure "${unknown}"; there are ${figureNames.join(', ')}`;
    return { figures, size: quick ? 0.1 : 1, kills, seconds, json, help };
  } catch (error) {
    return (error as Error).message;
  }
}
