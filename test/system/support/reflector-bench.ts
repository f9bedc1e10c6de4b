/** One nvad on the loopback of a namespace, and clients with addresses of 127.0.0.0/8 and fd00::/64. */
import { Bench } from './bench.ts';
import type { BgpClient } from './bgp-client.ts';
import type { OpenOptions } from './messages.ts';
import type { Namespace } from './namespace.ts';
import type { Nvad } from './nvad.ts';
import { until } from './until.ts';

export const routerId = '10.255.0.1';
export const clusterId = '10.255.0.77';

/** What a neighbour is to nvad, and where it comes from. */
const kinds = {
  client: { network: '127.0.1', asn: 65000 },
  /** Another replica: non-client iBGP. */
  replica: { network: '127.0.3', asn: 65000 },
  /** eBGP. */
  as65001: { network: '127.0.2', asn: 65001 },
  as65002: { network: '127.0.4', asn: 65002 },
  /** A client that is sent several paths a route if it takes them (RFC 7911). */
  severalPaths: { network: '127.0.5', asn: 65000 },
} as const;
export type NeighbourKind = keyof typeof kinds;

const REPLICAS = 20;
const replicas = Array.from({ length: REPLICAS }, (_, i) => `  - { address: 127.0.3.${i + 1}, passive: true }`);

const config = `
domain: dc1
asn: 65000
routerId: ${routerId}
clusterId: ${clusterId}
listen: ["[::]:179"]
nves:
  - prefix: 127.0.1.0/24
  - prefix: fd00::/64
  - { prefix: 127.0.2.0/24, asn: 65001 }
  - { prefix: 127.0.4.0/24, asn: 65002 }
  - { prefix: 127.0.5.0/24, addPath: both }
nvas:
${replicas.join('\n')}
api: { listen: "127.0.0.1:8080" }
`;

export class ReflectorBench extends Bench {
  readonly net: Namespace;
  readonly dut: Nvad;
  readonly #clients: BgpClient[] = [];
  readonly #joined = { client: 0, replica: 0, as65001: 0, as65002: 0, severalPaths: 0 };

  /** @param more lines of nvad's configuration. */
  constructor(more = '') {
    super();
    this.net = this.namespace('lo');
    this.net.ip('address', 'add', 'fd00::1/64', 'dev', 'lo', 'nodad');
    this.net.ip('address', 'add', 'fd00::10/64', 'dev', 'lo', 'nodad');
    this.dut = this.nvad(this.net, `${config}${more}`);
  }

  /**
   * An established neighbour that has been sent the table. Each comes from an address of its own, since nvad holds
   * back an address whose sessions end again and again. Its identifier is its address.
   */
  async join(kind: NeighbourKind, open: Partial<OpenOptions> = {}): Promise<BgpClient> {
    const { network, asn } = kinds[kind];
    const localAddress = `${network}.${++this.#joined[kind]}`;
    return this.joinFrom(localAddress, '127.0.0.1', { asn, id: localAddress, ...open });
  }

  async joinFrom(localAddress: string, host: string, open: OpenOptions): Promise<BgpClient> {
    const client = this.client(this.net, { localAddress, host });
    this.#clients.push(client);
    await client.establish(open);
    await until(() => client.endsOfRib.length === 1, { within: 10_000, what: 'End-of-RIB' });
    return client;
  }

  /** All neighbours leave; waits until nvad has forgotten their routes. */
  async leave(): Promise<void> {
    for (const client of this.#clients.splice(0)) client.destroy();
    const routes = async () => (await this.dut.get<{ counts: { paths: number } }>('/v1/health')).counts.paths;
    await until(async () => (await routes()) === 0, { within: 10_000, what: 'an empty table' });
    const peers = async () => (await this.dut.get<{ counts: { peersEstablished: number } }>('/v1/health')).counts;
    await until(async () => (await peers()).peersEstablished === 0, { within: 10_000, what: 'no session' });
  }
}
