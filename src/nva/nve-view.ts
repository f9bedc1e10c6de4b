/**
 * A network's mappings as one NVE is to see them (RFC 8014 §3.3): without its own, and each with an encapsulation that both
 * ends can do. Where there is none a mapping would be a black hole, and is left out.
 */
import type { Mapping, MappingChange, MappingTable } from './mapping.ts';
import type { Encapsulation, Nve, VirtualNetwork } from './model.ts';

export interface NveViewModules {
  readonly table: MappingTable;
  readonly nve: () => Nve | undefined;
  readonly network: () => VirtualNetwork | undefined;
  /** What the NVE at a tunnel address can do; undefined where that is known by its routes alone. */
  readonly encapsulationsAt: (tunnelAddress: string) => readonly Encapsulation[] | undefined;
  /** Whether the NVE is a gateway of the network to a neighbour domain: it sees that domain as a network of its own. */
  readonly isGatewayTo: (domain: string) => boolean;
}

export class NveView implements MappingTable {
  readonly #modules: NveViewModules;

  constructor(modules: NveViewModules) {
    this.#modules = modules;
  }

  get version(): number {
    return this.#modules.table.version;
  }

  snapshot(): Iterable<Mapping> {
    return this.#seen(this.#modules.table.snapshot());
  }

  floods(): Iterable<Mapping> {
    return this.#seen(this.#modules.table.floods());
  }

  floodTo(nve: string): Mapping | undefined {
    const mapping = this.#modules.table.floodTo(nve);
    return mapping && this.#see(mapping);
  }

  *#seen(mappings: Iterable<Mapping>): Iterable<Mapping> {
    for (const mapping of mappings) {
      const seen = this.#see(mapping);
      if (seen !== undefined) yield seen;
    }
  }

  changesSince(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    const found = this.#modules.table.changesSince(version, limit);
    if (found === undefined) return undefined;
    const changes = found.changes.map((change): MappingChange => {
      if ('gone' in change) return change;
      const seen = this.#see(change.set);
      // What moved to the NVE itself, or out of its reach, is gone for it.
      return seen === undefined ? { gone: change.set } : { set: seen };
    });
    return { changes, version: found.version };
  }

  find(address: string): Mapping | undefined {
    const mapping = this.#modules.table.find(address);
    return mapping === undefined ? undefined : this.#see(mapping);
  }

  #see(mapping: Mapping): Mapping | undefined {
    const reader = this.#modules.nve();
    if (reader === undefined || mapping.nve === reader.tunnelAddress) return undefined;
    if (mapping.domain !== undefined && this.#modules.isGatewayTo(mapping.domain)) return undefined;
    const encapsulation = this.#encapsulation(mapping, reader);
    if (encapsulation === undefined) return undefined;
    return encapsulation === mapping.encapsulation ? mapping : { ...mapping, encapsulation };
  }

  #encapsulation(mapping: Mapping, reader: Nve): Encapsulation | undefined {
    const allowed = this.#modules.network()?.encapsulations ?? [mapping.encapsulation];
    const near = this.#modules.encapsulationsAt(reader.tunnelAddress) ?? allowed;
    const far = this.#modules.encapsulationsAt(mapping.nve) ?? [mapping.encapsulation];
    return commonEncapsulation(allowed, near, far);
  }
}

/** The network's most preferred that both ends can do. */
export function commonEncapsulation(
  allowed: readonly Encapsulation[],
  near: readonly Encapsulation[],
  far: readonly Encapsulation[],
): Encapsulation | undefined {
  return allowed.find((one) => near.includes(one) && far.includes(one));
}
