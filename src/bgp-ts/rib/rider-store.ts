/**
 * The part of an NLRI that is not key (RFC 7432 §7.2: ESI and labels; RFC 9136 §3.1: also the gateway address)
 * rides along with a path. Few distinct ones exist, so paths hold a number for them.
 */
import { finishHash, hashRange, sameRange } from './bytes.ts';
import { type InternSlot, InternTable } from './intern-table.ts';

/** What travels with a route and is no part of its key, such as ESI and labels (RFC 7432 §7.2), held once. */
export interface Rider {
  /** Its number in the store, given to another rider once nobody refers to this one. */
  readonly id: number;
  /** `mid` octets that stand behind the RD, then those at the NLRI's end. */
  readonly bytes: Uint8Array;
  readonly mid: number;
}

interface Slot extends Rider, InternSlot<Slot> {}

export class RiderStore {
  readonly #table = new InternTable<Slot>();
  readonly #seed: number;
  /** Runs of NLRIs share a rider more often than not. */
  #last: Slot | undefined;

  constructor(options: { readonly hashSeed: number }) {
    this.#seed = options.hashSeed | 0;
  }

  get size(): number {
    return this.#table.size;
  }

  get(id: number): Rider {
    return this.#table.get(id);
  }

  /** The rider made of two ranges of `bytes`; one reference is added, which {@link release} takes back. */
  intern(bytes: Uint8Array, midStart: number, mid: number, tailStart: number, tail: number): number {
    const last = this.#last;
    if (last !== undefined && matches(last, bytes, midStart, mid, tailStart, tail)) {
      last.refs++;
      return last.id;
    }
    const midHash = hashRange(this.#seed, bytes, midStart, midStart + mid);
    const hash = finishHash(hashRange(midHash, bytes, tailStart, tailStart + tail));
    for (let slot = this.#table.first(hash); slot !== undefined; slot = slot.nextSameHash) {
      if (matches(slot, bytes, midStart, mid, tailStart, tail)) {
        slot.refs++;
        this.#last = slot;
        return slot.id;
      }
    }
    const own = new Uint8Array(mid + tail);
    own.set(bytes.subarray(midStart, midStart + mid));
    own.set(bytes.subarray(tailStart, tailStart + tail), mid);
    const id = this.#table.takeId();
    const slot: Slot = { id, bytes: own, mid, refs: 1, hash, nextSameHash: this.#table.first(hash) };
    this.#table.add(slot);
    this.#last = slot;
    return id;
  }

  retain(id: number): void {
    this.#table.retain(id);
  }

  release(id: number): void {
    const dropped = this.#table.release(id);
    if (dropped !== undefined && dropped === this.#last) this.#last = undefined;
  }
}

function matches(rider: Rider, bytes: Uint8Array, midStart: number, mid: number, tailStart: number, tail: number) {
  return (
    rider.mid === mid &&
    rider.bytes.length === mid + tail &&
    sameRange(rider.bytes, 0, bytes, midStart, mid) &&
    sameRange(rider.bytes, mid, bytes, tailStart, tail)
  );
}
