import { Peer } from '../../../../src/bgp-ts/session/peer.ts';
import type { PeerOptions } from '../../../../src/bgp-ts/session/peer-options.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { FakeClock } from './fake-clock.ts';
import { HandPeer, keepaliveHex, openOf } from './hand-peer.ts';
import { MemoryConnection, MemoryNetwork } from './memory-network.ts';
import { Recorder } from './recorder.ts';

const localAddress = '10.0.0.1';
const remoteAddress = '10.0.0.2';

/** A peer under test at 10.0.0.1, whose neighbour 10.0.0.2 is played by hand. */
export class Bench {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly recorder = new Recorder();
  readonly peer: Peer;
  readonly remote = this.network.transport(remoteAddress);
  /** Connections that the peer dialled, in order. */
  readonly dialled: HandPeer[] = [];
  randoms = 1;

  constructor(patch: Partial<PeerOptions> = {}) {
    const transport = this.network.transport(localAddress);
    this.peer = new Peer(
      {
        local: {
          asn: 65000,
          routerId: localAddress,
          capabilities: [{ kind: 'multiprotocol', value: Family.Evpn }],
        },
        address: remoteAddress,
        asn: 65000,
        ...patch,
      },
      { clock: this.clock, transport, random: () => this.randoms, handler: this.recorder },
    );
    void transport.listen({ address: localAddress, port: 179, accept: (connection) => this.peer.accept(connection) });
  }

  /** The neighbour takes connections from now on. */
  listen(): void {
    void this.remote.listen({
      address: remoteAddress,
      port: 179,
      accept: (connection) => this.dialled.push(new HandPeer(connection)),
    });
  }

  /** The neighbour dials. */
  dial(): HandPeer {
    const hand = new HandPeer(this.remote.connect({ address: localAddress, port: 179 }));
    this.clock.advance(0);
    return hand;
  }

  send(hand: HandPeer, message: Uint8Array | string): void {
    hand.send(message);
    this.clock.advance(0);
  }

  /** A passive peer, established with a neighbour that dialled. */
  static established(patch: Partial<PeerOptions> = {}, open: Uint8Array = openOf()): Bench & { hand: HandPeer } {
    const bench = new Bench({ passive: true, ...patch });
    bench.peer.start();
    const hand = bench.dial();
    bench.send(hand, open);
    bench.send(hand, keepaliveHex);
    hand.take();
    bench.recorder.take();
    return Object.assign(bench, { hand });
  }
}

/** The peer's own end of the connection that `hand` holds the other end of. */
export function nearEnd(hand: HandPeer): MemoryConnection {
  const { connection } = hand;
  if (!(connection instanceof MemoryConnection) || connection.other === undefined) throw new Error('not connected');
  return connection.other;
}
