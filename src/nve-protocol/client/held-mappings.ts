/**
 * What an NVE knows of one network's mappings, over connections and NVAs: what an NVA says anew is compared with it, and
 * only differences are given on. What was not said again goes when the NVA says that it has said all.
 */
import { type Mapping, type MappingChange, mappingKey } from '../../nva/mapping.ts';
import type { Since } from '../wire/message/join.ts';
import { sameMapping } from '../wire/same-mapping.ts';

interface Held {
  readonly mapping: Mapping;
  /** Of the snapshot that it was last said in or after. */
  readonly round: number;
}

export class HeldMappings {
  readonly #held = new Map<string, Held>();
  #round = 0;
  #since: Since | undefined;

  /** Up to where it is known, for a join. */
  get since(): Since | undefined {
    return this.#since;
  }

  get size(): number {
    return this.#held.size;
  }

  *[Symbol.iterator](): Generator<Mapping> {
    for (const { mapping } of this.#held.values()) yield mapping;
  }

  begin(): void {
    this.#round++;
    this.#since = undefined;
  }

  /** The changes that are new. */
  mappings(mappings: readonly Mapping[]): readonly MappingChange[] {
    return mappings.flatMap((mapping) => this.#set(mapping));
  }

  changes(changes: readonly MappingChange[], since: Since): readonly MappingChange[] {
    // Within a snapshot there is no version yet that could be resumed from.
    if (this.#since !== undefined) this.#since = since;
    return changes.flatMap((change) => ('set' in change ? this.#set(change.set) : this.#gone(change.gone)));
  }

  end(since: Since): void {
    this.#since = since;
  }

  /** All was said: what was not is gone. */
  complete(): readonly MappingChange[] {
    const gone: MappingChange[] = [];
    for (const [key, held] of this.#held) {
      if (held.round === this.#round) continue;
      this.#held.delete(key);
      gone.push({ gone: held.mapping });
    }
    return gone;
  }

  /** Nothing is known any more. */
  clear(): readonly MappingChange[] {
    this.begin();
    return this.complete();
  }

  #set(mapping: Mapping): readonly MappingChange[] {
    const key = mappingKey(mapping);
    const held = this.#held.get(key);
    this.#held.set(key, { mapping, round: this.#round });
    return held !== undefined && sameMapping(held.mapping, mapping) ? [] : [{ set: mapping }];
  }

  #gone(mapping: Mapping): readonly MappingChange[] {
    const key = mappingKey(mapping);
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held === undefined ? [] : [{ gone: held.mapping }];
  }
}
