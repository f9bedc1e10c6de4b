/** A speaker at 10.0.0.1 on a network without sockets, whose neighbours are played by hand. */
import type { DownReason } from '../../../../src/bgp-ts/fsm/action.ts';
import type { Connection } from '../../../../src/bgp-ts/session/transport.ts';
import {
  Speaker,
  type SpeakerHandler,
  type SpeakerModules,
  type SpeakerOptions,
} from '../../../../src/bgp-ts/speaker/speaker.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import type { Open } from '../../../../src/bgp-ts/wire/message/open.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { MacIpAdvertisement } from '../../../../src/bgp-ts/wire/nlri/evpn/mac-ip-advertisement.ts';
import { announcement, macIp, plain, withdrawal } from '../rib/kit.ts';
import { FakeClock } from '../session/fake-clock.ts';
import { bytes, HandPeer, keepaliveHex, openOf } from '../session/hand-peer.ts';
import { MemoryConnection, MemoryNetwork } from '../session/memory-network.ts';

const us = '10.0.0.1';

/** What a test neighbour offers in its OPEN besides what it must. */
export type Offer = Partial<Open> & {
  readonly asn?: number;
  readonly routeRefresh?: boolean;
  readonly more?: readonly Capability[];
};

/** What may stand beside a speaker. */
type Beside = Pick<SpeakerModules, 'admission' | 'decided' | 'isHeld' | 'groupsOf' | 'guests'>;

export class Lab {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly speaker: Speaker;
  /** What {@link log} is written by, for other speakers beside this one. */
  readonly handler: SpeakerHandler;
  /** What the speaker told its owner, one line each; state changes left out. */
  readonly log: string[] = [];
  readonly downs: DownReason[] = [];
  /** Turns that the speaker asked for. */
  turns = 0;

  constructor(options: Partial<SpeakerOptions> = {}, modules: Beside = {}) {
    const told = (line: string) => void this.log.push(line);
    this.handler = {
      established: ({ address }) => told(`established ${address}`),
      down: ({ address }, reason) => {
        this.downs.push(reason);
        told(`down ${address} ${reason.cause}`);
      },
      retention: ({ address }, event) => told(`${event.type} ${address}${'routes' in event ? ` ${event.routes}` : ''}`),
      routeLimit: ({ address }, { type }) => told(`${type} ${address}`),
      deferral: (event) => told(event.type === 'selected' ? `selected without ${event.missing.join(' ')}` : event.type),
      malformed: ({ address }, { faults }) => told(`malformed ${address} ${faults.map(({ code }) => code).join(' ')}`),
      peerEvent: ({ address }, event) => {
        if (event.type !== 'state') told(`${event.type} ${address}`);
      },
      refused: (address, reason) => told(`refused ${address} ${reason}`),
      heldBack: ({ address }, { routes }) => told(`held back from ${address}: ${routes}`),
      unprotected: ({ peers, reason }) => told(`unprotected ${peers} ${reason}`),
      tooSlow: ({ address }) => told(`too slow ${address}`),
    };
    this.speaker = new Speaker(
      { asn: 65000, routerId: us, clusterId: '10.0.0.100', ...options },
      {
        clock: this.clock,
        transport: this.network.transport(us),
        random: () => 0.5,
        defer: (run) => {
          this.turns++;
          this.clock.setTimer(0, run);
        },
        handler: this.handler,
        ...modules,
      },
    );
  }

  static async listening(options: Partial<SpeakerOptions> = {}, modules: Beside = {}): Promise<Lab> {
    const lab = new Lab(options, modules);
    await lab.speaker.listen(us, 179);
    return lab;
  }

  /** Lets everything happen that is due now. */
  settle(): void {
    this.clock.advance(0);
  }

  take(): string[] {
    return this.log.splice(0);
  }

  /** A connection from `address`, nothing said yet. */
  dial(address: string): Router {
    const router = new Router(this, address, this.network.transport(address).connect({ address: us, port: 179 }));
    this.settle();
    return router;
  }

  /** A neighbour that dialled and is established; what it was sent so far is still to be read. */
  join(address: string, offer: Offer = {}): Router {
    const router = this.dial(address);
    router.open(offer);
    return router;
  }

  /** Takes connections that the speaker dials to `address`. */
  listenAt(address: string, port = 179): Router[] {
    const routers: Router[] = [];
    const accept = (connection: Connection) => void routers.push(new Router(this, address, connection));
    void this.network.transport(address).listen({ address, port, accept });
    return routers;
  }
}

/** A neighbour by hand: routes are known by the last octet of their MAC. */
export class Router extends HandPeer {
  readonly address: string;
  readonly #lab: Lab;

  constructor(lab: Lab, address: string, connection: Connection) {
    super(connection);
    this.#lab = lab;
    this.address = address;
  }

  open({ asn = 65000, routeRefresh = true, more = [], ...patch }: Offer = {}): void {
    const capabilities = [
      { kind: 'multiprotocol', value: Family.Evpn },
      { kind: 'fourOctetAs', value: asn },
      ...(routeRefresh ? [{ kind: 'routeRefresh', value: true } as const] : []),
      ...more,
    ] as const;
    this.say(openOf({ myAs: asn, bgpId: this.address, capabilities, ...patch }));
    this.say(keepaliveHex);
  }

  say(message: Uint8Array | string): void {
    this.send(message);
    this.#lab.settle();
  }

  announce(...keys: number[]): void {
    this.say(
      announcement(
        keys.map((key) => macIp(key)),
        plain,
        this.address,
      ),
    );
  }

  withdraw(...keys: number[]): void {
    this.say(withdrawal(keys.map((key) => macIp(key))));
  }

  /** Our end of the connection, to stop it up. */
  get near(): MemoryConnection {
    const { connection } = this;
    if (!(connection instanceof MemoryConnection) || connection.other === undefined) throw new Error('not connected');
    return connection.other;
  }

  /** What came since the last call: `+key`, `-key`, `end`, `open`, `notification 6/5`, `refresh`, BoRR as `begin`, EoRR as `finish`. */
  read(): string[] {
    return this.take().flatMap((message) => describe(bytes(message)));
  }
}

function describe(message: Uint8Array): string[] {
  switch (message[18]) {
    case 1:
      return ['open'];
    case 2:
      break;
    case 3:
      return [`notification ${message[19]}/${message[20]}`];
    case 5:
      return [['refresh', 'begin', 'finish'][message[21]] ?? `refresh ${message[21]}`];
    default:
      return [];
  }
  const { update, faults } = decodeUpdate(message, defaultContext);
  if (faults.length > 0) return faults.map(({ code }) => `fault ${code}`);
  const { mpReachNlri, mpUnreachNlri } = update.attributes;
  const key = (route: object) => Number.parseInt((route as MacIpAdvertisement).mac.slice(-2), 16);
  if (mpReachNlri === undefined && mpUnreachNlri?.nlri.length === 0) return ['end'];
  return [
    ...(mpUnreachNlri?.nlri ?? []).map((route) => `-${key(route)}`),
    ...(mpReachNlri?.nlri ?? []).map((route) => `+${key(route)}`),
  ];
}
