/** Two FRR routers with kernel VXLAN on one Ethernet segment with nvad, and a tenant host behind each. */
import type { Bench } from './bench.ts';
import type { Frr } from './frr.ts';
import type { Namespace } from './namespace.ts';
import { Nve } from './nve.ts';
import { Ping } from './ping.ts';
import { reflector, Underlay } from './underlay.ts';
import { until } from './until.ts';

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

export class TwoNves {
  /** Where nvad runs. */
  readonly nva: Namespace;
  readonly underlay: Underlay;
  readonly #bench: Bench;
  readonly #nves: readonly Nve[];
  readonly #hosts: readonly Namespace[];

  constructor(bench: Bench) {
    const underlay = new Underlay(bench);
    this.#bench = bench;
    this.underlay = underlay;
    this.nva = underlay.nva;
    this.#nves = addresses.map((address) => new Nve(bench, underlay, address));
    this.#hosts = this.#nves.map((nve, index) => {
      const host = bench.namespace('host');
      nve.join(100);
      nve.plug(host, 'eth0', 'host', 'br100');
      host.ip('address', 'add', `${hosts[index]}/24`, 'dev', 'eth0');
      return host;
    });
  }

  get nves(): readonly Nve[] {
    return this.#nves;
  }

  get routers(): readonly Frr[] {
    return this.#nves.map(({ frr }) => frr);
  }

  /** @param config of the router with this address. */
  startRouters(config: (address: string) => string = bgpd): void {
    for (const nve of this.#nves) nve.start({ bgpd: config(nve.address) });
  }

  /** A ping from the first host to the second that is answered. Both know each other's MAC address for good. */
  async pinging(): Promise<Ping> {
    await this.reachable(performance.now(), 20_000);
    const [first, second] = this.#hosts as [Namespace, Namespace];
    for (const [host, other] of [
      [first, hosts[1]],
      [second, hosts[0]],
    ] as const) {
      host.ip('neigh', 'change', other, 'dev', 'eth0', 'nud', 'permanent');
    }
    const ping = new Ping(first, second, hosts[1]);
    this.#bench.defer(() => ping.stop());
    await ping.isAnswered();
    return ping;
  }

  /** Whether the first host reaches the second. The second has to answer within 200 ms. */
  ping(): Promise<boolean> {
    return this.#hosts[0]!.succeeds('ping', '-q', '-c', '1', '-W', '0.2', hosts[1]);
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
