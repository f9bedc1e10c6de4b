/**
 * The objects that should be: networks, NVEs and attachments, with the rules between them. A transaction is tried change by
 * change on the objects themselves and taken back when one is refused, when it was only a dry run, or when the store could not
 * keep it: so that what is said of a change has regard to those before it.
 */
import { isDeepStrictEqual } from 'node:util';
import { hostOf } from '../evpn/ip-prefix.ts';
import type { Actor, ApplyResult, Attachment, Change, ChangeRefusal, NvaEvent, Nve, VirtualNetwork } from './model.ts';
import type { NvaStore, NvaTransaction, StoredAttachment } from './nva-store.ts';

/** What a transaction did to one attachment; both absent are never seen. */
export interface AttachmentEffect {
  readonly before?: StoredAttachment;
  readonly after?: StoredAttachment;
}

/** What a transaction did. */
export interface Effects {
  /** By name: what the network was before, undefined where it is new. */
  readonly networks: ReadonlyMap<string, VirtualNetwork | undefined>;
  readonly nves: ReadonlyMap<string, Nve | undefined>;
  readonly attachments: readonly AttachmentEffect[];
  readonly events: readonly NvaEvent[];
}

export interface RegistryOptions {
  /** Of all networks together. */
  readonly maxAttachments?: number;
  readonly maxNetworks?: number;
  readonly maxNves?: number;
}

export interface RegistryModules {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** The highest MAC mobility sequence number that routes of others have for a MAC address, if any has one. */
  readonly sequenceSeen: (network: string, mac: string, exceptNve: string) => number | undefined;
}

type Applied =
  | { readonly ok: true; readonly result: ApplyResult & { readonly ok: true }; readonly effects: Effects }
  | { readonly ok: false; readonly refusals: readonly ChangeRefusal[] };

type Outcome = 'created' | 'changed' | 'unchanged' | 'deleted';
type Verdict = Outcome | Omit<ChangeRefusal, 'change'>;

/** Which of two say-sos an attachment has when an actor asks for it. */
const saysSo = (by: Actor) => (by.via === 'nve-protocol' ? 'attached' : 'registered');

/** A set of ids, mostly of one: which is then no set, since there may be a million of them. */
type Ids = string | Set<string>;

class NetworkAttachments {
  readonly byId = new Map<string, StoredAttachment>();
  /** Ids by MAC address and by IP address. */
  readonly byAddress = new Map<string, Ids>();
  readonly byPrefix = new Map<string, Ids>();
  /** Addresses that more than one has. */
  readonly shared = new Set<string>();
  /** Ids by NVE. */
  readonly byNve = new Map<string, Set<string>>();

  put(stored: StoredAttachment): StoredAttachment | undefined {
    const { attachment } = stored;
    const { id, nve } = attachment;
    const before = this.delete(id);
    this.byId.set(id, stored);
    for (const address of addressesOf(attachment)) {
      if (addId(this.byAddress, address, id)) this.shared.add(address);
    }
    for (const prefix of attachment.prefixes) addId(this.byPrefix, prefix, id);
    const ids = this.byNve.get(nve);
    if (ids === undefined) this.byNve.set(nve, new Set([id]));
    else ids.add(id);
    return before;
  }

  delete(id: string): StoredAttachment | undefined {
    const before = this.byId.get(id);
    if (before === undefined) return undefined;
    const { nve } = before.attachment;
    this.byId.delete(id);
    for (const address of addressesOf(before.attachment)) {
      if (!removeId(this.byAddress, address, id)) this.shared.delete(address);
    }
    for (const prefix of before.attachment.prefixes) removeId(this.byPrefix, prefix, id);
    const ids = this.byNve.get(nve);
    ids?.delete(id);
    if (ids?.size === 0) this.byNve.delete(nve);
    return before;
  }

  *of(address: string): Iterable<StoredAttachment> {
    yield* this.#each(this.byAddress.get(address));
  }

  *ofPrefix(prefix: string): Iterable<StoredAttachment> {
    yield* this.#each(this.byPrefix.get(prefix));
    const host = hostOf(prefix);
    if (host !== undefined) yield* this.of(host);
  }

  *#each(ids: Ids | undefined): Iterable<StoredAttachment> {
    if (ids === undefined) return;
    for (const id of typeof ids === 'string' ? [ids] : ids) yield this.byId.get(id) as StoredAttachment;
  }
}

/** Whether there is more than one now. */
function addId(index: Map<string, Ids>, key: string, id: string): boolean {
  const ids = index.get(key);
  if (ids === undefined) {
    index.set(key, id);
    return false;
  }
  if (ids === id) return false;
  if (typeof ids === 'string') index.set(key, new Set([ids, id]));
  else ids.add(id);
  return true;
}

/** Whether there is still more than one. */
function removeId(index: Map<string, Ids>, key: string, id: string): boolean {
  const ids = index.get(key);
  if (ids === id) index.delete(key);
  if (ids === undefined || typeof ids === 'string') return false;
  ids.delete(id);
  if (ids.size > 1) return true;
  for (const last of ids) index.set(key, last);
  return false;
}

function* addressesOf({ mac, ips }: Attachment): Iterable<string> {
  if (mac !== undefined) yield mac;
  yield* ips;
}

export class Registry {
  readonly #options: Required<RegistryOptions>;
  readonly #modules: RegistryModules;
  readonly #networks = new Map<string, VirtualNetwork>();
  readonly #byVni = new Map<number, VirtualNetwork>();
  readonly #nves = new Map<string, Nve>();
  readonly #byTunnel = new Map<string, Nve>();
  /** Names by the peering address, where that is given. */
  readonly #bySession = new Map<string, string>();
  readonly #attachments = new Map<string, NetworkAttachments>();
  /** Names of networks and NVEs that the configuration holds: nobody else changes them. */
  readonly #configured = { networks: new Set<string>(), nves: new Set<string>() };
  #count = 0;
  #lastEvent = 0;
  #store: NvaStore | undefined;
  /** Takes back what the transaction under way has done, the last first. */
  #undo: (() => void)[] = [];

  constructor(options: RegistryOptions, modules: RegistryModules) {
    this.#options = { maxAttachments: 1_000_000, maxNetworks: 65_535, maxNves: 65_535, ...options };
    this.#modules = modules;
  }

  /** Takes over what the store holds; whatever changes is kept there from now on. Once, before the first change. */
  load(store: NvaStore): void {
    this.#store = store;
    for (const network of store.networks()) this.#setNetwork(network.name, network);
    for (const nve of store.nves()) this.#setNve(nve.name, nve);
    for (const stored of store.attachments()) this.#enter(stored);
    this.#lastEvent = store.lastEvent();
    this.#undo = [];
  }

  networks(): Iterable<VirtualNetwork> {
    return this.#networks.values();
  }
  network(name: string): VirtualNetwork | undefined {
    return this.#networks.get(name);
  }
  networkByVni(vni: number): VirtualNetwork | undefined {
    return this.#byVni.get(vni);
  }
  /** Whether an NVE has its tunnel's end or its session at an address. */
  hasNveAt(address: string): boolean {
    return this.#byTunnel.has(address) || this.#bySession.has(address);
  }
  get networkCount(): number {
    return this.#networks.size;
  }
  nves(): Iterable<Nve> {
    return this.#nves.values();
  }
  nve(name: string): Nve | undefined {
    return this.#nves.get(name);
  }
  nveByTunnelAddress(address: string): Nve | undefined {
    return this.#byTunnel.get(address);
  }
  /** Of one network, in the order in which they came. */
  *attachments(network: string): Iterable<StoredAttachment> {
    yield* this.#attachments.get(network)?.byId.values() ?? [];
  }
  attachment(network: string, id: string): StoredAttachment | undefined {
    return this.#attachments.get(network)?.byId.get(id);
  }
  attachmentCount(network?: string): number {
    return network === undefined ? this.#count : (this.#attachments.get(network)?.byId.size ?? 0);
  }
  /** Attachments whose network or NVE is not declared: kept, and announced by nobody. */
  *orphans(): Iterable<StoredAttachment> {
    for (const [network, { byId }] of this.#attachments) {
      for (const stored of byId.values()) {
        if (!this.#networks.has(network) || !this.#nves.has(stored.attachment.nve)) yield stored;
      }
    }
  }
  /** Those with a MAC or IP address; mostly one. */
  attachmentsOf(network: string, address: string): Iterable<StoredAttachment> {
    return this.#attachments.get(network)?.of(address) ?? [];
  }
  /** Those through which a prefix is reached: it is one of theirs, or that of one of their IP addresses. */
  attachmentsOfPrefix(network: string, prefix: string): Iterable<StoredAttachment> {
    return this.#attachments.get(network)?.ofPrefix(prefix) ?? [];
  }
  /** Addresses that more than one attachment of a network has. */
  *sharedAddresses(network: string): Iterable<readonly [address: string, holders: readonly StoredAttachment[]]> {
    const held = this.#attachments.get(network);
    for (const address of held?.shared ?? []) yield [address, [...this.attachmentsOf(network, address)]];
  }
  /** Of one NVE in one network. */
  *attachmentsAt(network: string, nve: string): Iterable<StoredAttachment> {
    const held = this.#attachments.get(network);
    for (const id of held?.byNve.get(nve) ?? []) yield held?.byId.get(id) as StoredAttachment;
  }
  /** Networks in which an NVE has attachments, and how many. */
  *networksOf(nve: string): Iterable<readonly [network: string, attachments: number]> {
    for (const [network, { byNve }] of this.#attachments) {
      const ids = byNve.get(nve);
      if (ids !== undefined) yield [network, ids.size];
    }
  }
  /** Names of NVEs that have attachments in a network. */
  nvesIn(network: string): Iterable<string> {
    return this.#attachments.get(network)?.byNve.keys() ?? [];
  }
  isConfigured(kind: 'networks' | 'nves', name: string): boolean {
    return this.#configured[kind].has(name);
  }
  get lastEvent(): number {
    return this.#lastEvent;
  }

  /**
   * Does all changes or none. Throws what the store throws when it cannot keep them, and is then as it was before. `atStart`:
   * what the configuration says when nvad starts is no change, and makes no event.
   */
  apply(changes: readonly Change[], by: Actor, { dryRun = false, atStart = false } = {}): Applied {
    const outcomes: Outcome[] = [];
    const refusals: ChangeRefusal[] = [];
    const record = new Transaction(this.#modules.now(), by, this.#lastEvent);
    this.#undo = [];
    for (const [index, change] of changes.entries()) {
      const verdict = this.#try(change, by, record);
      if (typeof verdict === 'string') outcomes.push(verdict);
      else refusals.push({ ...verdict, change: index });
      // All that is wrong is said at once, up to what anybody reads.
      if (refusals.length >= 100) break;
    }
    if (refusals.length > 0 || dryRun) this.#takeBack();
    if (refusals.length > 0) return { ok: false, refusals };
    const effects = record.effects();
    if (!dryRun && !atStart && record.touched) {
      try {
        if (this.#store === undefined) throw new Error('changed before the store was open');
        this.#store.commit(record.transaction());
      } catch (error) {
        this.#takeBack();
        throw error;
      }
      this.#lastEvent = record.lastEvent;
    }
    this.#undo = [];
    const made = !dryRun && !atStart && effects.events.length > 0;
    return { ok: true, result: { ok: true, outcomes, ...(made && { event: this.#lastEvent }) }, effects };
  }

  #takeBack(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  #try(change: Change, by: Actor, record: Transaction): Verdict {
    switch (change.kind) {
      case 'virtual-network':
        return change.op === 'put' ? this.#putNetwork(change, by, record) : this.#deleteNetwork(change, by, record);
      case 'nve':
        return change.op === 'put' ? this.#putNve(change, by, record) : this.#deleteNve(change, by, record);
      case 'attachment':
        return change.op === 'put' ? this.#putAttachment(change, by, record) : this.#detach(change, by, record);
    }
  }

  #putNetwork(
    change: Extract<Change, { op: 'put'; kind: 'virtual-network' }>,
    by: Actor,
    record: Transaction,
  ): Verdict {
    const { value } = change;
    const { name, vni, service, l3 } = value;
    const before = this.#networks.get(name);
    const foreign = this.#foreign('networks', name, by);
    if (foreign !== undefined) return isDeepStrictEqual(before, value) ? 'unchanged' : foreign;
    const taken = this.#byVni.get(vni);
    // The configuration is right in itself, in whatever order its changes come; what others made is in its way.
    const isConfiguration = by.via === 'configuration';
    const mayTake = isConfiguration && taken !== undefined && this.#configured.networks.has(taken.name);
    if (taken !== undefined && taken.name !== name && !mayTake) {
      return { code: 'vni-taken', field: 'vni', reason: `VNI ${vni} is that of virtual network ${taken.name}` };
    }
    if (l3 !== undefined && !isConfiguration) {
      const routed = this.#networks.get(l3);
      if (routed === undefined) {
        return { code: 'no-such-network', field: 'l3', reason: `there is no virtual network ${l3}; make it first` };
      }
      if (service !== 'l2' || routed.service !== 'l3') {
        const reason = `${l3} must have L3 service, and ${name} L2 service, for one to route for the other`;
        return { code: 'wrong-service', field: 'l3', reason };
      }
    }
    if (before !== undefined && before.service !== service && this.attachmentCount(name) > 0) {
      const reason = `${name} has ${this.attachmentCount(name)} attachments; detach them to change its service`;
      return { code: 'network-in-use', field: 'service', reason };
    }
    const routed = service === 'l3' || isConfiguration ? undefined : this.#routedBy(name);
    if (routed !== undefined) {
      const reason = `${routed.name} is routed by ${name}, which must then have L3 service`;
      return { code: 'wrong-service', field: 'service', reason };
    }
    if (before === undefined && this.#networks.size >= this.#options.maxNetworks) {
      return {
        code: 'too-many',
        reason: `there are ${this.#options.maxNetworks} virtual networks, which is all that nvad keeps`,
      };
    }
    if (isConfiguration) this.#configure('networks', name);
    if (before !== undefined && isDeepStrictEqual(before, value)) return 'unchanged';
    // Of one that was taken out of the configuration while nvad was away, attachments are kept for its return; what comes
    // under its name may be another one.
    for (const { attachment } of before === undefined ? [...this.attachments(name)] : []) {
      if (whatIsMissing(attachment, value) === undefined) continue;
      this.#removeAttachment(attachment, record, {
        op: 'delete',
        kind: 'attachment',
        network: name,
        id: attachment.id,
      });
    }
    this.#setNetwork(name, value);
    record.network(name, before, value, change);
    return before === undefined ? 'created' : 'changed';
  }

  #deleteNetwork({ name }: { readonly name: string }, by: Actor, record: Transaction): Verdict {
    const before = this.#networks.get(name);
    const foreign = this.#foreign('networks', name, by);
    if (before === undefined) return { code: 'no-such-network', reason: `there is no virtual network ${name}` };
    if (foreign !== undefined) return foreign;
    if (this.attachmentCount(name) > 0 && by.via !== 'configuration') {
      const reason = `${name} has ${this.attachmentCount(name)} attachments; detach them first, in the same transaction if you like`;
      return { code: 'network-in-use', reason };
    }
    const routed = this.#routedBy(name);
    if (routed !== undefined && by.via !== 'configuration') {
      return { code: 'network-in-use', reason: `${name} routes for ${routed.name}; change that first` };
    }
    // What is attached is kept for its return, and announced by nobody meanwhile: a name in a file may be a slip.
    this.#unconfigure('networks', name);
    this.#setNetwork(name, undefined);
    record.network(name, before, undefined, { op: 'delete', kind: 'virtual-network', name });
    return 'deleted';
  }

  #putNve(change: Extract<Change, { op: 'put'; kind: 'nve' }>, by: Actor, record: Transaction): Verdict {
    const { value } = change;
    const { name, tunnelAddress } = value;
    const before = this.#nves.get(name);
    const foreign = this.#foreign('nves', name, by);
    if (foreign !== undefined) return isDeepStrictEqual(before, value) ? 'unchanged' : foreign;
    const taken = this.#byTunnel.get(tunnelAddress);
    const mayTake = by.via === 'configuration' && taken !== undefined && this.#configured.nves.has(taken.name);
    if (taken !== undefined && taken.name !== name && !mayTake) {
      const reason = `tunnels end at ${tunnelAddress} on NVE ${taken.name}`;
      return { code: 'tunnel-address-taken', field: 'tunnelAddress', reason };
    }
    if (before === undefined && this.#nves.size >= this.#options.maxNves) {
      return { code: 'too-many', reason: `there are ${this.#options.maxNves} NVEs, which is all that nvad keeps` };
    }
    if (by.via === 'configuration') this.#configure('nves', name);
    if (before !== undefined && isDeepStrictEqual(before, value)) return 'unchanged';
    this.#setNve(name, value);
    record.nve(name, before, value, change);
    return before === undefined ? 'created' : 'changed';
  }

  #deleteNve({ name }: { readonly name: string }, by: Actor, record: Transaction): Verdict {
    const before = this.#nves.get(name);
    const foreign = this.#foreign('nves', name, by);
    if (before === undefined) return { code: 'no-such-nve', reason: `there is no NVE ${name}` };
    if (foreign !== undefined) return foreign;
    const used = [...this.networksOf(name)];
    if (used.length > 0 && by.via !== 'configuration') {
      const [network, count] = used[0] as readonly [string, number];
      const reason = `NVE ${name} has ${count} attachments in ${network}; move or detach them first`;
      return { code: 'nve-in-use', reason };
    }
    this.#unconfigure('nves', name);
    this.#setNve(name, undefined);
    record.nve(name, before, undefined, { op: 'delete', kind: 'nve', name });
    return 'deleted';
  }

  #putAttachment(change: Extract<Change, { op: 'put'; kind: 'attachment' }>, by: Actor, record: Transaction): Verdict {
    const { value } = change;
    const { network: name, id, nve } = value;
    const network = this.#networks.get(name);
    if (network === undefined) {
      return {
        code: 'no-such-network',
        field: 'network',
        reason: `there is no virtual network ${name}; make it first`,
      };
    }
    if (!this.#nves.has(nve)) {
      return { code: 'no-such-nve', field: 'nve', reason: `there is no NVE ${nve}; make it first` };
    }
    const incomplete = whatIsMissing(value, network);
    if (incomplete !== undefined) return incomplete;
    const before = this.attachment(name, id);
    if (before === undefined && this.#count >= this.#options.maxAttachments) {
      return { code: 'too-many', reason: `there are ${this.#count} attachments, which is all that nvad keeps` };
    }
    const after = this.#stored(value, network, before, by);
    if ('code' in after) return after;
    if (before !== undefined && isStuck(before.attachment, after.attachment)) {
      const at = before.attachment.nve;
      const reason = `${id} is sticky at ${at}, and does not move (RFC 7432 §15.2): put it with sticky: false to move it, or detach it at ${at} first`;
      return { code: 'sticky', field: 'nve', reason };
    }
    if (before !== undefined && isDeepStrictEqual(before, after)) return 'unchanged';
    this.#setAttachment(after);
    record.attachment(before, after, change);
    return before === undefined ? 'created' : 'changed';
  }

  /** The attachment as it would be kept, or why it may not be. */
  #stored(
    value: Attachment,
    network: VirtualNetwork,
    before: StoredAttachment | undefined,
    by: Actor,
  ): StoredAttachment | Omit<ChangeRefusal, 'change'> {
    const { network: name, mac, nve } = value;
    const said = saysSo(by);
    const isSame = before !== undefined && saysSame(before.attachment, value);
    let attachment = value;
    if (said === 'attached' && network.trust !== 'nve') {
      // An NVE's word alone is worth nothing here: it confirms what is registered.
      if (before?.registered !== true || !isSame) {
        const reason = `${name} takes what is registered alone, and this is not registered at NVE ${nve}: let the orchestrator attach it first`;
        return { code: 'not-registered', reason };
      }
      // Of its port the NVE knows; the state is the orchestrator's affair, so that what is pre-associated is not announced.
      attachment = { ...before.attachment, ...(value.vap !== undefined && { vap: value.vap }) };
    }
    const stored = {
      attachment,
      sequence: before?.sequence ?? 0,
      // What one of the two says otherwise is not yet said by the other.
      registered: said === 'registered' || (isSame && before.registered),
      attached: said === 'attached' ? value.state === 'associated' : isSame && before.attached,
    };
    return mac === undefined ? stored : { ...stored, sequence: this.#sequenceOf(mac, stored, before) };
  }

  /**
   * The number that a host announces its place with (RFC 7432 §15): above that of where it was, and above those of all others
   * when it comes to be there, which it may have been expected to.
   */
  #sequenceOf(mac: string, stored: StoredAttachment, before: StoredAttachment | undefined): number {
    const { network, nve } = stored.attachment;
    let others: number | undefined;
    for (const other of this.attachmentsOf(network, mac)) {
      if (other.attachment.nve !== nve) others = Math.max(others ?? 0, other.sequence);
    }
    const seen = this.#modules.sequenceSeen(network, mac, nve);
    if (seen !== undefined) others = Math.max(others ?? 0, seen);
    const above = others === undefined ? 0 : others + 1;
    const isOther = before?.attachment.mac !== mac;
    if (before === undefined || isOther) return above;
    if (before.attachment.nve !== nve) return Math.max(above, before.sequence + 1);
    const arrives =
      (before.attachment.state !== 'associated' && stored.attachment.state === 'associated') ||
      (!before.attached && stored.attached);
    return arrives ? Math.max(above, before.sequence) : before.sequence;
  }

  #detach({ network, id }: { readonly network: string; readonly id: string }, by: Actor, record: Transaction): Verdict {
    const before = this.attachment(network, id);
    if (before === undefined) {
      return { code: 'no-such-attachment', reason: `virtual network ${network} has no attachment ${id}` };
    }
    const change = { op: 'delete', kind: 'attachment', network, id } as const;
    if (by.via === 'nve-protocol' && before.registered) {
      // The NVE takes back its own word only.
      if (!before.attached) return 'unchanged';
      const after = { ...before, attached: false };
      this.#setAttachment(after);
      record.attachment(before, after, change);
      return 'changed';
    }
    this.#removeAttachment(before.attachment, record, change);
    return 'deleted';
  }

  #removeAttachment({ network, id }: Attachment, record: Transaction, change: Change): void {
    const before = this.#dropAttachment(network, id);
    if (before !== undefined) record.attachment(before, undefined, change);
  }

  /** A network that another one routes for. */
  #routedBy(name: string): VirtualNetwork | undefined {
    for (const network of this.#networks.values()) if (network.l3 === name) return network;
    return undefined;
  }

  #foreign(kind: 'networks' | 'nves', name: string, by: Actor): Omit<ChangeRefusal, 'change'> | undefined {
    if (by.via === 'configuration' || !this.#configured[kind].has(name)) return undefined;
    return { code: 'configured', reason: `${name} stands in the configuration file; change it there and reload` };
  }

  #configure(kind: 'networks' | 'nves', name: string): void {
    const names = this.#configured[kind];
    if (names.has(name)) return;
    names.add(name);
    this.#undo.push(() => names.delete(name));
  }

  #unconfigure(kind: 'networks' | 'nves', name: string): void {
    const names = this.#configured[kind];
    if (names.delete(name)) this.#undo.push(() => names.add(name));
  }

  #setNetwork(name: string, value: VirtualNetwork | undefined): void {
    const before = this.#networks.get(name);
    this.#undo.push(() => this.#replaceNetwork(name, value, before));
    this.#replaceNetwork(name, before, value);
  }

  #replaceNetwork(name: string, before: VirtualNetwork | undefined, after: VirtualNetwork | undefined): void {
    if (before !== undefined && this.#byVni.get(before.vni)?.name === name) this.#byVni.delete(before.vni);
    if (after === undefined) {
      this.#networks.delete(name);
      return;
    }
    this.#networks.set(name, after);
    this.#byVni.set(after.vni, after);
  }

  #setNve(name: string, value: Nve | undefined): void {
    const before = this.#nves.get(name);
    this.#undo.push(() => this.#replaceNve(name, value, before));
    this.#replaceNve(name, before, value);
  }

  #replaceNve(name: string, before: Nve | undefined, after: Nve | undefined): void {
    if (before !== undefined && this.#byTunnel.get(before.tunnelAddress)?.name === name) {
      this.#byTunnel.delete(before.tunnelAddress);
    }
    if (before?.session !== undefined && this.#bySession.get(before.session) === name) {
      this.#bySession.delete(before.session);
    }
    if (after?.session !== undefined) this.#bySession.set(after.session, name);
    if (after === undefined) {
      this.#nves.delete(name);
      return;
    }
    this.#nves.set(name, after);
    this.#byTunnel.set(after.tunnelAddress, after);
  }

  #setAttachment(stored: StoredAttachment): void {
    const { network, id } = stored.attachment;
    const before = this.#enter(stored);
    this.#undo.push(before === undefined ? () => this.#leave(network, id) : () => this.#enter(before));
  }

  #dropAttachment(network: string, id: string): StoredAttachment | undefined {
    const before = this.#leave(network, id);
    if (before !== undefined) this.#undo.push(() => this.#enter(before));
    return before;
  }

  #enter(stored: StoredAttachment): StoredAttachment | undefined {
    const { network } = stored.attachment;
    let held = this.#attachments.get(network);
    if (held === undefined) {
      held = new NetworkAttachments();
      this.#attachments.set(network, held);
    }
    const before = held.put(stored);
    if (before === undefined) this.#count++;
    return before;
  }

  #leave(network: string, id: string): StoredAttachment | undefined {
    const held = this.#attachments.get(network);
    const before = held?.delete(id);
    if (before !== undefined) this.#count--;
    if (held?.byId.size === 0) this.#attachments.delete(network);
    return before;
  }
}

/** Whether two say the same of where a host is, and by which addresses. */
const saysSame = (a: Attachment, b: Attachment): boolean =>
  a.nve === b.nve && a.mac === b.mac && sameMembers(a.ips, b.ips) && sameMembers(a.prefixes, b.prefixes);

/** Of lists without repetitions, whatever their order. */
const sameMembers = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i] || b.includes(one));

/** Whether one that is announced as sticky would move, without being told to be sticky no more. */
function isStuck(before: Attachment, after: Attachment): boolean {
  return before.sticky && after.sticky && before.state === 'associated' && before.nve !== after.nve;
}

/** What an attachment lacks for its network's service. */
function whatIsMissing(
  { mac, ips, prefixes }: Attachment,
  { name, service }: VirtualNetwork,
): Omit<ChangeRefusal, 'change'> | undefined {
  if (service === 'l2' && prefixes.length > 0) {
    const reason = `${name} has L2 service; prefixes are attached to a network with L3 service`;
    return { code: 'wrong-service', field: 'prefixes', reason };
  }
  if (service === 'l2' && mac === undefined) {
    return { code: 'incomplete', field: 'mac', reason: `${name} has L2 service; an attachment needs its MAC address` };
  }
  if (service === 'l3' && ips.length + prefixes.length === 0) {
    return {
      code: 'incomplete',
      field: 'ips',
      reason: `${name} has L3 service; an attachment needs an IP address or a prefix`,
    };
  }
  return undefined;
}

/** What a transaction did so far. */
class Transaction {
  readonly #at: number;
  readonly #by: Actor;
  readonly #networks = new Map<string, VirtualNetwork | undefined>();
  readonly #networksAfter = new Map<string, VirtualNetwork | undefined>();
  readonly #nves = new Map<string, Nve | undefined>();
  readonly #nvesAfter = new Map<string, Nve | undefined>();
  readonly #attachments = new Map<string, AttachmentEffect>();
  readonly #events: NvaEvent[] = [];
  lastEvent: number;

  constructor(at: number, by: Actor, lastEvent: number) {
    this.#at = at;
    this.#by = by;
    this.lastEvent = lastEvent;
  }

  get touched(): boolean {
    return this.#events.length > 0;
  }

  network(name: string, before: VirtualNetwork | undefined, after: VirtualNetwork | undefined, change: Change): void {
    if (!this.#networks.has(name)) this.#networks.set(name, before);
    this.#networksAfter.set(name, after);
    this.#event(change, before);
  }

  nve(name: string, before: Nve | undefined, after: Nve | undefined, change: Change): void {
    if (!this.#nves.has(name)) this.#nves.set(name, before);
    this.#nvesAfter.set(name, after);
    this.#event(change, before);
  }

  attachment(before: StoredAttachment | undefined, after: StoredAttachment | undefined, change: Change): void {
    const { network, id } = (after ?? (before as StoredAttachment)).attachment;
    const key = `${network} ${id}`;
    const first = this.#attachments.has(key) ? this.#attachments.get(key)?.before : before;
    this.#attachments.set(key, { ...(first && { before: first }), ...(after && { after }) });
    this.#event(change, before?.attachment);
  }

  #event(change: Change, before: NvaEvent['before'] | undefined): void {
    this.lastEvent++;
    this.#events.push({ id: this.lastEvent, at: this.#at, by: this.#by, change, ...(before && { before }) });
  }

  effects(): Effects {
    const attachments = [...this.#attachments.values()].filter(({ before, after }) => before !== after);
    return { networks: this.#networks, nves: this.#nves, attachments, events: this.#events };
  }

  transaction(): NvaTransaction {
    // What the configuration holds need not be kept twice; but an object of that name may have been kept before.
    const kept = this.#by.via !== 'configuration';
    const put = <T extends object>(after: ReadonlyMap<string, T | undefined>) =>
      [...after].flatMap(([name, value]): ({ readonly put: T } | { readonly delete: string })[] => {
        if (value === undefined) return [{ delete: name }];
        return kept ? [{ put: value }] : [];
      });
    return {
      networks: put(this.#networksAfter),
      nves: put(this.#nvesAfter),
      attachments: [...this.#attachments.values()].flatMap(({ before, after }): NvaTransaction['attachments'] => {
        if (after !== undefined) return [{ put: after }];
        if (before === undefined) return [];
        return [{ delete: { network: before.attachment.network, id: before.attachment.id } }];
      }),
      events: this.#events,
    };
  }
}
