/** An FRR router as an NVE: VXLAN devices and bridges of the kernel, hosts behind them, FRR's daemons. */
import type { Bench } from './bench.ts';
import { Frr, type FrrOptions } from './frr.ts';
import type { Namespace } from './namespace.ts';
import type { Underlay } from './underlay.ts';

/** What FRR calls the VRF of an NVE that has one. */
export const vrfName = 'tenant';

export interface NveOptions {
  /** Its further addresses on the underlay. */
  readonly more?: readonly string[];
  /**
   * Tenants are in a VRF, which is a network namespace (`zebra -n`): kernels without VRF devices route symmetrically
   * so. VXLAN devices are made beside the underlay and then moved there; their tunnels stay outside.
   */
  readonly vrf?: boolean;
  /** A router of the underlay that it is behind; its address is in a network of their own. */
  readonly behind?: Namespace;
}

export class Nve {
  /** Where its tunnels end. */
  readonly address: string;
  /** With its end of the underlay. */
  readonly namespace: Namespace;
  /** With the tenants' bridges: its VRF, or the same namespace. */
  readonly tenants: Namespace;
  readonly #bench: Bench;
  #frr: Frr | undefined;

  constructor(bench: Bench, underlay: Underlay, address: string, { more = [], vrf = false, behind }: NveOptions = {}) {
    this.#bench = bench;
    this.address = address;
    this.namespace = behind === undefined ? underlay.node('nve', address, ...more) : this.#apart(behind);
    this.tenants = vrf ? bench.namespace('vrf') : this.namespace;
    if (!vrf) return;
    this.tenants.sysctl('net.ipv4.ip_forward', 1);
    this.tenants.sysctl('net.ipv6.conf.all.forwarding', 1);
  }

  #apart(router: Namespace): Namespace {
    const namespace = this.#bench.namespace('nve');
    const gateway = this.address.replace(/\d+$/, '1');
    namespace.link('underlay', router, 'beyond');
    namespace.ip('address', 'add', `${this.address}/24`, 'dev', 'underlay');
    router.ip('address', 'add', `${gateway}/24`, 'dev', 'beyond');
    // A next hop that only a default route leads to is none for FRR, unless told otherwise.
    namespace.ip('route', 'add', '10.0.0.0/24', 'via', gateway);
    return namespace;
  }

  /** Becomes a member of a virtual network, by a bridge `br<VNI>` and its tunnel in it. */
  join(vni: number, bridgeMac?: string): void {
    const vxlan = `vxlan${vni}`;
    const kind = ['type', 'vxlan', 'id', String(vni), 'local', this.address, 'dstport', '4789', 'nolearning'];
    this.namespace.ip('link', 'add', vxlan, ...kind);
    if (this.tenants !== this.namespace) this.namespace.ip('link', 'set', vxlan, 'netns', this.tenants.name);
    const mac = bridgeMac === undefined ? [] : ['address', bridgeMac];
    this.tenants.ip('link', 'add', `br${vni}`, ...mac, 'type', 'bridge');
    this.tenants.ip('link', 'set', vxlan, 'master', `br${vni}`, 'up');
    this.tenants.ip('link', 'set', `br${vni}`, 'up');
  }

  /** A host's device `hostPort`, by the port `port` here, which is in a bridge if one is named. */
  plug(host: Namespace, hostPort: string, port: string, bridge?: string): void {
    host.link(hostPort, this.tenants, port);
    if (bridge !== undefined) this.tenants.ip('link', 'set', port, 'master', bridge);
  }

  get frr(): Frr {
    if (this.#frr === undefined) throw new Error(`the router ${this.address} was not started`);
    return this.#frr;
  }

  /** Starts FRR's daemons, or starts them anew. */
  start(options: Omit<FrrOptions, 'vrfs'>): Frr {
    const vrfs = this.tenants === this.namespace ? {} : { [vrfName]: this.tenants };
    const frr = new Frr({ ...options, vrfs }, this.namespace);
    this.#bench.defer(() => frr.stop());
    this.#frr = frr;
    return frr;
  }
}
