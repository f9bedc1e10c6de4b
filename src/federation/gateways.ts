/**
 * The gateways (IP-G) of all neighbour domains: which of them are alive, and which serve a network. Of a list one is elected,
 * which carries everything that crosses of it; when it dies another one does at once. Of those that share an address all do
 * that are alive, and the underlay chooses among them.
 */
import type { Clock, Timer } from 'bgp-ts';
import { electGateways } from './gateway-election.ts';
import { type GatewayFacts, type GatewayLiveness, judgeGateway, usableGateways } from './gateway-liveness.ts';

/** Who carries what crosses of a network in one direction. */
export interface Serving {
  /** The one address that it is seen by: that of the elected gateway, by its identity, or the one that all of them share. */
  readonly by: string;
  /** Their identities: at least one. */
  readonly members: readonly string[];
}

/** Of a network, the gateways of one direction. */
export interface NetworkGateways {
  readonly name: string;
  readonly gateways: readonly string[];
  /** The address that they share. */
  readonly anycast: string | undefined;
}

export interface GatewaysModules {
  readonly clock: Clock;
  /** What is known of the gateway at a tunnel address. */
  readonly factsOf: (address: string) => GatewayFacts;
  /** One name for all addresses of a gateway: where its tunnels end in our own underlay. */
  readonly identityOf: (address: string) => string;
  /** One has died or is back. */
  readonly changed: (address: string, liveness: GatewayLiveness) => void;
  /** One that is back may be used again: time to {@link Gateways.look} and to elect anew. */
  readonly due: () => void;
}

export class Gateways {
  readonly #modules: GatewaysModules;
  readonly #known = new Map<string, GatewayLiveness>();
  #timer: Timer | undefined;

  constructor(modules: GatewaysModules) {
    this.#modules = modules;
  }

  /** By identity. */
  get all(): ReadonlyMap<string, GatewayLiveness> {
    return this.#known;
  }

  /** Watches the gateways at these addresses and no others. */
  become(addresses: Iterable<string>): void {
    const identities = new Set([...addresses].map((address) => this.#modules.identityOf(address)));
    for (const identity of [...this.#known.keys()]) if (!identities.has(identity)) this.#known.delete(identity);
    for (const identity of identities) if (!this.#known.has(identity)) this.#look(identity);
    this.look();
  }

  /** See {@link GatewaysModules.identityOf}. */
  identityOf(address: string): string {
    return this.#modules.identityOf(address);
  }

  isAlive(address: string): boolean {
    return this.#known.get(this.#modules.identityOf(address))?.state === 'alive';
  }

  /** Something may be otherwise with one of them. */
  look(): void {
    for (const identity of this.#known.keys()) this.#look(identity);
    this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Who serves each network; nobody where all of its gateways are dead, or lead nowhere. */
  serving(
    networks: readonly NetworkGateways[],
    leadsThere: (identity: string) => boolean,
  ): ReadonlyMap<string, Serving> {
    const elected = this.#elect(
      networks.filter(({ anycast }) => anycast === undefined),
      leadsThere,
    );
    const serving = new Map([...elected].map(([name, by]): [string, Serving] => [name, { by, members: [by] }]));
    for (const { name, gateways, anycast } of networks) {
      if (anycast === undefined) continue;
      const members = gateways
        .map((address) => this.#modules.identityOf(address))
        .filter(
          // The underlay sends to one that is back as soon as it leads there, and waits for nobody.
          (identity) => leadsThere(identity) && (this.#known.get(identity)?.state ?? 'dead') !== 'dead',
        );
      if (members.length > 0) serving.set(name, { by: anycast, members });
    }
    return serving;
  }

  /** The gateway of each network, by its identity, of those that have the same list of gateways. */
  #elect(networks: readonly NetworkGateways[], leadsThere: (identity: string) => boolean): Map<string, string> {
    const byList = new Map<string, { readonly identities: readonly string[]; readonly networks: string[] }>();
    for (const { name, gateways } of networks) {
      if (gateways.length === 0) continue;
      const identities = gateways.map((address) => this.#modules.identityOf(address));
      const key = [...identities].sort().join(' ');
      const entry = byList.get(key) ?? { identities, networks: [] };
      byList.set(key, entry);
      entry.networks.push(name);
    }
    const elected = new Map<string, string>();
    for (const { identities, networks: those } of byList.values()) {
      const listed = identities.flatMap((identity) => {
        const liveness = this.#known.get(identity);
        return liveness === undefined || !leadsThere(identity) ? [] : [[identity, liveness] as const];
      });
      const usable = usableGateways(new Map(listed));
      const isAlive = (identity: string) => usable.has(identity);
      for (const [network, gateway] of electGateways(those, identities, isAlive)) elected.set(network, gateway);
    }
    return elected;
  }

  #look(identity: string): void {
    const { clock, factsOf, changed } = this.#modules;
    const before = this.#known.get(identity);
    const now = judgeGateway(before, factsOf(identity), clock.now());
    this.#known.set(identity, now);
    if (before !== undefined && before.state !== now.state) changed(identity, now);
  }

  /** Until the first that is back may be used again. */
  #wait(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const times = [...this.#known.values()].flatMap(({ aliveAt }) => aliveAt ?? []);
    if (times.length === 0) return;
    const { clock, due } = this.#modules;
    const wait = Math.max(0, Math.min(...times) - clock.now());
    this.#timer = clock.setTimer(wait, due);
  }
}
