/**
 * Which routes a neighbour takes (RFC 4684 §6), as an immutable value: a route passes when one of its targets lies
 * under one of the prefixes that the neighbour announced. The origin AS of a membership plays no part in that.
 *
 * A verdict is found once a set of targets and kept in a cache of bounded size, since every neighbour asks it for every
 * run that it passes.
 */
import type { TargetSet } from '../rib/target-set.ts';

export interface Interest {
  wants(targets: TargetSet): boolean;
}

/** Takes every route. */
export const everything: Interest = { wants: () => true };
/** Takes none: a neighbour that has not said what it wants. */
export const nothing: Interest = { wants: () => false };

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
  return new TargetInterest(byLength);
}

class TargetInterest implements Interest {
  readonly #byLength: ReadonlyMap<number, ReadonlySet<string>>;
  /** By the low bits of a set's number: twice the number, and one more for a yes. Numbers begin with 1. */
  #verdicts = new Uint32Array(CACHED);

  constructor(byLength: ReadonlyMap<number, ReadonlySet<string>>) {
    this.#byLength = byLength;
  }

  wants(targets: TargetSet): boolean {
    const twice = targets.id * 2;
    const verdict = this.#verdicts[targets.id & (this.#verdicts.length - 1)];
    if (verdict === twice) return false;
    if (verdict === twice + 1) return true;
    const wanted = this.#find(targets);
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

  #find({ targets }: TargetSet): boolean {
    for (const [bits, prefixes] of this.#byLength) {
      for (const target of targets) if (prefixes.has(targetPrefix(target, bits))) return true;
    }
    return false;
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
