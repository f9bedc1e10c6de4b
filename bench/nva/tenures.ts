/** Where moving attachments are, to judge an answer by the time at which it was given. */
import type { Model } from './model.ts';

/** Milliseconds behind an acknowledged move after which nobody may be told of the old place. */
const GRACE = 1000;

interface Tenure {
  readonly place: number;
  readonly from: number;
  until: number;
}

export class Tenures {
  readonly #model: Model;
  /** Of attachments that have moved, in order. */
  readonly #moved = new Map<number, Tenure[]>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** A move is asked for: from now on both places are right. */
  moves(attachment: number, to: number, now: number): void {
    const known = this.#moved.get(attachment);
    const tenures = known ?? [
      { place: this.#model.place(attachment), from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY },
    ];
    if (known === undefined) this.#moved.set(attachment, tenures);
    tenures.push({ place: to, from: now, until: Number.POSITIVE_INFINITY });
  }

  /** The last move that was asked for is acknowledged. */
  moved(attachment: number, now: number): void {
    const before = this.#moved.get(attachment)?.at(-2);
    if (before !== undefined) before.until = now + GRACE;
  }

  /** Whether the attachment may have been behind this tunnel at some time between question and answer. */
  allows(attachment: number, tunnel: string, asked: number, heard: number): boolean {
    const tenures = this.#moved.get(attachment);
    if (tenures === undefined) return this.#model.tunnel(this.#model.place(attachment)) === tunnel;
    return tenures.some(
      ({ place, from, until }) => from <= heard && asked <= until && this.#model.tunnel(place) === tunnel,
    );
  }
}
