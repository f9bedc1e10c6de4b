/** Two FRR routers with kernel VXLAN on one Ethernet segment with nvad, and a tenant host behind each. */
import type { Bench } from './bench.ts';
import { Frr } from './frr.ts';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

export const reflector = '10.0.0.1';
export const addresses = ['10.0.0.11', '10.0.0.12'] as const;
const hosts = ['192.168.100.1', '192.168.100.2'] as const;

/** What an operator of FRR writes who knows nothing of us: no timers, nothing tuned. */
const bgpd = (address: string) => `
hostname nve
router bgp 65000
 bgp router-id ${address}
 no bgp default ipv4-unicast
 neighbor ${reflector} remote-as 65000
 !
 address-family l2vpn evpn
  neighbor ${reflector} activate
  advertise-all-vni
 exit-address-family
!`;

interface Nve {
  readonly namespace: Namespace;
  readonly host: Namespace;
  readonly address: string;
}

export class TwoNves {
  /** Where nvad runs. */
  readonly nva: Namespace;
  readonly routers: Frr[] = [];
  readonly #nves: readonly Nve[];
  readonly #bench: Bench;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.nva = bench.namespace('nva');
    this.nva.ip('link', 'add', 'underlay', 'type', 'bridge');
    this.nva.ip('address', 'add', `${reflector}/24`, 'dev', 'underlay');
    this.nva.ip('link', 'set', 'underlay', 'up');
    this.#nves = addresses.map((address, index) => this.#nve(address, index));
  }

  #nve(address: string, index: number): Nve {
    const namespace = this.#bench.namespace('nve');
    const host = this.#bench.namespace('host');
    namespace.link('underlay', this.nva, `nve${index}`);
    this.nva.ip('link', 'set', `nve${index}`, 'master', 'underlay');
    namespace.ip('address', 'add', `${address}/24`, 'dev', 'underlay');
    host.link('eth0', namespace, 'host');
    host.ip('address', 'add', `${hosts[index]}/24`, 'dev', 'eth0');
    namespace.ip('link', 'add', 'br100', 'type', 'bridge');
    const vxlan = ['type', 'vxlan', 'id', '100', 'local', address, 'dstport', '4789', 'nolearning'];
    namespace.ip('link', 'add', 'vxlan100', ...vxlan);
    for (const port of ['host', 'vxlan100']) namespace.ip('link', 'set', port, 'master', 'br100', 'up');
    namespace.ip('link', 'set', 'br100', 'up');
    return { namespace, host, address };
  }

  startRouters(): void {
    for (const { namespace, address } of this.#nves) {
      const router = new Frr(bgpd(address), namespace);
      this.#bench.defer(() => router.stop());
      this.routers.push(router);
    }
  }

  /** Whether the first host reaches the second. The second has to answer within 200 ms. */
  ping(): Promise<boolean> {
    return this.#nves[0]!.host.succeeds('ping', '-q', '-c', '1', '-W', '0.2', hosts[1]);
  }

  /** Waits for the hosts to reach each other and answers how long that took from `since` on; milliseconds. */
  async reachable(since: number, within: number): Promise<number> {
    await until(() => this.ping(), { within, every: 50, what: 'a ping through the overlay' });
    return performance.now() - since;
  }

  /** Waits until what both routers say of their session is `state`. */
  async inState(state: 'Active' | 'Established', within: number): Promise<void> {
    const states = () => Promise.all(this.routers.map(peerState));
    let last: readonly (string | undefined)[] = [];
    await until(
      async () => {
        last = await states();
        return last.every((one) => one === state);
      },
      { within, every: 50, what: () => `both routers in ${state}; they are in ${last.join(', ')}` },
    );
  }
}

interface Summary {
  readonly peers?: Readonly<Record<string, { readonly state: string }>>;
}

async function peerState(router: Frr): Promise<string | undefined> {
  const summary = await router.json<Summary>('show bgp l2vpn evpn summary');
  return summary?.peers?.[reflector]?.state;
}
