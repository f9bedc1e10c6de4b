/**
 * What one neighbour said it wants, by its route target memberships (RFC 4684). Origin ASes are told apart, because a
 * membership of one of them may be withdrawn while that of another stays; for the interest they do not matter (§6).
 */
import { everything, type Interest, interestIn, nothing, type TargetPrefix } from '../egress/interest.ts';
import { fromHex, toHex } from '../wire/bytes.ts';
import { maskedOctets, octetsOf } from '../wire/nlri/prefix.ts';

/** Memberships held of one neighbour; above it, its session is ended. */
export const MAX_MEMBERSHIPS = 65_536;

/** Key of the default route target, which asks for every route (RFC 4684 §4). */
const DEFAULT = '00/';
/** Bits of the origin AS in front of the route target. */
const ORIGIN_AS = 32;

/** The route target memberships of one neighbour (RFC 4684 §4), and the interest in routes that they make. */
export class Membership {
  readonly #prefixes = new Map<string, TargetPrefix>();
  /** Between the neighbour's BoRR and EoRR: keys that it has not told again. */
  #unconfirmed: Set<string> | undefined;

  /** Memberships held, those of different origin ASes each. */
  get size(): number {
    return this.#prefixes.size;
  }

  /** The route targets asked for, in the order of arrival, each once. A prefix of 0 bits asks for every route. */
  get prefixes(): readonly TargetPrefix[] {
    const unique = new Map([...this.#prefixes.values()].map((prefix) => [`${prefix.octets}/${prefix.bits}`, prefix]));
    return [...unique.values()];
  }

  /** The membership of `bits` whose octets begin at `at`. */
  learn(bits: number, bytes: Uint8Array, at: number): void {
    const key = keyOf(bits, bytes, at);
    this.#unconfirmed?.delete(key);
    // One that names an origin AS alone asks for every route that has a target.
    this.#prefixes.set(key, { bits: Math.max(0, bits - ORIGIN_AS), octets: key.slice(3 + ORIGIN_AS / 4) });
  }

  /** Withdraws the membership of `bits` whose octets begin at `at`, if it was there. */
  lose(bits: number, bytes: Uint8Array, at: number): void {
    this.#prefixes.delete(keyOf(bits, bytes, at));
  }

  /** The neighbour begins to tell all of its memberships again (RFC 7313 §4). */
  beginRefresh(): void {
    this.#unconfirmed = new Set(this.#prefixes.keys());
  }

  /** It has told them all. The NLRI of those that it left out, which are to be withdrawn. */
  endRefresh(): readonly Uint8Array[] {
    const left = [...(this.#unconfirmed ?? [])].filter((key) => this.#prefixes.has(key));
    this.#unconfirmed = undefined;
    return left.map(
      (key) => fromHex(key.replace('/', '').padEnd(2 + 2 * octetsOf(Number.parseInt(key, 16)), '0')) as Uint8Array,
    );
  }

  /** The routes that all of them together ask for; none while there is no membership. */
  interest(): Interest {
    if (this.#prefixes.size === 0) return nothing;
    const prefixes = [...this.#prefixes.values()];
    return this.#prefixes.has(DEFAULT) ? everything : interestIn(prefixes);
  }
}

/** Length and octets in hexadecimal, what lies behind the length cleared. */
function keyOf(bits: number, bytes: Uint8Array, at: number): string {
  const octets = toHex(maskedOctets(bytes, at, bits));
  const digits = Math.ceil(bits / 4);
  return `${bits.toString(16).padStart(2, '0')}/${octets.slice(0, digits)}`;
}
