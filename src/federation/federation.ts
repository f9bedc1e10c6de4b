/**
 * Federation (seed §8): neighbour domains, each behind a border of its own, with the gateways that traffic between them and us
 * goes by. It stands beside our own domain's speaker and NVA: it is told of the one's decisions, and is what lies beyond for
 * the other.
 */
import type { Changes, DomainId, Guests, Speaker, SpeakerHandler, StaticNeighbour } from 'bgp-ts';
import type { Beyond } from '../nva/beyond.ts';
import type { Crossing as NveCrossing } from '../nva/crossing.ts';
import type { MappingTable } from '../nva/mapping.ts';
import type { Nve, VirtualNetwork } from '../nva/model.ts';
import type { Nva } from '../nva/nva.ts';
import { Border, type BorderModules, gatewayGroup, guestsOf, type Inside, type OwnDomain } from './border.ts';
import { Courtesy } from './courtesy.ts';
import { farSideName, farSideNetwork } from './far-side.ts';
import type { GatewayFacts, GatewayLiveness } from './gateway-liveness.ts';
import { Gateways } from './gateways.ts';
import type { ImportLimitEvent } from './import-limits.ts';
import type { GatewayEnd } from './judge.ts';
import type { KeptMaintenance, Maintenance, MaintenanceStore } from './maintenance.ts';
import type { Direction, NeighbourDomain } from './model.ts';
import { OwnIdentifiers } from './own-identifiers.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import type { SharedNetwork } from './shares.ts';

/** A neighbour domain and how to reach it. */
export interface Neighbourhood {
  readonly neighbour: NeighbourDomain;
  readonly sessions: readonly StaticNeighbour[];
  readonly policies: { readonly import?: CompiledPolicy; readonly export?: CompiledPolicy };
}

/** What it tells its owner; each at most a line in a log. */
export interface FederationHandler {
  /** What the speaker of one neighbour domain tells. */
  speaker(domain: string): SpeakerHandler;
  limited(domain: string, event: ImportLimitEvent): void;
  gateway(address: string, liveness: GatewayLiveness): void;
  /** The network goes by another gateway from now on, or by the address that several share; by none where all are dead. */
  elected(domain: string, network: string, gateway: string | undefined): void;
  /** An operator has frozen, drained or released it, or the time is over for which it was being drained. */
  maintenance(domain: string, maintenance: Maintenance): void;
  /** It comes back as an operator has left it, after a restart or with other sessions. */
  resumed(domain: string, kept: KeptMaintenance): void;
}

export interface FederationModules extends Pick<BorderModules, 'clock' | 'transport' | 'random' | 'defer'> {
  readonly handler: FederationHandler;
  /** Milliseconds for which the thread has worked so far. */
  readonly worked: () => number;
  /** Whether an address lies where NVEs of our own may come from. */
  readonly isUnderlay: (address: string) => boolean;
  /** Whether our own NVA is at an address. */
  readonly isNva: (address: string) => boolean;
  /** Absent: gateways are known to live by their sessions alone. */
  readonly health?: GatewayHealth;
  /** What operators have done to neighbours; open when {@link Federation.begin} is called. */
  readonly kept: () => MaintenanceStore;
}

/** A health check of tunnel ends. */
export interface GatewayHealth {
  /** Checks these and no others from now on. */
  become(addresses: Iterable<string>): void;
  /** Undefined of one that has never answered. */
  of(address: string): 'up' | 'down' | undefined;
}

/** Milliseconds after something was heard inside for which borders yield to it. */
const BUSY = 50;

export class Federation implements Beyond {
  readonly gateways: Gateways;
  readonly #courtesy: Courtesy;
  readonly #own: OwnDomain;
  readonly #modules: FederationModules;
  readonly #borders = new Map<string, Border>();
  /** By the NVE's name. */
  readonly #watchers = new Map<string, Set<() => void>>();
  #inner: Speaker | undefined;
  #nva: Nva | undefined;
  #routerMacs: ReadonlySet<string> | undefined;
  /** Kept while there is a neighbour to ask about them. */
  #identifiers: OwnIdentifiers | undefined;
  /** By the NVE's name, what of it no neighbour may say of itself. */
  readonly #endsOf = new Map<string, string>();
  /** The groups that neighbours of our own speaker were in when their sessions came up, by address. */
  readonly #groupsSaid = new Map<string, string>();
  #networks: ReadonlyMap<string, VirtualNetwork> | undefined;

  constructor(own: OwnDomain, modules: FederationModules) {
    this.#own = own;
    this.#modules = modules;
    const { clock, handler, worked } = modules;
    this.#courtesy = new Courtesy({ now: () => clock.now(), worked });
    this.gateways = new Gateways({
      clock,
      factsOf: (address) => this.#factsOf(address),
      identityOf: (address) => this.#identityOf(address),
      changed: (address, liveness) => handler.gateway(address, liveness),
      due: () => this.#gatewaysMayHaveChanged(),
    });
  }

  /** In the order in which they were added. */
  get borders(): Iterable<Border> {
    return this.#borders.values();
  }
  border(domain: string): Border | undefined {
    return this.#borders.get(domain);
  }

  // For our own domain's speaker.

  readonly guests: Guests = guestsOf(() => this.#borders.values());

  readonly decided = (changes: Changes): void => {
    this.#identifiers?.decided(changes);
    for (const border of this.#borders.values()) border.decided(changes);
  };

  readonly isHeld = (destination: number): boolean => {
    let isHeld = false;
    // All are asked: each has to know what is held for it.
    for (const border of this.#borders.values()) isHeld = border.export.isHeld(destination) || isHeld;
    return isHeld;
  };

  readonly groupsOf = (address: string): readonly string[] => {
    const groups = this.#groupsNow(address);
    this.#groupsSaid.set(address, groups.join());
    return groups;
  };

  #groupsNow(address: string): readonly string[] {
    const groups = new Set<string>();
    if (this.#borders.size === 0) return [];
    const nve = [...(this.#nva?.nves() ?? [])].find(({ session }) => session === address);
    const identity = nve?.tunnelAddress ?? address;
    for (const { config } of this.#borders.values()) {
      // Also of networks that are not there yet: one that is made changes nobody's groups.
      for (const { gateways } of 'gateways' in config.networks ? [config.networks] : config.networks) {
        if (gateways.import.some((gateway) => this.#identityOf(gateway) === identity)) {
          groups.add(gatewayGroup(config.domain, gateways.import));
        }
      }
    }
    return [...groups].sort();
  }

  /**
   * What a neighbour is told is settled when its session comes up: one that is a gateway of other networks from now on, or of
   * none, has to have a new one, or it would hear itself as the way to where it is the gateway to.
   */
  #regroup(): void {
    const inner = this.#inner;
    for (const neighbour of inner?.neighbours ?? []) {
      const { address, negotiated } = neighbour;
      if (negotiated === undefined || this.#groupsSaid.get(address) === this.#groupsNow(address).join()) continue;
      inner?.reset(neighbour, 'it is a gateway of other networks now');
    }
  }

  /** Begins, once the speaker and the NVA have. */
  begin(inner: Speaker, nva: Nva, neighbours: Iterable<Neighbourhood>): void {
    this.#inner = inner;
    this.#nva = nva;
    for (const neighbourhood of neighbours) this.add(neighbourhood);
  }

  add({ neighbour, sessions, policies }: Neighbourhood): void {
    const { clock, transport, random, defer, handler, kept } = this.#modules;
    const { domain } = neighbour;
    this.#identifiers ??= new OwnIdentifiers(this.#inner as Speaker, () => this.#insideChanged());
    const own = this.#insideFor(domain);
    const inside = () => own;
    const border = new Border(neighbour, this.#own, {
      clock,
      transport,
      random,
      defer,
      handler: handler.speaker(domain),
      gateways: this.gateways,
      inside,
      rests: () => (clock.now() - (this.#inner?.heardAt ?? 0) < BUSY ? this.#courtesy.rest : 0),
      keep: (maintenance) => kept().save(domain, maintenance),
      maintained: (maintenance) => handler.maintenance(domain, maintenance),
      limited: (event) => {
        handler.limited(domain, event);
        if (event.type === 'has-room') border.import.reconsider();
        if (event.type === 'exceeded' && border.config.limits.exceeded === 'reset') border.endForRoutes(event);
      },
    });
    this.#borders.set(domain, border);
    if (policies.import !== undefined) border.policyChanged('import', policies.import);
    if (policies.export !== undefined) border.policyChanged('export', policies.export);
    const left = kept().load(domain);
    if (left !== undefined) {
      border.resume(left);
      handler.resumed(domain, left);
    }
    border.begin(sessions);
    this.#watchGateways();
    this.#regroup();
    this.#inner?.protectAnew();
  }

  async remove(domain: string, reason: string): Promise<void> {
    const border = this.#borders.get(domain);
    if (border === undefined) return;
    this.#borders.delete(domain);
    if (this.#borders.size === 0) this.#identifiers = undefined;
    await border.stop(reason);
    this.#watchGateways();
    this.#regroup();
  }

  /** With other sessions; what an operator has done to it stays. */
  async replace(neighbourhood: Neighbourhood, reason: string): Promise<void> {
    await this.remove(neighbourhood.neighbour.domain, reason);
    this.add(neighbourhood);
  }

  async stop(reason: string): Promise<void> {
    this.gateways.stop();
    await Promise.all([...this.#borders.values()].map((border) => border.stop(reason)));
  }

  /** A session of our own domain's speaker, or a health check, is up or down: a gateway may be alive or dead by it. */
  gatewaysMayHaveChanged(): void {
    this.#gatewaysMayHaveChanged();
  }

  // For the NVA: what lies beyond.

  readonly nameOf = (id: DomainId): string | undefined => {
    for (const { config } of this.#borders.values()) if (config.domainId === id) return config.domain;
    return undefined;
  };

  network(name: string): VirtualNetwork | undefined {
    const found = this.#farSide(name);
    return found === undefined ? undefined : farSideNetwork(found.share, found.border.config.domain);
  }

  mappings(name: string): MappingTable | undefined {
    return this.#farSide(name)?.border.farSides.mappings(name);
  }

  watch(name: string, changed: () => void): () => void {
    return this.#farSide(name)?.border.farSides.watch(name, changed) ?? (() => {});
  }

  hasConverged(network: string): boolean {
    for (const { config, shares, hasConverged, farSides } of this.#borders.values()) {
      for (const share of shares) {
        const far = farSideName(share.network.name, config.domain);
        if (network !== far && network !== share.network.name) continue;
        if (!hasConverged || (network === far && !farSides.isComplete(far))) return false;
      }
    }
    return true;
  }

  crossings(nve: string): readonly NveCrossing[] {
    const tunnelAddress = this.#nva?.registry.nve(nve)?.tunnelAddress;
    if (tunnelAddress === undefined) return [];
    const found: NveCrossing[] = [];
    for (const border of this.#borders.values()) {
      const { domain } = border.config;
      for (const { network, gateways } of border.shares) {
        const { name } = network;
        const ways = (['import', 'export'] as const).filter((way) =>
          gateways[way].some((address) => this.#identityOf(address) === tunnelAddress),
        );
        if (ways.length === 0) continue;
        // Of those that share an address the underlay leads each frame to one, whatever is known of it here.
        const floods = ways.some(
          (way) => gateways.anycast?.[way] !== undefined || border.serving(way).get(name)?.by === tunnelAddress,
        );
        found.push({ network: name, domain, outside: farSideName(name, domain), floods });
      }
    }
    return found;
  }

  watchCrossings(nve: string, changed: () => void): () => void {
    const watchers = this.#watchers.get(nve) ?? new Set();
    this.#watchers.set(nve, watchers);
    watchers.add(changed);
    return () => {
      watchers.delete(changed);
      if (watchers.size === 0) this.#watchers.delete(nve);
    };
  }

  networksChanged(): void {
    this.#networks = undefined;
    for (const border of this.#borders.values()) border.sharesChanged();
    this.#watchGateways();
  }

  nveChanged(name: string): void {
    this.#routerMacs = undefined;
    const nve = this.#nva?.registry.nve(name);
    const ends = nve && [nve.tunnelAddress, this.#nva?.routerMacOf(nve)].join(' ');
    const isSame = this.#endsOf.get(name) === ends;
    if (ends === undefined) this.#endsOf.delete(name);
    else this.#endsOf.set(name, ends);
    if (!isSame) this.#insideChanged();
    this.#gatewaysMayHaveChanged();
  }

  /** What is shared with a neighbour, by which rules, how much and how fast, is something else from now on; its sessions stay. */
  become({ neighbour, sessions, policies }: Neighbourhood): void {
    const border = this.#borders.get(neighbour.domain);
    if (border === undefined) return;
    border.policyChanged('import', policies.import);
    border.policyChanged('export', policies.export);
    border.become(neighbour, sessions);
    this.#watchGateways();
    this.#regroup();
  }

  #insideChanged(): void {
    for (const border of this.#borders.values()) border.insideChanged();
  }

  #watchGateways(): void {
    const addresses = [...this.#borders.values()].flatMap(({ shares }) =>
      shares.flatMap(({ gateways }) => [...gateways.import, ...gateways.export]),
    );
    this.gateways.become(addresses);
    this.#modules.health?.become(this.gateways.all.keys());
    this.#gatewaysMayHaveChanged();
  }

  #gatewaysMayHaveChanged(): void {
    this.gateways.look();
    for (const border of this.#borders.values()) {
      const before = border.serving('import');
      if (!border.gatewaysChanged()) continue;
      const { domain } = border.config;
      for (const [network, { by }] of border.serving('import')) {
        if (before.get(network)?.by !== by) this.#modules.handler.elected(domain, network, by);
      }
      for (const network of before.keys()) {
        if (!border.serving('import').has(network)) this.#modules.handler.elected(domain, network, undefined);
      }
    }
    this.#tellGateways();
  }

  #tellGateways(): void {
    for (const watchers of this.#watchers.values()) for (const changed of watchers) changed();
  }

  #farSide(name: string): { readonly border: Border; readonly share: SharedNetwork } | undefined {
    for (const border of this.#borders.values()) {
      const { domain } = border.config;
      const share = border.shares.find(({ network }) => farSideName(network.name, domain) === name);
      if (share !== undefined) return { border, share };
    }
    return undefined;
  }

  #insideFor(domain: string): Inside {
    const nva = this.#nva as Nva;
    return {
      speaker: this.#inner as Speaker,
      networks: () => {
        this.#networks ??= new Map([...nva.networks()].map((network) => [network.name, network]));
        return this.#networks;
      },
      holds: (address) => {
        const { isUnderlay, isNva } = this.#modules;
        if (isUnderlay(address) || isNva(address)) return true;
        return nva.registry.nveByTunnelAddress(address) !== undefined || this.#usesInside(address);
      },
      hasRouterMac: (mac) => {
        this.#routerMacs ??= new Set([...nva.nves()].flatMap((nve) => nva.routerMacOf(nve) ?? []));
        return this.#routerMacs.has(mac) || this.#usesInside(mac);
      },
      gatewayEnd: (identity, address, direction) => this.#gatewayEnd(domain, identity, address, direction),
      identityOf: (address) => this.#identityOf(address),
      leadsThere: (identity) => {
        const nve = this.#nveAt(identity);
        return nve?.kind !== 'agent' || nva.legsOf(nve.name).some((leg) => leg.domain === domain);
      },
      speaksBgp: (identity) => {
        const nve = this.#nveAt(identity);
        return nve === undefined ? this.#session(identity) !== undefined : nve.kind === 'bgp';
      },
    };
  }

  /** Whether a route of our own domain leads by this address or Router's MAC. */
  #usesInside(identifier: string): boolean {
    return this.#identifiers?.has(identifier) === true;
  }

  #gatewayEnd(domain: string, identity: string, address: string, direction: Direction): GatewayEnd {
    const nva = this.#nva as Nva;
    const nve = this.#nveAt(identity);
    if (nve === undefined) return { tunnelAddress: direction === 'import' ? identity : address };
    // How the other side reaches one that has said which end it has there, whichever of its addresses is configured.
    const leg = direction === 'export' ? nva.legsOf(nve.name).find((one) => one.domain === domain) : undefined;
    const routerMac = leg === undefined ? nva.routerMacOf(nve) : leg.routerMac;
    const encapsulations = nva.encapsulationsOf(nve);
    return {
      tunnelAddress: leg?.tunnelAddress ?? (direction === 'import' ? identity : address),
      ...(routerMac !== undefined && { routerMac }),
      ...(encapsulations !== undefined && encapsulations.length > 0 && { encapsulations }),
    };
  }

  #identityOf(address: string): string {
    if (this.#nveAt(address) !== undefined) return address;
    for (const { name, tunnelAddress } of this.#nva?.nves() ?? []) {
      if (this.#nva?.legsOf(name).some((leg) => leg.tunnelAddress === address)) return tunnelAddress;
    }
    return address;
  }

  #nveAt(tunnelAddress: string): Nve | undefined {
    return this.#nva?.registry.nveByTunnelAddress(tunnelAddress);
  }

  /** Of a session that is established, also while others are being told that it is. */
  #session(address: string) {
    return this.#inner?.neighbour(address)?.negotiated;
  }

  /** What is watched of a gateway: its session, of whichever kind it has. */
  #factsOf(address: string): GatewayFacts {
    const nve = this.#nveAt(address);
    const probe = this.#modules.health?.of(address);
    const common = probe === undefined ? {} : { probe };
    if (nve?.kind === 'agent') return { ...common, nveProtocolUp: this.#nva?.isConnected(nve.name) === true };
    if (nve?.kind === 'static') return common;
    const session = nve?.session ?? address;
    const isExpected = nve !== undefined || this.#modules.isUnderlay(address);
    if (!isExpected && this.#session(session) === undefined) return common;
    return { ...common, bgpSessionUp: this.#session(session) !== undefined };
  }
}
