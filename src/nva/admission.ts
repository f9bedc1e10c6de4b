/**
 * Whether a route that somebody announces agrees with what should be (seed §7.1): with the declaration of its network, and
 * with what is registered where the network's trust asks for that. Asked of every route of the declared networks, so it
 * looks at octets, and only where trust needs it at addresses.
 */
import type { AttributeSet, NlriSplit, Admission as RouteAdmission, Source } from 'bgp-ts';
import { vniOfLabel } from '../evpn/encapsulation.ts';
import { factsOfRoute, factsOfSet, type RouteFacts, type SetFacts } from '../evpn/facts.ts';
import type { Nve, VirtualNetwork } from './model.ts';
import type { NetworkIndex } from './network-index.ts';
import { Refusal } from './refusals.ts';
import type { Registry } from './registry.ts';

export interface AdmissionModules {
  readonly registry: Registry;
  readonly networks: NetworkIndex;
  /** Where a MAC address is frozen: the tunnel address; undefined for one that may move. */
  readonly frozenAt: (network: string, mac: string) => string | undefined;
  /** Whether any is. */
  readonly anyFrozen: () => boolean;
}

const ADMITTED = 0;
const LABEL = 3;

export class Admission implements RouteAdmission {
  readonly #modules: AdmissionModules;
  /** Routes of undeclared networks are let through. */
  isOpen: boolean;

  constructor(isOpen: boolean, modules: AdmissionModules) {
    this.isOpen = isOpen;
    this.#modules = modules;
  }

  refuses(source: Source, set: AttributeSet, bytes: Uint8Array, split: NlriSplit): number {
    const { type, tailStart, tailLength, next } = split;
    // Ethernet segments belong to no network (RFC 7432 §7.4), and the types from 6 on follow type 3.
    if (type > 5 || type === 4 || type === 0) return ADMITTED;
    if (this.isOpen && this.#modules.registry.networkCount === 0) return ADMITTED;
    const { l2, l3, several } = this.#modules.networks.of(set.targets);
    // What nvad announces itself follows from what should be already, but for what others say of their domains.
    if (source.kind === 'local') {
      if (source.onBehalfOf === undefined || type !== 2 || l2 === undefined) return ADMITTED;
      if (l2.trust === 'nve' && !this.#modules.anyFrozen()) return ADMITTED;
      return this.#claim(source, factsOfSet(set), l2, factsOfRoute(bytes, split));
    }
    if (l2 === undefined && l3 === undefined) return this.#undeclared(set, bytes, split);
    // An Ethernet segment is in all networks of its NVE (RFC 7432 §8.2.1); every other route is in one.
    if (type !== 1) {
      if (several) return Refusal.SeveralNetworks;
      if (type === 5 ? l2 !== undefined : l2 !== undefined && l3 !== undefined && l3.name !== l2.l3) {
        return Refusal.SeveralNetworks;
      }
    }
    const network = type === 5 ? l3 : l2;
    if (network === undefined) return type === 1 ? ADMITTED : Refusal.WrongService;
    const facts = factsOfSet(set);
    const { encapsulations, tunnelTypes } = facts;
    if (tunnelTypes.length > 0 && !encapsulations.some((one) => network.encapsulations.includes(one))) {
      return Refusal.WrongEncapsulation;
    }
    const vni = (at: number) => vniOfLabel((bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2], tunnelTypes);
    switch (type) {
      case 1: {
        const tag = split.valueStart + 18;
        // RFC 7432 §8.2.1: of a whole Ethernet segment, whose label is none.
        const ofSegment =
          bytes[tag] === 0xff && bytes[tag + 1] === 0xff && bytes[tag + 2] === 0xff && bytes[tag + 3] === 0xff;
        if (!ofSegment && vni(tailStart) !== network.vni) return Refusal.WrongVni;
        break;
      }
      case 2:
        if (vni(tailStart) !== network.vni) return Refusal.WrongVni;
        if (tailLength > LABEL && vni(tailStart + LABEL) !== this.#l3VniOf(network)) return Refusal.WrongL3Vni;
        break;
      case 3:
        if (facts.flooding !== undefined && vniOfLabel(facts.flooding.label, tunnelTypes) !== network.vni) {
          return Refusal.WrongVni;
        }
        break;
      case 5: {
        // With a gateway the label is that of another route (RFC 9136 §3.1).
        const label = vni(next - LABEL);
        if (label !== network.vni && label !== 0) return Refusal.WrongVni;
        break;
      }
    }
    if (network.trust === 'nve' && !this.#modules.anyFrozen()) return ADMITTED;
    return this.#claim(source, facts, network, factsOfRoute(bytes, split));
  }

  /** Of a route whose targets name no declared network: routers import by VNI as well, whatever else a target says. */
  #undeclared(set: AttributeSet, bytes: Uint8Array, split: NlriSplit): number {
    if (!this.isOpen) return Refusal.UndeclaredNetwork;
    const { registry } = this.#modules;
    const { routeTargets, tunnelTypes } = factsOfSet(set);
    const { label, l3Label } = factsOfRoute(bytes, split);
    const isDeclared = (vni: number | undefined) => vni !== undefined && registry.networkByVni(vni) !== undefined;
    const labels = [label, l3Label].map((one) => (one === undefined ? undefined : vniOfLabel(one, tunnelTypes)));
    const contradicts = labels.some(isDeclared) || routeTargets.some(({ vni }) => isDeclared(vni));
    return contradicts ? Refusal.WrongRouteTarget : ADMITTED;
  }

  #l3VniOf({ l3 }: VirtualNetwork): number | undefined {
    return l3 === undefined ? undefined : this.#modules.registry.network(l3)?.vni;
  }

  /** What needs addresses to be told. */
  #claim(source: Source, set: SetFacts, network: VirtualNetwork, route: RouteFacts): number {
    const { registry, frozenAt } = this.#modules;
    const { mac } = route;
    if (mac !== undefined) {
      const holder = frozenAt(network.name, mac);
      if (holder !== undefined && holder !== set.nextHop) return Refusal.Frozen;
    }
    if (network.trust === 'nve') return ADMITTED;
    // What comes from a neighbour domain, also by another replica, is registered there, if anywhere: but not here as well.
    if (source.kind === 'local' || (source.kind === 'non-client' && set.dPath !== undefined)) {
      return this.#isRegistered(network, mac) ? Refusal.RegisteredElsewhere : ADMITTED;
    }
    const nve = registry.nveByTunnelAddress(set.nextHop);
    const refusal = this.#registration(nve, network, route);
    if (refusal !== ADMITTED || nve === undefined) return refusal;
    // What another replica passes on, it has looked at itself.
    const isOwn = source.kind !== 'client' || source.address === (nve.session ?? nve.tunnelAddress);
    return isOwn ? ADMITTED : Refusal.WrongSession;
  }

  #isRegistered({ name }: VirtualNetwork, mac: string | undefined): boolean {
    if (mac === undefined) return false;
    for (const { attachment, registered } of this.#modules.registry.attachmentsOf(name, mac)) {
      if (registered && attachment.state === 'associated') return true;
    }
    return false;
  }

  #registration(nve: Nve | undefined, network: VirtualNetwork, { type, mac, ip, prefix }: RouteFacts): number {
    const { registry } = this.#modules;
    const { name } = network;
    if (type === 2 && mac !== undefined) {
      let elsewhere = false;
      for (const { attachment, registered } of registry.attachmentsOf(name, mac)) {
        if (!registered || attachment.state === 'detached') continue;
        if (attachment.nve !== nve?.name) elsewhere = true;
        else if (ip === undefined || attachment.ips.includes(ip)) return ADMITTED;
      }
      return elsewhere ? Refusal.RegisteredElsewhere : Refusal.NotRegistered;
    }
    if (nve === undefined) return Refusal.NotRegistered;
    const those =
      type === 5 && prefix !== undefined
        ? registry.attachmentsOfPrefix(name, prefix)
        : registry.attachmentsAt(name, nve.name);
    for (const { attachment, registered } of those) {
      if (registered && attachment.state !== 'detached' && attachment.nve === nve.name) return ADMITTED;
    }
    return Refusal.NotRegistered;
  }
}
