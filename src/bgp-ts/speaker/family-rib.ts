/** The table of one address family and the way out of its routes; one of each. */
import { Distributor, type EgressBounds } from '../egress/distributor.ts';
import type { ClassIndex, NeighbourClass } from '../egress/neighbour-class.ts';
import type { AttributeSet, AttributeStore, OutboundForm } from '../rib/attribute-store.ts';
import type { RiderStore } from '../rib/rider-store.ts';
import { type Changes, RouteTable } from '../rib/route-table.ts';
import type { FamilyId } from '../wire/constants.ts';

export interface FamilyRibOptions extends EgressBounds {
  readonly family: FamilyId;
  readonly hashSeed: number;
  /** Destinations to make room for at first. */
  readonly capacity?: number;
  /** Keys end in a path identifier; see path-mirror.ts. */
  readonly pathIds?: boolean;
}

export interface FamilyRibModules {
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  readonly classIndex: ClassIndex;
  readonly outbound: (set: AttributeSet, to: NeighbourClass) => OutboundForm;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** See {@link Distributor}. */
  readonly hopeless: (source: number) => void;
  readonly decided?: ((changes: Changes) => void) | undefined;
  readonly isHeld?: ((destination: number) => boolean) | undefined;
}

export class FamilyRib {
  readonly family: FamilyId;
  readonly table: RouteTable;
  readonly distributor: Distributor;

  constructor(options: FamilyRibOptions, modules: FamilyRibModules) {
    const { attributes, riders, now } = modules;
    this.family = options.family;
    this.table = new RouteTable(options, { order: attributes, riders, seconds: () => Math.floor(now() / 1000) });
    this.distributor = new Distributor(options, { ...modules, table: this.table });
  }
}
