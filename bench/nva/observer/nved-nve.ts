/** nved as a process: an NVE of one network, with a kernel of its own that forwards by what it is told. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vxlanName } from '../../../src/nve/names.ts';
import { mappingKey } from '../../../src/nve-protocol/client/index.ts';
import type { Bench } from '../../../test/system/support/bench.ts';
import type { Namespace } from '../../../test/system/support/namespace.ts';
import { Nved } from '../../../test/system/support/nved.ts';
import { reflector, type Underlay } from '../../../test/system/support/underlay.ts';
import { type Comparison, compare, type Model, type ModelNetwork, together } from '../model.ts';
import { nveProtocolPort, nveToken, told } from './push-nve.ts';

const name = 'nved0';
const port = 'tenant0';
const mac = '02:ff:00:00:00:01';

export class NvedNve {
  readonly #model: Model;
  readonly #network: ModelNetwork;
  readonly #address: string;
  readonly #namespace: Namespace;
  readonly #nved: Nved;

  constructor(
    place: { readonly model: Model; readonly network: ModelNetwork; readonly address: string },
    bench: Bench,
    underlay: Underlay,
  ) {
    this.#model = place.model;
    this.#network = place.network;
    this.#address = place.address;
    this.#namespace = underlay.node('nved', place.address);
    const tenant = bench.namespace('tenant');
    tenant.link('eth0', this.#namespace, port);
    const token = join(bench.folder, 'nved-token');
    writeFileSync(token, `${nveToken}\n`, { mode: 0o600 });
    this.#nved = new Nved(
      {
        folder: bench.folder,
        name,
        tunnelAddress: place.address,
        nvas: [`${reflector}:${nveProtocolPort}`],
        more: `token: ${token}\n`,
      },
      this.#namespace,
    );
    bench.defer(() => this.#nved.kill());
  }

  /** Starts it, and makes a port ready, so that it takes part in its network and announces nothing that is in no model. */
  async join(): Promise<void> {
    await this.#nved.start();
    const words = ['--network', this.#network.name, '--id', name, '--port', port, '--mac', mac, '--pre-associate'];
    const { code, stderr } = await this.#nved.ctl('attach', ...words);
    if (code !== 0) throw new Error(`nved could not attach: ${stderr}`);
  }

  /** Why it does not know everything; undefined when it does. */
  async waits(): Promise<string | undefined> {
    const expected = this.#wanted().size;
    // Before nved itself, which has nothing to say that counts until then.
    const forwarded = this.#fdb().size;
    if (forwarded !== expected) return `the kernel of nved forwards to ${forwarded} of ${expected} MAC addresses`;
    const { nva, networks } = await this.#nved.show();
    if (nva !== undefined && networks.every(({ synced }) => synced)) return undefined;
    return 'nved waits for an NVA that has said all';
  }

  /** What it was told and what its kernel forwards by, against the model. */
  async compare(): Promise<Comparison> {
    const { networks } = await this.#nved.show();
    const found = new Map<string, string>();
    for (const { mappings } of networks) for (const one of mappings) found.set(mappingKey(one), told(one));
    return together([
      compare('nved', found, this.#model.mappings(this.#network, this.#address)),
      compare(`nved's kernel, VNI ${this.#network.vni}`, this.#fdb(), this.#wanted()),
    ]);
  }

  /** Tunnels by MAC address. */
  #wanted(): Map<string, string> {
    const wanted = new Map<string, string>();
    for (let i = 0; i < this.#model.shape.attachments; i++) {
      const at = this.#model.place(i);
      if (at >= 0 && this.#model.network(i) === this.#network) wanted.set(this.#model.mac(i), this.#model.tunnel(at));
    }
    return wanted;
  }

  #fdb(): Map<string, string> {
    const text = this.#namespace.run('bridge', 'fdb', 'show', 'dev', vxlanName(this.#network.vni));
    const found = new Map<string, string>();
    for (const [, mac = '', tunnel = ''] of text.matchAll(/^(\S+) dst (\S+) /gm)) {
      if (mac.startsWith('02:00')) found.set(mac, tunnel);
    }
    return found;
  }
}
