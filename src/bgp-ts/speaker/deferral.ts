/**
 * Route selection after a restart of our own (RFC 4724 §4.1): nobody is told anything, End-of-RIB least of all, until
 * the neighbours that were there before have said what they have. Neighbours keep what they learnt from us until our
 * End-of-RIB; one that came too early would take from them what we have only not heard of yet.
 *
 * Who is waited for: those whose sessions were up when the process before this one ended, and whoever comes meanwhile;
 * not those that announce no graceful restart, from which no End-of-RIB is to be expected, nor those that have restarted
 * themselves (R bit), which would wait for ours. What it is waited for is bounded by the Selection_Deferral_Timer.
 */
import { type Clock, setAlarm, type Timer } from '../session/clock.ts';
import type { Negotiated } from '../session/negotiate.ts';

export interface DeferralOptions {
  /** Addresses of neighbours whose sessions were up before. */
  readonly expected: Iterable<string>;
  /** Selection_Deferral_Timer, in seconds. */
  readonly seconds: number;
}

export interface DeferralModules {
  readonly clock: Clock;
  /** Whether there is, or may come, a neighbour with this address: the configuration may be another one by now. */
  readonly mayCome: (address: string) => boolean;
  /** The time is over. */
  readonly expired: () => void;
}

export class Deferral {
  readonly #awaited: Set<string>;
  readonly #mayCome: (address: string) => boolean;
  readonly #timer: Timer;
  #over = false;

  constructor({ expected, seconds }: DeferralOptions, { clock, mayCome, expired }: DeferralModules) {
    this.#awaited = new Set(expected);
    this.#mayCome = mayCome;
    this.#timer = setAlarm(clock, clock.now() + 1000 * seconds, () => {
      this.#over = true;
      expired();
    });
  }

  /** Who is waited for; nobody any more when the time is over. */
  get awaited(): readonly string[] {
    return this.#over ? [] : this.missing;
  }

  /** Who has not said End-of-RIB and was waited for. */
  get missing(): readonly string[] {
    return [...this.#awaited].filter(this.#mayCome);
  }

  established(address: string, { gracefulRestart }: Negotiated): void {
    if (gracefulRestart === undefined || gracefulRestart.restarted) this.#awaited.delete(address);
    else this.#awaited.add(address);
  }

  /** The neighbour has said what it has. */
  endOfRib(address: string): void {
    this.#awaited.delete(address);
  }

  stop(): void {
    this.#timer.cancel();
  }
}
