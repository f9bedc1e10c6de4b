/** An NVE that speaks the NVE protocol, and is told of every mapping of the networks that it joins. */
import {
  type Mapping,
  type MappingChange,
  mappingKey,
  NveClient,
  systemClock,
} from '../../../src/nve-protocol/client/index.ts';
import { NodeConnection } from '../../../src/nve-protocol/transport/node-connection.ts';
import type { Namespace } from '../../../test/system/support/namespace.ts';
import { reflector } from '../../../test/system/support/underlay.ts';
import { type Comparison, compare, type Model, together } from '../model.ts';

export const nveProtocolPort = 8394;
/** That of all NVEs, since one of them is on another machine. */
export const nveToken = 'of-everybody-on-the-bench';
export const nveProtocolAddress = { host: reflector, port: nveProtocolPort };

/** The client of an NVE whose tunnels end at an address of its own. */
export function nveClient(name: string, tunnelAddress: string, namespace: Namespace): NveClient {
  return new NveClient(
    {
      identity: { name, tunnelAddress, encapsulations: ['vxlan'] },
      nvas: [nveProtocolAddress],
      token: nveToken,
      backoff: { least: 50, most: 200 },
    },
    {
      clock: systemClock,
      transport: { connect: (to) => new NodeConnection(namespace.connect(to), `${to.host}:${to.port}`, 'connect') },
    },
  );
}

export class PushNve {
  readonly name: string;
  readonly client: NveClient;
  readonly #model: Model;
  readonly #tunnel: string;
  /** When it was told of something last, by performance.now(). */
  lastChange = 0;
  /** Told of each mapping that is new or other than before. */
  heard: ((mapping: Mapping) => void) | undefined;
  #incomplete: Set<string>;

  constructor(name: string, tunnel: string, model: Model, namespace: Namespace) {
    this.name = name;
    this.#model = model;
    this.#tunnel = tunnel;
    this.client = nveClient(name, tunnel, namespace);
    this.#incomplete = new Set(model.networks.map((network) => network.name));
    this.client.start();
    for (const network of model.networks) {
      this.client.join(network.name, 'push', {
        changed: (changes) => this.#changed(changes),
        complete: () => this.#incomplete.delete(network.name),
      });
    }
  }

  /** All networks were told in full once. */
  get complete(): boolean {
    return this.#incomplete.size === 0;
  }

  /** What it holds, against the model. */
  compare(): Comparison {
    return together(
      this.#model.networks.map((network) => {
        const found = new Map<string, string>();
        for (const mapping of this.client.mappings(network.name)) found.set(mappingKey(mapping), told(mapping));
        return compare(`${this.name} in ${network.name}`, found, this.#model.mappings(network, this.#tunnel));
      }),
    );
  }

  /** Mappings that it should hold. */
  expected(): number {
    return this.#model.networks.reduce((sum, network) => sum + this.#model.mappings(network, this.#tunnel).size, 0);
  }

  /** Held now, counted one by one. */
  held(): number {
    let count = 0;
    for (const { name } of this.#model.networks) for (const _ of this.client.mappings(name)) count++;
    return count;
  }

  stop(): void {
    this.client.stop();
  }

  #changed(changes: readonly MappingChange[]): void {
    this.lastChange = performance.now();
    if (this.heard === undefined) return;
    for (const change of changes) if ('set' in change) this.heard(change.set);
  }
}

/** What a mapping says, as the model writes it. */
export const told = (mapping: Mapping) => {
  const { nve, encapsulation, vni } = mapping;
  return `${nve} ${encapsulation} ${vni}${mapping.kind === 'host' ? ` ${mapping.sequence}` : ''}`;
};
