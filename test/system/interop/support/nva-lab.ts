import type { Bench } from '../../support/bench.ts';
import type { BgpClient } from '../../support/bgp-client.ts';
import type { OpenOptions } from '../../support/messages.ts';
import type { Namespace } from '../../support/namespace.ts';
import type { Nvad, NvadOptions } from '../../support/nvad.ts';

export const nva = '10.0.0.1';
export const nva6 = 'fd00::1';
export const clusterId = '10.0.0.77';

/** One nvad and its clients on the loopback of a namespace, which has the addresses 10.0.0.1–99 and fd00::1–99. */
export class NvaLab {
  readonly net: Namespace;
  readonly bench: Bench;
  #clients = 0;

  constructor(bench: Bench) {
    this.bench = bench;
    this.net = bench.namespace('lo');
    this.net.ip('address', 'add', '10.0.0.1/24', 'dev', 'lo');
    for (const host of Array.from({ length: 98 }, (_, i) => i + 2)) {
      this.net.ip('address', 'add', `10.0.0.${host}/32`, 'dev', 'lo');
    }
    for (const host of [1, ...Array.from({ length: 90 }, (_, i) => i + 10)]) {
      this.net.ip('address', 'add', `fd00::${host}/128`, 'dev', 'lo', 'nodad');
    }
  }

  /**
   * Starts nvad. It takes any client of the network besides these.
   * @param nves as the file has them: `{ address: 10.0.0.11 }`.
   * @param more lines of the file besides.
   */
  async nvad(nves: readonly string[], options: Partial<NvadOptions> = {}, more = ''): Promise<Nvad> {
    const all = ['{ prefix: 10.0.0.0/24 }', '{ prefix: "fd00::/64" }', ...nves];
    const config = `
domain: dc1
asn: 65000
routerId: ${nva}
clusterId: ${clusterId}
listen: ["${nva}:179", "[${nva6}]:179"]
nves:
${all.map((nve) => `  - ${nve}\n`).join('')}
api: { listen: "127.0.0.1:8080" }
${more}
`;
    return this.bench.nvad(this.net, config, options).up();
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
