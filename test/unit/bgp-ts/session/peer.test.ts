import { describe, expect, it } from 'vitest';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { BgpRole } from '../../../../src/bgp-ts/wire/capability/role.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { sessionReset } from '../../../../src/bgp-ts/wire/fault.ts';
import { encodeRouteRefresh } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { Bench, nearEnd } from './bench.ts';
import { bytes, endOfRibHex, keepaliveHex, notificationHex, openOf } from './hand-peer.ts';

/** Version 4, AS 65000, hold time 90, 10.0.0.1; EVPN and four-octet AS in one Capabilities parameter. */
const ourOpen = `${'ff'.repeat(16)}002b01 04 fde8 005a 0a000001 0e 02 0c 01 04 0019 00 46 41 04 0000fde8`.replaceAll(
  ' ',
  '',
);

describe('an active peer', () => {
  it('dials, exchanges OPEN and KEEPALIVE, and is established', () => {
    const bench = new Bench();
    bench.listen();
    bench.peer.start();
    expect(bench.peer.state).toBe('Connect');
    bench.clock.advance(0);
    expect(bench.peer.state).toBe('OpenSent');
    const [hand] = bench.dialled;
    expect(hand.take()).toEqual([ourOpen]);

    bench.send(hand, openOf({ holdTime: 30 }));
    expect(bench.peer.state).toBe('OpenConfirm');
    expect(hand.take()).toEqual([keepaliveHex]);
    expect(bench.peer.negotiated).toBeUndefined();

    bench.send(hand, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
    expect(bench.recorder.take()).toEqual([
      'Idle → Connect',
      'Connect → OpenSent',
      'OpenSent → OpenConfirm',
      'OpenConfirm → Established',
      'established',
      'read done',
    ]);
    expect(bench.peer.negotiated).toBe(bench.recorder.negotiated);
    expect(bench.peer.negotiated?.timers).toEqual({ holdTime: 30, keepaliveTime: 10, sendHoldTime: 480 });
    expect(bench.peer.received).toEqual({
      opens: 1,
      updates: 0,
      notifications: 0,
      keepalives: 1,
      routeRefreshes: 0,
      bytes: 43 + 19,
    });
    expect(bench.peer.sent).toMatchObject({ opens: 1, keepalives: 1, bytes: 43 + 19 });
  });

  it('redials after ConnectRetryTime, jittered (RFC 4271 §10)', () => {
    const bench = new Bench();
    bench.randoms = 0;
    bench.peer.start();
    bench.clock.advance(3749);
    expect(bench.network.dials).toHaveLength(1);
    expect(bench.peer.state).toBe('Active');
    expect(bench.peer.lastDown).toMatchObject({ cause: 'connection-failed', detail: 'ECONNREFUSED' });
    bench.randoms = 1;
    bench.clock.advance(1);
    expect(bench.network.dials).toHaveLength(2);
    bench.clock.advance(4999);
    expect(bench.network.dials).toHaveLength(2);
    bench.clock.advance(1);
    expect(bench.network.dials).toHaveLength(3);
  });

  it('gives up a dial that nobody answers, and dials anew', () => {
    const bench = new Bench();
    bench.network.blackholes.add('10.0.0.2');
    bench.peer.start();
    bench.clock.advance(5000);
    expect(bench.network.dials).toHaveLength(2);
    expect(bench.peer.state).toBe('Connect');
  });

  it('dials from the address it is told to, to the port it is told to', () => {
    const bench = new Bench({ port: 1790, localAddress: '10.0.0.9' });
    bench.peer.start();
    expect(bench.network.dials).toEqual([{ address: '10.0.0.2', port: 1790, localAddress: '10.0.0.9' }]);
  });
});

describe('a TCP-MD5 key', () => {
  it('goes with each dial, and a new one with a dial under way and with the next', () => {
    const bench = new Bench({ md5Key: 'old', ttlSecurity: 2, connectRetryTime: 10 });
    bench.network.blackholes.add('10.0.0.2');
    bench.peer.start();
    bench.clock.advance(0);
    const protectedBy = () => bench.network.dials.map(({ md5Key, ttlSecurity }) => [md5Key, ttlSecurity]);
    expect(protectedBy()).toEqual([['old', 2]]);
    bench.network.keyFault = { code: 'unprotected', option: 'md5Key', reason: 'not now' };
    expect(bench.peer.setMd5Key('new')).toEqual(bench.network.keyFault);
    bench.network.keyFault = undefined;
    expect(bench.peer.setMd5Key('newest')).toBeUndefined();
    bench.clock.advance(10_000);
    bench.peer.setMd5Key(undefined);
    bench.clock.advance(10_000);
    expect(protectedBy()).toEqual([
      ['old', 2],
      ['newest', 2],
      [undefined, 2],
    ]);
  });
});

describe('a passive peer', () => {
  it('never dials', () => {
    const bench = new Bench({ passive: true });
    bench.listen();
    bench.peer.start();
    bench.clock.advance(3_600_000);
    expect(bench.network.dials).toEqual([]);
    expect(bench.peer.state).toBe('Active');
  });

  it('takes a connection, and the next one after it is lost', () => {
    const bench = Bench.established();
    bench.hand.connection.destroy();
    bench.clock.advance(0);
    expect(bench.recorder.take()).toEqual(['down connection-failed', 'Established → Idle', 'Idle → Active']);
    expect(bench.peer.flaps).toBe(1);
    expect(bench.peer.lastDown).toMatchObject({ cause: 'connection-failed', detail: 'ECONNRESET' });
    const again = bench.dial();
    bench.send(again, openOf());
    bench.send(again, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
  });

  it('refuses connections with 6/5 before it is started and while it is held in Idle', () => {
    const bench = new Bench({ passive: true, damping: { initialTime: 4, maximumTime: 60, stableTime: 60 } });
    const early = bench.dial();
    expect(early.take()).toEqual([notificationHex(6, 5)]);
    expect(early.closed).toBe('closed');
    expect(bench.recorder.take()).toEqual(['connection rejected']);

    bench.peer.start();
    for (const expected of ['Active', 'Idle']) {
      bench.send(bench.dial(), notificationHex(6, 2));
      expect(bench.peer.state).toBe(expected);
    }
    expect(bench.dial().take()).toEqual([notificationHex(6, 5)]);
    bench.clock.advance(3999);
    expect(bench.peer.state).toBe('Idle');
    bench.clock.advance(1);
    expect(bench.peer.state).toBe('Active');
    expect(bench.peer.connectRetryCounter).toBe(2);
  });

  it('forgets its failures after a session that lasted', () => {
    const bench = Bench.established({ damping: { initialTime: 4, maximumTime: 60, stableTime: 60 } });
    bench.hand.connection.destroy();
    bench.clock.advance(0);
    const second = bench.dial();
    bench.send(second, openOf());
    bench.send(second, keepaliveHex);
    bench.clock.advance(60_000);
    bench.hand.connection.destroy();
    second.connection.destroy();
    bench.clock.advance(0);
    expect(bench.peer.state).toBe('Active');
  });
});

describe('in Established', () => {
  it('gives each UPDATE of a read, then says that the read is done', () => {
    const bench = Bench.established();
    bench.send(bench.hand, endOfRibHex + keepaliveHex + endOfRibHex);
    expect(bench.recorder.take()).toEqual(['update 00000000', 'update 00000000', 'read done']);
    expect(bench.peer.received).toMatchObject({ updates: 2, keepalives: 2 });
  });

  it('gives the UPDATE that comes in one read with the KEEPALIVE', () => {
    const bench = new Bench({ passive: true });
    bench.peer.start();
    const hand = bench.dial();
    bench.send(hand, openOf());
    bench.recorder.take();
    bench.send(hand, keepaliveHex + endOfRibHex);
    expect(bench.recorder.take()).toEqual(['OpenConfirm → Established', 'established', 'update 00000000', 'read done']);
  });

  it('answers a fault that resets the session, and gives nothing that follows', () => {
    const bench = Bench.established();
    bench.recorder.fault = sessionReset('update-length', 0, 'a field runs past the message', 3, 1);
    bench.send(bench.hand, endOfRibHex + endOfRibHex);
    expect(bench.hand.take()).toEqual([notificationHex(3, 1)]);
    expect(bench.recorder.take()).toEqual([
      'update 00000000',
      'notification-sent 3/1',
      'down update-error',
      'Established → Idle',
      'Idle → Active',
    ]);
    expect(bench.recorder.downs).toEqual([
      {
        cause: 'update-error',
        sent: { code: 3, subcode: 1, data: new Uint8Array(0) },
        detail: 'a field runs past the message',
      },
    ]);
    expect(bench.peer.lastErrorSent).toMatchObject({ code: 3, subcode: 1, at: 0 });
  });

  it('goes on after a fault with a milder outcome', () => {
    const bench = Bench.established();
    bench.recorder.fault = { ...sessionReset('origin', 0, 'bad ORIGIN', 3, 6), outcome: 'treat-as-withdraw' };
    bench.send(bench.hand, endOfRibHex);
    expect(bench.recorder.take()).toEqual(['update 00000000', 'read done']);
    expect(bench.peer.state).toBe('Established');
  });

  it.each([
    ['garbage', '00'.repeat(19), notificationHex(1, 1)],
    ['a length of 18', `${'ff'.repeat(16)}001204`, notificationHex(1, 2, '0012')],
    ['message type 9', `${'ff'.repeat(16)}001309`, notificationHex(1, 3, '09')],
    ['a second OPEN', Buffer.from(openOf()).toString('hex'), notificationHex(5, 3, '01')],
    [
      'a ROUTE-REFRESH that is cut',
      `${'ff'.repeat(16)}0016050019 00`.replaceAll(' ', ''),
      notificationHex(7, 1, `${'ff'.repeat(16)}001605001900`),
    ],
  ])('answers %s', (_, message, answer) => {
    const bench = Bench.established();
    bench.send(bench.hand, message);
    expect(bench.hand.take()).toEqual([answer]);
    expect(bench.hand.closed).toBe('closed');
    expect(bench.recorder.downs).toHaveLength(1);
  });

  it('passes on route refreshes for what was negotiated', () => {
    const bench = Bench.established();
    bench.send(bench.hand, encodeRouteRefresh({ family: Family.Evpn, subtype: 0 }));
    bench.send(bench.hand, encodeRouteRefresh({ family: Family.Ipv4Unicast, subtype: 0 }));
    expect(bench.recorder.take()).toEqual(['route-refresh 6470 0', 'read done', 'read done']);
    expect(bench.peer.received.routeRefreshes).toBe(2);
  });

  it('takes a route refresh to be a request where the peer gives its subtype no meaning (RFC 2918 §3, RFC 7313 §5)', () => {
    const marked = encodeRouteRefresh({ family: Family.Evpn, subtype: 1, filters: bytes('01400000') });
    const plain = Bench.established();
    plain.send(plain.hand, marked);
    expect(plain.recorder.take()).toEqual(['route-refresh 6470 0', 'read done']);

    const capabilities: Capability[] = [
      { kind: 'multiprotocol', value: Family.Evpn },
      { kind: 'fourOctetAs', value: 65000 },
      { kind: 'enhancedRouteRefresh', value: true },
    ];
    const enhanced = Bench.established({}, openOf({ capabilities }));
    enhanced.send(enhanced.hand, encodeRouteRefresh({ family: Family.Evpn, subtype: 1 }));
    expect(enhanced.recorder.take()).toEqual(['route-refresh 6470 1', 'read done']);
    enhanced.send(enhanced.hand, marked);
    expect(enhanced.hand.take().at(-1)).toBe(notificationHex(7, 1, Buffer.from(marked).toString('hex')));
  });

  it('goes down on a NOTIFICATION, and keeps what it said (RFC 9003)', () => {
    const bench = Bench.established();
    bench.clock.advance(1000);
    bench.send(bench.hand, notificationHex(6, 2, '03627965'));
    expect(bench.recorder.take()).toEqual([
      'notification-received 6/2',
      'down notification-received',
      'Established → Idle',
      'Idle → Active',
    ]);
    expect(bench.peer.lastErrorReceived).toEqual({
      code: 6,
      subcode: 2,
      data: bytes('03627965'),
      communication: 'bye',
      at: 1000,
    });
    expect(bench.hand.take()).toEqual([]);
  });

  it('sends what it is given, says when the socket is full and when it is not', () => {
    const bench = Bench.established();
    nearEnd(bench.hand).highWaterMark = 30;
    expect(bench.peer.send(bytes(endOfRibHex))).toBe(true);
    expect(bench.peer.send(bytes(endOfRibHex + endOfRibHex), 2)).toBe(false);
    expect(bench.peer.bufferedBytes).toBe(69);
    bench.clock.advance(0);
    expect(bench.peer.bufferedBytes).toBe(0);
    expect(bench.recorder.take()).toEqual(['writable']);
    expect(bench.hand.take()).toEqual([endOfRibHex, endOfRibHex, endOfRibHex]);
    expect(bench.peer.sent.updates).toBe(3);
    expect(bench.peer.sendRouteRefresh(encodeRouteRefresh({ family: Family.Evpn, subtype: 0 }))).toBe(true);
    expect(bench.peer.sent.routeRefreshes).toBe(1);
  });

  it('sends nothing when it is not up', () => {
    const bench = new Bench();
    expect(bench.peer.send(bytes(endOfRibHex))).toBe(false);
    expect(bench.peer.sendRouteRefresh(bytes(endOfRibHex))).toBe(false);
    expect(bench.peer.sent.bytes).toBe(0);
    expect(bench.peer.bufferedBytes).toBe(0);
    expect(bench.peer.connection).toBeUndefined();
  });

  it('sends and takes long messages once both sides can (RFC 8654)', () => {
    const extended = { kind: 'extendedMessage', value: true } as const;
    const evpn = { kind: 'multiprotocol', value: Family.Evpn } as const;
    const long = `${'ff'.repeat(16)}200002${'00'.repeat(0x2000 - 19)}`;
    const capable = Bench.established(
      { local: { asn: 65000, routerId: '10.0.0.1', capabilities: [evpn, extended] } },
      openOf({ capabilities: [evpn, extended, { kind: 'fourOctetAs', value: 65000 }] }),
    );
    capable.send(capable.hand, long);
    expect(capable.recorder.updates).toBe(1);
    const incapable = Bench.established();
    incapable.send(incapable.hand, long);
    expect(incapable.hand.take()).toEqual([notificationHex(1, 2, '2000')]);
  });
});

describe('the hold timer', () => {
  it('ends a silent session after the negotiated time, to the millisecond', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    bench.clock.advance(8999);
    expect(bench.peer.state).toBe('Established');
    bench.hand.take();
    bench.clock.advance(1);
    expect(bench.hand.take()).toEqual([keepaliveHex, notificationHex(4, 0)]);
    expect(bench.recorder.downs).toEqual([
      { cause: 'hold-timer-expired', sent: { code: 4, subcode: 0, data: new Uint8Array(0) } },
    ]);
  });

  it.each([
    ['KEEPALIVE', keepaliveHex],
    ['UPDATE', endOfRibHex],
    ['ROUTE-REFRESH', Buffer.from(encodeRouteRefresh({ family: Family.Evpn, subtype: 0 })).toString('hex')],
  ])('starts anew with each %s', (_, message) => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    for (let i = 0; i < 5; i++) {
      bench.clock.advance(8000);
      bench.send(bench.hand, message);
    }
    bench.clock.advance(8999);
    expect(bench.peer.state).toBe('Established');
    bench.clock.advance(1);
    expect(bench.peer.state).toBe('Active');
  });

  it('does not start anew with half a message', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    bench.clock.advance(8000);
    bench.send(bench.hand, endOfRibHex.slice(0, 40));
    bench.clock.advance(999);
    expect(bench.peer.state).toBe('Established');
    bench.clock.advance(1);
    expect(bench.recorder.downs[0]?.cause).toBe('hold-timer-expired');
  });

  it('waits while we do not read, and gives a whole hold time afterwards', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    bench.peer.pauseReading();
    bench.send(bench.hand, endOfRibHex);
    bench.clock.advance(60_000);
    expect(bench.recorder.take()).toEqual([]);
    expect(bench.peer.state).toBe('Established');
    bench.peer.resumeReading();
    bench.clock.advance(0);
    expect(bench.recorder.take()).toEqual(['update 00000000', 'read done']);
    bench.clock.advance(8999);
    expect(bench.peer.state).toBe('Established');
    bench.clock.advance(1);
    expect(bench.peer.state).toBe('Active');
  });

  it('keeps what there was no time for, in order', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    bench.recorder.reading = false;
    bench.send(bench.hand, `${endOfRibHex}${endOfRibHex.slice(0, 20)}`);
    bench.send(bench.hand, endOfRibHex.slice(20));
    expect(bench.recorder.take()).toEqual([]);
    // Still no time.
    bench.peer.resumeReading();
    expect(bench.recorder.take()).toEqual([]);
    bench.recorder.reading = true;
    bench.peer.resumeReading();
    bench.clock.advance(0);
    expect(bench.recorder.take().filter((line) => line !== 'read done')).toEqual([
      'update 00000000',
      'update 00000000',
    ]);
  });

  it('hears the last words of a connection that ends meanwhile', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    bench.recorder.reading = false;
    bench.send(bench.hand, `${endOfRibHex}ffffffffffffffffffffffffffffffff0015030602`);
    nearEnd(bench.hand).lose();
    bench.clock.advance(0);
    expect(bench.recorder.take()).toContain('notification-received 6/2');
  });

  it('reads what lies in the socket before it gives up', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    // Due at the same instant as the timer, but after it: a process that was stopped sees them in this order.
    bench.clock.setTimer(9000, () => nearEnd(bench.hand).receive(bytes(keepaliveHex)));
    bench.clock.advance(9000);
    expect(bench.peer.state).toBe('Established');
  });

  it('is off with hold time 0, and so are KEEPALIVEs', () => {
    const bench = Bench.established({}, openOf({ holdTime: 0 }));
    bench.clock.advance(86_400_000);
    expect(bench.peer.state).toBe('Established');
    expect(bench.hand.take()).toEqual([]);
  });

  it('drops a peer that never sends OPEN, and one that sends half of it, after 240 s', () => {
    for (const start of ['', Buffer.from(openOf()).toString('hex').slice(0, 50)]) {
      const bench = new Bench({ passive: true });
      bench.peer.start();
      const hand = bench.dial();
      bench.send(hand, start);
      hand.take();
      bench.clock.advance(239_999);
      expect(bench.peer.state).toBe('OpenSent');
      bench.clock.advance(1);
      expect(hand.take()).toEqual([notificationHex(4, 0)]);
      expect(hand.closed).toBe('closed');
      expect(bench.peer.lastDown?.cause).toBe('hold-timer-expired');
    }
  });
});

describe('KEEPALIVEs', () => {
  it('go out every third of the hold time, jittered', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    const gaps: number[] = [];
    for (let gap = 0, passed = 0; passed < 8500; passed += 50) {
      bench.clock.advance(50);
      gap += 50;
      if (bench.hand.take().length > 0) {
        gaps.push(gap);
        gap = 0;
        bench.randoms = bench.randoms === 1 ? 0 : 1;
      }
    }
    expect(gaps).toEqual([3000, 3000, 2250]);
  });

  it('are written however full the socket is', () => {
    const bench = Bench.established({}, openOf({ holdTime: 9 }));
    const near = nearEnd(bench.hand);
    near.highWaterMark = 10;
    near.stuck = true;
    expect(bench.peer.send(bytes(endOfRibHex))).toBe(false);
    bench.clock.advance(3000);
    expect(bench.peer.bufferedBytes).toBe(23 + 19);
  });
});

describe('the send hold timer (RFC 9687)', () => {
  const options = { sendHoldTime: 40 };
  const keptAlive = (bench: ReturnType<typeof Bench.established>, seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 10) {
      bench.clock.advance(10_000);
      bench.send(bench.hand, keepaliveHex);
    }
  };

  it('drops a session whose socket takes nothing, though the peer is alive', () => {
    const bench = Bench.established(options);
    keptAlive(bench, 100);
    expect(bench.peer.state).toBe('Established');
    nearEnd(bench.hand).stuck = true;
    bench.peer.send(bytes(endOfRibHex));
    keptAlive(bench, 30);
    expect(bench.peer.state).toBe('Established');
    keptAlive(bench, 20);
    expect(bench.recorder.downs).toEqual([
      { cause: 'send-hold-timer-expired', sent: { code: 8, subcode: 0, data: new Uint8Array(0) } },
    ]);
  });

  it('bears a socket that is never empty but moves', () => {
    const bench = Bench.established(options);
    const near = nearEnd(bench.hand);
    for (let i = 0; i < 20; i++) {
      near.stuck = false;
      near.flush();
      near.stuck = true;
      bench.peer.send(bytes(endOfRibHex));
      keptAlive(bench, 10);
    }
    expect(bench.peer.state).toBe('Established');
  });
});

describe("the peer's OPEN", () => {
  const evpn = { kind: 'multiprotocol', value: Family.Evpn } as const;
  it.each([
    [
      'version 3',
      `${'ff'.repeat(16)}001d0103fde8005a0a00000200`,
      notificationHex(2, 1, '0004'),
      'version 3 is not supported',
    ],
    [
      'another AS',
      openOf({ myAs: 65001, capabilities: [evpn] }),
      notificationHex(2, 2),
      'its AS number is 65001 and not 65000',
    ],
    ['our own identifier', openOf({ bgpId: '10.0.0.1' }), notificationHex(2, 3), 'BGP Identifier 10.0.0.1 is our own'],
    ['hold time 2', openOf({ holdTime: 2 }), notificationHex(2, 6), 'hold time of 2 s, neither 0 nor at least 3 s'],
    [
      'no family of ours',
      openOf({ capabilities: [{ kind: 'multiprotocol', value: Family.Ipv6Unicast }] }),
      notificationHex(2, 7, '010400190046'),
      'no address family in common: it offers ipv6-unicast only',
    ],
    [
      'no capability at all',
      openOf({ capabilities: [] }),
      notificationHex(2, 7, '010400190046'),
      'no address family in common: it offers ipv4-unicast only',
    ],
  ])('with %s is refused, and the reason is kept', (_, open, answer, reason) => {
    const bench = new Bench({ passive: true });
    bench.peer.start();
    const hand = bench.dial();
    hand.take();
    bench.send(hand, open);
    expect(hand.take()).toEqual([answer]);
    expect(hand.closed).toBe('closed');
    expect(bench.recorder.negotiated).toBeUndefined();
    expect(bench.peer.lastErrorSent?.reason).toBe(reason);
  });

  it.each([65001, undefined])('may have our identifier from another AS (RFC 6286), where %s is expected', (asn) => {
    const bench = new Bench({ passive: true, asn });
    bench.peer.start();
    bench.send(bench.dial(), openOf({ bgpId: '10.0.0.1', myAs: 65001, capabilities: [evpn] }));
    expect(bench.peer.state).toBe('OpenConfirm');
  });

  it('may have no family in common where that is allowed', () => {
    const bench = new Bench({ passive: true, requireCommonFamily: false });
    bench.peer.start();
    bench.send(bench.dial(), openOf({ capabilities: [] }));
    expect(bench.peer.state).toBe('OpenConfirm');
  });

  it('with a role that does not go with ours is refused between ASes (RFC 9234 §4.2), and within one ignored', () => {
    const role = (value: number) => ({ kind: 'role', value }) as const;
    const local = { asn: 65000, routerId: '10.0.0.1', capabilities: [evpn, role(BgpRole.Customer)] };
    for (const [myAs, theirs, state] of [
      [65001, BgpRole.Peer, 'Active'],
      [65001, BgpRole.Provider, 'OpenConfirm'],
      [65000, BgpRole.Peer, 'OpenConfirm'],
    ] as const) {
      const bench = new Bench({ passive: true, asn: undefined, local });
      bench.peer.start();
      const hand = bench.dial();
      hand.take();
      bench.send(hand, openOf({ myAs, capabilities: [evpn, role(theirs)] }));
      expect(bench.peer.state).toBe(state);
      if (state === 'Active') expect(hand.take()).toEqual([notificationHex(2, 11)]);
    }
  });

  it('may be asked for a longer hold time', () => {
    const bench = new Bench({ passive: true, minimumHoldTime: 20 });
    bench.peer.start();
    const hand = bench.dial();
    hand.take();
    bench.send(hand, openOf({ holdTime: 19 }));
    expect(hand.take()).toEqual([notificationHex(2, 6)]);
  });
});

describe('messages out of turn (RFC 6608)', () => {
  it.each([
    ['KEEPALIVE', keepaliveHex, '04'],
    ['UPDATE', endOfRibHex, '02'],
    ['ROUTE-REFRESH', `${'ff'.repeat(16)}00170500190046`, '05'],
  ])('%s in OpenSent: 5/1', (_, message, type) => {
    const bench = new Bench({ passive: true });
    bench.peer.start();
    const hand = bench.dial();
    hand.take();
    bench.send(hand, message);
    expect(hand.take()).toEqual([notificationHex(5, 1, type)]);
  });

  it.each([
    ['OPEN', Buffer.from(openOf()).toString('hex'), '01'],
    ['UPDATE', endOfRibHex, '02'],
    ['ROUTE-REFRESH', `${'ff'.repeat(16)}00170500190046`, '05'],
  ])('%s in OpenConfirm: 5/2', (_, message, type) => {
    const bench = new Bench({ passive: true });
    bench.peer.start();
    const hand = bench.dial();
    bench.send(hand, openOf());
    hand.take();
    bench.send(hand, message);
    expect(hand.take()).toEqual([notificationHex(5, 2, type)]);
  });
});

describe('DelayOpen', () => {
  it("answers the peer's OPEN with OPEN and KEEPALIVE at once", () => {
    const bench = new Bench({ passive: true, delayOpenTime: 10 });
    bench.peer.start();
    const hand = bench.dial();
    bench.clock.advance(9000);
    expect(hand.take()).toEqual([]);
    bench.send(hand, openOf());
    expect(hand.take()).toEqual([ourOpen, keepaliveHex]);
    bench.send(hand, keepaliveHex);
    expect(bench.peer.state).toBe('Established');
  });

  it('sends its OPEN when the time is over', () => {
    const bench = new Bench({ passive: true, delayOpenTime: 10 });
    bench.peer.start();
    const hand = bench.dial();
    bench.clock.advance(10_000);
    expect(hand.take()).toEqual([ourOpen]);
    expect(bench.peer.state).toBe('OpenSent');
  });
});

describe('stop and reset', () => {
  it('stops with Administrative Shutdown and its text, and stays down', async () => {
    const bench = Bench.established();
    const stopped = bench.peer.stop('wartung');
    bench.clock.advance(0);
    await stopped;
    expect(bench.hand.take()).toEqual([notificationHex(6, 2, `07${Buffer.from('wartung').toString('hex')}`)]);
    expect(bench.hand.closed).toBe('closed');
    expect(bench.peer.state).toBe('Idle');
    bench.clock.advance(3_600_000);
    expect(bench.peer.state).toBe('Idle');
    expect(bench.clock.pending).toBe(0);
  });

  it('stops without text, and with another subcode', () => {
    const bench = Bench.established();
    void bench.peer.stop('not with this subcode', 3);
    bench.clock.advance(0);
    expect(bench.hand.take()).toEqual([notificationHex(6, 3)]);
  });

  it('gives a peer that does not close up after a while', async () => {
    const bench = Bench.established({ closeTime: 500 });
    nearEnd(bench.hand).stuck = true;
    let resolved = false;
    const stopped = bench.peer.stop().then(() => {
      resolved = true;
    });
    bench.clock.advance(499);
    await Promise.resolve();
    expect(resolved).toBe(false);
    bench.clock.advance(1);
    await stopped;
    expect(bench.hand.closed).toBe('ECONNRESET');
  });

  it('stops a dial, and a peer that waits for its next one', () => {
    const bench = new Bench();
    bench.peer.start();
    void bench.peer.stop();
    bench.clock.advance(60_000);
    expect(bench.network.dials).toHaveLength(1);
    expect(bench.peer.state).toBe('Idle');
    bench.peer.start();
    bench.clock.advance(0);
    expect(bench.peer.state).toBe('Active');
    void bench.peer.stop();
    bench.clock.advance(60_000);
    expect(bench.network.dials).toHaveLength(2);
  });

  it('starts once', () => {
    const bench = new Bench();
    bench.peer.start();
    bench.peer.start();
    expect(bench.network.dials).toHaveLength(1);
  });

  it('resets with Administrative Reset and dials at once', () => {
    const bench = Bench.established({ passive: false });
    const before = bench.network.dials.length;
    bench.listen();
    bench.peer.reset();
    bench.clock.advance(0);
    expect(bench.hand.take()).toEqual([notificationHex(6, 4)]);
    expect(bench.network.dials.length).toBe(before + 1);
    expect(bench.peer.state).toBe('OpenSent');
  });

  it('ends for a reason from outside, and comes back', () => {
    const bench = Bench.established();
    bench.peer.cease({ code: 6, subcode: 1, data: bytes('00194600000064') });
    bench.clock.advance(0);
    expect(bench.hand.take()).toEqual([notificationHex(6, 1, '00194600000064')]);
    expect(bench.recorder.downs[0]?.cause).toBe('automatic-stop');
    expect(bench.peer.state).toBe('Active');
  });
});

describe('a lost connection', () => {
  it.each(['OpenSent', 'OpenConfirm', 'Established'] as const)('in %s brings the peer back to Active', (state) => {
    const bench = new Bench({ passive: true });
    bench.peer.start();
    const hand = bench.dial();
    if (state !== 'OpenSent') bench.send(hand, openOf());
    if (state === 'Established') bench.send(hand, keepaliveHex);
    expect(bench.peer.state).toBe(state);
    hand.connection.destroy();
    bench.clock.advance(0);
    expect(bench.peer.state).toBe('Active');
    expect(bench.peer.lastDown).toMatchObject({ cause: 'connection-failed', detail: 'ECONNRESET' });
    expect(bench.peer.flaps).toBe(state === 'Established' ? 1 : 0);
  });
});
