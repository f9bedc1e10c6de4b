/**
 * Route distinguishers of routes that are announced anew (RFC 9014 §3.2). Each one of the other side gets one of ours, so that
 * routes that were different stay different. It is made of a hash, so that replicas, which do not ask each other, make the
 * same one; of two that meet in one number the second takes the next.
 */
import { encodeRd } from 'bgp-ts';

interface Entry {
  readonly high: number;
  readonly low: number;
  readonly rd: Uint8Array;
  readonly number: number;
  routes: number;
}

/** Numbers looked at for one that is free. */
const MAX_TRIES = 1024;
/** Of one direction: with a four-octet AS number there are 65,536. */
const MOST = 49_152;

export class RouteDistinguishers {
  readonly #asn: number;
  readonly #seed: number;
  /** By the first four octets of theirs, then by the last four. */
  readonly #ours = new Map<number, Map<number, Entry>>();
  readonly #taken = new Set<number>();
  /** The one that was asked for last: routes of one NVE come one after the other. */
  #last: Entry | undefined;
  /** Of no route any more, by {@link release} or because none came. */
  readonly #idle = new Set<Entry>();

  /** `salt` keeps apart what is made for different domains and views. */
  constructor(asn: number, salt: string) {
    this.#asn = asn;
    this.#seed = [...salt].reduce((seed, letter) => mix(seed, letter.codePointAt(0) ?? 0), 0x811c9dc5);
  }

  /** How many of ours there are. */
  get size(): number {
    return this.#taken.size;
  }

  /** Ours for the eight octets of theirs at `at`; undefined where there is none, and none left that it could have. */
  of(theirs: Uint8Array, at: number): Uint8Array | undefined {
    return this.#entry(theirs, at)?.rd;
  }

  /** A route with it is announced: it stays until as many {@link release}, and the {@link sweep} after them. */
  retain(theirs: Uint8Array, at: number): void {
    const entry = this.#entry(theirs, at);
    if (entry !== undefined) entry.routes++;
  }

  release(theirs: Uint8Array, at: number): void {
    const entry = this.#ours.get(u32(theirs, at))?.get(u32(theirs, at + 4));
    if (entry !== undefined && --entry.routes === 0) this.#idle.add(entry);
  }

  /**
   * Frees those that no route has any more. Until then their numbers are nobody else's: a withdrawal that is on its way
   * must not be of what another route has just been announced with.
   */
  sweep(): void {
    for (const { high, low, number, routes } of this.#idle) {
      if (routes > 0) continue;
      this.#taken.delete(number);
      this.#last = undefined;
      const byLow = this.#ours.get(high);
      byLow?.delete(low);
      if (byLow?.size === 0) this.#ours.delete(high);
    }
    this.#idle.clear();
  }

  #entry(theirs: Uint8Array, at: number): Entry | undefined {
    const high = u32(theirs, at);
    const low = u32(theirs, at + 4);
    const last = this.#last;
    if (last !== undefined && last.high === high && last.low === low) return last;
    let byLow = this.#ours.get(high);
    const known = byLow?.get(low);
    if (known !== undefined) {
      this.#last = known;
      return known;
    }
    if (this.#taken.size >= MOST) return undefined;
    const bits = this.#asn > 0xffff ? 16 : 32;
    let number = finish(mix(mix(this.#seed, high), low)) >>> (32 - bits);
    for (let tries = 0; this.#taken.has(number); tries++) {
      if (tries === MAX_TRIES) return undefined;
      number = (number + 1) % 2 ** bits;
    }
    this.#taken.add(number);
    const rd = encodeRd({ type: bits === 16 ? 2 : 0, asn: this.#asn, assigned: number });
    const entry: Entry = { high, low, rd, number, routes: 0 };
    this.#idle.add(entry);
    if (byLow === undefined) {
      byLow = new Map();
      this.#ours.set(high, byLow);
    }
    byLow.set(low, entry);
    return entry;
  }
}

const u32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;

const mix = (seed: number, value: number): number => Math.imul(seed ^ value ^ (value >>> 16), 0x01000193);

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
