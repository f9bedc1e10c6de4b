/**
 * The mapping table of one network: what claims there are to each address, which of them counts, and what changed, so that
 * readers follow at their own pace. Claims are the routes that are best for their key; two NVEs that both claim an address
 * have two route distinguishers and so two keys, and it is here that they meet (RFC 7432 §15).
 */
import { ClaimHeap } from './claim-heap.ts';
import { HostIndex } from './host-index.ts';
import type { HostMapping, Mapping, MappingTable } from './mapping.ts';
import { type MappingLog, type MappingLogs, processLogs } from './mapping-log.ts';
import type { Encapsulation } from './model.ts';
import { type AddressRange, parsePrefixRange, rangeOf } from './prefix-range.ts';

/** One route's claim. */
export interface Claim {
  readonly mapping: Mapping;
  /** Whose route it is: the peer's address, or our own. */
  readonly source: string;
  /** Seconds since the epoch. */
  readonly since: number;
  /** nvad announces it itself. */
  readonly isOwn: boolean;
  /** Its NVE is gone for longer than a restart takes (RFC 9494). */
  readonly longLivedStale: boolean;
  /** Of a host at a multihomed site: who shares it shares the host. */
  readonly esi?: string;
}

export interface NetworkMappingsModules {
  /** Negative when the first claim counts, with the reason. */
  readonly compare: (a: Claim, b: Claim) => number;
  /** The claim that counts for a mapping is another one; both absent never happens. */
  readonly changed: (before: Claim | undefined, after: Claim | undefined) => void;
  /** Where its changes are remembered; with those of the whole process where it is not said. */
  readonly logs?: MappingLogs;
}

interface Entry {
  /** The route table's destination of the first claim, which mostly is the only one; a map of one costs more than the rest. */
  destination: number;
  best: Claim;
  /** By destination, where there are several. */
  claims: ClaimHeap<Claim> | undefined;
}

/** Of those with one address, so many are compared to find the one that counts for it. */
const MAX_COMPARED = 16;

export class NetworkMappings implements MappingTable {
  readonly #modules: NetworkMappingsModules;
  readonly #entries = new Set<Entry>();
  readonly #hosts = new HostIndex<Entry>(({ best }) => best.mapping as HostMapping);
  /** By the NVE that takes flooded frames. */
  readonly #floods = new Map<string, Entry>();
  readonly #byPrefix = new Map<string, Entry>();
  readonly #byDestination = new Map<number, Entry>();
  /** By length in bits, longest first: few lengths, and one look in each. */
  readonly #prefixes = new Map<string, Map<string, Entry>>();
  /** Tunnel ends of mappings, how many each has, and the encapsulation of one of them. */
  readonly #ends = new Map<string, { mappings: number; encapsulation: Encapsulation }>();
  readonly #log: MappingLog;

  constructor(modules: NetworkMappingsModules) {
    this.#modules = modules;
    this.#log = (modules.logs ?? processLogs).open();
  }

  get version(): number {
    return this.#log.version;
  }

  /** Mappings, each counted once however many claims it has. */
  get size(): number {
    return this.#entries.size;
  }

  snapshot(): Iterable<Mapping> {
    this.#log.follow();
    return mappingsOf(this.#entries);
  }

  floods(): Iterable<Mapping> {
    return mappingsOf(this.#floods.values());
  }

  floodTo(nve: string): Mapping | undefined {
    return this.#floods.get(nve)?.best.mapping;
  }

  *all(): Iterable<{ readonly best: Claim; readonly claims: Iterable<Claim> }> {
    for (const entry of this.#entries) yield { best: entry.best, claims: claimsOf(entry) };
  }

  changesSince(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    return this.#log.since(version, limit);
  }

  /** All claims to a MAC address, an IP address or the longest prefix that holds it, by mapping. */
  claimsTo(address: string): readonly { readonly best: Claim; readonly claims: readonly Claim[] }[] {
    const hosts = [...this.#hosts.of(address)];
    const prefix = this.#byPrefix.get(address) ?? (hosts.length > 0 ? undefined : this.#longest(address));
    const entries = hosts.length > 0 || prefix === undefined ? hosts : [prefix];
    return entries.map((entry) => ({ best: entry.best, claims: [...claimsOf(entry)] }));
  }

  /** All claims to what the route of a destination claims. */
  claimsBeside(destination: number): { readonly best: Claim; readonly claims: readonly Claim[] } | undefined {
    const entry = this.#byDestination.get(destination);
    return entry && { best: entry.best, claims: [...claimsOf(entry)] };
  }

  /** Of a MAC address, the mapping without an IP address rather than one with. */
  find(address: string): Mapping | undefined {
    let best = this.#hosts.find(address, undefined)?.best;
    let compared = 0;
    for (const { best: claim } of this.#hosts.of(address)) {
      if (best === undefined || this.#modules.compare(claim, best) < 0) best = claim;
      if (++compared === MAX_COMPARED) break;
    }
    return (best ?? this.#longest(address)?.best)?.mapping;
  }

  /** Destinations of routes that claim a MAC address. */
  *destinationsOf(address: string): Iterable<number> {
    for (const { claims, destination } of this.#hosts.of(address)) yield* claims?.destinations() ?? [destination];
  }

  /** IP addresses that hosts with different MAC addresses have, with what counts for each of them. */
  *sharedIps(): Iterable<
    readonly [ip: string, holders: readonly { readonly destination: number; readonly best: Claim }[]]
  > {
    for (const ip of this.#hosts.sharedIps) {
      const holders = [...this.#hosts.of(ip)];
      yield [ip, holders.map((entry) => ({ destination: destinationOfBest(entry), best: entry.best }))];
    }
  }

  /** What the route of a destination claims now; undefined when it claims nothing any more. */
  claim(destination: number, claim: Claim | undefined): void {
    const before = this.#byDestination.get(destination);
    const entry = claim === undefined ? undefined : this.#entryOf(claim.mapping);
    if (before !== undefined && before !== entry) this.#drop(destination, before);
    if (claim !== undefined) this.#put(destination, entry, claim);
  }

  /** The entry of the same mapping, whatever it says. */
  #entryOf(mapping: Mapping): Entry | undefined {
    switch (mapping.kind) {
      case 'host':
        return this.#hosts.find(mapping.mac, mapping.ip);
      case 'prefix':
        return this.#byPrefix.get(mapping.prefix);
      case 'flood':
        return this.#floods.get(mapping.nve);
    }
  }

  #put(destination: number, entry: Entry | undefined, claim: Claim): void {
    if (entry === undefined) {
      const first: Entry = { destination, best: claim, claims: undefined };
      this.#byDestination.set(destination, first);
      this.#entries.add(first);
      this.#index(first);
      this.#changed(undefined, claim);
      return;
    }
    this.#byDestination.set(destination, entry);
    if (entry.claims === undefined && entry.destination !== destination) {
      entry.claims = new ClaimHeap(this.#modules.compare);
      entry.claims.set(entry.destination, entry.best);
    }
    entry.claims?.set(destination, claim);
    this.#choose(entry, entry.claims?.best?.claim ?? claim);
  }

  #drop(destination: number, entry: Entry): void {
    this.#byDestination.delete(destination);
    const { claims } = entry;
    claims?.delete(destination);
    const left = claims?.best;
    if (claims !== undefined && left !== undefined) {
      this.#choose(entry, left.claim);
      if (claims.size > 1) return;
      entry.destination = left.destination;
      entry.claims = undefined;
      return;
    }
    this.#entries.delete(entry);
    this.#unindex(entry);
    this.#changed(entry.best, undefined);
  }

  #choose(entry: Entry, best: Claim): void {
    const before = entry.best;
    if (best === before) return;
    entry.best = best;
    this.#changed(before, best);
  }

  #changed(before: Claim | undefined, after: Claim | undefined): void {
    this.#countEnds(before?.mapping, after?.mapping);
    if (before === undefined || after === undefined || !isSameMapping(before.mapping, after.mapping)) {
      this.#log.push(after === undefined ? { gone: (before as Claim).mapping } : { set: after.mapping });
    }
    this.#modules.changed(before, after);
  }

  /** Tunnel addresses that mappings lead to, with the encapsulation that one of them has. */
  *ends(): Iterable<readonly [tunnelAddress: string, encapsulation: Encapsulation]> {
    for (const [address, { encapsulation }] of this.#ends) yield [address, encapsulation];
  }

  #countEnds(before: Mapping | undefined, after: Mapping | undefined): void {
    if (after !== undefined) {
      const end = this.#ends.get(after.nve);
      if (end === undefined) this.#ends.set(after.nve, { mappings: 1, encapsulation: after.encapsulation });
      else end.mappings++;
    }
    const left = before === undefined ? undefined : this.#ends.get(before.nve);
    if (before !== undefined && left !== undefined && --left.mappings === 0) this.#ends.delete(before.nve);
  }

  #index(entry: Entry): void {
    const { mapping } = entry.best;
    if (mapping.kind === 'host') this.#hosts.add(entry);
    else if (mapping.kind === 'flood') this.#floods.set(mapping.nve, entry);
    else {
      this.#byPrefix.set(mapping.prefix, entry);
      const range = parsePrefixRange(mapping.prefix);
      if (range === undefined) return;
      const group = groupOf(range);
      let entries = this.#prefixes.get(group);
      if (entries === undefined) {
        entries = new Map();
        this.#prefixes.set(group, entries);
      }
      entries.set(range.bits, entry);
    }
  }

  #unindex(entry: Entry): void {
    const { mapping } = entry.best;
    if (mapping.kind === 'host') this.#hosts.delete(entry);
    else if (mapping.kind === 'flood') this.#floods.delete(mapping.nve);
    else {
      this.#byPrefix.delete(mapping.prefix);
      const range = parsePrefixRange(mapping.prefix);
      if (range === undefined) return;
      const entries = this.#prefixes.get(groupOf(range));
      entries?.delete(range.bits);
      if (entries?.size === 0) this.#prefixes.delete(groupOf(range));
    }
  }

  #longest(address: string): Entry | undefined {
    let found: { readonly length: number; readonly entry: Entry } | undefined;
    for (const [group, entries] of this.#prefixes) {
      const [family, text] = group.split('/') as [string, string];
      const length = Number(text);
      if (found !== undefined && found.length >= length) continue;
      const bits = rangeOf(address, Number(family), length);
      const entry = bits === undefined ? undefined : entries.get(bits);
      if (entry !== undefined) found = { length, entry };
    }
    return found?.entry;
  }
}

function* mappingsOf(entries: Iterable<Entry>): Iterable<Mapping> {
  for (const { best } of entries) yield best.mapping;
}

const claimsOf = ({ best, claims }: Entry): Iterable<Claim> => claims?.claims() ?? [best];

const destinationOfBest = ({ destination, claims }: Entry): number => claims?.best?.destination ?? destination;

const groupOf = ({ family, length }: AddressRange) => `${family}/${length}`;

/** Whether readers need not be told of the difference. */
function isSameMapping(a: Mapping, b: Mapping): boolean {
  if (
    a.kind !== b.kind ||
    a.nve !== b.nve ||
    a.vni !== b.vni ||
    a.encapsulation !== b.encapsulation ||
    a.domain !== b.domain ||
    a.distance !== b.distance
  )
    return false;
  if (a.kind === 'host' && b.kind === 'host') {
    return (
      a.sequence === b.sequence &&
      a.sticky === b.sticky &&
      a.l3?.vni === b.l3?.vni &&
      a.l3?.routerMac === b.l3?.routerMac
    );
  }
  return a.kind === 'prefix' && b.kind === 'prefix' ? a.routerMac === b.routerMac : true;
}
