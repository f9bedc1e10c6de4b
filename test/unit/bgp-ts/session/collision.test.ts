import { describe, expect, it } from 'vitest';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { Bench } from './bench.ts';
import { keepaliveHex, notificationHex, openOf } from './hand-peer.ts';

/** Both sides have dialled; nobody has sent an OPEN yet but us. */
function colliding(remoteId: string) {
  const bench = new Bench();
  bench.listen();
  bench.peer.start();
  bench.clock.advance(0);
  const [ours] = bench.dialled;
  const theirs = bench.dial();
  ours.take();
  theirs.take();
  bench.recorder.take();
  return { bench, ours, theirs, open: openOf({ bgpId: remoteId }) };
}

const higher = '10.0.0.2';
const lower = '10.0.0.0';

describe('simultaneous open (RFC 4271 §6.8)', () => {
  it.each([
    // the peer's identifier, whose connection has the first OPEN, whose connection is kept
    [higher, 'ours', 'theirs'],
    [higher, 'theirs', 'theirs'],
    [lower, 'ours', 'ours'],
    [lower, 'theirs', 'ours'],
  ] as const)('peer %s, first OPEN on %s: %s is kept', (id, first, kept) => {
    const connections = colliding(id);
    const { bench, open } = connections;
    const second = first === 'ours' ? 'theirs' : 'ours';
    const lost = kept === 'ours' ? 'theirs' : 'ours';
    bench.send(connections[first], open);
    bench.send(connections[second], open);

    const confirmed = lost === first ? [keepaliveHex] : [];
    expect(connections[lost].take()).toEqual([...confirmed, notificationHex(6, 7)]);
    expect(connections[lost].closed).toBe('closed');
    expect(connections[kept].take()).toEqual([keepaliveHex]);
    expect(bench.recorder.lines).toContain(`collision, kept ${kept === 'ours' ? 'local' : 'remote'}`);

    bench.send(connections[kept], keepaliveHex);
    expect(bench.peer.state).toBe('Established');
    expect(bench.recorder.lines.filter((line) => line === 'established')).toHaveLength(1);
    // nothing is left behind that would dial again
    bench.clock.advance(60_000);
    expect(bench.network.dials.filter(({ address }) => address === '10.0.0.2')).toHaveLength(1);
    expect(bench.peer.connectRetryCounter).toBe(0);
  });

  it('keeps an established session and closes the newcomer once it sends OPEN', () => {
    const bench = Bench.established({}, openOf({ holdTime: 0 }));
    const newcomer = bench.dial();
    newcomer.take();
    expect(newcomer.closed).toBeUndefined();
    bench.send(newcomer, openOf({ holdTime: 0 }));
    expect(newcomer.take()).toEqual([notificationHex(6, 7)]);
    expect(newcomer.closed).toBe('closed');
    expect(bench.peer.state).toBe('Established');
    expect(bench.recorder.downs).toEqual([]);
  });

  describe('of a peer that restarts gracefully (RFC 4724 §4.2, §5)', () => {
    const restarts = (families: readonly number[]) => ({
      holdTime: 0,
      capabilities: [
        { kind: 'multiprotocol', value: Family.Evpn },
        { kind: 'fourOctetAs', value: 65000 },
        {
          kind: 'gracefulRestart',
          value: {
            restarted: false,
            notification: false,
            restartTime: 60,
            families: families.map((family) => ({ family, forwardingPreserved: true })),
          },
        },
      ] as const,
    });
    const ours = {
      asn: 65000,
      routerId: '10.0.0.1',
      capabilities: restarts([Family.Evpn]).capabilities.filter(({ kind }) => kind !== 'fourOctetAs'),
    };

    it('a new OPEN is the end of the old session, of which nothing is said', () => {
      const bench = Bench.established({ local: ours }, openOf(restarts([Family.Evpn])));
      const newcomer = bench.dial();
      expect(newcomer.take()).toHaveLength(1);
      expect(bench.recorder.downs).toEqual([]);
      bench.send(newcomer, openOf(restarts([Family.Evpn])));
      expect(bench.recorder.downs).toEqual([{ cause: 'connection-failed', detail: 'the peer has come anew' }]);
      expect([bench.hand.take(), bench.hand.closed]).toEqual([[], 'closed']);
      bench.send(newcomer, keepaliveHex);
      expect(bench.peer.state).toBe('Established');
      expect(newcomer.take()).toEqual([keepaliveHex]);
      bench.clock.advance(600_000);
      expect(bench.peer.state).toBe('Established');
    });

    it('a connection that says nothing, or was there before the session was, is not', () => {
      const bench = new Bench({ local: ours });
      bench.listen();
      bench.peer.start();
      bench.clock.advance(0);
      const [dialled] = bench.dialled;
      const theirs = bench.dial();
      const open = openOf({ ...restarts([Family.Evpn]), bgpId: higher });
      bench.send(dialled, open);
      bench.send(dialled, keepaliveHex);
      theirs.take();
      bench.send(theirs, open);
      expect(theirs.take()).toEqual([notificationHex(6, 7)]);
      bench.dial();
      expect([bench.peer.state, bench.recorder.downs]).toEqual(['Established', []]);
    });

    it('nor is one of a peer that named no family', () => {
      const bench = Bench.established({ local: ours }, openOf(restarts([])));
      const newcomer = bench.dial();
      newcomer.take();
      bench.send(newcomer, openOf(restarts([])));
      expect(newcomer.take()).toEqual([notificationHex(6, 7)]);
      expect(bench.recorder.downs).toEqual([]);
    });
  });

  it('ends an established session for a newcomer where that is configured', () => {
    const bench = Bench.established({ collisionDetectEstablished: true });
    const newcomer = bench.dial();
    newcomer.take();
    bench.send(newcomer, openOf());
    bench.send(newcomer, keepaliveHex);
    expect(bench.hand.take()).toEqual([notificationHex(6, 7)]);
    expect(bench.recorder.take()).toEqual([
      'collision, kept remote',
      'notification-sent 6/7',
      'down connection-collision',
      'Established → OpenSent',
      'OpenSent → OpenConfirm',
      'OpenConfirm → Established',
      'established',
      'read done',
    ]);
  });

  it('ends an established session for a newcomer that has the new TCP-MD5 key, where nothing was heard since', () => {
    const bench = Bench.established({ md5Key: 'old' });
    bench.clock.advance(1000);
    bench.peer.setMd5Key('new');
    const newcomer = bench.dial();
    newcomer.take();
    bench.send(newcomer, openOf());
    bench.send(newcomer, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
    expect(bench.hand.take()).toEqual([]);
    expect(bench.hand.closed).toBe('closed');
    expect(bench.recorder.downs).toEqual([{ cause: 'connection-failed', detail: 'the peer has come anew' }]);
    expect(bench.recorder.lines.filter((line) => line === 'established')).toHaveLength(1);
  });

  it('keeps it where something was heard since', () => {
    const bench = Bench.established({ md5Key: 'old' });
    bench.peer.setMd5Key('new');
    bench.clock.advance(1);
    bench.send(bench.hand, keepaliveHex);
    const newcomer = bench.dial();
    newcomer.take();
    bench.send(newcomer, openOf());
    expect(newcomer.take()).toEqual([notificationHex(6, 7)]);
    expect(bench.recorder.downs).toEqual([]);
  });

  it('goes on with the second connection when the first is lost', () => {
    const { bench, ours, theirs, open } = colliding(higher);
    bench.send(theirs, open);
    ours.connection.destroy();
    bench.clock.advance(0);
    bench.send(theirs, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
    bench.clock.advance(60_000);
    expect(bench.network.dials.filter(({ address }) => address === '10.0.0.2')).toHaveLength(1);
  });

  it('goes on with the first when the second is lost', () => {
    const { bench, ours, theirs, open } = colliding(higher);
    theirs.connection.destroy();
    bench.clock.advance(0);
    bench.send(ours, open);
    bench.send(ours, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
  });

  it("abandons a dial that is not answered once the peer's own connection is established", () => {
    const bench = new Bench();
    bench.network.blackholes.add('10.0.0.2');
    bench.peer.start();
    const theirs = bench.dial();
    bench.send(theirs, openOf({ holdTime: 0 }));
    bench.send(theirs, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
    const dials = bench.network.dials.length;
    bench.clock.advance(600_000);
    expect(bench.network.dials.length).toBe(dials);
    expect(bench.peer.state).toBe('Established');
  });

  it('replaces a second connection that has said nothing by a newer one, but not one that has', () => {
    const { bench, theirs, open } = colliding(higher);
    const newer = bench.dial();
    expect(theirs.take()).toEqual([notificationHex(6, 7)]);
    newer.take();
    bench.send(newer, open);
    const newest = bench.dial();
    expect(newest.take()).toEqual([notificationHex(6, 5)]);
    bench.send(newer, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
  });

  it('stops both connections', () => {
    const { bench, ours, theirs } = colliding(higher);
    void bench.peer.stop();
    bench.clock.advance(0);
    expect(ours.take()).toEqual([notificationHex(6, 2)]);
    expect(theirs.take()).toEqual([notificationHex(6, 2)]);
    expect(bench.peer.state).toBe('Idle');
    expect(bench.clock.pending).toBe(0);
  });
});
