/**
 * Questions and answers of one network: each address is asked for once at a time, answers are kept for their lease, and
 * what is kept is asked for again when the NVA says that it has changed, or when there is another connection.
 */
import type { Clock } from '../transport/clock.ts';
import type { Resolution } from '../wire/message/answer.ts';
import { sameMapping } from '../wire/same-mapping.ts';

/**
 * - `found`, `no-such-address`: what the NVA said, now or within the answer's lease
 * - `cannot-say-yet`: it did not know for as long as was waited
 * - `unreachable`: no NVA could be asked for as long
 * - `refused`: it will not say
 */
export type Resolved =
  | Resolution
  | { readonly status: 'unreachable' }
  | { readonly status: 'refused'; readonly code: string; readonly reason: string };

interface Kept {
  readonly answer: Extract<Resolution, { readonly lease: number }>;
  readonly expires: number;
  /** Was said to have changed, or may have while there was no connection. */
  doubted: boolean;
}

interface Pull {
  readonly deadline: number;
  readonly waiting: ((answer: Resolved) => void)[];
  /** Of the request that is under way. */
  id: number | undefined;
  /** Before which it is not asked again. */
  notBefore: number;
}

export interface PullsOptions {
  /** Milliseconds that one may take. */
  readonly time: number;
  /** Answers that are kept, and questions that wait. */
  readonly most: number;
}

export interface PullsModules {
  readonly clock: Clock;
  /** Sends a `resolve`; undefined when that cannot be now. */
  readonly ask: (address: string) => number | undefined;
  /** A kept answer has changed; undefined when its lease is over. */
  readonly changed: (address: string, answer: Resolution | undefined) => void;
}

/** Milliseconds between looks at what has run out. */
const LOOK = 50;

export class Pulls {
  readonly #options: PullsOptions;
  readonly #modules: PullsModules;
  /** In the order in which they came, which is that in which they end where all leases are as long. */
  readonly #found = new Map<string, Kept>();
  /** Of "no such address", whose leases are shorter; the same. */
  readonly #none = new Map<string, Kept>();
  readonly #pulls = new Map<string, Pull>();
  readonly #byId = new Map<number, string>();
  #cancel: (() => void) | undefined;
  #connected = false;

  constructor(options: PullsOptions, modules: PullsModules) {
    this.#options = options;
    this.#modules = modules;
  }

  /** The answer, where one is kept that counts. */
  cached(address: string): Resolution | undefined {
    const kept = this.#kept(address);
    return kept === undefined || kept.doubted ? undefined : kept.answer;
  }

  resolve(address: string): Promise<Resolved> {
    const now = this.#modules.clock.now();
    const kept = this.#kept(address);
    // While nobody can be asked, what was said last is the best that there is.
    if (kept !== undefined && (!this.#connected || (!kept.doubted && kept.expires > now))) {
      if (this.#connected && kept.expires - now < kept.answer.lease / 5) this.#pull(address, now);
      return Promise.resolve(kept.answer);
    }
    const pull = this.#pull(address, now);
    if (pull === undefined) return Promise.resolve({ status: 'unreachable' });
    return new Promise((resolve) => pull.waiting.push(resolve));
  }

  /** The network is joined on a new connection: everything that waits is asked, and what is kept is asked again. */
  connected(): void {
    this.#connected = true;
    this.#byId.clear();
    const now = this.#modules.clock.now();
    for (const pull of this.#pulls.values()) pull.id = undefined;
    this.#none.clear();
    for (const [address, kept] of this.#found) this.#doubt(address, kept, now);
    this.#look();
  }

  disconnected(): void {
    this.#connected = false;
    this.#byId.clear();
    for (const pull of this.#pulls.values()) pull.id = undefined;
  }

  answered(id: number, answer: Resolution): void {
    const address = this.#byId.get(id);
    this.#byId.delete(id);
    const pull = address === undefined ? undefined : this.#pulls.get(address);
    if (address === undefined || pull === undefined || pull.id !== id) return;
    const now = this.#modules.clock.now();
    pull.id = undefined;
    if (answer.status === 'cannot-say-yet' && now + answer.retryAfter < pull.deadline) {
      pull.notBefore = now + answer.retryAfter;
      return;
    }
    this.#pulls.delete(address);
    if (answer.status !== 'cannot-say-yet') this.#keep(address, answer, now);
    for (const resolve of pull.waiting) resolve(answer);
  }

  refused(id: number, code: string, reason: string): void {
    const address = this.#byId.get(id);
    this.#byId.delete(id);
    const pull = address === undefined ? undefined : this.#pulls.get(address);
    if (address === undefined || pull === undefined || pull.id !== id) return;
    this.#pulls.delete(address);
    for (const resolve of pull.waiting) resolve({ status: 'refused', code, reason });
  }

  invalidated(addresses: readonly string[]): void {
    const now = this.#modules.clock.now();
    for (const address of addresses) {
      const kept = this.#kept(address);
      if (kept !== undefined) this.#doubt(address, kept, now);
      // The answer that is under way may be older than what made it wrong.
      const pull = this.#pulls.get(address);
      if (pull === undefined) continue;
      if (pull.id !== undefined) this.#byId.delete(pull.id);
      pull.id = undefined;
      pull.notBefore = 0;
      this.#ask(address, pull, now);
    }
  }

  /** The network is not joined any more. */
  end(answer: Resolved): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#found.clear();
    this.#none.clear();
    this.#byId.clear();
    for (const pull of this.#pulls.values()) for (const resolve of pull.waiting) resolve(answer);
    this.#pulls.clear();
  }

  #doubt(address: string, kept: Kept, now: number): void {
    kept.doubted = true;
    this.#pull(address, now);
  }

  #kept(address: string): Kept | undefined {
    return this.#found.get(address) ?? this.#none.get(address);
  }

  #keep(address: string, answer: Kept['answer'], now: number): void {
    const before = this.#kept(address);
    this.#found.delete(address);
    this.#none.delete(address);
    if (answer.lease > 0 && this.#found.size + this.#none.size < this.#options.most) {
      (answer.status === 'found' ? this.#found : this.#none).set(address, {
        answer,
        expires: now + answer.lease,
        doubted: false,
      });
      this.#watch();
    }
    if (before !== undefined && !sameAnswer(before.answer, answer)) this.#modules.changed(address, answer);
  }

  #pull(address: string, now: number): Pull | undefined {
    let pull = this.#pulls.get(address);
    if (pull === undefined) {
      if (this.#pulls.size >= this.#options.most) return undefined;
      pull = { deadline: now + this.#options.time, waiting: [], id: undefined, notBefore: 0 };
      this.#pulls.set(address, pull);
    }
    this.#ask(address, pull, now);
    this.#watch();
    return pull;
  }

  #ask(address: string, pull: Pull, now: number): void {
    if (!this.#connected || pull.id !== undefined || pull.notBefore > now) return;
    pull.id = this.#modules.ask(address);
    if (pull.id !== undefined) this.#byId.set(pull.id, address);
  }

  #watch(): void {
    if (this.#cancel !== undefined) return;
    this.#cancel = this.#modules.clock.after(LOOK, () => {
      this.#cancel = undefined;
      this.#look();
    });
  }

  #look(): void {
    const now = this.#modules.clock.now();
    for (const [address, pull] of this.#pulls) {
      if (pull.deadline > now) {
        this.#ask(address, pull, now);
        continue;
      }
      this.#pulls.delete(address);
      if (pull.id !== undefined) this.#byId.delete(pull.id);
      const answer: Resolved = this.#connected
        ? { status: 'cannot-say-yet', retryAfter: LOOK }
        : { status: 'unreachable' };
      for (const resolve of pull.waiting) resolve(answer);
    }
    if (this.#connected) for (const kept of [this.#found, this.#none]) this.#expire(kept, now);
    if (this.#pulls.size > 0 || this.#found.size > 0 || this.#none.size > 0) this.#watch();
  }

  /** Up to the first that still counts, so that looking costs what has ended. */
  #expire(answers: Map<string, Kept>, now: number): void {
    for (const [address, kept] of answers) {
      if (kept.expires > now) return;
      // One that is asked for again is kept until there is an answer, or a second lease has gone by.
      if (this.#pulls.has(address) && kept.expires + kept.answer.lease > now) continue;
      answers.delete(address);
      this.#modules.changed(address, undefined);
    }
  }
}

function sameAnswer(a: Resolution, b: Resolution): boolean {
  if (a.status === 'found' && b.status === 'found') return sameMapping(a.mapping, b.mapping);
  return a.status === b.status;
}
