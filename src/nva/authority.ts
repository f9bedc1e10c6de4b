/**
 * What the NVE protocol asks of the NVA (seed §7.2). One interface, so that the protocol knows nothing of routes, and so
 * that it can be tested against an NVA of a few lines.
 */
import type { Crossing, Leg } from './crossing.ts';
import type { MappingTable } from './mapping.ts';
import type { Actor, ApplyResult, Attachment, Change, Encapsulation, Nve, VirtualNetwork } from './model.ts';

/** How an NVE names itself in its hello. */
export interface NveIdentity {
  readonly name: string;
  readonly tunnelAddress: string;
  /** Preferred first. */
  readonly encapsulations: readonly Encapsulation[];
  readonly routerMac?: string;
  /** Ends in the underlays of neighbour domains, at most one in each; none for an NVE that is no gateway. */
  readonly legs?: readonly Leg[];
}

export interface NveRefusal {
  readonly code:
    | 'unknown-nve'
    | 'identity-mismatch'
    | 'already-connected'
    | 'no-common-encapsulation'
    | 'no-such-network'
    | 'not-allowed';
  readonly reason: string;
}

export interface NveAuthority {
  /** Random for each start of nvad: versions of mapping tables count from it. */
  readonly epoch: string;
  /** Whether what there is to be known of a network is known after a start; until then an absent address may still come. */
  hasConverged(network: string): boolean;
  /** The NVE that may use this identity, which is found or made by it. */
  hello(
    identity: NveIdentity,
  ): { readonly ok: true; readonly nve: Nve } | { readonly ok: false; readonly refusal: NveRefusal };
  /** Its connection has ended. */
  goodbye(nve: string): void;
  network(name: string): VirtualNetwork | undefined;
  attachment(network: string, id: string): Attachment | undefined;
  /** Attach, detach and move, as the API does; the NVA's yes or no with its reason. */
  apply(changes: readonly Change[], by: Actor, options?: { readonly dryRun?: boolean }): ApplyResult;
  /** The NVE takes part in the network: it is flooded to until the answer is called. */
  subscribe(nve: string, network: string): () => void;
  /** A network's mappings as one NVE is to see them: without its own, and with encapsulations that it can do. */
  mappings(nve: string, network: string): MappingTable | undefined;
  /** Calls `changed` after a change of the network's mappings or parameters, or of it being there; often, so that it should only take note. */
  watch(network: string, changed: () => void): () => void;
  /** Where the NVE is a gateway to neighbour domains. */
  crossings(nve: string): readonly Crossing[];
  /** Calls `changed` after a change of {@link crossings}; often, so that it should only take note. */
  watchCrossings(nve: string, changed: () => void): () => void;
}
