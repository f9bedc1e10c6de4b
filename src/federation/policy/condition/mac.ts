/** Conditions on MAC addresses: `mac`, and `oui`, which is a mask of 24 bits. */
import { isAnyAddress, isWholeAddress, type MacMask, maskCovers, masksMeet, parseMacMask } from '../mac-mask.ts';
import type { CrossingAttributes, CrossingType } from '../route.ts';
import type { Subject } from '../subject.ts';
import { type Condition, noneFound, type Ternary } from './condition.ts';

export class MacIn implements Condition {
  readonly key: 'mac' | 'oui';
  readonly wanted: string;
  readonly types: readonly CrossingType[] = [2];
  /** Whole addresses are looked up, however many there are. */
  readonly #addresses: ReadonlySet<string>;
  readonly #masks: readonly MacMask[];
  readonly #all: readonly MacMask[];

  constructor(key: 'mac' | 'oui', written: readonly string[]) {
    this.key = key;
    this.wanted = written.join(', ');
    const parsed = written.map((text) => ({ text, mask: maskOf(key === 'mac' ? text : `${text}:00:00:00/24`) }));
    this.#all = parsed.map(({ mask }) => mask);
    this.#addresses = new Set(parsed.filter(({ mask }) => isWholeAddress(mask)).map(({ text }) => text));
    this.#masks = this.#all.filter((mask) => !isWholeAddress(mask));
  }

  holds(subject: Subject): boolean {
    const mac = subject.mac();
    if (mac === undefined) return false;
    if (this.#addresses.has(mac)) return true;
    for (let i = 0; i < this.#masks.length; i++) {
      const { high, low, maskHigh, maskLow } = this.#masks[i]!;
      if ((subject.macHigh & maskHigh) === high && (subject.macLow & maskLow) === low) return true;
    }
    return false;
  }

  known({ type }: CrossingAttributes): Ternary {
    if (type !== 2) return 'no';
    return this.#masks.some(isAnyAddress) ? 'yes' : 'depends';
  }

  implies(other: Condition): boolean {
    return other instanceof MacIn && this.#all.every((mask) => other.#all.some((around) => maskCovers(around, mask)));
  }

  excludes(other: Condition): boolean {
    return other instanceof MacIn && !this.#all.some((mask) => other.#all.some((one) => masksMeet(mask, one)));
  }

  found({ route }: Subject): string {
    return route.mac ?? noneFound;
  }
}

function maskOf(text: string): MacMask {
  const mask = parseMacMask(text);
  if (mask === undefined) throw new Error(`a policy was compiled that was not checked: ${text} is no MAC address`);
  return mask;
}
