/**
 * The Network Virtualization Authority: what should be (registry), what is announced because of that (origination), what of
 * others' routes agrees with it (admission), and what follows from both (mappings, conflicts). It stands beside a BGP speaker,
 * of which it is the admission and which tells it of decisions.
 *
 * How a change goes: `apply` tries it on the registry and has the store keep it; what was kept is announced by the speaker
 * (new places before old ones are withdrawn), routes that its outcome may concern are asked about anew, and watchers are told.
 */
import { randomBytes } from 'node:crypto';
import { type Changes, emptySplit, type NlriSplit, type RouteTable, type Speaker, splitEvpn } from 'bgp-ts';
import { DuplicateGuard } from '../evpn/duplicate-guard.ts';
import { factsOfRoute, type RouteFacts } from '../evpn/facts.ts';
import { Admission } from './admission.ts';
import type { NveAuthority, NveIdentity, NveRefusal } from './authority.ts';
import type { Beyond } from './beyond.ts';
import { claimsOf, compareMappingClaims } from './claims.ts';
import type { Conflict } from './conflict.ts';
import { Conflicts } from './conflicts.ts';
import type { Crossing, Leg } from './crossing.ts';
import { DestinationColumn } from './destination-column.ts';
import type { MappingTable } from './mapping.ts';
import type {
  Actor,
  ApplyResult,
  Attachment,
  Change,
  ChangeRefusal,
  Encapsulation,
  NvaEvent,
  Nve,
  VirtualNetwork,
} from './model.ts';
import { NetworkIndex, unnamed } from './network-index.ts';
import { type Claim, NetworkMappings } from './network-mappings.ts';
import { NumberList } from './number-list.ts';
import type { NvaStore, StoredAttachment } from './nva-store.ts';
import { NveView } from './nve-view.ts';
import { Origination } from './origination.ts';
import { RefusedIndex } from './refused-index.ts';
import { type Effects, Registry, type RegistryOptions } from './registry.ts';
import { RouteIndex } from './route-index.ts';

export interface NvaOptions extends RegistryOptions {
  /** Routes of undeclared networks are let through. */
  readonly admission: 'declared' | 'open';
  /** RFC 7432 §15.1: so many moves within so many seconds freeze a MAC address. */
  readonly macMobility?: { readonly moves: number; readonly seconds: number };
}

/** What it tells its owner; each at most a line in a log. */
export interface NvaHandler {
  /** A transaction was done. */
  applied(events: readonly NvaEvent[]): void;
  /** A conflict is there that was not, or is there no more. */
  conflict(conflict: Conflict, isNew: boolean): void;
  /** Routes that should be announced cannot be. */
  unannounced(network: string, nve: string, reason: string): void;
}

export interface NvaModules {
  readonly now: () => number;
  readonly handler: NvaHandler;
  /** Whether what there is to be known is known after a start. */
  readonly converged: () => boolean;
  /** Absent where the domain stays by itself. */
  readonly beyond?: Beyond;
}

/** Type, length, value. */
const LONGEST_NLRI = 257;
const configuration: Actor = { name: 'configuration', via: 'configuration' };

/** Milliseconds for which agents of before a restart are waited for until all is said to be known. */
const PATIENCE = 30_000;
/** Destinations looked at after one turn. */
const FOLLOW_SLICE = 4096;

/** The same of routes that other domains announce. */
const FOREIGN_SLICE = 512;

/** Where a destination's route is a claim, and by which networks. */
interface Claimed {
  readonly tables: readonly NetworkMappings[];
  readonly l2: VirtualNetwork | undefined;
  readonly l3: VirtualNetwork | undefined;
}

export class Nva implements NveAuthority {
  readonly epoch = randomBytes(8).toString('hex');
  /** For the speaker, which is made with it. */
  readonly admission: Admission;
  readonly registry: Registry;
  readonly #modules: NvaModules;
  readonly #index = new NetworkIndex();
  readonly #mappings = new Map<string, NetworkMappings>();
  /** Tables that hold a claim of a destination. */
  readonly #claimed = new DestinationColumn<Claimed>();
  /** The last of these: routes come by network, and what they share need not be kept for each. */
  #lastClaimed: Claimed | undefined;
  /** Destination from which on routes are still gone through; -1 when they are not. */
  #followFrom = -1;
  /** Destinations with a route that another domain has announced, of which the networks know nothing yet. */
  readonly #foreign = new NumberList();
  /** At some time since the start there was none of these. */
  #hasCaughtUp = false;
  #guard: DuplicateGuard;
  /** Where frozen MAC addresses are: `network mac` → tunnel address. */
  readonly #frozen = new Map<string, string>();
  readonly #watchers = new Map<string, Set<() => void>>();
  /** Agents whose word was taken before nvad was restarted, and that have not come back. */
  readonly #awaited = new Set<string>();
  #begunAt = 0;
  /** NVEs with an NVE-protocol connection. */
  readonly #connected = new Set<string>();
  /** What each NVE said hello with last; outlives the connection, as what is attached does. */
  readonly #said = new Map<string, Pick<NveIdentity, 'encapsulations' | 'routerMac' | 'legs'>>();
  readonly #nlri = new Uint8Array(LONGEST_NLRI);
  readonly #split: NlriSplit = emptySplit();
  readonly #changedNetworks = new Set<string>();
  #speaker: Speaker | undefined;
  #origination: Origination | undefined;
  #routes: RouteIndex | undefined;
  #refused: RefusedIndex | undefined;
  #conflicts: Conflicts | undefined;
  /** Conflicts that were told of. */
  #told = new Map<string, Conflict>();

  constructor(options: NvaOptions, modules: NvaModules) {
    this.#modules = modules;
    const { now } = modules;
    this.registry = new Registry(options, {
      now,
      sequenceSeen: (network, mac, exceptNve) => this.#sequenceSeen(network, mac, exceptNve),
    });
    this.#guard = this.#newGuard(options.macMobility ?? { moves: 5, seconds: 180 });
    this.admission = new Admission(options.admission === 'open', {
      registry: this.registry,
      networks: this.#index,
      frozenAt: (network, mac) => this.#frozen.get(`${network} ${mac}`),
      anyFrozen: () => this.#frozen.size > 0,
    });
  }

  /**
   * Begins to work with the speaker that was made with {@link admission} and {@link decided}, from what the store holds and
   * the configuration says; once. Answers why the two do not go together, in which case nothing has begun.
   */
  begin(speaker: Speaker, store: NvaStore, configured: readonly Change[]): readonly ChangeRefusal[] {
    this.registry.load(store);
    const applied = this.registry.apply(configured, configuration, { atStart: true });
    if (!applied.ok) return applied.refusals;
    this.#speaker = speaker;
    this.#index.reset(this.registry.networks());
    for (const { name } of this.registry.networks()) this.#table(name);
    this.#indexRoutes();
    this.#conflicts = new Conflicts({
      registry: this.registry,
      networks: this.#index,
      speaker,
      refused: () => this.#refused,
      mappings: (network) => this.#mappings.get(network),
      frozen: this.#frozen,
      encapsulationsOf: (nve) => this.encapsulationsOf(nve),
      routerMacOf: (nve) => this.routerMacOf(nve),
    });
    this.#origination = new Origination({
      registry: this.registry,
      originate: (update) => void speaker.originate(update),
      afterDecisions: (then) => speaker.afterDecisions(then),
      unannounced: (network, nve, reason) => this.#modules.handler.unannounced(network, nve, reason),
      encapsulationsOf: (nve) => this.encapsulationsOf(nve),
      isHeard: (nve) => this.#said.has(nve),
      routerMacOf: (nve) => this.routerMacOf(nve),
    });
    this.#origination.begin();
    for (const { name, kind } of this.registry.nves()) {
      if (kind !== 'agent') continue;
      for (const [network] of this.registry.networksOf(name)) {
        for (const { attached } of this.registry.attachmentsAt(network, name)) if (attached) this.#awaited.add(name);
      }
    }
    this.#begunAt = this.#modules.now();
    return [];
  }

  /** Whether it has begun: until then there is nothing, and nothing can be changed. */
  get begun(): boolean {
    return this.#speaker !== undefined;
  }

  /** For the speaker: best paths have changed. */
  readonly decided = (changes: Changes): void => {
    const { destinations, length } = changes;
    if (this.registry.networkCount === 0 && this.#claimed.size === 0) return;
    const waiting = this.#foreign.size;
    for (let i = 0; i < length; i++) {
      const destination = destinations[i] as number;
      if (this.#canWait(destination)) this.#foreign.add(destination);
      else {
        this.#foreign.delete(destination);
        this.#follow(destination);
      }
    }
    if (waiting === 0 && this.#foreign.size > 0) this.#speaker?.afterDecisions(() => this.#followForeign());
    this.#tell();
  };

  /** Whether all that is to be known of a destination is that there is one more in another domain. */
  #canWait(destination: number): boolean {
    const { table, attributes } = this.#speaker as Speaker;
    const setId = table.sentSet(destination);
    if (setId < 0 || attributes.get(setId).source.onBehalfOf === undefined) return false;
    return this.#claimed.get(destination) === undefined;
  }

  /** Routes of other domains, a slice after each of the speaker's turns: NVEs that speak BGP are told of all of them first. */
  #followForeign(): void {
    for (let left = FOREIGN_SLICE; left > 0 && this.#foreign.size > 0; left--) this.#follow(this.#foreign.take(), true);
    if (this.#foreign.size > 0) this.#speaker?.afterDecisions(() => this.#followForeign());
    this.#tell();
  }

  // What should be.

  networks(): Iterable<VirtualNetwork> {
    return this.registry.networks();
  }
  network(name: string): VirtualNetwork | undefined {
    return this.registry.network(name) ?? this.#modules.beyond?.network(name);
  }
  nves(): Iterable<Nve> {
    return this.registry.nves();
  }
  nve(name: string): Nve | undefined {
    return this.registry.nve(name);
  }
  attachments(network: string): Iterable<StoredAttachment> {
    return this.registry.attachments(network);
  }
  attachment(network: string, id: string): Attachment | undefined {
    return this.registry.attachment(network, id)?.attachment;
  }
  storedAttachment(network: string, id: string): StoredAttachment | undefined {
    return this.registry.attachment(network, id);
  }
  /** Whether an NVE has an NVE-protocol connection. */
  isConnected(nve: string): boolean {
    return this.#connected.has(nve);
  }
  /** Routes that nvad announces for NVEs. */
  get originated(): number {
    return this.#origination?.routes ?? 0;
  }

  /**
   * Does all changes or none, has them kept, and makes the network follow. Throws what the store throws when it cannot keep
   * them: nothing has changed then.
   */
  apply(changes: readonly Change[], by: Actor, options: { readonly dryRun?: boolean } = {}): ApplyResult {
    const refusals = this.#untimely(changes, by);
    if (refusals.length > 0) return { ok: false, refusals };
    const applied = this.registry.apply(changes, by, options);
    if (!applied.ok) return applied;
    if (options.dryRun !== true && applied.effects.events.length > 0) this.#follows(applied.effects, by);
    return applied.result;
  }

  /**
   * What may not be done now, whatever should be: an agent takes a MAC address that is frozen, an NVE goes that is here, or
   * what it alone has attached.
   */
  #untimely(changes: readonly Change[], by: Actor): ChangeRefusal[] {
    return changes.flatMap((change, index): ChangeRefusal[] => {
      if (change.kind === 'nve' && change.op === 'delete' && by.via === 'api' && this.#connected.has(change.name)) {
        const reason = `NVE ${change.name} is connected; stop its agent first`;
        return [{ code: 'nve-in-use', change: index, reason }];
      }
      if (change.kind !== 'attachment') return [];
      if (change.op === 'delete') return by.via === 'api' ? this.#heldByNve(change, index) : [];
      if (by.via !== 'nve-protocol') return [];
      const { network, mac, nve } = change.value;
      const holder = mac === undefined ? undefined : this.#frozen.get(`${network} ${mac}`);
      if (holder === undefined || holder === this.registry.nve(nve)?.tunnelAddress) return [];
      const reason = `${mac} moved too often and is frozen at ${holder}; an operator has to release it`;
      return [{ code: 'frozen', change: index, field: 'mac', reason }];
    });
  }

  /** Taken away here, what an NVE has plugged in would still be so there, and come again when it says all anew. */
  #heldByNve({ network, id }: { readonly network: string; readonly id: string }, change: number): ChangeRefusal[] {
    const stored = this.registry.attachment(network, id);
    if (stored === undefined || stored.registered || !this.#connected.has(stored.attachment.nve)) return [];
    const { nve } = stored.attachment;
    const reason = `NVE ${nve} has attached ${id} itself, and is connected: detach it there, as with nved detach`;
    return [{ code: 'held-by-nve', change, reason }];
  }

  // What is.

  /** All mappings of a network; undefined where there is none of that name. */
  mappingsOf(network: string): NetworkMappings | undefined {
    return this.registry.network(network) === undefined ? undefined : this.#table(network);
  }

  /** Tells the handler of conflicts that are new, and of those that are no more, since it was last called. */
  look(): void {
    const now = new Map(this.conflicts().map((conflict) => [conflict.id, conflict]));
    const { handler } = this.#modules;
    for (const [id, conflict] of this.#told) if (!now.has(id)) handler.conflict(conflict, false);
    for (const [id, conflict] of now) if (!this.#told.has(id)) handler.conflict(conflict, true);
    this.#told = now;
  }

  /** What the configuration says of networks and NVEs from now on. */
  reconfigure(changes: readonly Change[]): ApplyResult {
    return changes.length === 0 ? { ok: true, outcomes: [] } : this.apply(changes, configuration);
  }

  /** Settings of the configuration, from now on. */
  set({ admission, macMobility }: Partial<Pick<NvaOptions, 'admission' | 'macMobility'>>): void {
    if (macMobility !== undefined) this.#guard = this.#newGuard(macMobility);
    if (admission === undefined) return;
    this.admission.isOpen = admission === 'open';
    if (this.#speaker === undefined) return;
    this.#indexRefused(this.#speaker);
    this.#speaker.readmitAll();
  }

  /** See {@link Conflict}: so many of each kind and source as conflict-quota.ts lets through. */
  conflicts(): readonly Conflict[] {
    return [...(this.#conflicts?.all() ?? [])];
  }

  /** Lets a frozen MAC address move again; false when the conflict is none that can be released, or is not there. */
  release(id: string): boolean {
    const [code, network, mac] = id.split(' ');
    if (code !== 'duplicate-mac' || network === undefined || mac === undefined) return false;
    const key = `${network} ${mac}`;
    this.#guard.release(key);
    if (!this.#frozen.delete(key)) return false;
    // What others announced of it meanwhile is in no table of its network.
    this.#speaker?.readmitAll();
    return true;
  }

  // What the NVE protocol asks.

  hasConverged(network: string): boolean {
    const { converged, now, beyond } = this.#modules;
    const isKnownHere = converged() && (this.#awaited.size === 0 || now() - this.#begunAt > PATIENCE);
    if (!isKnownHere || beyond?.hasConverged(network) === false) return false;
    this.#hasCaughtUp ||= this.#foreign.size === 0;
    return this.#hasCaughtUp;
  }

  hello(
    identity: NveIdentity,
  ): { readonly ok: true; readonly nve: Nve } | { readonly ok: false; readonly refusal: NveRefusal } {
    const refuse = (code: NveRefusal['code'], reason: string) => ({ ok: false, refusal: { code, reason } }) as const;
    const { name, tunnelAddress, encapsulations, routerMac, legs } = identity;
    const known = this.registry.nve(name);
    if (this.#connected.has(name)) return refuse('already-connected', `NVE ${name} has a connection already`);
    if (known !== undefined && known.tunnelAddress !== tunnelAddress) {
      return refuse(
        'identity-mismatch',
        `NVE ${name} is declared with tunnel address ${known.tunnelAddress}, not ${tunnelAddress}`,
      );
    }
    if (known !== undefined && known.kind !== 'agent') {
      return refuse('identity-mismatch', `NVE ${name} is declared as one of kind ${known.kind}, which has no agent`);
    }
    // What it can do is what it says each time; what somebody sets for it counts before that.
    const nve: Nve = known ?? { name, tunnelAddress, kind: 'agent', encapsulations: [] };
    if (known === undefined) {
      const result = this.apply([{ op: 'put', kind: 'nve', value: nve }], { name, via: 'nve-protocol' });
      if (!result.ok) return refuse('identity-mismatch', result.refusals[0]?.reason ?? 'the identity cannot be taken');
    }
    const declared = nve.encapsulations;
    if (declared.length > 0 && !declared.some((one) => encapsulations.includes(one))) {
      return refuse('no-common-encapsulation', `NVE ${name} is declared with ${declared.join(', ')}`);
    }
    this.#connected.add(name);
    this.#awaited.delete(name);
    const said = this.#said.get(name);
    this.#said.set(name, {
      encapsulations,
      ...(routerMac !== undefined && { routerMac }),
      ...(legs !== undefined && { legs }),
    });
    // What is announced for it goes by what it can do, and its own word counts from its first hello on.
    const isSame = said?.encapsulations.join() === encapsulations.join() && said.routerMac === routerMac;
    if (!isSame) this.#origination?.nveChanged(name);
    this.#modules.beyond?.nveChanged(name);
    return { ok: true, nve };
  }

  /** A session with an NVE is up: it is one of the domain from now on, if it was not. */
  found(address: string): void {
    if (!this.begun || this.registry.networkCount === 0 || this.registry.hasNveAt(address)) return;
    const value: Nve = { name: address, tunnelAddress: address, kind: 'bgp', encapsulations: [] };
    this.apply([{ op: 'put', kind: 'nve', value }], { name: address, via: 'session' });
  }

  /** What an NVE can do; undefined where nobody has said so but by routes. */
  #encapsulationsAt(tunnelAddress: string): readonly Encapsulation[] | undefined {
    const nve = this.registry.nveByTunnelAddress(tunnelAddress);
    return nve === undefined ? undefined : this.encapsulationsOf(nve);
  }

  /**
   * What an NVE can do: what it has said in its hello, of that what is declared where something is; undefined where nobody has
   * said so but by routes.
   */
  encapsulationsOf({ name, encapsulations }: Nve): readonly Encapsulation[] | undefined {
    const said = this.#said.get(name)?.encapsulations;
    if (encapsulations.length === 0) return said;
    return said === undefined ? encapsulations : encapsulations.filter((one) => said.includes(one));
  }

  /** An NVE's Router's MAC: what is declared, or what it has said in its hello. */
  routerMacOf({ name, routerMac }: Nve): string | undefined {
    return routerMac ?? this.#said.get(name)?.routerMac;
  }

  /** An NVE's ends in other underlays, by its last hello. */
  legsOf(nve: string): readonly Leg[] {
    return this.#said.get(nve)?.legs ?? [];
  }

  crossings(nve: string): readonly Crossing[] {
    return this.#modules.beyond?.crossings(nve) ?? [];
  }

  watchCrossings(nve: string, changed: () => void): () => void {
    return this.#modules.beyond?.watchCrossings(nve, changed) ?? (() => {});
  }

  goodbye(nve: string): void {
    this.#connected.delete(nve);
    this.#modules.beyond?.nveChanged(nve);
  }

  subscribe(nve: string, network: string): () => void {
    // A gateway alone is flooded to by what is announced of the far side, and where it is the one that floods.
    if (this.#isGateway(nve, network) || this.registry.network(network) === undefined) return () => {};
    this.#origination?.subscribe(nve, network);
    return () => this.#origination?.unsubscribe(nve, network);
  }

  /** Whether an agent has joined the network by the NVE protocol. */
  isSubscribed(nve: string, network: string): boolean {
    return this.#origination?.isSubscribed(nve, network) ?? false;
  }

  #isGateway(nve: string, network: string): boolean {
    return this.crossings(nve).some((crossing) => crossing.network === network);
  }

  mappings(nve: string, network: string): MappingTable | undefined {
    const own = this.mappingsOf(network);
    const table = own ?? this.#modules.beyond?.mappings(network);
    if (table === undefined) return undefined;
    // In another underlay an address is somebody else's, and the NVE's own is that of its leg.
    const leg = own === undefined ? this.#legInto(nve, network) : undefined;
    return new NveView({
      table,
      nve: () => {
        const reader = this.registry.nve(nve);
        return reader === undefined || leg === undefined ? reader : { ...reader, tunnelAddress: leg.tunnelAddress };
      },
      network: () => this.network(network),
      encapsulationsAt: (address) => (own === undefined ? undefined : this.#encapsulationsAt(address)),
      isGatewayTo: (domain) =>
        this.crossings(nve).some((crossing) => crossing.network === network && crossing.domain === domain),
    });
  }

  /** By which an NVE reaches the far side of a crossing. */
  #legInto(nve: string, outside: string): Leg | undefined {
    const domain = this.crossings(nve).find((crossing) => crossing.outside === outside)?.domain;
    return this.legsOf(nve).find((leg) => leg.domain === domain);
  }

  watch(network: string, changed: () => void): () => void {
    const { beyond } = this.#modules;
    if (beyond?.network(network) !== undefined) return beyond.watch(network, changed);
    const watchers = this.#watchers.get(network) ?? new Set();
    this.#watchers.set(network, watchers);
    watchers.add(changed);
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0) this.#watchers.delete(network);
    };
  }

  // How it follows.

  /** Counts anew; what is frozen stays so until it is released. */
  #newGuard({ moves, seconds }: { readonly moves: number; readonly seconds: number }): DuplicateGuard {
    const displaced = (key: string) => void this.#frozen.delete(key);
    return new DuplicateGuard({ moves, window: seconds * 1000 }, { now: this.#modules.now, displaced });
  }

  #table(network: string): NetworkMappings {
    let table = this.#mappings.get(network);
    if (table === undefined) {
      table = new NetworkMappings({
        compare: compareMappingClaims,
        changed: (before, after) => this.#mappingChanged(network, before, after),
      });
      this.#mappings.set(network, table);
    }
    return table;
  }

  /**
   * Keeps an index of routes while there is a network that takes what is registered alone, and one of those that are refused
   * while any can be: a plain reflector's routes cost nothing here.
   */
  #indexRoutes(): void {
    const speaker = this.#speaker as Speaker;
    this.#indexRefused(speaker);
    const isNeeded = [...this.registry.networks()].some(({ trust }) => trust !== 'nve');
    if (!isNeeded) {
      this.#routes?.end();
      this.#routes = undefined;
    } else if (this.#routes !== undefined) this.#routes.reset();
    else
      this.#routes = new RouteIndex(speaker.table, (id) => {
        const { source, targets } = speaker.attributes.get(id);
        // Nobody's registration is asked of what nvad announces itself, but for what others say of their domains.
        return source.kind === 'local' && source.onBehalfOf === undefined ? unnamed : this.#index.of(targets);
      });
  }

  #indexRefused({ table, attributes }: Speaker): void {
    if (this.registry.networkCount > 0 || !this.admission.isOpen) {
      this.#refused ??= new RefusedIndex(table, attributes);
      return;
    }
    this.#refused?.end();
    this.#refused = undefined;
  }

  #follows(effects: Effects, by: Actor): void {
    const { networks, nves, attachments, events } = effects;
    if (networks.size > 0) {
      this.#networksChanged(networks);
      this.#modules.beyond?.networksChanged();
    }
    for (const name of nves.keys()) {
      if (this.registry.nve(name) === undefined) this.#said.delete(name);
      this.#modules.beyond?.nveChanged(name);
    }
    this.#countMoves(attachments, by);
    this.#origination?.follow(effects);
    this.#readmitFor(attachments);
    for (const name of networks.keys()) this.#changedNetworks.add(name);
    this.#tell();
    this.#modules.handler.applied(events);
  }

  #networksChanged(networks: Effects['networks']): void {
    this.#index.reset(this.registry.networks());
    for (const name of networks.keys()) {
      if (this.registry.network(name) !== undefined) continue;
      this.#mappings.delete(name);
      for (const key of [...this.#frozen.keys()]) {
        if (!key.startsWith(`${name} `)) continue;
        this.#frozen.delete(key);
        this.#guard.forget(key);
      }
    }
    // Routes of all that were there may be of these networks now, or not any more.
    this.#speaker?.readmitAll();
    this.#indexRoutes();
    this.#followAll();
    // Who was here before the first network was declared is an NVE of the domain from now on.
    for (const { source, address, policy } of this.#speaker?.neighbours ?? []) {
      if (source !== undefined && policy.reflection === 'client') this.found(address);
    }
  }

  /** Agents that take a MAC address from each other move it as routers do (RFC 7432 §15.1); the orchestrator knows what it does. */
  #countMoves(attachments: Effects['attachments'], by: Actor): void {
    if (by.via !== 'nve-protocol') return;
    for (const { before, after } of attachments) {
      const mac = after?.attachment.mac;
      if (after === undefined || mac === undefined || after.sequence <= (before?.sequence ?? 0)) continue;
      const tunnelAddress = this.registry.nve(after.attachment.nve)?.tunnelAddress;
      if (tunnelAddress !== undefined) this.#countMove(after.attachment.network, mac, tunnelAddress);
    }
  }

  /** Frozen at `holder` when it has moved once too often. */
  #countMove(network: string, mac: string, holder: string): void {
    const key = `${network} ${mac}`;
    if (this.#guard.move(key) !== 'frozen') return;
    this.#frozen.set(key, holder);
    this.#speaker?.afterDecisions(() => this.#readmitMac(network, mac));
  }

  /** Asks anew about routes whose registration has changed. */
  #readmitFor(attachments: Effects['attachments']): void {
    const routes = this.#routes;
    if (routes === undefined) return;
    const destinations = new Set<number>();
    for (const { before, after } of attachments) {
      if (before !== undefined) this.#collect(before, routes, destinations);
      if (after !== undefined) this.#collect(after, routes, destinations);
    }
    if (destinations.size > 0) this.#speaker?.readmit(destinations);
  }

  /** Routes that a registration may concern. */
  #collect({ attachment: { network, mac } }: StoredAttachment, routes: RouteIndex, into: Set<number>): void {
    if (this.registry.network(network)?.trust !== 'nve') routes.collect(network, mac, into);
  }

  #readmitMac(network: string, mac: string): void {
    const destinations = new Set(this.#mappings.get(network)?.destinationsOf(mac));
    this.#routes?.collect(network, mac, destinations);
    this.#speaker?.readmit(destinations);
  }

  /**
   * Goes through all routes for which networks have become others, a slice after each of the speaker's turns, so that nobody
   * waits; once more from the beginning where networks change meanwhile.
   */
  #followAll(): void {
    const isUnderWay = this.#followFrom >= 0;
    this.#followFrom = 0;
    if (!isUnderWay) this.#speaker?.afterDecisions(() => this.#followSome());
  }

  #followSome(): void {
    const { table } = this.#speaker as Speaker;
    const indexing = this.#routes?.fill(FOLLOW_SLICE) ?? false;
    const end = Math.min(table.end, this.#followFrom + FOLLOW_SLICE);
    for (let destination = this.#followFrom; destination < end; destination++) {
      if (table.isUsed(destination)) this.#follow(destination, true);
    }
    this.#followFrom = end < table.end || indexing ? end : -1;
    if (this.#followFrom >= 0) this.#speaker?.afterDecisions(() => this.#followSome());
    this.#tell();
  }

  /** What the best path of a destination says is a claim of its networks; `again`: of the same path, unless it is theirs already. */
  #follow(destination: number, again = false): void {
    const { table, attributes } = this.#speaker as Speaker;
    const claimed = this.#claimed.get(destination);
    const before = claimed?.tables;
    const setId = table.sentSet(destination);
    const set = setId < 0 ? undefined : attributes.get(setId);
    // What gateways alone are to see is the far side of a network, and not where its addresses are for everybody else.
    const isForGateways = set?.source.audience !== undefined && 'only' in set.source.audience;
    const named = set === undefined || isForGateways ? undefined : this.#index.of(set.targets);
    const isNamed = named !== undefined && (named.l2 !== undefined || named.l3 !== undefined);
    if (!isNamed && before === undefined) return;
    if (again && claimed !== undefined && claimed.l2 === named?.l2 && claimed.l3 === named?.l3) return;
    const claims =
      isNamed && set !== undefined
        ? claimsOf(
            this.#read(table, destination),
            set,
            named,
            Math.floor(this.#modules.now() / 1000),
            this.#modules.beyond?.nameOf,
          )
        : [];
    const tables: NetworkMappings[] = [];
    for (const { network, claim } of claims) {
      const mappings = this.#table(network.name);
      mappings.claim(destination, claim);
      tables.push(mappings);
    }
    for (const mappings of before ?? []) if (!tables.includes(mappings)) mappings.claim(destination, undefined);
    const isClaim = tables.length > 0;
    this.#claimed.set(destination, isClaim ? this.#sharedClaimed({ tables, l2: named?.l2, l3: named?.l3 }) : undefined);
  }

  #sharedClaimed(claimed: Claimed): Claimed {
    const last = this.#lastClaimed;
    const isSame =
      last !== undefined &&
      last.l2 === claimed.l2 &&
      last.l3 === claimed.l3 &&
      last.tables.length === claimed.tables.length &&
      last.tables.every((table, i) => table === claimed.tables[i]);
    if (isSame) return last;
    this.#lastClaimed = claimed;
    return claimed;
  }

  #read(table: RouteTable, destination: number): RouteFacts {
    const nlri = this.#nlri;
    const end = table.writeNlri(destination, nlri, 0);
    splitEvpn(nlri, 0, end, this.#split);
    return factsOfRoute(nlri, this.#split);
  }

  #mappingChanged(network: string, before: Claim | undefined, after: Claim | undefined): void {
    this.#changedNetworks.add(network);
    const mapping = after?.mapping;
    if (mapping?.kind !== 'host' || mapping.mac === undefined || mapping.ip !== undefined) return;
    if (before === undefined || before.mapping.nve === mapping.nve || after?.isOwn === true) return;
    if (before.esi !== undefined && before.esi === after?.esi) return;
    // A host that has moved has a higher number; what several have at one number, as a gateway, has not moved.
    if (before.mapping.kind !== 'host' || mapping.sequence <= before.mapping.sequence) return;
    // It stays where it was when it had moved once too often.
    this.#countMove(network, mapping.mac, before.mapping.nve);
  }

  #tell(): void {
    if (this.#changedNetworks.size === 0) return;
    const names = [...this.#changedNetworks];
    this.#changedNetworks.clear();
    for (const name of names) for (const changed of this.#watchers.get(name) ?? []) changed();
  }

  #sequenceSeen(network: string, mac: string, exceptNve: string): number | undefined {
    const except = this.registry.nve(exceptNve)?.tunnelAddress;
    let highest: number | undefined;
    for (const { claims } of this.#mappings.get(network)?.claimsTo(mac) ?? []) {
      for (const { mapping, isOwn } of claims) {
        if (isOwn || mapping.kind !== 'host' || mapping.nve === except) continue;
        highest = Math.max(highest ?? 0, mapping.sequence);
      }
    }
    return highest;
  }
}
