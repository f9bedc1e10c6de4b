/**
 * Asks an {@link Admission} anew about routes that are there, when what it knows has changed: about some at once, about all
 * in batches. Our own routes are never asked about.
 */
import type { Admission } from '../rib/admission.ts';
import type { AttributeStore } from '../rib/attribute-store.ts';
import type { RiderStore } from '../rib/rider-store.ts';
import type { RouteTable } from '../rib/route-table.ts';
import { splitEvpn } from '../wire/nlri/evpn/key.ts';
import { emptySplit } from '../wire/nlri/evpn/split.ts';

export interface ReadmissionModules {
  readonly table: RouteTable;
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  readonly admission: Admission;
}

/** Destinations looked at in one go. */
const BUDGET = 4096;
/** The longest NLRI: type, length, value. */
const LONGEST = 2 + 255;
const DONE = -1;

export class Readmission {
  readonly #modules: ReadmissionModules;
  readonly #nlri = new Uint8Array(LONGEST);
  readonly #split = emptySplit();
  #next = DONE;

  constructor(modules: ReadmissionModules) {
    this.#modules = modules;
  }

  /** Whether nothing is left to be asked about. */
  get idle(): boolean {
    return this.#next === DONE;
  }

  /** Begins to go through all routes, also through those that a run before has been through. */
  all(): void {
    this.#next = 0;
  }

  /** Works until `now` gives `until` or more; true when there is more to do. */
  run(now: () => number, until: number): boolean {
    const { table } = this.#modules;
    while (!this.idle && now() < until) {
      const end = Math.min(table.end, this.#next + BUDGET);
      for (let destination = this.#next; destination < end; destination++) {
        if (table.isUsed(destination)) this.one(destination);
      }
      this.#next = end < table.end ? end : DONE;
    }
    return !this.idle;
  }

  /** Asks about the paths of one destination. */
  one(destination: number): void {
    const { table, attributes, riders, admission } = this.#modules;
    const nlri = this.#nlri;
    table.replaceSets(destination, (_source, setId, riderId) => {
      const set = attributes.get(setId);
      // What is our own is not asked about, but for what is announced for others.
      if (set.source.kind === 'local' && set.source.onBehalfOf === undefined) {
        attributes.retain(setId);
        return setId;
      }
      const end = table.writeNlri(destination, nlri, 0, riders.get(riderId));
      splitEvpn(nlri, 0, end, this.#split);
      return attributes.refused(setId, admission.refuses(set.source, set, nlri, this.#split)).id;
    });
  }
}
