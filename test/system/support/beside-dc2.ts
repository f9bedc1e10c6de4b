/**
 * One nvad, dc1, with two NVEs of its own, and one neighbour domain, dc2, whose NVA has two replicas: all of them but the nvad
 * are played by hand. They share the networks `web` and `db`, which have other names on the wire between the two.
 */
import type { Domain } from '../../../src/api/contract/domains.ts';
import { Bench } from './bench.ts';
import type { BgpClient } from './bgp-client.ts';
import { hex } from './bytes.ts';
import { macIp, macOf, rd } from './evpn-routes.ts';
import { announce, encapsulationVxlan, macMobility, type OpenOptions, routeTarget, withdraw } from './messages.ts';
import type { Namespace } from './namespace.ts';
import type { Nvad } from './nvad.ts';
import { until } from './until.ts';

export const at = {
  nvad: '10.1.0.1',
  nve1: '10.1.0.11',
  nve2: '10.1.0.12',
  neighbour: '10.9.0.1',
  replica: '10.9.0.2',
} as const;

const sides = {
  inside: { asn: 65001, vni: { web: 1217, db: 1218 } },
  wire: { asn: 65002, vni: { web: 2217, db: 2218 } },
} as const;
export type Network = 'web' | 'db';

const config = (neighbour: string) => `
domain: dc1
asn: 65001
routerId: 10.255.0.1
listen: ["${at.nvad}:179"]
nves: [{ prefix: 10.1.0.0/24, passive: true }]
# None is a duplicate because it moves often.
macMobility: { moves: 1000, seconds: 1 }
virtualNetworks:
  - { name: web, vni: ${sides.inside.vni.web} }
  - { name: db, vni: ${sides.inside.vni.db} }
federation:
  - domain: dc2
    address: [${at.neighbour}, ${at.replica}]
    asn: 65002
    passive: true
    virtualNetworks:
      - { name: web, remote: { vni: ${sides.wire.vni.web} } }
      - { name: db, remote: { vni: ${sides.wire.vni.db} } }
    ${neighbour}
api: { listen: "127.0.0.1:8080" }
store: { kind: memory }
`;

export interface Said {
  readonly network?: Network;
  /** Of the MAC mobility extended community; without it there is none. */
  readonly sequence?: number;
}

/** A host as a client holds it. */
export interface HeldHost {
  /** Absent where an eBGP neighbour is told. */
  readonly localPref: number | undefined;
  readonly sequence: number | undefined;
}

export class BesideDc2 {
  readonly nvad: Nvad;
  readonly #bench: Bench;
  readonly #net: Namespace;

  private constructor(bench: Bench, net: Namespace, nvad: Nvad) {
    this.#bench = bench;
    this.#net = net;
    this.nvad = nvad;
  }

  /** `neighbour` are keys of the neighbour domain, in YAML on one line each. */
  static async begun(...neighbour: readonly string[]): Promise<BesideDc2> {
    const bench = new Bench();
    const net = bench.namespace('dc2');
    for (const one of Object.values(at)) net.ip('address', 'add', `${one}/32`, 'dev', 'lo');
    const nvad = bench.nvad(net, config(neighbour.join('\n    ')));
    await nvad.up();
    return new BesideDc2(bench, net, nvad);
  }

  /** The configuration has these keys of the neighbour domain from now on; nvad has read it. */
  async reload(...neighbour: readonly string[]): Promise<void> {
    const from = this.nvad.logs.length;
    this.nvad.configure(config(neighbour.join('\n    ')));
    this.nvad.signal('SIGHUP');
    await this.nvad.logged(/^configuration reloaded/, { from });
  }

  clear(): Promise<void> {
    return this.#bench.clear();
  }

  /** One of our NVEs comes up, and has said all. */
  async joinNve(localAddress: string = at.nve1): Promise<BgpClient> {
    const nve = await this.dial(localAddress).establish({ asn: 65001, id: localAddress });
    nve.done();
    return nve;
  }

  /** The neighbour's NVA comes up, or its other replica, and has not said that it has said all. */
  joinNeighbour(localAddress: string = at.neighbour, options: Partial<OpenOptions> = {}): Promise<BgpClient> {
    return this.dial(localAddress).establish({ asn: 65002, id: localAddress, ...options });
  }

  dial(localAddress: string): BgpClient {
    return this.#bench.client(this.#net, { localAddress, host: at.nvad });
  }

  domain(): Promise<Domain> {
    return this.nvad.get<Domain>('/v1/federation/dc2');
  }

  /** What nvactl prints; rejects when it fails. */
  async ctl(...words: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.nvad.ctl(...words);
    if (code !== 0) throw new Error(`nvactl ${words.join(' ')}: ${code} ${stderr}`);
    return stdout;
  }

  /** The value of one metric, its labels included in the name as they are written; undefined where it is not there. */
  async metric(name: string): Promise<number | undefined> {
    const { text } = await this.nvad.http('/metrics');
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length));
  }
}

/** Announces hosts, in one UPDATE. */
export function say(client: BgpClient, hosts: readonly number[], { network = 'web', sequence }: Said = {}): void {
  const { asn, vni, nextHop } = standing(client);
  const mobility = sequence === undefined ? [] : [macMobility(sequence)];
  const extendedCommunities = [routeTarget(asn, vni[network]), encapsulationVxlan, ...mobility];
  const outside = asn === sides.wire.asn ? { asPath: [asn], localPref: null } : {};
  client.send(announce(nlriOf(client, hosts, network), { nextHop, extendedCommunities, ...outside }));
}

export function unsay(client: BgpClient, hosts: readonly number[], network: Network = 'web'): void {
  client.send(withdraw(nlriOf(client, hosts, network)));
}

/** What a client says is behind itself; what the replicas of the neighbour say is the same. */
function standing({ address }: BgpClient) {
  const isOutside = address === at.neighbour || address === at.replica;
  return isOutside ? { ...sides.wire, nextHop: at.neighbour } : { ...sides.inside, nextHop: address };
}

function nlriOf(client: BgpClient, hosts: readonly number[], network: Network): number[][] {
  const { vni, nextHop } = standing(client);
  return hosts.map((host) => macIp({ rd: rd(nextHop, 7), mac: macOf(host), labels: [vni[network]] }));
}

/** In the NLRI of a type-2 route: type and length, RD, ESI, Ethernet tag and the length of a MAC address stand before it. */
const MAC_AT = 2 * (2 + 8 + 10 + 4 + 1);

/** Which host of {@link macOf} a route of type 2 is to, in hexadecimal as clients hold it. */
export const hostOf = (nlri: string): number => Number.parseInt(nlri.slice(MAC_AT + 2, MAC_AT + 12), 16);

/** What a client has been told of hosts, whoever has them. */
export function heldBy(client: BgpClient): Map<number, HeldHost> {
  const held = [...client.routes.values()].map(({ nlri, attributes }) => {
    const localPref = attributes.get(5)?.value;
    return [
      hostOf(nlri),
      {
        localPref: localPref === undefined ? undefined : Number.parseInt(localPref, 16),
        sequence: sequenceOf(attributes.get(16)?.value),
      },
    ] as const;
  });
  return new Map(held.sort(([a], [b]) => a - b));
}

/** Of extended communities in hexadecimal. */
export function sequenceOf(communities = ''): number | undefined {
  const mobility = communities.match(/.{16}/g)?.find((one) => one.startsWith(hex([6, 0])));
  return mobility === undefined ? undefined : Number.parseInt(mobility.slice(8), 16);
}

/** A client is told of these hosts, and of no others; waits for it. */
export async function holds(client: BgpClient, ...wanted: readonly number[]): Promise<void> {
  const held = () => [...heldBy(client).keys()].join(' ');
  await until(() => held() === wanted.join(' '), { within: 10_000, what: () => `${wanted.join(' ')}, not ${held()}` });
}
