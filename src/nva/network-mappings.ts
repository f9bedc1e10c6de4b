/**
 * The mapping table of one network: what claims there are to each address, which of them counts, and what changed, so that
 * readers follow at their own pace. Claims are the routes that are best for their key; two NVEs that both claim an address
 * have two route distinguishers and so two keys, and it is here that they meet (RFC 7432 §15).
 */
import { ClaimHeap } from './claim-heap.ts';
import type { Mapping, MappingTable } from './mapping.ts';
import { floodKey, hostKey, mappingKey, prefixKey } from './mapping.ts';
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

/** Keys, mostly one or two of them: alone where there is one, and a set, which takes more room, where there are many. */
type Keys = string | readonly string[] | Set<string>;
const MANY_KEYS = 8;
/** Of those with one address, so many are compared to find the one that counts for it. */
const MAX_COMPARED = 16;

export class NetworkMappings implements MappingTable {
  readonly #modules: NetworkMappingsModules;
  readonly #entries = new Map<string, Entry>();
  /** Those of the NVEs that take flooded frames. */
  readonly #floods = new Map<string, Entry>();
  readonly #byDestination = new Map<number, string>();
  /** Keys of hosts by MAC address and by IP address. */
  readonly #byAddress = new Map<string, Keys>();
  /** IP addresses of hosts that have more than one MAC address. */
  readonly #sharedIps = new Set<string>();
  /** By length in bits, longest first: few lengths, and one look in each. */
  readonly #prefixes = new Map<string, Map<string, string>>();
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

  *snapshot(): Iterable<Mapping> {
    for (const { best } of this.#entries.values()) yield best.mapping;
  }

  *floods(): Iterable<Mapping> {
    for (const { best } of this.#floods.values()) yield best.mapping;
  }

  /** Whether an NVE, by its tunnel address, takes flooded frames, which every NVE of the network announces. */
  floodsTo(nve: string): boolean {
    return this.#floods.has(floodKey(nve));
  }

  *all(): Iterable<{ readonly best: Claim; readonly claims: Iterable<Claim> }> {
    for (const entry of this.#entries.values()) yield { best: entry.best, claims: claimsOf(entry) };
  }

  changesSince(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    return this.#log.since(version, limit);
  }

  /** All claims to a MAC address, an IP address or the longest prefix that holds it, by mapping. */
  claimsTo(address: string): readonly { readonly best: Claim; readonly claims: readonly Claim[] }[] {
    const prefix = prefixKey(address);
    const keys = this.#byAddress.get(address) ?? (this.#entries.has(prefix) ? [prefix] : this.#longest(address));
    return [...each(keys)].flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry === undefined ? [] : [{ best: entry.best, claims: [...claimsOf(entry)] }];
    });
  }

  /** Of a MAC address, the mapping without an IP address rather than one with. */
  find(address: string): Mapping | undefined {
    const keys = this.#byAddress.get(address);
    if (keys !== undefined) {
      let best = this.#entries.get(hostKey(address))?.best;
      let compared = 0;
      for (const key of each(keys)) {
        const claim = this.#entries.get(key)?.best;
        if (claim !== undefined && (best === undefined || this.#modules.compare(claim, best) < 0)) best = claim;
        if (++compared === MAX_COMPARED) break;
      }
      return best?.mapping;
    }
    const [key] = this.#longest(address);
    return key === undefined ? undefined : this.#entries.get(key)?.best.mapping;
  }

  /** Destinations of routes that claim a MAC address. */
  *destinationsOf(address: string): Iterable<number> {
    for (const key of each(this.#byAddress.get(address))) {
      const entry = this.#entries.get(key);
      if (entry !== undefined) yield* entry.claims?.destinations() ?? [entry.destination];
    }
  }

  /** IP addresses that hosts with different MAC addresses have, with what counts for each of them. */
  *sharedIps(): Iterable<
    readonly [ip: string, holders: readonly { readonly destination: number; readonly best: Claim }[]]
  > {
    for (const ip of this.#sharedIps) {
      const entries = [...each(this.#byAddress.get(ip))].map((key) => this.#entries.get(key) as Entry);
      yield [ip, entries.map((entry) => ({ destination: destinationOfBest(entry), best: entry.best }))];
    }
  }

  /** What the route of a destination claims now; undefined when it claims nothing any more. */
  claim(destination: number, claim: Claim | undefined): void {
    const before = this.#byDestination.get(destination);
    const key = claim === undefined ? undefined : mappingKey(claim.mapping);
    if (before !== undefined && before !== key) this.#drop(destination, before);
    if (claim !== undefined && key !== undefined) this.#put(destination, key, claim);
  }

  #put(destination: number, key: string, claim: Claim): void {
    const entry = this.#entries.get(key);
    this.#byDestination.set(destination, key);
    if (entry === undefined) {
      const first: Entry = { destination, best: claim, claims: undefined };
      this.#entries.set(key, first);
      if (claim.mapping.kind === 'flood') this.#floods.set(key, first);
      this.#index(key, claim.mapping);
      this.#changed(undefined, claim);
      return;
    }
    if (entry.claims === undefined && entry.destination !== destination) {
      entry.claims = new ClaimHeap(this.#modules.compare);
      entry.claims.set(entry.destination, entry.best);
    }
    entry.claims?.set(destination, claim);
    this.#choose(entry, entry.claims?.best?.claim ?? claim);
  }

  #drop(destination: number, key: string): void {
    this.#byDestination.delete(destination);
    const entry = this.#entries.get(key) as Entry;
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
    this.#entries.delete(key);
    this.#floods.delete(key);
    this.#unindex(key, entry.best.mapping);
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

  #index(key: string, mapping: Mapping): void {
    for (const address of addressesOf(mapping)) {
      const keys = this.#byAddress.get(address);
      if (keys === undefined) this.#byAddress.set(address, key);
      else if (keys instanceof Set) keys.add(key);
      else {
        const all = [...each(keys), key];
        this.#byAddress.set(address, all.length < MANY_KEYS ? all : new Set(all));
        if (all.length === 2 && mapping.kind === 'host' && address === mapping.ip) this.#sharedIps.add(address);
      }
    }
    if (mapping.kind !== 'prefix') return;
    const range = parsePrefixRange(mapping.prefix);
    if (range === undefined) return;
    const group = groupOf(range);
    let keys = this.#prefixes.get(group);
    if (keys === undefined) {
      keys = new Map();
      this.#prefixes.set(group, keys);
    }
    keys.set(range.bits, key);
  }

  #unindex(key: string, mapping: Mapping): void {
    for (const address of addressesOf(mapping)) {
      const keys = this.#byAddress.get(address);
      if (keys instanceof Set) {
        keys.delete(key);
        if (keys.size >= MANY_KEYS / 2) continue;
      }
      const left = [...each(keys)].filter((other) => other !== key);
      const [first] = left;
      if (left.length < 2) this.#sharedIps.delete(address);
      if (first === undefined) this.#byAddress.delete(address);
      else this.#byAddress.set(address, left.length === 1 ? first : left);
    }
    if (mapping.kind !== 'prefix') return;
    const range = parsePrefixRange(mapping.prefix);
    if (range === undefined) return;
    const keys = this.#prefixes.get(groupOf(range));
    keys?.delete(range.bits);
    if (keys?.size === 0) this.#prefixes.delete(groupOf(range));
  }

  #longest(address: string): readonly string[] {
    let found: { readonly length: number; readonly key: string } | undefined;
    for (const [group, keys] of this.#prefixes) {
      const [family, text] = group.split('/') as [string, string];
      const length = Number(text);
      if (found !== undefined && found.length >= length) continue;
      const bits = rangeOf(address, Number(family), length);
      const key = bits === undefined ? undefined : keys.get(bits);
      if (key !== undefined) found = { length, key };
    }
    return found === undefined ? [] : [found.key];
  }
}

const each = (keys: Keys = []): Iterable<string> => (typeof keys === 'string' ? [keys] : keys);

const claimsOf = ({ best, claims }: Entry): Iterable<Claim> => claims?.claims() ?? [best];

const destinationOfBest = ({ destination, claims }: Entry): number => claims?.best?.destination ?? destination;

const groupOf = ({ family, length }: AddressRange) => `${family}/${length}`;

function addressesOf(mapping: Mapping): readonly string[] {
  if (mapping.kind !== 'host') return [];
  const { mac, ip } = mapping;
  if (mac === undefined) return ip === undefined ? [] : [ip];
  return ip === undefined ? [mac] : [mac, ip];
}

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
