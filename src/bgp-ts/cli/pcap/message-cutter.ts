/**
 * Messages out of the octets of one direction. A session would end at a header that is none; a reader of captures goes
 * on at the next marker, and says how much it passed over. The same brings it in step where a capture begins in the
 * middle of a stream, or has a gap.
 */
import { readU16 } from '../../wire/bytes.ts';
import { HEADER_LENGTH } from '../../wire/constants.ts';

export interface MessageHandler {
  /** One message, header included. The octets are only lent for the time of the call. */
  message(bytes: Uint8Array): void;
  /** So many octets were no part of a message that could be told. */
  skipped(octets: number): void;
}

const MARKER = 16;

export class MessageCutter {
  readonly #handler: MessageHandler;
  /** The beginning of a message, less than its length and so less than 65,535 octets. */
  #held: Uint8Array = new Uint8Array(0);
  /** Octets passed over since the last message. */
  #skipped = 0;
  /** The next octet is believed to begin a message. */
  #inStep = true;

  constructor(handler: MessageHandler) {
    this.#handler = handler;
  }

  push(bytes: Uint8Array): void {
    const all = this.#held.length === 0 ? bytes : join(this.#held, bytes);
    let at = 0;
    for (;;) {
      if (!this.#inStep) {
        const found = findHeader(all, at);
        this.#skipped += found - at;
        at = found;
      }
      if (at + HEADER_LENGTH > all.length) break;
      const length = readU16(all, at + MARKER);
      this.#inStep = hasMarker(all, at, MARKER) && length >= HEADER_LENGTH;
      if (!this.#inStep) {
        this.#skipped++;
        at++;
        continue;
      }
      if (at + length > all.length) break;
      this.#reportSkipped();
      this.#handler.message(all.subarray(at, at + length));
      at += length;
    }
    this.#held = all.slice(at);
  }

  /** Octets are missing here: what was begun is given up. */
  gap(): void {
    this.#skipped += this.#held.length;
    this.#held = new Uint8Array(0);
    this.#inStep = false;
  }

  /** Nothing more comes. */
  end(): void {
    this.gap();
    this.#reportSkipped();
  }

  #reportSkipped(): void {
    if (this.#skipped > 0) this.#handler.skipped(this.#skipped);
    this.#skipped = 0;
  }
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

function hasMarker(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0xff) return false;
  return true;
}

/** Message types whose header a marker may begin; 128 is ROUTE-REFRESH before it had a number of its own. */
const isType = (type: number) => (type >= 1 && type <= 6) || type === 128;

/** Where the next header begins from `at` on, or might begin when more octets are there. */
function findHeader(bytes: Uint8Array, at: number): number {
  let place = at;
  for (; place + HEADER_LENGTH <= bytes.length; place++) {
    if (!hasMarker(bytes, place, MARKER)) continue;
    if (readU16(bytes, place + MARKER) >= HEADER_LENGTH && isType(bytes[place + MARKER + 2])) return place;
  }
  while (place < bytes.length && !hasMarker(bytes, place, Math.min(MARKER, bytes.length - place))) place++;
  return place;
}
