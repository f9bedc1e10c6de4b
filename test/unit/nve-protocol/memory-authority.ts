import type { NveAuthority, NveIdentity } from '../../../src/nva/authority.ts';
import type { Crossing } from '../../../src/nva/crossing.ts';
import { type Mapping, type MappingChange, type MappingTable, mappingKey } from '../../../src/nva/mapping.ts';
import type { Actor, ApplyResult, Attachment, Change, Nve, VirtualNetwork } from '../../../src/nva/model.ts';

/** A mapping table that remembers its last changes, as many as it is told. */
export class MemoryTable implements MappingTable {
  version = 0;
  readonly #mappings = new Map<string, Mapping>();
  readonly #byAddress = new Map<string, Mapping>();
  readonly #remembered: number;
  #log: MappingChange[] = [];

  constructor(remembered = 10_000) {
    this.#remembered = remembered;
  }

  set(mapping: Mapping): void {
    this.#mappings.set(mappingKey(mapping), mapping);
    for (const address of addressesOf(mapping)) this.#byAddress.set(address, mapping);
    this.#changed({ set: mapping });
  }

  remove(mapping: Mapping): void {
    const held = this.#mappings.get(mappingKey(mapping));
    if (held === undefined) return;
    this.#mappings.delete(mappingKey(mapping));
    for (const address of addressesOf(held)) if (this.#byAddress.get(address) === held) this.#byAddress.delete(address);
    this.#changed({ gone: held });
  }

  #changed(change: MappingChange): void {
    this.version++;
    this.#log.push(change);
    if (this.#log.length > 2 * this.#remembered) this.#log = this.#log.slice(-this.#remembered);
  }

  snapshot(): Iterable<Mapping> {
    return this.#mappings.values();
  }

  *floods(): Iterable<Mapping> {
    for (const mapping of this.#mappings.values()) if (mapping.kind === 'flood') yield mapping;
  }

  floodTo(nve: string): Mapping | undefined {
    return [...this.floods()].find((mapping) => mapping.nve === nve);
  }

  changesSince(version: number, limit: number): ReturnType<MappingTable['changesSince']> {
    const first = this.version - this.#log.length;
    if (version < first) return undefined;
    const changes = this.#log.slice(version - first, version - first + limit);
    return { changes, version: version + changes.length };
  }

  find(address: string): Mapping | undefined {
    return this.#byAddress.get(address);
  }
}

function addressesOf(mapping: Mapping): string[] {
  if (mapping.kind !== 'host') return [];
  return [mapping.mac, mapping.ip].filter((address) => address !== undefined);
}

export const network = (name: string, vni: number, more: Partial<VirtualNetwork> = {}): VirtualNetwork => ({
  name,
  vni,
  service: 'l2',
  routeTargets: [`65000:${vni}`],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan'],
  unknownUnicast: 'flood',
  trust: 'nve',
  ...more,
});

/** What an attachment announces. */
function mappingsOf(attachment: Attachment, nve: string, vni: number): Mapping[] {
  const { mac, ips, prefixes, sticky } = attachment;
  if (mac === undefined && ips.length === 0)
    return prefixes.map((prefix) => ({ kind: 'prefix', nve, encapsulation: 'vxlan', vni, prefix }));
  const hosts = ips.length === 0 ? [{}] : ips.map((ip) => ({ ip }));
  return hosts.map((host) => ({
    kind: 'host',
    nve,
    encapsulation: 'vxlan',
    vni,
    ...(mac === undefined ? {} : { mac }),
    ...host,
    sequence: 0,
    sticky,
  }));
}

/** An NVA of a few lines: everybody sees the same table, and attachments become mappings of it. */
export class MemoryAuthority implements NveAuthority {
  epoch = 'epoch-1';
  converged = true;
  /** Of the last hello. */
  legs: NveIdentity['legs'];
  readonly hasConverged = () => this.converged;
  readonly networks = new Map<string, VirtualNetwork>();
  readonly tables = new Map<string, MemoryTable>();
  readonly attachments = new Map<string, Attachment>();
  readonly nves = new Map<string, Nve>();
  readonly calls: string[] = [];
  readonly #watchers = new Map<string, Set<() => void>>();
  readonly #crossings = new Map<string, readonly Crossing[]>();
  readonly #crossingWatchers = new Map<string, () => void>();
  /** Refuses attachments with this reason. */
  refusing: string | undefined;
  throwing: string | undefined;

  add(network: VirtualNetwork, remembered?: number): MemoryTable {
    const table = this.tables.get(network.name) ?? new MemoryTable(remembered);
    this.networks.set(network.name, network);
    this.tables.set(network.name, table);
    this.changed(network.name);
    return table;
  }

  remove(name: string): void {
    this.networks.delete(name);
    this.tables.delete(name);
    this.changed(name);
  }

  changed(name: string): void {
    for (const watcher of this.#watchers.get(name) ?? []) watcher();
  }

  set(name: string, ...mappings: readonly Mapping[]): void {
    for (const mapping of mappings) this.tables.get(name)?.set(mapping);
    this.changed(name);
  }

  gone(name: string, ...mappings: readonly Mapping[]): void {
    for (const mapping of mappings) this.tables.get(name)?.remove(mapping);
    this.changed(name);
  }

  get watching(): number {
    return [...this.#watchers.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Makes an NVE a gateway. */
  cross(nve: string, crossings: readonly Crossing[]): void {
    this.#crossings.set(nve, crossings);
    this.#crossingWatchers.get(nve)?.();
  }

  crossings(nve: string): readonly Crossing[] {
    return this.#crossings.get(nve) ?? [];
  }

  watchCrossings(nve: string, changed: () => void): () => void {
    this.#crossingWatchers.set(nve, changed);
    return () => this.#crossingWatchers.delete(nve);
  }

  hello(identity: NveIdentity): ReturnType<NveAuthority['hello']> {
    this.calls.push(`hello ${identity.name}`);
    if (identity.name === 'stranger') {
      return { ok: false, refusal: { code: 'unknown-nve', reason: 'Nobody knows stranger.' } };
    }
    const { legs, ...rest } = identity;
    this.legs = legs;
    const nve: Nve = { ...rest, kind: 'agent' };
    this.nves.set(identity.name, nve);
    return { ok: true, nve };
  }

  goodbye(nve: string): void {
    this.calls.push(`goodbye ${nve}`);
    this.nves.delete(nve);
  }

  network(name: string): VirtualNetwork | undefined {
    if (this.throwing !== undefined) throw new Error(this.throwing);
    return this.networks.get(name);
  }

  attachment(network: string, id: string): Attachment | undefined {
    return this.attachments.get(`${network} ${id}`);
  }

  apply(changes: readonly Change[], by: Actor): ApplyResult {
    const outcomes: ('created' | 'changed' | 'unchanged' | 'deleted')[] = [];
    for (const [index, change] of changes.entries()) {
      if (change.kind !== 'attachment') throw new Error('only attachments');
      const networkName = change.op === 'put' ? change.value.network : change.network;
      const id = change.op === 'put' ? change.value.id : change.id;
      const reason = this.refusing ?? (this.networks.has(networkName) ? undefined : `There is no ${networkName}.`);
      if (reason !== undefined) {
        const code = this.refusing === undefined ? 'no-such-network' : 'not-registered';
        return { ok: false, refusals: [{ code, change: index, field: 'network', reason }] };
      }
      const key = `${networkName} ${id}`;
      const before = this.attachments.get(key);
      this.calls.push(`${change.op} ${key} by ${by.name}`);
      if (change.op === 'put') {
        this.attachments.set(key, change.value);
        const same = JSON.stringify(before) === JSON.stringify(change.value);
        outcomes.push(before === undefined ? 'created' : same ? 'unchanged' : 'changed');
        const { tunnelAddress = '' } = this.nves.get(change.value.nve) ?? {};
        const vni = this.networks.get(networkName)?.vni ?? 0;
        if (change.value.state === 'associated') this.set(networkName, ...mappingsOf(change.value, tunnelAddress, vni));
        else this.gone(networkName, ...mappingsOf(change.value, tunnelAddress, vni));
      } else {
        if (before !== undefined) this.gone(networkName, ...mappingsOf(before, '', 0));
        this.attachments.delete(key);
        outcomes.push('deleted');
      }
    }
    return { ok: true, outcomes };
  }

  mappings(_nve: string, name: string): MappingTable | undefined {
    return this.tables.get(name);
  }

  subscribe(nve: string, name: string): () => void {
    return () => void this.calls.push(`leave ${nve} ${name}`);
  }

  watch(name: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(name) ?? new Set();
    this.#watchers.set(name, watchers.add(changed));
    return () => watchers.delete(changed);
  }
}
