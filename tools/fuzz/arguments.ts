import { parseArgs } from 'node:util';

export interface Arguments {
  /** How long to run. */
  readonly seconds: number;
  /** What every choice follows from. */
  readonly seed: number;
  /** Folders to start from besides the project's own corpus; the first is also written to. */
  readonly corpus: readonly string[];
  /** Where finds go; the project's own folder when absent. */
  readonly finds?: string;
  /** Measure which branches run, and keep what runs new ones. */
  readonly coverage: boolean;
  /** Write the project's own corpus anew from the encoder, and end. */
  readonly makeCorpus: boolean;
}

/** The options, or a sentence on what is wrong with them. */
export function readArguments(words: readonly string[], now: number): Arguments | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        seconds: { type: 'string', default: '60' },
        seed: { type: 'string', default: String(now >>> 0) },
        corpus: { type: 'string', multiple: true, default: [] },
        finds: { type: 'string' },
        'no-coverage': { type: 'boolean', default: false },
        'make-corpus': { type: 'boolean', default: false },
      },
    });
    const seconds = Number(values.seconds);
    const seed = Number(values.seed);
    if (!(seconds > 0)) return `--seconds ${values.seconds} is no time`;
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffffffff)
      return `--seed ${values.seed} is not in 0 … 4294967295`;
    const { corpus, finds } = values;
    const coverage = !values['no-coverage'];
    return {
      seconds,
      seed,
      corpus,
      coverage,
      makeCorpus: values['make-corpus'],
      ...(finds !== undefined && { finds }),
    };
  } catch (error) {
    return (error as Error).message;
  }
}
