/** What the NVA asks of whoever knows neighbour domains. */
import type { DomainId } from 'bgp-ts';
import type { NveAuthority } from './authority.ts';
import type { MappingTable } from './mapping.ts';
import type { VirtualNetwork } from './model.ts';

/**
 * What lies beyond the domain, for the NVA: which NVEs are gateways, and far sides of networks, which they join as networks
 * of their own. Whoever knows neighbour domains is this to an NVA.
 */
export interface Beyond extends Pick<NveAuthority, 'crossings' | 'watchCrossings'> {
  /** The name of a neighbour domain. */
  readonly nameOf: (id: DomainId) => string | undefined;
  /** The far side of that name (`Crossing.outside`), as a network; undefined where there is none. */
  network(name: string): VirtualNetwork | undefined;
  /** Its mappings; undefined where it has no gateway that may ask for them. */
  mappings(name: string): MappingTable | undefined;
  watch(name: string, changed: () => void): () => void;
  /** Whether neighbours have said what they have of the network, or its far side, or have been waited for long enough. */
  hasConverged(network: string): boolean;
  /** Networks have come, gone or changed. */
  networksChanged(): void;
  /** An NVE is declared, is declared otherwise, has connected with whatever it said of itself, or is gone. */
  nveChanged(nve: string): void;
}
