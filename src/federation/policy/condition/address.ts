/** Conditions on IP addresses and prefixes: `ip`, `prefix`, and the prefix that host routes are aggregated into. */
import { type Block, blockCovers, blockOf, blocksMeet } from '../block.ts';
import type { PrefixRange } from '../policy.ts';
import type { CrossingAttributes, CrossingType } from '../route.ts';
import type { Subject } from '../subject.ts';
import { type Condition, noneFound, type Ternary } from './condition.ts';

/** The IP address of a type-2 route. */
export class IpIn implements Condition {
  readonly key = 'ip';
  readonly wanted: string;
  readonly types: readonly CrossingType[] = [2];
  readonly blocks: readonly Block[];
  /** Whole addresses are looked up, however many there are. */
  readonly #addresses: ReadonlySet<string>;
  readonly #prefixes: readonly Block[];

  constructor(written: readonly string[]) {
    this.wanted = written.join(', ');
    this.blocks = written.map(blockOf);
    this.#addresses = new Set(written.filter((_, i) => isHost(this.blocks[i]!)).map((text) => text.split('/')[0]!));
    this.#prefixes = this.blocks.filter((block) => !isHost(block));
  }

  holds(subject: Subject): boolean {
    if (this.#addresses.size > 0) {
      const { ip } = subject.route;
      if (ip !== undefined && this.#addresses.has(ip)) return true;
    }
    if (this.#prefixes.length === 0) return false;
    const address = subject.ip();
    if (address === undefined) return false;
    for (let i = 0; i < this.#prefixes.length; i++) if (address.isIn(this.#prefixes[i]!)) return true;
    return false;
  }

  known({ type }: CrossingAttributes): Ternary {
    return type === 2 ? 'depends' : 'no';
  }

  implies(other: Condition): boolean {
    if (other instanceof IpIn) return coveredBy(this.blocks, other.blocks);
    return other instanceof LiesIn && coveredBy(this.blocks, [other.block]);
  }

  excludes(other: Condition): boolean {
    return other instanceof LiesIn && !this.blocks.some((block) => blocksMeet(block, other.block));
  }

  found({ route }: Subject): string {
    return route.ip ?? noneFound;
  }
}

interface RangeBlock {
  readonly block: Block;
  readonly ge: number;
  readonly le: number;
}

/** The prefix of a type-5 route. */
export class PrefixIn implements Condition {
  readonly key = 'prefix';
  readonly wanted: string;
  readonly types: readonly CrossingType[] = [5];
  readonly #ranges: readonly RangeBlock[];

  constructor(written: readonly PrefixRange[]) {
    this.wanted = written.map(formatRange).join(', ');
    this.#ranges = written.map(({ prefix, ge, le }) => ({ block: blockOf(prefix), ge, le }));
  }

  holds(subject: Subject): boolean {
    const prefix = subject.prefix();
    if (prefix === undefined) return false;
    for (let i = 0; i < this.#ranges.length; i++) {
      const { block, ge, le } = this.#ranges[i]!;
      if (prefix.length >= ge && prefix.length <= le && prefix.isIn(block)) return true;
    }
    return false;
  }

  known({ type }: CrossingAttributes): Ternary {
    if (type !== 5) return 'no';
    return this.#takesAll(4) && this.#takesAll(6) ? 'yes' : 'depends';
  }

  implies(other: Condition): boolean {
    if (other instanceof PrefixIn) {
      return this.#ranges.every((range) => other.#ranges.some((around) => rangeCovers(around, range)));
    }
    return other instanceof LiesIn && this.#ranges.every(({ block }) => blockCovers(other.block, block));
  }

  excludes(other: Condition): boolean {
    if (!(other instanceof LiesIn)) return false;
    const { block } = other;
    return !this.#ranges.some((range) => range.le >= block.length && blocksMeet(range.block, block));
  }

  found({ route }: Subject): string {
    return route.prefix ?? noneFound;
  }

  #takesAll(family: 4 | 6): boolean {
    const most = family === 4 ? 32 : 128;
    return this.#ranges.some(({ block, ge, le }) => block.family === family && ge === 0 && le === most);
  }
}

/** Lies in the prefix that host routes are aggregated into: the address of a type-2 route, the prefix of a type-5 route. */
export class LiesIn implements Condition {
  readonly key = 'aggregate';
  readonly wanted: string;
  readonly types: readonly CrossingType[] = [2, 5];
  readonly block: Block;

  constructor(prefix: string) {
    this.wanted = `in ${prefix}`;
    this.block = blockOf(prefix);
  }

  holds(subject: Subject): boolean {
    const { type } = subject.route;
    if (type === 3) return false;
    const address = type === 2 ? subject.ip() : subject.prefix();
    return address?.isIn(this.block) === true;
  }

  known({ type }: CrossingAttributes): Ternary {
    return type === 3 ? 'no' : 'depends';
  }

  implies(other: Condition): boolean {
    return other instanceof LiesIn && blockCovers(other.block, this.block);
  }

  excludes(other: Condition): boolean {
    return other instanceof LiesIn ? !blocksMeet(other.block, this.block) : other.excludes(this);
  }

  found({ route }: Subject): string {
    return (route.type === 2 ? route.ip : route.prefix) ?? noneFound;
  }
}

function isHost({ family, length }: Block): boolean {
  return length === (family === 4 ? 32 : 128);
}

function coveredBy(inner: readonly Block[], outer: readonly Block[]): boolean {
  return inner.every((block) => outer.some((around) => blockCovers(around, block)));
}

function rangeCovers(outer: RangeBlock, inner: RangeBlock): boolean {
  return blockCovers(outer.block, inner.block) && outer.ge <= inner.ge && inner.le <= outer.le;
}

/** `10.0.0.0/8`, `10.0.0.0/8 of length 16 to 24`. */
function formatRange({ prefix, ge, le }: PrefixRange): string {
  const isOne = ge === le && prefix.endsWith(`/${ge}`);
  return isOne ? prefix : `${prefix} of length ${ge === le ? ge : `${ge} to ${le}`}`;
}
