/** One nvad that keeps what it knows in SQLite, and everybody who is told of it, in namespaces of their own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench } from '../../test/system/support/bench.ts';
import type { BgpClient } from '../../test/system/support/bgp-client.ts';
import { Underlay } from '../../test/system/support/underlay.ts';
import { until } from '../../test/system/support/until.ts';
import type { ApiAnswer, ApiConnection } from './api-connection.ts';
import { Daemon } from './daemon.ts';
import { type Comparison, Model, type ModelNetwork, type Shape, together } from './model.ts';
import { compareRoutes } from './observer/bgp-nve.ts';
import { FrrNve } from './observer/frr-nve.ts';
import { NvedNve } from './observer/nved-nve.ts';
import { nveProtocolPort, nveToken, PushNve } from './observer/push-nve.ts';

const config = (store: string, tokens: string) => `
domain: bench
asn: 65000
routerId: 10.0.0.1
listen: ["10.0.0.1:179"]
virtualNetworks: []
nves: [{ prefix: 10.0.0.0/24 }]
nveProtocol: { listen: "10.0.0.1:${nveProtocolPort}", tokens: ${tokens} }
api: { listen: "127.0.0.1:8080" }
store: { kind: sqlite, path: ${store} }
`;

export interface SiteOptions {
  readonly shape: Shape;
  /** An FRR router where it is installed. */
  readonly frr: boolean;
  /** nved, in the second network where there is one. */
  readonly nved: boolean;
  /** NVEs that speak the NVE protocol and are told everything. */
  readonly pushNves: number;
}

const frrAddress = '10.0.0.11';
const bgpAddress = '10.0.0.21';
const nvedAddress = '10.0.0.31';
const pushTunnel = (i: number) => `10.2.0.${i + 1}`;

export class Site {
  readonly model: Model;
  readonly underlay: Underlay;
  readonly daemon: Daemon;
  readonly #bench: Bench;
  readonly #options: SiteOptions;
  push: readonly PushNve[] = [];
  bgp: BgpClient | undefined;
  /** When it was told of something last. */
  bgpLastChange = 0;
  frr: FrrNve | undefined;
  nved: NvedNve | undefined;
  /** When those that have to be asked said first, while {@link told} waited, that they know everything. */
  asked: Record<string, number> = {};

  constructor(options: SiteOptions, bench: Bench = new Bench()) {
    this.#options = options;
    this.#bench = bench;
    this.model = new Model(options.shape);
    this.underlay = new Underlay(bench);
    this.underlay.addresses(bgpAddress);
    const tokens = join(bench.folder, 'nve-tokens.yaml');
    writeFileSync(tokens, `- token: ${nveToken}\n`, { mode: 0o600 });
    this.daemon = new Daemon(this.underlay.nva, bench.folder, config(join(bench.folder, 'state.db'), tokens));
    bench.defer(() => this.daemon.stop());
  }

  /** Starts nvad, has networks and NVEs made by the API, and everybody connect. */
  async begin(): Promise<void> {
    this.daemon.start();
    await this.daemon.ready();
    const { networks, shape } = this.model;
    const api = this.daemon.connect();
    const declared = [
      // FRR and nved say by themselves in what they take part; in the others the orchestrator's word alone counts.
      ...networks.map((network) => ({
        op: 'put',
        kind: 'virtual-network',
        value: {
          name: network.name,
          vni: network.vni,
          service: 'l2',
          trust: this.#hasOwnWord(network) ? 'nve' : 'orchestrator',
        },
      })),
      ...Array.from({ length: shape.nves }, (_, i) => ({
        op: 'put',
        kind: 'nve',
        value: { name: this.model.nveName(i), tunnelAddress: this.model.tunnel(i), kind: 'static' },
      })),
    ];
    good(await api.request('POST', '/v1/apply', { changes: declared }));
    api.close();
    if (this.#options.frr) this.frr = FrrNve.start(this.#bench, this.underlay, this.model, frrAddress);
    const tunnels = Array.from({ length: this.#options.pushNves }, (_, i) => pushTunnel(i));
    for (const { name } of networks) this.model.members.set(name, [...tunnels]);
    if (this.frr !== undefined) this.model.members.get(this.#networkOfFrr.name)?.push(frrAddress);
    await this.frr?.established();
    if (this.#options.nved) {
      const network = this.#networkOfNved;
      this.nved = new NvedNve({ model: this.model, network, address: nvedAddress }, this.#bench, this.underlay);
      await this.nved.join();
      this.model.members.get(network.name)?.push(nvedAddress);
    }
    await this.joinBgp();
    this.joinPush();
    await until(() => this.push.every(({ complete }) => complete), {
      within: 30_000,
      what: 'NVEs that know everything',
    });
  }

  /** A new BGP neighbour in place of the one before. */
  async joinBgp(): Promise<BgpClient> {
    this.bgp?.destroy();
    const client = this.#bench.client(this.underlay.nva, { localAddress: bgpAddress, host: '10.0.0.1' });
    client.keepMessages = true;
    client.heard = () => {
      this.bgpLastChange = performance.now();
    };
    await client.establish({ asn: 65000, id: bgpAddress });
    client.keepMessages = false;
    client.done();
    this.bgp = client;
    return client;
  }

  /** The same, tried until there is somebody to connect to. */
  async joinBgpSoon(within: number): Promise<void> {
    const joined = () =>
      this.joinBgp().then(
        () => true,
        () => false,
      );
    await until(joined, { within, every: 20, what: 'a session of the BGP client' });
  }

  joinPush(): void {
    for (const nve of this.push) nve.stop();
    this.push = Array.from({ length: this.#options.pushNves }, (_, i) => {
      const nve = new PushNve(`agent${i}`, pushTunnel(i), this.model, this.underlay.nva);
      this.#bench.defer(() => nve.stop());
      return nve;
    });
  }

  /** Whether everybody knows as many things as the model; asked at the end, since it counts them one by one. */
  async told(within: number): Promise<void> {
    const routes = this.model.routes().size;
    const expected = this.push.map((nve) => nve.expected());
    this.asked = {};
    const asking: Record<string, () => Promise<string | undefined>> = {};
    const { frr, nved } = this;
    if (frr !== undefined) asking['frr'] = () => this.#frrWaits(frr, routes);
    if (nved !== undefined) asking['nved'] = () => nved.waits();
    let waits: string | undefined;
    await until(
      async () => {
        const held = this.bgp?.routes.size;
        waits = held === routes ? undefined : `the BGP client holds ${held} of ${routes} routes`;
        for (const [i, nve] of this.push.entries()) {
          const count = nve.held();
          if (count !== expected[i]) waits ??= `${nve.name} holds ${count} of ${expected[i]} mappings`;
        }
        for (const [name, ask] of Object.entries(asking)) {
          // One after the other: asking takes of the time of those that are not through yet.
          if (waits !== undefined) break;
          waits = await ask();
          if (waits === undefined) this.asked[name] ??= performance.now();
        }
        return waits === undefined;
      },
      { within, every: 100, what: () => `everybody to know everything: ${waits}` },
    );
  }

  /** What everybody knows, against the model. */
  async compare(): Promise<Comparison> {
    const others = new Set(this.frr === undefined ? [] : [hexOfAddress(frrAddress)]);
    const bgp = this.bgp === undefined ? [] : [compareRoutes(this.bgp, this.model.routes(), others)];
    const frr = this.frr === undefined ? [] : [await this.frr.compare()];
    const nved = this.nved === undefined ? [] : [await this.nved.compare()];
    return together([...this.push.map((nve) => nve.compare()), ...bgp, ...frr, ...nved]);
  }

  /** Requests over a connection of its own. */
  connect(): ApiConnection {
    return this.daemon.connect();
  }

  async clear(): Promise<void> {
    await this.#bench.clear();
  }

  async #frrWaits(frr: FrrNve, routes: number): Promise<string | undefined> {
    const received = await frr.received();
    // Its own route of the first network is not among those that it received.
    if (received !== routes - 1) return `FRR has received ${received} of ${routes - 1} routes`;
    const inFirst = this.#hostsInFirst();
    const { forwarded } = frr;
    return forwarded === inFirst ? undefined : `FRR forwards to ${forwarded} of ${inFirst} MAC addresses`;
  }

  get #networkOfFrr(): ModelNetwork {
    return this.model.networks[0] as ModelNetwork;
  }

  get #networkOfNved(): ModelNetwork {
    return this.model.networks[1] ?? this.#networkOfFrr;
  }

  /** Whether NVEs of the network are believed what they say. */
  #hasOwnWord(network: ModelNetwork): boolean {
    const { frr, nved } = this.#options;
    return (frr && network === this.#networkOfFrr) || (nved && network === this.#networkOfNved);
  }

  #hostsInFirst(): number {
    const first = this.#networkOfFrr;
    let count = 0;
    for (let i = 0; i < this.model.shape.attachments; i++) {
      if (this.model.network(i) === first && this.model.place(i) >= 0) count++;
    }
    return count;
  }
}

/** The answer, when it is one of success. */
export function good(answer: ApiAnswer): ApiAnswer {
  if (answer.status >= 300) throw new Error(`the API answered ${answer.status}: ${answer.text}`);
  return answer;
}

const hexOfAddress = (address: string) =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('');
