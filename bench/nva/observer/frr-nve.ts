/** An FRR router that is an NVE of the first network: VXLAN device and bridge of the kernel, all routes in its bgpd. */
import type { Bench } from '../../../test/system/support/bench.ts';
import { hasFrr } from '../../../test/system/support/frr.ts';
import { Nve } from '../../../test/system/support/nve.ts';
import { reflector, type Underlay } from '../../../test/system/support/underlay.ts';
import { until } from '../../../test/system/support/until.ts';
import { type Comparison, compare, type Model, type ModelNetwork, together } from '../model.ts';

const config = (address: string) => `
router bgp 65000
 bgp router-id ${address}
 no bgp default ipv4-unicast
 neighbor ${reflector} remote-as 65000
 address-family l2vpn evpn
  neighbor ${reflector} activate
  advertise-all-vni
 exit-address-family
exit`;

interface Summary {
  readonly peers?: Readonly<Record<string, { readonly state: string; readonly pfxRcd: number }>>;
}
interface Path {
  readonly extendedCommunity?: { readonly string: string };
  readonly nexthops: readonly { readonly ip: string }[];
}
type Table = Readonly<
  Record<string, Readonly<Record<string, { readonly paths?: readonly (readonly Path[])[] }>> | number>
>;

/** Milliseconds that vtysh may take to print a large table. */
const PATIENCE = 60_000;

export class FrrNve {
  readonly address: string;
  readonly #nve: Nve;
  readonly #network: ModelNetwork;
  readonly #model: Model;

  /** Undefined where FRR is not installed. */
  static start(bench: Bench, underlay: Underlay, model: Model, address: string): FrrNve | undefined {
    return hasFrr ? new FrrNve(bench, underlay, model, address) : undefined;
  }

  private constructor(bench: Bench, underlay: Underlay, model: Model, address: string) {
    this.address = address;
    this.#model = model;
    this.#network = model.networks[0] as ModelNetwork;
    this.#nve = new Nve(bench, underlay, address);
    // A tunnel end must be reachable for its routes to be used.
    this.#nve.namespace.ip('route', 'add', '10.0.0.0/8', 'via', reflector);
    this.#nve.join(this.#network.vni);
    this.#nve.start({ bgpd: config(address) });
  }

  async established(): Promise<void> {
    await until(async () => (await this.#peer())?.state === 'Established', {
      within: 60_000,
      every: 200,
      what: 'the session of FRR',
    });
  }

  /** Routes that it has received. */
  async received(): Promise<number> {
    return (await this.#peer())?.pfxRcd ?? 0;
  }

  /** MAC addresses that the kernel forwards to a tunnel. */
  get forwarded(): number {
    return this.#fdb().size;
  }

  /** What its bgpd holds and its kernel forwards, against the model. */
  async compare(): Promise<Comparison> {
    const { vni } = this.#network;
    const wantedFdb = new Map<string, string>();
    const wantedRoutes = new Map<string, string>();
    for (let i = 0; i < this.#model.shape.attachments; i++) {
      const place = this.#model.place(i);
      if (place < 0) continue;
      const [mac, network, tunnel] = [this.#model.mac(i), this.#model.network(i), this.#model.tunnel(place)];
      if (network === this.#network) wantedFdb.set(mac, tunnel);
      const sequence = this.#model.sequence(i);
      const said = `${tunnel} RT:65000:${network.vni} ET:8${sequence > 0 ? ` MM:${sequence}` : ''}`;
      const key = `${tunnel}:${network.vni & 0xffff} [2]:[0]:[48]:[${mac}]`;
      wantedRoutes.set(key, said);
      wantedRoutes.set(`${key}:[32]:[${this.#model.ip(i)}]`, said);
    }
    return together([
      compare(`FRR's kernel, VNI ${vni}`, this.#fdb(), wantedFdb),
      compare("FRR's bgpd", await this.#routes(), wantedRoutes),
    ]);
  }

  async #peer() {
    return (await this.#nve.frr.json<Summary>('show bgp l2vpn evpn summary'))?.peers?.[reflector];
  }

  #fdb(): Map<string, string> {
    const text = this.#nve.namespace.run('bridge', 'fdb', 'show', 'dev', `vxlan${this.#network.vni}`);
    const found = new Map<string, string>();
    for (const [, mac = '', tunnel = ''] of text.matchAll(/^(\S+) dst (\S+) /gm)) {
      if (mac.startsWith('02:00')) found.set(mac, tunnel);
    }
    return found;
  }

  /** Type 2 as bgpd has them. */
  async #routes(): Promise<Map<string, string>> {
    const text = await this.#nve.frr.show('show bgp l2vpn evpn route type 2 json', PATIENCE);
    const found = new Map<string, string>();
    for (const [rd, prefixes] of Object.entries(JSON.parse(text) as Table)) {
      if (typeof prefixes === 'number') continue;
      for (const [prefix, { paths }] of Object.entries(prefixes)) {
        const path = paths?.flat()[0];
        if (path === undefined) continue;
        const said = path.extendedCommunity?.string.split(' ') ?? [];
        const order = ['RT:', 'ET:', 'MM:'].flatMap((kind) => said.filter((one) => one.startsWith(kind)));
        found.set(`${rd} ${prefix}`, [path.nexthops[0]?.ip, ...order].join(' '));
      }
    }
    return found;
  }
}
