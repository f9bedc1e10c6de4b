/** Our own domain dc1 and a border to dc2, with no sockets: a neighbour by hand outside, a source of routes inside. */
import {
  decodeAttributes,
  decodeNlri,
  defaultContext,
  type EvpnNlri,
  type ExtendedCommunity,
  encodeUpdate,
  extendedCommunity,
  Family,
  formatCommunity,
  formatExtendedCommunity,
  formatRd,
  isRouteTarget,
  type OwnSource,
  type PathAttributes,
  parseCommunity,
  parseRd,
  parseRouteTarget,
  type RouteTable,
  type Source,
  Speaker,
  type SpeakerHandler,
  type StaticNeighbour,
} from 'bgp-ts';
import { Border, guestsOf, type Inside } from '../../../src/federation/border.ts';
import type { GatewayFacts } from '../../../src/federation/gateway-liveness.ts';
import { Gateways } from '../../../src/federation/gateways.ts';
import type { ImportLimitEvent } from '../../../src/federation/import-limits.ts';
import { defaultLimits, defaultRate, type NeighbourDomain, type Share } from '../../../src/federation/model.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import { FakeClock } from '../bgp-ts/session/fake-clock.ts';
import { HandPeer, keepaliveHex, openOf } from '../bgp-ts/session/hand-peer.ts';
import { MemoryNetwork } from '../bgp-ts/session/memory-network.ts';

export const us = { asn: 65001, routerId: '10.0.0.1', domainId: '65001:0' } as const;
const theirAddress = '192.0.2.2';

export function networkOf(name: string, vni: number, more: Partial<VirtualNetwork> = {}): VirtualNetwork {
  return {
    name,
    vni,
    service: 'l2',
    routeTargets: [`65001:${vni}`],
    acl: [],
    flooding: { kind: 'ingress-replication' },
    encapsulations: ['vxlan'],
    unknownUnicast: 'flood',
    trust: 'nve',
    ...more,
  };
}

const direct = { export: [], import: [] };

export const shareOf = (network: string, vni?: number, gateways: Share['gateways'] = direct): Share => ({
  network,
  ...(vni !== undefined && { remote: { vni, routeTarget: `65002:${vni}` } }),
  gateways,
});

function domainOf(more: Partial<NeighbourDomain> = {}): NeighbourDomain {
  return {
    domain: 'dc2',
    asn: 65002,
    domainId: '65002:0',
    networks: [shareOf('web', 2217)],
    keepStale: 0,
    limits: defaultLimits,
    rate: { import: defaultRate, export: defaultRate },
    policy: {},
    ...more,
  };
}

/** A route in words. */
export interface Spoken {
  readonly rd: string;
  readonly kind: 'mac' | 'flood' | 'prefix';
  readonly nextHop: string;
  readonly targets: readonly string[];
  readonly vni: number;
  readonly l3Vni?: number;
  readonly mac?: string;
  readonly ip?: string;
  readonly prefix?: string;
  /** Of type 3; the next hop when absent. */
  readonly originator?: string;
  readonly endpoint?: string;
  readonly routerMac?: string;
  /** A second one. */
  readonly otherMac?: string;
  /** It floods by a PIM tunnel from there. */
  readonly root?: string;
  readonly sequence?: number;
  readonly sticky?: boolean;
  readonly dPath?: readonly string[];
  readonly asns?: readonly number[];
  readonly communities?: readonly string[];
  readonly esi?: string;
  readonly tag?: number;
  readonly tunnelType?: number;
}

const NO_ESI = '00'.repeat(10);

function nlriOf(route: Spoken): EvpnNlri {
  const { kind, vni, l3Vni, mac = '02:00:00:00:00:01', ip, prefix = '10.9.0.0/16', originator = route.nextHop } = route;
  const rd = parseRd(route.rd);
  if (rd === undefined) throw new Error(`${route.rd} is no RD`);
  const common = { family: Family.Evpn, rd, ethernetTag: route.tag ?? 0 } as const;
  const esi = route.esi ?? NO_ESI;
  if (kind === 'flood') return { kind: 'inclusive-multicast', type: 3, ...common, originator };
  if (kind === 'prefix') {
    const gateway = prefix.includes(':') ? '::' : '0.0.0.0';
    return { kind: 'ip-prefix', type: 5, ...common, esi, prefix, gateway, label: vni } as EvpnNlri;
  }
  return {
    kind: 'mac-ip-advertisement',
    type: 2,
    ...common,
    esi,
    mac,
    ...(ip !== undefined && { ip }),
    label1: vni,
    ...(l3Vni !== undefined && { label2: l3Vni }),
  };
}

function communitiesOf(route: Spoken): ExtendedCommunity[] {
  const { targets, routerMac, otherMac, sequence, sticky = false, tunnelType = 8 } = route;
  return [
    ...targets.map((text) => parseRouteTarget(text) as ExtendedCommunity),
    extendedCommunity({ kind: 'encapsulation', tunnelType }),
    ...(sequence === undefined ? [] : [extendedCommunity({ kind: 'mac-mobility', sticky, sequence })]),
    ...[routerMac, otherMac].flatMap((mac) =>
      mac === undefined ? [] : extendedCommunity({ kind: 'router-mac', mac }),
    ),
  ];
}

/** The UPDATE that announces a route; of a neighbour by eBGP where it has AS numbers. */
export function announced(route: Spoken): Uint8Array {
  const { nextHop, vni, dPath, asns = [], communities = [], kind, endpoint = nextHop, root } = route;
  const tunnel =
    root === undefined
      ? ({ kind: 'ingress-replication', type: 6, endpoint } as const)
      : ({ kind: 'pim', type: 3, source: root, group: '239.1.1.1' } as const);
  const attributes: PathAttributes = {
    origin: 'igp',
    asPath: asns.length === 0 ? [] : [{ type: 'sequence', asns }],
    ...(asns.length === 0 && { localPref: 100 }),
    ...(communities.length > 0 && { communities: communities.map((text) => parseCommunity(text) as number) }),
    extendedCommunities: communitiesOf(route),
    ...(dPath && { dPath: [dPath.map((domain) => ({ domain: domain as `${number}:${number}`, isfSafi: 70 }))] }),
    ...(kind === 'flood' && { pmsiTunnel: { flags: 0, label: vni, tunnel } }),
    mpReachNlri: { family: Family.Evpn, nextHop, nlri: [nlriOf(route)] },
  };
  return encodeUpdate({ withdrawn: [], nlri: [], attributes }, defaultContext);
}

function withdrawn(route: Spoken): Uint8Array {
  const attributes = { mpUnreachNlri: { family: Family.Evpn, nlri: [nlriOf(route)] } };
  return encodeUpdate({ withdrawn: [], nlri: [], attributes }, defaultContext);
}

/** What a table tells of a route. */
export interface Seen {
  readonly rd: string;
  /** Everything else, in words. */
  readonly text: string;
  readonly attributes: PathAttributes;
  readonly nlri: EvpnNlri;
}

/** Of these sources, what a speaker tells. */
function seenIn({ table, attributes }: Pick<Speaker, 'table' | 'attributes'>, of: (source: Source) => boolean): Seen[] {
  const found: Seen[] = [];
  const bytes = new Uint8Array(300);
  for (let destination = 0; destination < table.end; destination++) {
    const id = table.isUsed(destination) ? table.sentSet(destination) : -1;
    if (id < 0) continue;
    const { block, source } = attributes.get(id);
    if (source.kind !== 'local' || !of(source)) continue;
    const end = table.writeNlri(destination, bytes, 0);
    const { routes, fault } = decodeNlri(Family.Evpn, bytes, 0, end, { addPath: false }) as {
      routes: EvpnNlri[];
      fault?: unknown;
    };
    if (fault !== undefined || routes.length !== 1) throw new Error(`NLRI does not decode: ${JSON.stringify(fault)}`);
    const decoded = decodeAttributes(block, 0, block.length, source.decode);
    if (decoded.faults.length > 0) throw new Error(`attributes do not decode: ${JSON.stringify(decoded.faults)}`);
    found.push(seen(routes[0]!, decoded.attributes));
  }
  return found.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}

function seen(nlri: EvpnNlri, attributes: PathAttributes): Seen {
  const { mpReachNlri, extendedCommunities = [], communities = [], dPath = [], localPref, pmsiTunnel } = attributes;
  const targets = extendedCommunities.filter(isRouteTarget).map((one) => formatExtendedCommunity(one));
  const others = extendedCommunities.filter((one) => !isRouteTarget(one)).map((one) => formatExtendedCommunity(one));
  const { rd, ...rest } = nlri as EvpnNlri & { rd: Parameters<typeof formatRd>[0] };
  const { family: _family, ethernetTag, kind: _kind, ...fields } = rest as Record<string, unknown>;
  const said = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
  const text = [
    ...said,
    ...(ethernetTag === 0 ? [] : [`tag=${ethernetTag}`]),
    `via=${mpReachNlri?.nextHop}`,
    ...targets.sort(),
    ...others.sort(),
    `pref=${localPref}`,
    `dpath=${dPath.map((domains) => domains.map(({ domain }) => domain).join(',')).join('|')}`,
    ...(communities.length > 0 ? [`c=${communities.map(formatCommunity).join(',')}`] : []),
    ...(pmsiTunnel ? [`pmsi=${pmsiTunnel.label}@${(pmsiTunnel.tunnel as { endpoint?: string }).endpoint}`] : []),
  ].join(' ');
  return { rd: formatRd(rd), text, attributes, nlri };
}

const session: StaticNeighbour = { address: theirAddress, asn: 65002, reflection: 'non-client', passive: true };

const nothing = () => {};

const quiet: SpeakerHandler = {
  established: nothing,
  down: nothing,
  retention: nothing,
  routeLimit: nothing,
  deferral: nothing,
  malformed: nothing,
  peerEvent: nothing,
  refused: nothing,
  heldBack: nothing,
  unprotected: nothing,
  tooSlow: nothing,
};

export interface LabOptions {
  readonly domain?: Partial<NeighbourDomain>;
  readonly networks?: readonly VirtualNetwork[];
  /** Addresses of our own NVEs. */
  readonly inside?: readonly string[];
  /** Gateways whose NVEs speak BGP. */
  readonly bgpGateways?: readonly string[];
}

export class BorderLab {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly inner: Speaker;
  readonly border: Border;
  readonly gateways: Gateways;
  readonly networks: Map<string, VirtualNetwork>;
  readonly inside: Set<string>;
  readonly routerMacs = new Set<string>();
  readonly dead = new Set<string>();
  readonly bgpGateways: Set<string>;
  readonly macs = new Map<string, string>();
  readonly limits: ImportLimitEvent[] = [];
  /** Our own NVEs' routes. */
  readonly source: OwnSource;
  neighbour: HandPeer | undefined;
  isBusy = false;
  #isGivenUp = false;

  constructor({
    domain = {},
    networks = [networkOf('web', 1217)],
    inside = ['10.1.0.1', '10.1.0.2'],
    bgpGateways = [],
  }: LabOptions = {}) {
    this.networks = new Map(networks.map((network) => [network.name, network]));
    this.inside = new Set(inside);
    this.bgpGateways = new Set(bgpGateways);
    const { clock } = this;
    const modules = {
      clock,
      transport: this.network.transport(us.routerId),
      random: () => 0.5,
      defer: (run: () => void) => void clock.setTimer(0, run),
    };
    this.inner = new Speaker(
      { asn: us.asn, routerId: us.routerId },
      {
        ...modules,
        handler: quiet,
        decided: (changes) => {
          if (!this.#isGivenUp) this.border.decided(changes);
        },
        isHeld: (destination) => !this.#isGivenUp && this.border.export.isHeld(destination),
        guests: guestsOf(() => [this.border]),
      },
    );
    this.gateways = new Gateways({
      clock,
      factsOf: (address): GatewayFacts => ({ nveProtocolUp: !this.dead.has(address) }),
      identityOf: (address) => address,
      changed: nothing,
      due: () => {
        this.gateways.look();
        this.border.gatewaysChanged();
      },
    });
    const own: Inside = {
      speaker: this.inner,
      networks: () => this.networks,
      holds: (address) => this.inside.has(address),
      hasRouterMac: (mac) => this.routerMacs.has(mac),
      gatewayEnd: (_identity, address) => {
        const routerMac = this.macs.get(address);
        return { tunnelAddress: address, ...(routerMac !== undefined && { routerMac }), encapsulations: ['vxlan'] };
      },
      identityOf: (address) => address,
      leadsThere: () => true,
      speaksBgp: (identity) => this.bgpGateways.has(identity),
    };
    this.border = new Border(domainOf(domain), us, {
      ...modules,
      handler: quiet,
      gateways: this.gateways,
      inside: () => own,
      rests: () => (this.isBusy ? 8 : 0),
      limited: (event) => void this.limits.push(event),
      keep: nothing,
      maintained: nothing,
    });
    this.source = this.inner.openSource() as OwnSource;
  }

  static async begun(options: LabOptions = {}): Promise<BorderLab> {
    const lab = new BorderLab(options);
    await lab.inner.listen(us.routerId, 179);
    lab.border.begin([session]);
    lab.lookAtGateways();
    lab.join();
    return lab;
  }

  /** The neighbour's session comes up. */
  join(): void {
    const connection = this.network.transport(theirAddress).connect({ address: us.routerId, port: 179 });
    const neighbour = new HandPeer(connection);
    this.settle();
    const capabilities = [
      { kind: 'multiprotocol', value: Family.Evpn },
      { kind: 'fourOctetAs', value: 65002 },
    ] as const;
    neighbour.send(openOf({ myAs: 65002, bgpId: theirAddress, capabilities, holdTime: 0 }));
    neighbour.send(keepaliveHex);
    this.neighbour = neighbour;
    this.settle();
  }

  /** It is gone, with all that it said. */
  leave(): void {
    this.neighbour?.connection.destroy();
    this.neighbour = undefined;
    this.settle();
  }

  /** The neighbour is configured no more. */
  giveUp(): void {
    this.#isGivenUp = true;
    void this.border.stop('removed');
    this.settle();
  }

  settle(milliseconds = 100): void {
    this.clock.advance(milliseconds);
  }

  /** Shares or gateways are as the configuration has them now. */
  lookAtGateways(): void {
    this.gateways.become(this.border.shares.flatMap(({ gateways }) => [...gateways.import, ...gateways.export]));
    this.border.gatewaysChanged();
  }

  /** The neighbour is configured otherwise. */
  become(change: Partial<NeighbourDomain>): void {
    this.border.become({ ...this.border.config, ...change }, [session]);
  }

  share(networks: NeighbourDomain['networks']): void {
    this.become({ networks });
    this.lookAtGateways();
  }

  kill(gateway: string): void {
    this.dead.add(gateway);
    this.gateways.look();
    this.border.gatewaysChanged();
  }

  revive(gateway: string): void {
    this.dead.delete(gateway);
    this.gateways.look();
    this.border.gatewaysChanged();
  }

  /** From the neighbour. */
  hear(...routes: readonly Spoken[]): void {
    for (const route of routes) this.neighbour?.send(announced({ asns: [65002], ...route }));
    this.settle();
  }

  unhear(...routes: readonly Spoken[]): void {
    for (const route of routes) this.neighbour?.send(withdrawn(route));
    this.settle();
  }

  /** From inside. */
  say(...routes: readonly Spoken[]): void {
    for (const route of routes) this.source.originate(announced(route));
    this.settle();
  }

  unsay(...routes: readonly Spoken[]): void {
    for (const route of routes) this.source.originate(withdrawn(route));
    this.settle();
  }

  /** What our own NVEs are told of the neighbour's. */
  get imported(): Seen[] {
    return seenIn(this.inner, ({ onBehalfOf, audience }) => onBehalfOf === 'dc2' && !(audience && 'only' in audience));
  }

  /** What gateways of ours that speak BGP are told of them instead. */
  get importedByGateways(): Seen[] {
    return seenIn(
      this.inner,
      ({ onBehalfOf, audience }) => onBehalfOf === 'dc2' && audience !== undefined && 'only' in audience,
    );
  }

  /** What the neighbour is told of ours. */
  get exported(): Seen[] {
    return seenIn(this.border.outer, () => true);
  }

  /** How many there are of each reason, by name. */
  refused(direction: 'import' | 'export'): Record<string, number> {
    return Object.fromEntries([...this.border.refused(direction)].filter(([, count]) => count > 0));
  }
}

/** Destinations of a table that are in use, the withdrawn that are remembered included. */
export function usedIn(table: RouteTable): number {
  let used = 0;
  for (let destination = 0; destination < table.end; destination++) if (table.isUsed(destination)) used++;
  return used;
}
