import type { Bench } from '../../support/bench.ts';
import type { BgpClient } from '../../support/bgp-client.ts';
import { Gobgp, type GobgpConfig, type GobgpProgram, type Tree } from '../../support/gobgp.ts';
import type { OpenOptions } from '../../support/messages.ts';
import type { Namespace } from '../../support/namespace.ts';
import type { Nvad, NvadOptions } from '../../support/nvad.ts';

export const nva = '10.0.0.1';
export const nva6 = 'fd00::1';
export const clusterId = '10.0.0.77';
/** CLUSTER_ID of each GoBGP as a reflector. */
export const gobgpClusterId = '10.0.0.88';

/** The nth GoBGP, and the client that is behind it. */
export const gobgpAddress = (number: number) => `10.0.0.${10 + number}`;
export const gobgpAddress6 = (number: number) => `fd00::${10 + number}`;
const behindAddress = (number: number) => `10.0.0.${20 + number}`;

const evpn = [{ config: { 'afi-safi-name': 'l2vpn-evpn' } }];

/** A neighbour of GoBGP as its file has it: the same AS, EVPN alone, and GoBGP waits to be called. */
export function neighbor(address: string, localAddress: string, more: Tree = {}): Tree {
  return {
    config: { 'neighbor-address': address, 'peer-as': 65000 },
    transport: { config: { 'local-address': localAddress, 'passive-mode': true } },
    timers: { config: { 'connect-retry': 1, 'idle-hold-time-after-reset': 1 } },
    'afi-safis': evpn,
    ...more,
  };
}

/**
 * One nvad, up to nine GoBGPs, a client behind each of them, and clients of nvad's own; all on the loopback of one
 * namespace.
 */
export class GobgpLab {
  readonly net: Namespace;
  readonly bench: Bench;
  readonly program: GobgpProgram;
  #clients = 0;

  constructor(program: GobgpProgram, bench: Bench) {
    this.bench = bench;
    this.program = program;
    this.net = bench.namespace('lo');
    this.net.ip('address', 'add', '10.0.0.1/24', 'dev', 'lo');
    for (const host of Array.from({ length: 98 }, (_, i) => i + 2)) {
      this.net.ip('address', 'add', `10.0.0.${host}/32`, 'dev', 'lo');
    }
    for (const host of [1, ...Array.from({ length: 10 }, (_, i) => i + 10)]) {
      this.net.ip('address', 'add', `fd00::${host}/128`, 'dev', 'lo', 'nodad');
    }
  }

  /** Starts the nth GoBGP: a reflector to the client behind it. */
  async gobgp(
    number: number,
    more: { readonly global?: Tree; readonly [section: string]: unknown } = {},
  ): Promise<Gobgp> {
    const address = gobgpAddress(number);
    const client = {
      'route-reflector': {
        config: { 'route-reflector-client': true, 'route-reflector-cluster-id': gobgpClusterId },
      },
    };
    const { global, ...sections } = more;
    return this.start(number, {
      ...sections,
      global: { config: { as: 65000, 'router-id': address, 'local-address-list': [address] }, ...global },
      neighbors: [neighbor(nva, address), neighbor(behindAddress(number), address, client)],
    });
  }

  /** Starts the nth GoBGP, configured in full. */
  async start(number: number, config: GobgpConfig, namespace = this.net): Promise<Gobgp> {
    const options = { folder: this.bench.folder, config, apiPort: 50050 + number };
    const gobgp = new Gobgp(this.program, options, namespace);
    this.bench.defer(() => gobgp.kill());
    return gobgp.up();
  }

  /**
   * Starts nvad. It takes any client of the network besides these.
   * @param nves as the file has them: `{ address: 10.0.0.11 }`.
   */
  async nvad(nves: readonly string[], options: Partial<NvadOptions> = {}): Promise<Nvad> {
    const config = `
domain: dc1
asn: 65000
routerId: ${nva}
clusterId: ${clusterId}
listen: ["${nva}:179", "[${nva6}]:179"]
nves:
${['{ prefix: 10.0.0.0/24 }', '{ prefix: fd00::/64 }', ...nves].map((nve) => `  - ${nve}\n`).join('')}
api: { listen: "127.0.0.1:8080" }
`;
    return this.bench.nvad(this.net, config, options).up();
  }

  /** A client of the nth GoBGP, established. */
  async behind(number: number): Promise<BgpClient> {
    return this.join(behindAddress(number), gobgpAddress(number));
  }

  /** A client of nvad, from an address of its own, established. */
  async client(options: Partial<OpenOptions> = {}): Promise<BgpClient> {
    return this.join(`10.0.0.${31 + this.#clients++}`, nva, options);
  }

  /** A client from `localAddress`, established. */
  async join(localAddress: string, host: string, options: Partial<OpenOptions> = {}): Promise<BgpClient> {
    const client = this.bench.client(this.net, { localAddress, host });
    return client.establish({ asn: 65000, id: localAddress, ...options });
  }
}
