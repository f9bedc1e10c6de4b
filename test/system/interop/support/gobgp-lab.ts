import type { Bench } from '../../support/bench.ts';
import type { BgpClient } from '../../support/bgp-client.ts';
import { Gobgp, type GobgpConfig, type GobgpOptions, type GobgpProgram, type Tree } from '../../support/gobgp.ts';
import type { OpenOptions } from '../../support/messages.ts';
import type { Namespace } from '../../support/namespace.ts';
import { NvaLab, nva } from './nva-lab.ts';

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

/** Up to nine GoBGPs around nvad, with a client behind each of them. */
export class GobgpLab extends NvaLab {
  readonly program: GobgpProgram;

  constructor(program: GobgpProgram, bench: Bench) {
    super(bench);
    this.program = program;
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
  async start(
    number: number,
    config: GobgpConfig,
    { namespace = this.net, ...options }: { namespace?: Namespace } & Pick<GobgpOptions, 'restarted' | 'down'> = {},
  ): Promise<Gobgp> {
    const all = { folder: this.bench.folder, config, apiPort: 50050 + number, ...options };
    const gobgp = new Gobgp(this.program, all, namespace);
    this.bench.defer(() => gobgp.kill());
    return gobgp.up();
  }

  /** A client of the nth GoBGP, established. */
  async behind(number: number, options: Partial<OpenOptions> = {}): Promise<BgpClient> {
    return this.join(behindAddress(number), gobgpAddress(number), options);
  }
}
