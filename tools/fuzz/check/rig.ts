/**
 * Way in, route table and way out without sockets: four neighbours that send, and one listener of each class whose
 * Adj-RIB-In is kept as the messages say.
 */

import { concerns, RUN } from '../../../src/bgp-ts/egress/encoded-batch.ts';
import type { NeighbourClass } from '../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../src/bgp-ts/egress/outbound.ts';
import { Packer } from '../../../src/bgp-ts/egress/packer.ts';
import { assess, type LocalIdentity } from '../../../src/bgp-ts/rib/assess.ts';
import { AttributeStore } from '../../../src/bgp-ts/rib/attribute-store.ts';
import { evpnFamily } from '../../../src/bgp-ts/rib/held-family.ts';
import { emptyCounts, Ingest, type IngestCounts } from '../../../src/bgp-ts/rib/ingest.ts';
import { RiderStore } from '../../../src/bgp-ts/rib/rider-store.ts';
import { type Changes, RouteTable } from '../../../src/bgp-ts/rib/route-table.ts';
import type { NeighbourKind, Source } from '../../../src/bgp-ts/rib/source.ts';
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { concat, toHex } from '../../../src/bgp-ts/wire/bytes.ts';
import { AttributeFlag, Family } from '../../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import type { Fault } from '../../../src/bgp-ts/wire/fault.ts';
import { Framer } from '../../../src/bgp-ts/wire/framer.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import { keyEvpn } from '../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptyLayout, locateUpdate } from '../../../src/bgp-ts/wire/update-layout.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { show } from './show.ts';

export const local = {
  asn: 65000,
  routerId: 0x0a000001,
  clusterId: 0x0a000001,
  domainIds: ['65000:1'],
} as const satisfies LocalIdentity;

/** A route as it is held: its NLRI in hexadecimal, and its attributes without NLRI. */
export interface HeldRoute {
  readonly nlri: string;
  readonly attributes: PathAttributes;
}

/** Routes by type and key in hexadecimal. */
export type Routes = Map<string, HeldRoute>;

const BUDGET = 4096;
/** The listeners are no sources: what anybody sends concerns them. */
const LISTENER = 60_000;

const traits = [
  { kind: 'client', asn4: true, maxMessage: 4096 },
  { kind: 'client', asn4: false, maxMessage: 4096 },
  { kind: 'client', asn4: true, maxMessage: 65_535, longLived: true },
  { kind: 'non-client', asn4: true, maxMessage: 4096 },
  { kind: 'ebgp', asn4: true, maxMessage: 4096 },
  { kind: 'ebgp', asn4: true, maxMessage: 4096, isRouteServerClient: true },
  { kind: 'ebgp', asn4: false, maxMessage: 65_535 },
] as const;

export interface Listener {
  readonly to: NeighbourClass;
  readonly routes: Routes;
  readonly decode: DecodeContext;
}

export class Rig {
  readonly attributes: AttributeStore;
  readonly riders: RiderStore;
  readonly table: RouteTable;
  readonly ingest: Ingest;
  readonly listeners: readonly Listener[];
  /** Milliseconds spent in the way in, in all. */
  spent = 0;
  readonly #packer: Packer;
  readonly #changes: Changes = { destinations: new Int32Array(BUDGET), oldSets: new Int32Array(BUDGET), length: 0 };

  constructor(hashSeed: number) {
    this.attributes = new AttributeStore({ hashSeed }, { assess: (block, source) => assess(block, source, local) });
    this.riders = new RiderStore({ hashSeed });
    this.table = new RouteTable(
      { hashSeed, capacity: 1024 },
      { order: this.attributes, riders: this.riders, seconds: () => 0 },
    );
    const { attributes, riders } = this;
    this.ingest = new Ingest({ families: [evpnFamily(this.table)], attributes, riders });
    this.listeners = traits.map((trait, index) => ({
      to: { ...trait, index, localAsn: local.asn },
      routes: new Map(),
      decode: {
        ...defaultContext,
        asn4: trait.asn4,
        session: trait.kind === 'ebgp' ? 'ebgp' : 'ibgp',
        extendedMessages: trait.maxMessage > 4096,
      },
    }));
    this.#packer = new Packer(
      { family: Family.Evpn },
      {
        table: this.table,
        attributes: this.attributes,
        outbound: (set, to) => outboundForm(set, to, local),
      },
    );
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

  /** Decides what is pending, and lets the listeners hear of it. */
  distribute(): void {
    const { table, attributes } = this;
    const changes = this.#changes;
    while (table.pendingDecisions > 0) {
      mayNotThrow('decide-throws', () => table.decide(BUDGET, changes));
      for (const listener of this.listeners) this.#tell(listener);
      for (let i = 0; i < changes.length; i++) if (changes.oldSets[i] >= 0) attributes.release(changes.oldSets[i]);
    }
  }

  /** Makes everything of a source long-lived stale, as if it had been lost for long. */
  age({ index }: Source): void {
    const longLivedStale = (set: number) => this.attributes.longLivedStale(set);
    this.table.beginRefresh(index);
    mayNotThrow('age-throws', () => {
      let from = 0;
      while (from >= 0) from = this.table.replaceStale(index, from, BUDGET, longLivedStale);
    });
  }

  /** Takes everything away again. What is left then was lost track of. */
  clear(sources: readonly Source[]): void {
    for (const { index } of sources) {
      let from = 0;
      while (from >= 0) from = this.table.withdrawSource(index, from, BUDGET);
    }
    this.distribute();
    this.table.reclaim(this.table.version);
    const { table, attributes, riders } = this;
    const left = [table.routes, table.paths, table.tombstones, attributes.size, riders.size];
    if (left.some((count) => count !== 0)) {
      throw new Broken('table-leaks', `routes, paths, tombstones, attribute sets, riders left: ${left.join(', ')}`);
    }
    for (const { to, routes } of this.listeners) {
      if (routes.size > 0)
        throw new Broken('withdrawal-lost', `${classOf(to)} still holds ${show([...routes.keys()])}`);
    }
  }

  #tell(listener: Listener): void {
    const { to } = listener;
    const batch = mayNotThrow('packer-throws', () => this.#packer.packChanges(to, this.table.version, this.#changes));
    const framer = new Framer();
    framer.extended = to.maxMessage > 4096;
    for (let at = 0; at < batch.runs.length; at += RUN) {
      const [start, end, audience, messages] = batch.runs.subarray(at, at + RUN);
      if (!concerns(audience, LISTENER)) continue;
      let count = 0;
      const fault = framer.push(batch.bytes.subarray(start, end), (bytes, from, upTo) => {
        count++;
        hear(listener, bytes.slice(from, upTo));
      });
      if (fault !== undefined) throw new Broken('emitted-header', `to ${classOf(to)}: ${show(fault)}`);
      if (count !== messages) throw new Broken('emitted-count', `to ${classOf(to)}: ${count} messages for ${messages}`);
    }
  }
}

export const classOf = ({ kind, asn4, maxMessage }: NeighbourClass): string =>
  `${kind} with AS numbers of ${asn4 ? 4 : 2} octets and messages of ${maxMessage}`;

/** One emitted UPDATE, read as its receiver would. */
function hear({ to, routes, decode }: Listener, bytes: Uint8Array): void {
  const { update, faults } = decodeUpdate(bytes, decode);
  if (faults.length > 0) throw new Broken('emitted-faulty', `to ${classOf(to)}: ${show(faults[0])} in ${toHex(bytes)}`);
  const { mpUnreachNlri, ...attributes } = update.attributes;
  const foreign = [mpUnreachNlri, attributes.mpReachNlri].some((field) => field && field.family !== Family.Evpn);
  if (update.nlri.length > 0 || update.withdrawn.length > 0 || foreign) {
    throw new Broken('emitted-family', `to ${classOf(to)}: ${toHex(bytes)}`);
  }
  const { withdrawn, announced } = evpnOf(bytes);
  if (announced.length > 0) checkStanding(to, attributes);
  for (const { key } of withdrawn) routes.delete(key);
  const held = withoutNlri(attributes);
  for (const { key, nlri } of announced) routes.set(key, { nlri, attributes: held });
}

/** What must and must not stand beside routes that go to `to`, whoever sent them. */
function checkStanding(to: NeighbourClass, attributes: PathAttributes): void {
  const { unknown = [], asPath = [], localPref, originatorId, clusterList } = attributes;
  const wrong = (what: string) => new Broken('emitted-attributes', `to ${classOf(to)}: ${what}: ${show(attributes)}`);
  // RFC 4271 §5: only transitive ones go on, and marked
  const passedOn = AttributeFlag.Transitive | AttributeFlag.Partial;
  if (unknown.some(({ flags }) => (flags & passedOn) !== passedOn)) throw wrong('an unrecognised attribute');
  if (attributes.nextHop !== undefined) throw wrong('NEXT_HOP');
  if (to.kind !== 'ebgp') {
    // RFC 4271 §5.1.5
    if (localPref === undefined) throw wrong('no LOCAL_PREF');
    // RFC 4456 §8: the two come together
    const reflected = originatorId !== undefined && clusterList !== undefined;
    if (reflected && clusterList[0] !== '10.0.0.1') throw wrong('reflected without our CLUSTER_ID in front');
    return;
  }
  const isPassedThrough = to.isRouteServerClient === true;
  const multiExitDisc = isPassedThrough ? undefined : attributes.multiExitDisc;
  const inner = { localPref, originatorId, clusterList, multiExitDisc };
  for (const [name, value] of Object.entries(inner)) if (value !== undefined) throw wrong(name);
  const [first] = asPath;
  // RFC 7947 §2.2.2: to clients of a route server others come without us; nothing goes out without an AS.
  const begins = isPassedThrough ? first !== undefined : first?.type === 'sequence' && first.asns[0] === local.asn;
  if (!begins) throw wrong('the first AS of AS_PATH');
  // RFC 4360 §6: the bit that says non-transitive
  const inward = attributes.extendedCommunities?.filter(
    (community) => (Number.parseInt(community.slice(0, 1), 16) & 4) !== 0,
  );
  if (inward !== undefined && inward.length > 0) throw wrong('a non-transitive extended community');
}

/** The attributes that a route has, whatever others it shared an UPDATE with. */
export function withoutNlri(attributes: PathAttributes): PathAttributes {
  const { mpReachNlri, mpUnreachNlri: _, ...rest } = attributes;
  return mpReachNlri === undefined ? rest : { ...rest, mpReachNlri: { ...mpReachNlri, nlri: [] } };
}

interface KeyedNlri {
  readonly key: string;
  /** The key with the path identifier in front, where there are any. */
  readonly path: string;
  readonly nlri: string;
}

/** The well-formed EVPN NLRI of an UPDATE. */
export function evpnOf(bytes: Uint8Array, addPath = false): { withdrawn: KeyedNlri[]; announced: KeyedNlri[] } {
  const layout = emptyLayout();
  locateUpdate(bytes, 0, bytes.length, layout);
  const { unreachHeader, unreachValue, unreachEnd, reachHeader, reachValue, reachEnd } = layout;
  const isEvpn = (value: number, end: number) =>
    end - value >= 3 && bytes[value] === 0 && bytes[value + 1] === 25 && bytes[value + 2] === 70;
  return {
    withdrawn:
      unreachHeader >= 0 && isEvpn(unreachValue, unreachEnd) ? keyed(bytes, unreachValue + 3, unreachEnd, addPath) : [],
    announced:
      reachHeader >= 0 && isEvpn(reachValue, reachEnd)
        ? keyed(bytes, reachValue + 5 + bytes[reachValue + 3], reachEnd, addPath)
        : [],
  };
}

function keyed(bytes: Uint8Array, start: number, end: number, addPath: boolean): KeyedNlri[] {
  const list: KeyedNlri[] = [];
  const before = addPath ? 4 : 0;
  for (let from = start; from + before + 2 <= end && from + before + 2 + bytes[from + before + 1] <= end; ) {
    const at = from + before;
    const next = at + 2 + bytes[at + 1];
    try {
      const key = `${bytes[at]} ${toHex(keyEvpn(bytes, at, next))}`;
      list.push({ key, path: `${toHex(bytes, from, at)} ${key}`, nlri: toHex(bytes, at, next) });
    } catch {
      // malformed inside: there is no route
    }
    from = next;
  }
  return list;
}

/** Two neighbours of each standing that `decode` may belong to. */
export function sourcesFor(decode: DecodeContext): readonly Source[] {
  const kinds: readonly NeighbourKind[] = decode.session === 'ebgp' ? ['ebgp', 'ebgp'] : ['client', 'non-client'];
  return kinds.map((kind, index) => {
    const last = 11 + index;
    const addressBytes = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, last);
    const asn = kind === 'ebgp' ? 65_100 : local.asn;
    const address = `10.0.0.${last}`;
    const families = new Set([Family.Evpn]);
    return { index, kind, routerId: 0x0a000000 + last, asn, address, addressBytes, decode, families, longLived: true };
  });
}
