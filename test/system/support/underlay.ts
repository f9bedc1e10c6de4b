/** One Ethernet segment with the NVA on it; whoever else is on it gets an address there. */
import type { Bench } from './bench.ts';
import type { Namespace } from './namespace.ts';

export const reflector = '10.0.0.1';
export const reflector6 = 'fd00:10::1';

export class Underlay {
  /** Where nvad runs. */
  readonly nva: Namespace;
  readonly #bench: Bench;
  #ports = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.nva = bench.namespace('nva');
    this.nva.ip('link', 'add', 'underlay', 'type', 'bridge');
    this.nva.ip('address', 'add', `${reflector}/24`, 'dev', 'underlay');
    this.nva.ip('address', 'add', `${reflector6}/64`, 'dev', 'underlay', 'nodad');
    this.nva.ip('link', 'set', 'underlay', 'up');
  }

  /** A new namespace with these addresses (without their lengths) on the segment, by its device `underlay`. */
  node(label: string, ...addresses: readonly string[]): Namespace {
    const node = this.#bench.namespace(label);
    const port = `port${this.#ports++}`;
    node.link('underlay', this.nva, port);
    this.nva.ip('link', 'set', port, 'master', 'underlay');
    addAddresses(node, addresses);
    return node;
  }

  /** More addresses of the NVA's own namespace, for clients that run there. */
  addresses(...addresses: readonly string[]): void {
    addAddresses(this.nva, addresses);
  }
}

function addAddresses(node: Namespace, addresses: readonly string[]): void {
  for (const address of addresses) {
    const withLength = address.includes(':')
      ? [`${address}/64`, 'dev', 'underlay', 'nodad']
      : [`${address}/24`, 'dev', 'underlay'];
    node.ip('address', 'add', ...withLength);
  }
}
