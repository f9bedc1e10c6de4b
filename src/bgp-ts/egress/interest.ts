/**
 * Which routes a neighbour takes, as an immutable value. Of one that speaks RT-Constrain (RFC 4684 §6) a route passes when
 * one of its targets lies under one of the prefixes that the neighbour announced; the origin AS of a membership plays no
 * part in that. Of one whose interest is derived, when one of its targets has the VNI of a target that it announces itself:
 * that is how FRR imports where nothing is configured (`*:VNI`), and RFC 8365 §5.1.2.1 makes route targets of VNIs.
 *
 * In both cases a route without a route target passes for nobody but who takes every route: nobody could import it by one.
 *
 * A verdict is found once a set of targets and kept in a cache of bounded size, since every neighbour asks it for every
 * run that it passes.
 */
import type { TargetSet } from '../rib/target-set.ts';
import type { ExtendedCommunity } from '../wire/community/extended/octets.ts';

export interface Interest {
  wants(targets: TargetSet): boolean;
  /** Whether it surely takes every route that the other one takes; a no says nothing. */
  covers(other: Interest): boolean;
}

/** Takes every route. */
export const everything: Interest = { wants: () => true, covers: () => true };
/** Takes none: a neighbour that has not said what it wants. */
export const nothing: Interest = { wants: () => false, covers: (other) => other === nothing };

/** A prefix over route targets: the first `bits` (0 to 64) of eight octets in hexadecimal. */
export interface TargetPrefix {
  readonly bits: number;
  readonly octets: string;
}

/** Verdicts kept at first, and at most when sets of targets turn out to be many; powers of two. */
const CACHED = 1024;
const MAX_CACHED = 8192;

/** Takes routes with at least one target under one of `prefixes`. */
export function interestIn(prefixes: Iterable<TargetPrefix>): Interest {
  const byLength = new Map<number, Set<string>>();
  for (const { bits, octets } of prefixes) {
    const known = byLength.get(bits);
    if (known === undefined) byLength.set(bits, new Set([octets]));
    else known.add(octets);
  }
  return new PrefixInterest(byLength);
}

/** The VNI that a route target stands for; of one that stands for none, the target itself. */
export type TargetKey = number | ExtendedCommunity;

/**
 * By what a target is compared where interest is derived. Behind a two-octet AS stand 32 bits, the lower 24 of which are
 * the VNI (RFC 8365 §5.1.2.1; the upper 8 say how the target came to be); behind an IPv4 address or a four-octet AS there
 * is room for 16. ES-Import targets (RFC 7432 §7.6) name a segment, and no number in it.
 */
export function targetKey(target: ExtendedCommunity): TargetKey {
  if (target.slice(2, 4) !== '02' || (target[0] !== '0' && target[0] !== '4')) return target;
  if (target[1] === '0') return Number.parseInt(target.slice(10), 16);
  return target[1] === '1' || target[1] === '2' ? Number.parseInt(target.slice(12), 16) : target;
}

/** Takes routes with at least one target of one of `keys`, which must not change any more. */
export function interestInKeys(keys: ReadonlySet<TargetKey>): Interest {
  return new KeyInterest(keys);
}

abstract class TargetInterest implements Interest {
  /** By the low bits of a set's number: twice the number, and one more for a yes. Numbers begin with 1. */
  #verdicts = new Uint32Array(CACHED);

  abstract covers(other: Interest): boolean;
  protected abstract find(targets: TargetSet): boolean;

  wants(targets: TargetSet): boolean {
    const twice = targets.id * 2;
    const verdict = this.#verdicts[targets.id & (this.#verdicts.length - 1)];
    if (verdict === twice) return false;
    if (verdict === twice + 1) return true;
    const wanted = this.find(targets);
    // Two sets that are asked for in turn would drive each other out.
    if (verdict !== 0 && this.#verdicts.length < MAX_CACHED) this.#makeRoom();
    this.#verdicts[targets.id & (this.#verdicts.length - 1)] = wanted ? twice + 1 : twice;
    return wanted;
  }

  #makeRoom(): void {
    const verdicts = new Uint32Array(this.#verdicts.length * 2);
    for (const verdict of this.#verdicts) verdicts[(verdict >>> 1) & (verdicts.length - 1)] = verdict;
    this.#verdicts = verdicts;
  }
}

class PrefixInterest extends TargetInterest {
  readonly #byLength: ReadonlyMap<number, ReadonlySet<string>>;

  constructor(byLength: ReadonlyMap<number, ReadonlySet<string>>) {
    super();
    this.#byLength = byLength;
  }

  override covers(other: Interest): boolean {
    return other === this || other === nothing;
  }

  protected override find({ targets }: TargetSet): boolean {
    for (const [bits, prefixes] of this.#byLength) {
      for (const target of targets) if (prefixes.has(targetPrefix(target, bits))) return true;
    }
    return false;
  }
}

class KeyInterest extends TargetInterest {
  readonly #keys: ReadonlySet<TargetKey>;

  constructor(keys: ReadonlySet<TargetKey>) {
    super();
    this.#keys = keys;
  }

  override covers(other: Interest): boolean {
    if (other === nothing) return true;
    return other instanceof KeyInterest && [...other.#keys].every((key) => this.#keys.has(key));
  }

  protected override find({ targets }: TargetSet): boolean {
    return targets.some((target) => this.#keys.has(targetKey(target)));
  }
}

/** The first `bits` of a target's 16 hexadecimal digits, the rest of the last digit cleared. */
export function targetPrefix(target: string, bits: number): string {
  const whole = bits >> 2;
  const left = bits & 3;
  if (left === 0) return target.slice(0, whole);
  const digit = Number.parseInt(target[whole], 16) & (0xf << (4 - left));
  return target.slice(0, whole) + digit.toString(16);
}
