/** The loop: takes inputs that are known, changes them, checks what came of it, and keeps what is worth keeping. */

import { Broken } from './check/broken.ts';
import { Checker, type Report } from './check/check.ts';
import type { Coverage } from './coverage.ts';
import type { Input } from './input.ts';
import { minimise } from './minimise.ts';
import { mutate } from './mutate.ts';
import type { Random } from './random.ts';
import { sweep } from './sweep.ts';

export interface FuzzOptions {
  /** Milliseconds. */
  readonly time: number;
}

export interface FuzzModules {
  readonly random: Random;
  /** Milliseconds, never going backwards. */
  readonly now: () => number;
  readonly coverage?: Coverage;
  /** Told of each find once for each check, minimised, and of each input that was kept. */
  readonly found: (find: Find) => void;
  readonly kept?: (input: Input) => void;
  readonly progress?: (totals: Totals) => void;
}

export interface Find {
  readonly check: string;
  readonly reason: string;
  readonly input: Input;
}

export interface Totals {
  inputs: number;
  messages: number;
  /** Messages decoded without a fault. */
  accepted: number;
  finds: number;
  /** Inputs in the pool, seeds included. */
  kept: number;
  /** Different names of what the decoders found. */
  features: number;
  functions: number;
  /** Milliseconds of the slowest input, and its octets. */
  slowest: number;
  slowestOctets: number;
}

/** Inputs checked between two looks at the coverage: few while there is much to find, many when there is little. */
const BATCH = { least: 16, most: 1024 } as const;
const MAX_POOL = 6000;
/** Milliseconds that decoding an input may take, and for each of its octets. */
const TIME_ANYWAY = 30;
const TIME_PER_OCTET = 0.005;
/** Finds of one check that are told; the rest is likely the same again. */
const FINDS_PER_CHECK = 3;

export class Fuzzer {
  readonly totals: Totals = {
    inputs: 0,
    messages: 0,
    accepted: 0,
    finds: 0,
    kept: 0,
    features: 0,
    functions: 0,
    slowest: 0,
    slowestOctets: 0,
  };
  readonly #options: FuzzOptions;
  readonly #modules: FuzzModules;
  readonly #checker = new Checker({ thorough: false });
  readonly #pool: Input[] = [];
  /** Those of the pool in which nothing is wrong: one change to them breaks one rule. */
  readonly #sound: Input[] = [];
  readonly #features = new Set<string>();
  readonly #told = new Map<string, number>();

  constructor(options: FuzzOptions, modules: FuzzModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** Runs until the time is over. */
  run(seeds: readonly Input[]): Totals {
    const { random, now, coverage, progress } = this.#modules;
    const end = now() + this.#options.time;
    let tell = now() + 10_000;
    for (const seed of seeds) {
      this.#try(seed);
      this.#add(seed);
      if (now() >= end) break;
    }
    coverage?.grown(true);
    let size: number = BATCH.least;
    const swept = sweep(seeds, random);
    while (now() < end) {
      const batch: Input[] = [];
      for (let i = 0; i < size && now() < end; i++) {
        const next = random.chance(0.4) ? swept.next().value : undefined;
        const input = next ?? mutate(this.#parent(), this.#pool, random);
        if (this.#try(input)) this.#keep(input);
        else batch.push(input);
      }
      const grown = coverage?.grown(false) === true;
      if (coverage !== undefined && grown) this.#keepThoseThatGrow(batch, coverage);
      size = grown ? BATCH.least : Math.min(BATCH.most, size * 2);
      if (progress !== undefined && now() >= tell) {
        tell = now() + 10_000;
        progress(this.#count());
      }
    }
    return this.#count();
  }

  #count(): Totals {
    this.totals.kept = this.#pool.length;
    this.totals.features = this.#features.size;
    this.totals.functions = this.#modules.coverage?.functions ?? 0;
    return this.totals;
  }

  /** Runs the batch again, one by one, and keeps what brings something new. */
  #keepThoseThatGrow(batch: readonly Input[], coverage: Coverage): void {
    for (const input of batch) {
      this.#quietly(input);
      if (coverage.grown(true)) this.#keep(input);
    }
  }

  #parent(): Input {
    const { random } = this.#modules;
    const list = this.#sound.length > 0 && random.chance(0.6) ? this.#sound : this.#pool;
    // half of the time of what was found lately
    const recent = random.chance(0.5) ? Math.min(list.length, 200) : list.length;
    return list[list.length - 1 - random.below(recent)];
  }

  #add(input: Input): void {
    const { random } = this.#modules;
    for (const list of this.#isSound(input) ? [this.#pool, this.#sound] : [this.#pool]) {
      if (list.length >= MAX_POOL) list.splice(random.below(MAX_POOL), 1);
      list.push(input);
    }
  }

  #isSound(input: Input): boolean {
    try {
      const { messages, accepted } = this.#checker.check(input);
      return messages > 0 && accepted === messages;
    } catch {
      return false;
    }
  }

  #keep(input: Input): void {
    this.#add(input);
    this.#modules.kept?.(input);
  }

  /** Whether the decoders said something that they had not said before. */
  #try(input: Input): boolean {
    const { totals } = this;
    totals.inputs++;
    let report: Report;
    try {
      report = this.#checker.check(input);
    } catch (error) {
      this.#broken(input, error);
      return false;
    }
    if (report.time > totals.slowest) {
      totals.slowest = report.time;
      totals.slowestOctets = input.bytes.length;
    }
    if (report.time > limitFor(input)) this.#slow(input);
    totals.messages += report.messages;
    totals.accepted += report.accepted;
    const before = this.#features.size;
    for (const feature of report.features) this.#features.add(feature);
    return this.#features.size > before;
  }

  /** Milliseconds that decoding took, or 0 for an input that breaks something, which was told already. */
  #quietly(input: Input): number {
    try {
      return this.#checker.check(input).time;
    } catch {
      return 0;
    }
  }

  /** The machine has other work too: only what is slow three times is slow. */
  #slow(input: Input): void {
    const least = Math.min(...[1, 2, 3].map(() => this.#quietly(input)));
    if (least > limitFor(input)) this.#tell({ check: 'slow', reason: `${least.toFixed(0)} ms`, input });
  }

  #broken(input: Input, error: unknown): void {
    const check = error instanceof Broken ? error.check : 'checker-throws';
    const told = this.#told.get(check) ?? 0;
    if (told >= FINDS_PER_CHECK) {
      this.totals.finds++;
      return;
    }
    const small = minimise(input, (candidate) => checkBroken(candidate)?.check === check);
    const reason = checkBroken(small)?.reason ?? `not again by itself: ${String(error)}`;
    this.#tell({ check, reason, input: small });
  }

  #tell(find: Find): void {
    this.totals.finds++;
    const told = this.#told.get(find.check) ?? 0;
    this.#told.set(find.check, told + 1);
    if (told < FINDS_PER_CHECK) this.#modules.found(find);
  }
}

const limitFor = ({ bytes }: Input) => TIME_ANYWAY + TIME_PER_OCTET * bytes.length;

/** What `input` breaks by itself, if anything. */
export function checkBroken(input: Input): { readonly check: string; readonly reason: string } | undefined {
  try {
    new Checker({ thorough: true }).check(input);
    return undefined;
  } catch (error) {
    if (error instanceof Broken) return { check: error.check, reason: error.message };
    return { check: 'checker-throws', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
