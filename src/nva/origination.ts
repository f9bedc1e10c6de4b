/**
 * Routes that nvad announces on behalf of NVEs (seed §7.1): which ones follow from what should be, and what has to be
 * announced and withdrawn when that changes. A route that takes the place of another is announced first, and the other
 * withdrawn when everybody has been told of it: a tenant that moves is never without a route.
 */
import { ipv4FromNumber, parseIp } from 'bgp-ts';
import { hostPrefix } from '../evpn/ip-prefix.ts';
import { Vrf } from '../evpn/originate.ts';
import { encodeAnnouncements, encodeWithdrawals, type OriginatedRoute } from '../evpn/updates.ts';
import { isAnnouncedByNvad } from './announced.ts';
import type { Encapsulation, Nve, VirtualNetwork } from './model.ts';
import type { StoredAttachment } from './nva-store.ts';
import type { Effects, Registry } from './registry.ts';

export interface OriginationModules {
  readonly registry: Registry;
  /** Takes in an UPDATE of our own. */
  readonly originate: (update: Uint8Array) => void;
  /** Runs a function when what was originated before is decided and encoded for everybody. */
  readonly afterDecisions: (then: () => void) => void;
  /** What an NVE can do; undefined where it has not said. */
  readonly encapsulationsOf: (nve: Nve) => readonly Encapsulation[] | undefined;
  /** Whether an agent has said hello since nvad started: until then its own word may be an old one. */
  readonly isHeard: (nve: string) => boolean;
  /** Its Router's MAC address; undefined where nobody has said one. */
  readonly routerMacOf: (nve: Nve) => string | undefined;
  /** Routes that cannot be announced, and why; once for each attempt. */
  readonly unannounced: (network: string, nve: string, reason: string) => void;
}

/** What is announced for one NVE in one network: by what tells routes apart, how many attachments ask for each. */
interface Announced {
  readonly network: string;
  readonly nve: string;
  readonly vrf: Vrf;
  /** What its route distinguisher is made of. */
  readonly rd: string;
  readonly routes: Map<string, number>;
  /** Attachments and subscriptions that make the NVE a part of the network. */
  presence: number;
}

/** A route of a place: what tells it apart from the others there, and the host whose it is. A prefix is its own key. */
interface PlaceRoute {
  readonly key: string;
  readonly mac?: string;
  readonly ip?: string;
}

const presence: PlaceRoute = { key: 'presence' };

export class Origination {
  readonly #modules: OriginationModules;
  readonly #announced = new Map<string, Announced>();
  /** Networks that an NVE takes part in without an attachment, by NVE and network. */
  readonly #subscribed = new Map<string, number>();
  /** Places by their route distinguisher: mostly one, more while a network gives way to another of its VNI. */
  readonly #byRd = new Map<string, Set<Announced>>();
  /** To be withdrawn after the decisions under way, unless it is asked for again by then. */
  #withdrawals = new Map<Announced, Set<string>>();
  #withdrawing = false;
  /** Routes announced at present. */
  routes = 0;

  constructor(modules: OriginationModules) {
    this.#modules = modules;
  }

  /** Announces everything that follows from what there is at the start. */
  begin(): void {
    const { registry } = this.#modules;
    const announcements: OriginatedRoute[] = [];
    for (const { name } of registry.networks()) {
      for (const stored of registry.attachments(name)) this.#add(stored, announcements);
    }
    this.#announce(announcements);
  }

  /** What a transaction changed. */
  follow({ networks, nves, attachments }: Effects): void {
    const announcements: OriginatedRoute[] = [];
    const rebuilt = this.#concerned(networks, nves);
    for (const key of rebuilt) this.#rebuild(key, announcements);
    for (const { before, after } of attachments) {
      // The new place first, so that what both have in common stays.
      const isNew = after !== undefined && !rebuilt.has(placeOf(after));
      if (isNew) this.#add(after, announcements, before);
      if (before !== undefined && !rebuilt.has(placeOf(before))) this.#remove(before, announcements);
    }
    this.#announce(announcements);
    this.#withdrawSoon();
  }

  /** What an NVE can do has become another. */
  nveChanged(name: string): void {
    this.follow({ networks: new Map(), nves: new Map([[name, undefined]]), attachments: [], events: [] });
  }

  /** An NVE takes part in a network, whether or not a tenant of it is there: what is flooded is for it, too. */
  subscribe(nve: string, network: string): void {
    const key = placeKey(network, nve);
    this.#subscribed.set(key, (this.#subscribed.get(key) ?? 0) + 1);
    const announcements: OriginatedRoute[] = [];
    const announced = this.#at(network, nve);
    if (announced !== undefined) this.#join(announced, announcements);
    this.#announce(announcements);
  }

  /** Whether an agent has joined the network. */
  isSubscribed(nve: string, network: string): boolean {
    return this.#subscribed.has(placeKey(network, nve));
  }

  unsubscribe(nve: string, network: string): void {
    const key = placeKey(network, nve);
    const left = (this.#subscribed.get(key) ?? 0) - 1;
    if (left < 0) return;
    if (left === 0) this.#subscribed.delete(key);
    else this.#subscribed.set(key, left);
    const announced = this.#announced.get(key);
    if (announced !== undefined) this.#leave(announced);
    this.#withdrawSoon();
  }

  /** Places of which everything may have changed. */
  #concerned(networks: Effects['networks'], nves: Effects['nves']): Set<string> {
    const { registry } = this.#modules;
    const names = new Set(networks.keys());
    for (const { name, l3 } of registry.networks()) if (l3 !== undefined && networks.has(l3)) names.add(name);
    const keys = new Set<string>();
    if (names.size === 0 && nves.size === 0) return keys;
    for (const [key, { network, nve }] of this.#announced) if (names.has(network) || nves.has(nve)) keys.add(key);
    for (const name of names) {
      for (const { attachment } of registry.attachments(name)) keys.add(placeKey(name, attachment.nve));
    }
    for (const nve of nves.keys()) for (const [network] of registry.networksOf(nve)) keys.add(placeKey(network, nve));
    for (const key of this.#subscribed.keys()) {
      const [network, nve] = key.split(' ') as [string, string];
      if (names.has(network) || nves.has(nve)) keys.add(key);
    }
    return keys;
  }

  /** Makes a place anew and withdraws what it is not any more. */
  #rebuild(key: string, announcements: OriginatedRoute[]): void {
    const before = this.#announced.get(key);
    if (before !== undefined) this.#forget(before);
    const [network, nve] = key.split(' ') as [string, string];
    const { registry } = this.#modules;
    for (const stored of registry.attachmentsAt(network, nve)) this.#add(stored, announcements);
    const subscriptions = this.#subscribed.get(key) ?? 0;
    for (let i = 0; i < subscriptions; i++) {
      const announced = this.#at(network, nve);
      if (announced !== undefined) this.#join(announced, announcements);
    }
    if (before === undefined) return;
    const after = this.#announced.get(key);
    const sameRd = after !== undefined && after.rd === before.rd;
    for (const route of before.routes.keys()) {
      this.routes--;
      if (!sameRd || !after.routes.has(route)) this.#withdraw(before, route);
    }
    before.routes.clear();
  }

  /** `instead` is what it takes the place of: a route that says the same again is not announced again. */
  #add(stored: StoredAttachment, announcements: OriginatedRoute[], instead?: StoredAttachment): void {
    if (!this.#isAnnounced(stored)) return;
    const { network, nve } = stored.attachment;
    const announced = this.#at(network, nve);
    if (announced === undefined) return;
    const isSame = instead !== undefined && isDeepSame(stored, instead) && this.#isAnnounced(instead);
    for (const route of this.#routesOf(stored)) {
      const holders = announced.routes.get(route.key) ?? 0;
      if (holders > 0 && isSame) {
        announced.routes.set(route.key, holders + 1);
        continue;
      }
      const made = this.#make(announced, route, stored);
      if (made === undefined) continue;
      if (holders === 0) this.routes++;
      announced.routes.set(route.key, holders + 1);
      announcements.push(made);
    }
    this.#join(announced, announcements);
  }

  #remove(stored: StoredAttachment, announcements: OriginatedRoute[]): void {
    if (!this.#isAnnounced(stored)) return;
    const { network, nve } = stored.attachment;
    const announced = this.#announced.get(placeKey(network, nve));
    if (announced === undefined) return;
    for (const route of this.#routesOf(stored)) {
      this.#drop(announced, route.key);
      if (announced.routes.has(route.key)) this.#makeAgain(announced, route, stored, announcements);
    }
    this.#leave(announced);
  }

  /** What others still ask for is announced as they ask for it: one that has left may have been sticky. */
  #makeAgain(announced: Announced, route: PlaceRoute, { attachment }: StoredAttachment, made: OriginatedRoute[]): void {
    if (attachment.mac === undefined) return;
    for (const other of this.#modules.registry.attachmentsOf(announced.network, attachment.mac)) {
      const asks = other.attachment.nve === announced.nve && this.#isAnnounced(other);
      if (!asks || !this.#routesOf(other).some(({ key }) => key === route.key)) continue;
      const again = this.#make(announced, route, other);
      if (again !== undefined) made.push(again);
      return;
    }
  }

  #join(announced: Announced, announcements: OriginatedRoute[]): void {
    const { registry } = this.#modules;
    announced.presence++;
    // One that announces by itself says so itself.
    const isSilent =
      registry.nve(announced.nve)?.kind !== 'bgp' && registry.network(announced.network)?.service === 'l2';
    if (announced.presence > 1 || !isSilent || announced.routes.has(presence.key)) return;
    const made = this.#make(announced, presence);
    if (made === undefined) return;
    announced.routes.set(presence.key, 1);
    this.routes++;
    announcements.push(made);
  }

  #leave(announced: Announced): void {
    announced.presence--;
    if (announced.presence > 0) return;
    if (announced.routes.has(presence.key)) this.#drop(announced, presence.key);
    this.#forget(announced);
  }

  #forget(announced: Announced): void {
    this.#announced.delete(placeKey(announced.network, announced.nve));
    const sharing = this.#byRd.get(announced.rd);
    sharing?.delete(announced);
    if (sharing?.size === 0) this.#byRd.delete(announced.rd);
  }

  #drop(announced: Announced, route: string): void {
    const holders = announced.routes.get(route);
    if (holders === undefined) return;
    if (holders > 1) {
      announced.routes.set(route, holders - 1);
      return;
    }
    announced.routes.delete(route);
    this.routes--;
    this.#withdraw(announced, route);
  }

  #isAnnounced(stored: StoredAttachment): boolean {
    const { registry, isHeard } = this.#modules;
    const network = registry.network(stored.attachment.network);
    const nve = registry.nve(stored.attachment.nve);
    if (network === undefined || nve === undefined) return false;
    return isAnnouncedByNvad(network, nve, stored, isHeard(nve.name));
  }

  #routesOf({ attachment: { network, mac, ips, prefixes } }: StoredAttachment): readonly PlaceRoute[] {
    if (this.#modules.registry.network(network)?.service === 'l3') {
      return [...prefixes, ...ips.map(hostPrefix)].map((key) => ({ key }));
    }
    if (mac === undefined) return [];
    return [hostRoute(mac), ...ips.map((ip) => hostRoute(mac, ip))];
  }

  #make(announced: Announced, { key, mac, ip }: PlaceRoute, stored?: StoredAttachment): OriginatedRoute | undefined {
    try {
      if (key === presence.key) return announced.vrf.presence();
      if (mac === undefined) return announced.vrf.prefix(key);
      const sticky = stored?.attachment.sticky ?? false;
      const sequence = stored?.sequence ?? 0;
      const defaultGateway = stored?.attachment.role === 'gateway';
      return announced.vrf.host({ mac, ip, sequence, sticky, defaultGateway });
    } catch (error) {
      this.#modules.unannounced(announced.network, announced.nve, (error as Error).message);
      return undefined;
    }
  }

  #at(network: string, nve: string): Announced | undefined {
    const key = placeKey(network, nve);
    const known = this.#announced.get(key);
    if (known !== undefined) return known;
    const { registry } = this.#modules;
    const [vn, end] = [registry.network(network), registry.nve(nve)];
    if (vn === undefined || end === undefined) return undefined;
    try {
      const rd = distinguisherOf(end.tunnelAddress, vn.vni);
      const vrf = this.#vrf(vn, end, rd);
      const made: Announced = { network, nve, rd: `${rd.address}:${rd.number}`, vrf, routes: new Map(), presence: 0 };
      this.#announced.set(key, made);
      const sharing = this.#byRd.get(made.rd);
      if (sharing === undefined) this.#byRd.set(made.rd, new Set([made]));
      else sharing.add(made);
      return made;
    } catch (error) {
      this.#modules.unannounced(network, nve, (error as Error).message);
      return undefined;
    }
  }

  #vrf(network: VirtualNetwork, nve: Nve, rd: Distinguisher): Vrf {
    const l3 = network.l3 === undefined ? undefined : this.#modules.registry.network(network.l3);
    const can = this.#modules.encapsulationsOf(nve);
    const routerMac = this.#modules.routerMacOf(nve);
    const common = network.encapsulations.filter((encapsulation) => can?.includes(encapsulation) ?? true);
    return new Vrf(
      {
        tunnelAddress: nve.tunnelAddress,
        routerId: rd.address,
        // One for all its routes: labels of VNIs and of MPLS do not go together.
        encapsulations: common.slice(0, 1),
        ...(routerMac !== undefined && { routerMac }),
      },
      {
        vni: network.vni,
        routeTargets: network.routeTargets,
        ...(l3 && { l3: { vni: l3.vni, routeTargets: l3.routeTargets } }),
        flooding: network.flooding,
      },
      rd.number,
    );
  }

  #announce(routes: readonly OriginatedRoute[]): void {
    for (const update of encodeAnnouncements(routes)) this.#modules.originate(update);
  }

  #withdraw(announced: Announced, route: string): void {
    const routes = this.#withdrawals.get(announced);
    if (routes === undefined) this.#withdrawals.set(announced, new Set([route]));
    else routes.add(route);
  }

  #withdrawSoon(): void {
    if (this.#withdrawing || this.#withdrawals.size === 0) return;
    this.#withdrawing = true;
    this.#modules.afterDecisions(() => {
      this.#withdrawing = false;
      const withdrawals = this.#withdrawals;
      this.#withdrawals = new Map();
      const gone: OriginatedRoute[] = [];
      for (const [announced, routes] of withdrawals) {
        const sharing = [...(this.#byRd.get(announced.rd) ?? [])];
        for (const route of routes) {
          if (sharing.some((other) => other.routes.has(route))) continue;
          const made = this.#make(announced, routeOfKey(route));
          if (made !== undefined) gone.push(made);
        }
      }
      for (const update of encodeWithdrawals(gone)) this.#modules.originate(update);
    });
  }
}

const hostRoute = (mac: string, ip?: string): PlaceRoute =>
  ip === undefined ? { key: mac, mac } : { key: `${mac} ${ip}`, mac, ip };

function routeOfKey(key: string): PlaceRoute {
  if (key === presence.key || key.includes('/')) return { key };
  const [mac = '', ip] = key.split(' ');
  return hostRoute(mac, ip);
}

/** Of a route distinguisher of type 1 (RFC 4364 §4.2). */
interface Distinguisher {
  readonly address: string;
  /** 1 to 65,535. */
  readonly number: number;
}

/**
 * The route distinguisher of an NVE in a network (RFC 7432 §7.9): its tunnel address and the VNI, where both fit into the four
 * octets and two that there are. Where not, a hash takes the place of the address, in the range that is no host's
 * (240.0.0.0/4). It depends on nothing else, so that replicas agree.
 */
function distinguisherOf(tunnelAddress: string, vni: number): Distinguisher {
  const octets = parseIp(tunnelAddress) ?? new Uint8Array(0);
  const number = vni & 0xffff || 0xffff;
  if (octets.length === 4 && number === vni) return { address: tunnelAddress, number };
  let hash = 0x811c9dc5;
  const rest = [vni >>> 16, number === (vni & 0xffff) ? 0 : 1];
  for (const octet of [...octets, ...rest]) hash = Math.imul(hash ^ octet, 0x01000193);
  return { address: ipv4FromNumber((hash | 0xf0000000) >>> 0), number };
}

/** Names have no spaces in them. */
const placeKey = (network: string, nve: string) => `${network} ${nve}`;
const placeOf = ({ attachment: { network, nve } }: StoredAttachment) => placeKey(network, nve);

/** Whether their routes say the same. */
function isDeepSame(a: StoredAttachment, b: StoredAttachment): boolean {
  return (
    a.sequence === b.sequence &&
    a.attachment.nve === b.attachment.nve &&
    a.attachment.sticky === b.attachment.sticky &&
    a.attachment.role === b.attachment.role
  );
}
