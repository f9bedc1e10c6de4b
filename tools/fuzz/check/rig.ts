/**
 * Way in, route tables and way out without sockets: neighbours that send, and one listener of each class that reads at
 * once all that it is sent. More members may join the three distributors: of best paths, of all paths, of memberships.
 */
import { Distributor } from '../../../src/bgp-ts/egress/distributor.ts';
import { ClassIndex, type NeighbourClass } from '../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../src/bgp-ts/egress/outbound.ts';
import { rtConstrainForm } from '../../../src/bgp-ts/egress/rt-constrain-form.ts';
import { assess } from '../../../src/bgp-ts/rib/assess.ts';
import { type AttributeSet, AttributeStore } from '../../../src/bgp-ts/rib/attribute-store.ts';
import { evpnFamily, type RouteListener, rtConstrainFamily } from '../../../src/bgp-ts/rib/held-family.ts';
import { emptyCounts, Ingest, type IngestCounts } from '../../../src/bgp-ts/rib/ingest.ts';
import { PathMirror } from '../../../src/bgp-ts/rib/path-mirror.ts';
import { RiderStore } from '../../../src/bgp-ts/rib/rider-store.ts';
import { RouteTable } from '../../../src/bgp-ts/rib/route-table.ts';
import type { NeighbourKind, Source } from '../../../src/bgp-ts/rib/source.ts';
import { endOfRib } from '../../../src/bgp-ts/speaker/end-of-rib.ts';
import { Membership } from '../../../src/bgp-ts/speaker/membership.ts';
import { concat } from '../../../src/bgp-ts/wire/bytes.ts';
import { Family, type FamilyId } from '../../../src/bgp-ts/wire/constants.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import type { Fault } from '../../../src/bgp-ts/wire/fault.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { local } from './local.ts';
import { classOf, Receiver } from './receiver.ts';
import type { HeldFamilyId } from './routes.ts';
import { show } from './show.ts';

const BUDGET = 4096;
/** The listeners are no sources: what anybody sends concerns them. */
const LISTENER = 60_000;
/** Octets, and destinations: so little that whoever does not read is left behind soon. */
const LIMITS = { logLimit: 300, walkCacheLimit: 2000, tombstoneLimit: 30 };

const here = { localAsn: local.asn } as const;
/** Classes of neighbours, with a listener each. */
export const traits = {
  client: { ...here, kind: 'client', asn4: true, maxMessage: 4096 },
  clientOfTwoOctets: { ...here, kind: 'client', asn4: false, maxMessage: 4096 },
  extendedClient: { ...here, kind: 'client', asn4: true, maxMessage: 65_535, longLived: true },
  nonClient: { ...here, kind: 'non-client', asn4: true, maxMessage: 4096 },
  external: { ...here, kind: 'ebgp', asn4: true, maxMessage: 4096 },
  routeServerClient: { ...here, kind: 'ebgp', asn4: true, maxMessage: 4096, isRouteServerClient: true },
  extendedExternal: { ...here, kind: 'ebgp', asn4: false, maxMessage: 65_535 },
} as const;

export class Rig {
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  readonly tables: Readonly<Record<HeldFamilyId | 'paths', RouteTable>>;
  readonly distributors: Readonly<Record<HeldFamilyId | 'paths', Distributor>>;
  readonly mirror: PathMirror;
  readonly ingest: Ingest;
  readonly listeners: readonly Receiver[];
  /** By source. */
  readonly memberships = new Map<number, Membership>();
  /** Sources of members that a distributor gave up since this was last emptied. */
  readonly hopeless = new Set<number>();
  /** Milliseconds spent in the way in, in all. */
  spent = 0;

  constructor(hashSeed: number) {
    this.attributes = new AttributeStore({ hashSeed }, { assess: (block, source) => assess(block, source, local) });
    this.riders = new RiderStore({ hashSeed });
    const { attributes, riders } = this;
    const table = (capacity: number) =>
      new RouteTable({ hashSeed, capacity }, { order: attributes, riders, seconds: () => 0 });
    const tables = { [Family.Evpn]: table(1024), [Family.RtConstrain]: table(64), paths: table(1024) };
    this.tables = tables;
    this.mirror = new PathMirror({ from: tables[Family.Evpn], to: tables.paths, riders });
    this.ingest = new Ingest({
      families: [evpnFamily(tables[Family.Evpn]), rtConstrainFamily(tables[Family.RtConstrain], this.#listener())],
      attributes,
      riders,
    });
    const modules = {
      attributes,
      outbound: (set: AttributeSet, to: NeighbourClass) =>
        set.family === Family.RtConstrain ? rtConstrainForm(set, to, local) : outboundForm(set, to, local),
      now: () => 0,
      hopeless: (source: number) => void this.hopeless.add(source),
      classIndex: new ClassIndex(),
    };
    const distributor = (name: keyof typeof tables, family: HeldFamilyId) =>
      new Distributor({ ...LIMITS, family, pathIds: name === 'paths' }, { ...modules, table: tables[name] });
    this.distributors = {
      [Family.Evpn]: distributor(Family.Evpn, Family.Evpn),
      [Family.RtConstrain]: distributor(Family.RtConstrain, Family.RtConstrain),
      paths: distributor('paths', Family.Evpn),
    };
    this.listeners = Object.values(traits).map((trait, index) => {
      const receiver = new Receiver(trait, { family: Family.Evpn });
      const options = { source: LISTENER + index, endOfRib: endOfRib(Family.Evpn) };
      this.distributors[Family.Evpn].join(trait, options, receiver);
      return receiver;
    });
  }

  #listener(): RouteListener {
    const of = ({ index }: Source): Membership => {
      const known = this.memberships.get(index) ?? new Membership();
      this.memberships.set(index, known);
      return known;
    };
    return {
      // as the speaker has it: one that went in a circle is not the neighbour's wish
      learnt: (source, set, bytes, { type, valueStart }) => {
        if (set.ineligible === undefined) of(source).learn(type, bytes, valueStart);
        else of(source).lose(type, bytes, valueStart);
      },
      lost: (source, bytes, { type, valueStart }) => of(source).lose(type, bytes, valueStart),
    };
  }

  /** Gives one UPDATE to the way in; the fault is the one that ends the session. */
  update(source: Source, bytes: Uint8Array): { fault: Fault | undefined; counts: IngestCounts } {
    const counts = emptyCounts();
    // among other octets, as in a socket's chunk
    const chunk = concat([Uint8Array.of(1, 2, 3), bytes, Uint8Array.of(4, 5)]);
    const start = performance.now();
    const fault = mayNotThrow('ingest-throws', () => this.ingest.update(source, counts, chunk, 3, 3 + bytes.length));
    this.spent += performance.now() - start;
    return { fault, counts };
  }

  /** Decides what is pending, and lets the members read. */
  distribute(): void {
    for (const name of distributorNames) {
      const distributor = this.distributors[name];
      mayNotThrow('distribute-throws', () => {
        if (this.tables[name].pendingDecisions > 0) while (distributor.distribute());
        while (distributor.pump());
      });
    }
  }

  /** Makes every EVPN route of a source long-lived stale, as if it had been lost for long. */
  age({ index }: Source): void {
    const table = this.tables[Family.Evpn];
    const longLivedStale = (set: number) => this.attributes.longLivedStale(set);
    table.beginRefresh(index);
    mayNotThrow('age-throws', () => {
      let from = 0;
      while (from >= 0) from = table.replaceStale(index, from, BUDGET, longLivedStale);
    });
  }

  /** Takes away what a source announced, of every family. */
  withdraw({ index }: Source): void {
    for (const family of [Family.Evpn, Family.RtConstrain] as const) {
      const table = this.tables[family];
      let from = 0;
      while (from >= 0) from = table.withdrawSource(index, from, BUDGET);
    }
    this.memberships.delete(index);
  }

  /** With everything withdrawn and read: what is left was lost track of. */
  checkEmpty(): void {
    const { attributes, riders, tables } = this;
    for (const table of Object.values(tables)) table.reclaim(table.version);
    const left = Object.values(tables).flatMap(({ routes, paths, tombstones }) => [routes, paths, tombstones]);
    if ([...left, attributes.size, riders.size, attributes.targetSets.size].some((count) => count !== 0)) {
      const counts = `${left.join(', ')}; ${attributes.size}, ${riders.size}, ${attributes.targetSets.size}`;
      throw new Broken(
        'table-leaks',
        `routes, paths, tombstones of each table; attribute sets, riders, target sets left: ${counts}`,
      );
    }
    for (const { to, routes } of this.listeners) {
      if (routes.size > 0)
        throw new Broken('withdrawal-lost', `${classOf(to)} still holds ${show([...routes.keys()])}`);
    }
  }
}

const distributorNames = [Family.Evpn, 'paths', Family.RtConstrain] as const;

/** Two neighbours of each standing that `decode` may belong to. */
export function sourcesFor(decode: DecodeContext): readonly Source[] {
  const kinds: readonly NeighbourKind[] = decode.session === 'ebgp' ? ['ebgp', 'ebgp'] : ['client', 'non-client'];
  return kinds.map((kind, index) => {
    const last = 11 + index;
    const addressBytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, last);
    const asn = kind === 'ebgp' ? 65_100 : local.asn;
    const address = `10.0.0.${last}`;
    const families = new Set<FamilyId>([Family.Evpn, Family.RtConstrain]);
    return { index, kind, routerId: 0x0a000000 + last, asn, address, addressBytes, decode, families, longLived: true };
  });
}
