/**
 * One direction of a TCP connection put together from its segments: retransmissions and overlaps are left out (the
 * octets that came first stay), segments out of order wait for what is before them. What is awaited may never have been
 * captured: when too much waits, or it has waited too long, the gap is reported and the stream goes on behind it.
 */
import type { Timestamp } from './packet.ts';

/** Told of the stream in its order. The octets are only lent for the time of the call. */
export interface StreamHandler {
  data(bytes: Uint8Array, time: Timestamp): void;
  gap(octets: number, time: Timestamp): void;
}

interface Waiting {
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly time: Timestamp;
}

const MAX_WAITING_OCTETS = 1 << 20;
const MAX_WAITING_SEGMENTS = 1024;
/** Seconds of the capture after which nobody will send again what is missing. */
const PATIENCE = 5;

/** How far `b` lies behind `a` in a space of 32 bits (RFC 9293 §3.4). */
const distance = (a: number, b: number) => (b - a) | 0;

export class Reassembly {
  readonly #handler: StreamHandler;
  readonly #waiting: Waiting[] = [];
  #held = 0;
  #next: number | undefined;

  constructor(handler: StreamHandler) {
    this.#handler = handler;
  }

  /** The stream begins with the octet of this number. */
  begin(sequence: number): void {
    this.#next = sequence >>> 0;
  }

  /** Data whose first octet has the number `sequence`; the first ever seen begins the stream where nothing else did. */
  push(sequence: number, data: Uint8Array, time: Timestamp): void {
    this.#next ??= sequence;
    if (data.length > 0) this.#place(sequence, data, time);
    this.#advance();
    const [first] = this.#waiting;
    if (first === undefined) return;
    const tooMuch = this.#held > MAX_WAITING_OCTETS || this.#waiting.length > MAX_WAITING_SEGMENTS;
    if (tooMuch || time.seconds - first.time.seconds > PATIENCE) this.#skip();
  }

  /** `octets` from `sequence` on were sent, and are not in the capture. */
  lose(sequence: number, octets: number, time: Timestamp): void {
    this.#next ??= sequence;
    if (distance(this.#next, sequence) !== 0 || octets <= 0) return;
    this.#handler.gap(octets, time);
    this.#next = (sequence + octets) >>> 0;
    this.#advance();
  }

  /** Nothing more comes: what waits is given out, gaps reported. */
  end(): void {
    while (this.#waiting.length > 0) this.#skip();
  }

  #place(sequence: number, data: Uint8Array, time: Timestamp): void {
    const next = this.#next ?? sequence;
    const ahead = distance(next, sequence);
    if (ahead <= 0) {
      if (-ahead >= data.length) return;
      this.#deliver(data.subarray(-ahead), time);
      return;
    }
    let i = this.#waiting.length;
    while (i > 0 && distance(this.#waiting[i - 1].sequence, sequence) < 0) i--;
    const before = this.#waiting[i - 1];
    if (before?.sequence === sequence && before.data.length >= data.length) return;
    // the packet's buffer may be a large chunk of the file: only these octets are kept
    this.#waiting.splice(i, 0, { sequence, data: data.slice(), time });
    this.#held += data.length;
  }

  /** Gives out what no longer waits for anything. */
  #advance(): void {
    for (;;) {
      const [first] = this.#waiting;
      if (first === undefined || this.#next === undefined) return;
      const ahead = distance(this.#next, first.sequence);
      if (ahead > 0) return;
      this.#waiting.shift();
      this.#held -= first.data.length;
      if (-ahead < first.data.length) this.#deliver(first.data.subarray(-ahead), first.time);
    }
  }

  /** Goes on with the first of what waits. */
  #skip(): void {
    const [first] = this.#waiting;
    this.#handler.gap(distance(this.#next ?? first.sequence, first.sequence), first.time);
    this.#next = first.sequence;
    this.#advance();
  }

  #deliver(data: Uint8Array, time: Timestamp): void {
    this.#next = ((this.#next ?? 0) + data.length) >>> 0;
    this.#handler.data(data, time);
  }
}
