/**
 * Next hops and Router's MACs of our own domain's routes: with them a neighbour's route would lead to an NVE of ours that is
 * known by nothing else, as one that has a tunnel end beside the address of its session.
 *
 * Counted by attribute sets as they come into use and go out of it, not by routes. What came from another domain says so by
 * D-PATH, also where another replica has taken it in, and counts for nobody: where a network is shared directly, its next hop
 * is the far NVE.
 */
import { type AttributeSet, type Changes, type Speaker, unmappedIp } from 'bgp-ts';
import { factsOfSet } from '../evpn/facts.ts';
import { grown } from '../nva/columns.ts';

/** Sets there is room for at first. */
const CAPACITY = 1024;
/** Identifiers that are remembered to have been asked about; with more of them, all count as asked about. */
const MOST_ASKED = 65_536;

export class OwnIdentifiers {
  readonly #from: Pick<Speaker, 'table' | 'attributes'>;
  /** What it was asked about is otherwise now. */
  readonly #changed: () => void;
  /** By number of the set, routes that are used and have it. */
  #routes: Int32Array = new Int32Array(CAPACITY);
  /** By identifier, sets that have it. */
  readonly #sets = new Map<string, number>();
  /** Since {@link #changed} was told last: nobody else is waiting for an answer to change. */
  readonly #asked = new Set<string>();
  #isOtherwise = false;

  /** Begins with the routes that are there. */
  constructor(from: Pick<Speaker, 'table' | 'attributes'>, changed: () => void) {
    this.#from = from;
    this.#changed = changed;
    const { table } = from;
    for (let destination = 0; destination < table.end; destination++) {
      if (table.isUsed(destination)) this.#gain(table.sentSet(destination));
    }
  }

  /** Whether a route of our own domain has this address as next hop, or this MAC address as Router's MAC. */
  has(identifier: string): boolean {
    if (this.#asked.size < MOST_ASKED) this.#asked.add(identifier);
    return this.#sets.has(identifier);
  }

  /** For our own domain's speaker. */
  decided({ destinations, oldSets, length }: Changes): void {
    // What one route loses and another gains does not go in between.
    for (let i = 0; i < length; i++) this.#gain(this.#from.table.sentSet(destinations[i]));
    for (let i = 0; i < length; i++) this.#lose(oldSets[i]);
    if (!this.#isOtherwise) return;
    this.#isOtherwise = false;
    this.#asked.clear();
    this.#changed();
  }

  #gain(id: number): void {
    if (id < 0) return;
    if (id >= this.#routes.length) {
      this.#routes = grown(this.#routes, new Int32Array(Math.max(2 * this.#routes.length, id + 1)));
    }
    if (this.#routes[id]++ > 0) return;
    for (const identifier of identifiersOf(this.#from.attributes.get(id))) {
      const sets = this.#sets.get(identifier) ?? 0;
      this.#sets.set(identifier, sets + 1);
      if (sets === 0) this.#note(identifier);
    }
  }

  #lose(id: number): void {
    if (id < 0 || --this.#routes[id] > 0) return;
    for (const identifier of identifiersOf(this.#from.attributes.get(id))) {
      const sets = (this.#sets.get(identifier) as number) - 1;
      if (sets > 0) {
        this.#sets.set(identifier, sets);
        continue;
      }
      this.#sets.delete(identifier);
      this.#note(identifier);
    }
  }

  #note(identifier: string): void {
    this.#isOtherwise ||= this.#asked.size >= MOST_ASKED || this.#asked.has(identifier);
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Of what began in our own domain; each once. */
function identifiersOf(set: AttributeSet): ReadonlySet<string> {
  if (set.source.onBehalfOf !== undefined) return NONE;
  const { nextHop, routerMacs, dPath = [] } = factsOfSet(set);
  return dPath.length > 0 ? NONE : new Set([unmappedIp(nextHop), ...routerMacs]);
}
