/**
 * Destinations by network and MAC address, of networks that take what is registered alone: a change of a registration asks
 * anew about these and no others. Destinations that are gone are left out when they are asked for.
 */
import { formatMac, type PathWatcher, type RouteTable } from 'bgp-ts';
import type { NamedNetworks } from './network-index.ts';

const RD = 8;
/** Of a key without its ESI: RD, Ethernet tag, the MAC address's length. */
const MAC_AT = RD + 4 + 1;

export class RouteIndex implements PathWatcher {
  readonly #table: RouteTable;
  readonly #networksOf: (set: number) => NamedNetworks;
  /** By `network mac`, and by `network` for what has no MAC address. */
  readonly #destinations = new Map<string, Set<number>>();
  /** Path from which on they have not been gone through; -1 when they have. */
  #filled = 0;

  constructor(table: RouteTable, networksOf: (set: number) => NamedNetworks) {
    this.#table = table;
    this.#networksOf = networksOf;
    table.watch(this);
  }

  /** Is told of no more. */
  end(): void {
    this.#table.unwatch(this);
  }

  /** Begins anew: networks have changed. What was there before is not known until {@link fill} has been through. */
  reset(): void {
    this.#destinations.clear();
    this.#filled = 0;
  }

  /** Goes through paths that were there before, at most `budget` of them; whether more are. */
  fill(budget: number): boolean {
    if (this.#filled >= 0) this.#filled = this.#table.replay(this, this.#filled, budget);
    return this.#filled >= 0;
  }

  /** Adds those that a registration of the MAC address may concern: that of the address, and all that have none. */
  collect(network: string, mac: string | undefined, into: Set<number>): void {
    if (this.#destinations.size === 0) return;
    this.#add(network, into);
    if (mac !== undefined) this.#add(`${network} ${mac}`, into);
  }

  #add(key: string, into: Set<number>): void {
    const held = this.#destinations.get(key);
    if (held === undefined) return;
    for (const destination of held) if (this.#table.isUsed(destination)) into.add(destination);
  }

  changed(destination: number, path: number): void {
    for (const key of this.#keysAt(destination, path)) {
      const held = this.#destinations.get(key);
      if (held === undefined) this.#destinations.set(key, new Set([destination]));
      else held.add(destination);
    }
  }

  removed(destination: number, path: number): void {
    // Another path of the destination is indexed again by the next that is said of it; until then its registration is
    // asked of it as it comes in.
    if (this.#table.pathsTo(destination).length > 0) return;
    for (const key of this.#keysAt(destination, path)) {
      const held = this.#destinations.get(key);
      held?.delete(destination);
      if (held?.size === 0) this.#destinations.delete(key);
    }
  }

  *#keysAt(destination: number, path: number): Iterable<string> {
    const { l2, l3 } = this.#networksOf(this.#table.setOf(path));
    const { arena } = this.#table;
    const at = this.#table.keyAt(destination);
    const type = arena.type(at);
    const network = type === 5 ? l3 : l2;
    if (network === undefined || network.trust === 'nve' || type === 0 || type > 5) return;
    if (type !== 2) {
      yield network.name;
      return;
    }
    yield `${network.name} ${formatMac(arena.bytes, arena.start(at) + MAC_AT)}`;
  }
}
