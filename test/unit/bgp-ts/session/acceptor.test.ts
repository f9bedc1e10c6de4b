import { describe, expect, it } from 'vitest';
import { Acceptor, type AcceptorOptions } from '../../../../src/bgp-ts/session/acceptor.ts';
import type { Connection } from '../../../../src/bgp-ts/session/transport.ts';
import { FakeClock } from './fake-clock.ts';
import { HandPeer, notificationHex } from './hand-peer.ts';
import { MemoryNetwork } from './memory-network.ts';

function gate(options: AcceptorOptions = {}) {
  const clock = new FakeClock();
  const network = new MemoryNetwork(clock);
  const acceptor = new Acceptor(options, { clock });
  void network.transport('10.0.0.1').listen({
    address: '10.0.0.1',
    port: 179,
    accept: (connection) => acceptor.refuse(connection, 'unknown-peer'),
  });
  const dial = () => new HandPeer(network.transport('192.0.2.66').connect({ address: '10.0.0.1', port: 179 }));
  return { clock, network, acceptor, dial };
}

describe('Acceptor', () => {
  it('tells an address that is no peer so, with 6/5, and closes', () => {
    const { clock, acceptor, dial } = gate();
    const stranger = dial();
    clock.advance(0);
    expect(stranger.take()).toEqual([notificationHex(6, 5)]);
    expect(stranger.closed).toBe('closed');
    expect(acceptor.counts.refused['unknown-peer']).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('stays silent when strangers come in numbers, and speaks again later', () => {
    const { clock, acceptor, dial } = gate({ rejectionsPerSecond: 10 });
    const strangers = Array.from({ length: 1000 }, dial);
    clock.advance(0);
    expect(strangers.filter((stranger) => stranger.take().length === 1)).toHaveLength(10);
    expect(strangers.filter(({ closed }) => closed === 'ECONNRESET')).toHaveLength(990);
    expect(acceptor.counts).toMatchObject({ refused: { 'unknown-peer': 1000 }, silent: 990 });
    clock.advance(1000);
    const later = dial();
    clock.advance(0);
    expect(later.take()).toEqual([notificationHex(6, 5)]);
  });

  it('says nothing to who may be somebody else', () => {
    const { acceptor, clock, network } = gate();
    for (const reason of ['unsigned', 'too-far', 'unprotected'] as const) {
      const options = { address: '10.0.0.2', port: 179, accept: (one: Connection) => acceptor.refuse(one, reason) };
      void network.transport('10.0.0.2').listen(options);
      const suspect = new HandPeer(network.transport('192.0.2.66').connect(options));
      clock.advance(0);
      expect(suspect.take()).toEqual([]);
      expect(suspect.closed).toBe('ECONNRESET');
      expect(acceptor.counts.refused[reason]).toBe(1);
    }
    expect(acceptor.counts.silent).toBe(3);
  });

  it('does not wait for the FIN of more than so many', () => {
    const { clock, acceptor, dial } = gate({ maxLingering: 2, lingerTime: 300 });
    const paused = () => {
      const stranger = dial();
      stranger.connection.pause();
      return stranger;
    };
    const strangers = [paused(), paused(), paused()];
    clock.advance(0);
    expect(acceptor.counts.silent).toBe(1);
    expect(strangers.map(({ closed }) => closed)).toEqual([undefined, undefined, 'ECONNRESET']);
    clock.advance(300);
    expect(strangers.map(({ closed }) => closed)).toEqual(['ECONNRESET', 'ECONNRESET', 'ECONNRESET']);
  });

  it('bounds the connections that have not become sessions', () => {
    const { acceptor } = gate({ maxHalfOpen: 2 });
    const first = acceptor.admit();
    acceptor.admit();
    expect(acceptor.halfOpen).toBe(2);
    expect(acceptor.admit()).toBe('half-open-limit');
    if (typeof first === 'string') throw new Error(first);
    first.settle();
    first.settle();
    expect(acceptor.halfOpen).toBe(1);
    expect(acceptor.admit()).toHaveProperty('settle');
    expect(acceptor.counts.admitted).toBe(3);
  });

  it('bounds how fast they come', () => {
    const { clock, acceptor } = gate({ connectionsPerSecond: 2, burst: 3 });
    const admitted = () => {
      const admission = acceptor.admit();
      if (typeof admission === 'string') return admission;
      admission.settle();
      return 'admitted';
    };
    expect([admitted(), admitted(), admitted(), admitted()]).toEqual([
      'admitted',
      'admitted',
      'admitted',
      'rate-limit',
    ]);
    clock.advance(500);
    expect([admitted(), admitted()]).toEqual(['admitted', 'rate-limit']);
  });
});
