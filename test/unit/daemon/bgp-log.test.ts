import { type DownReason, Neighbour, type NeighbourPolicy, type SpeakerHandler } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { bgpLog } from '../../../src/daemon/bgp-log.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { collectLog } from './fakes.ts';

const octets = new Uint8Array(0);

function setUp(domain?: string) {
  const { lines, destination } = collectLog();
  const options = { level: 'debug', levels: {}, format: 'json', colour: false } as const;
  let now = 1_000_000;
  const log: SpeakerHandler = bgpLog(new Logging(options, { destination }).logger('bgp'), () => now, domain);
  return {
    log,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Lines so far, without what every line has. */
    take: () => lines.splice(0).map(({ component: _component, time: _time, ...line }) => line),
  };
}

const neighbour = (reflection: NeighbourPolicy['reflection'] = 'client') =>
  new Neighbour('10.0.0.2', undefined, { reflection }, undefined as never);

describe('a line of the log', () => {
  it('tells of a session that came up', () => {
    const { log, take } = setUp();
    const negotiated = { remoteAsn: 65000, timers: { holdTime: 90 } } as never;
    log.established(neighbour(), negotiated);
    log.established(neighbour('non-client'), negotiated);
    const line = {
      level: 'info',
      peer: '10.0.0.2',
      asn: 65000,
      holdTime: 90,
      msg: 'session with 10.0.0.2 established',
    };
    expect(take()).toEqual([
      { ...line, role: 'nve' },
      { ...line, role: 'nva' },
    ]);
  });

  it('tells of a neighbour domain of which it is', () => {
    const { log, take } = setUp('dc2');
    const negotiated = { remoteAsn: 65002, timers: { holdTime: 90 } } as never;
    log.established(neighbour('non-client'), negotiated);
    log.down(neighbour('non-client'), { cause: 'connection-failed' });
    log.retention(neighbour('non-client'), { type: 'expired', phase: 'long-lived', routes: 3 });
    log.peerEvent(neighbour('non-client'), { type: 'attempt-failed', reason: { cause: 'connection-failed' } });
    const about = { peer: '10.0.0.2', role: 'domain', domain: 'dc2' };
    expect(take()).toMatchObject([about, about, about, about]);
  });

  it.each<[DownReason, string, string]>([
    [
      { cause: 'manual-stop', sent: { code: 6, subcode: 3, data: octets } },
      'info',
      'manual stop, told it Cease/Peer De-configured',
    ],
    [
      { cause: 'hold-timer-expired', sent: { code: 4, subcode: 0, data: octets } },
      'warn',
      'hold timer expired, told it Hold Timer Expired/Unspecific',
    ],
    [
      { cause: 'notification-received', received: { code: 6, subcode: 2, data: octets } },
      'warn',
      'notification received, peer says Cease/Administrative Shutdown',
    ],
    [{ cause: 'connection-failed', detail: 'ECONNRESET' }, 'warn', 'connection failed, connection reset'],
  ])('tells of one that ended: %j', (reason, level, text) => {
    const { log, take } = setUp();
    log.down(neighbour(), reason);
    expect(take()).toEqual([
      { level, peer: '10.0.0.2', cause: reason.cause, msg: `session with 10.0.0.2 ended: ${text}` },
    ]);
    log.peerEvent(neighbour(), { type: 'attempt-failed', reason });
    expect(take()).toEqual([{ level: 'debug', peer: '10.0.0.2', msg: `no session with 10.0.0.2: ${text}` }]);
  });

  it('tells of too many routes', () => {
    const { log, take } = setUp();
    const event = { type: 'exceeded', limit: 10, reason: 'more than 10 routes' } as const;
    log.routeLimit(neighbour(), event);
    const msg = 'the session with 10.0.0.2 ends: more than 10 routes';
    expect(take()).toEqual([{ level: 'warn', peer: '10.0.0.2', ...event, msg }]);
  });

  it('tells of NOTIFICATIONs both ways', () => {
    const { log, take } = setUp();
    const notification = { code: 6, subcode: 5, data: octets };
    log.peerEvent(neighbour(), { type: 'notification-sent', notification });
    log.peerEvent(neighbour(), { type: 'notification-received', notification });
    const line = { level: 'info', peer: '10.0.0.2', code: 6, subcode: 5 };
    expect(take()).toEqual([
      { ...line, msg: 'NOTIFICATION sent to 10.0.0.2: Cease/Connection Rejected' },
      { ...line, msg: 'NOTIFICATION received from 10.0.0.2: Cease/Connection Rejected' },
    ]);
  });

  it('tells of the rest to those who debug', () => {
    const { log, take } = setUp();
    log.peerEvent(neighbour(), { type: 'state', from: 'Idle', to: 'Connect' });
    log.peerEvent(neighbour(), { type: 'connection-rejected', remotePort: 40000 });
    log.peerEvent(neighbour(), { type: 'collision', kept: 'local' });
    const line = { level: 'debug', peer: '10.0.0.2' };
    expect(take()).toEqual([
      { ...line, from: 'Idle', to: 'Connect', msg: '10.0.0.2: Idle to Connect' },
      { ...line, msg: 'a connection from 10.0.0.2 could not be used now' },
      { ...line, msg: 'connections with 10.0.0.2 collided; the one that local began stays' },
    ]);
  });

  it('tells of a neighbour that reads too slowly', () => {
    const { log, take } = setUp();
    log.tooSlow(neighbour());
    const msg = '10.0.0.2 reads too slowly; its session is ended so that it begins anew';
    expect(take()).toEqual([{ level: 'warn', peer: '10.0.0.2', msg }]);
  });

  it('tells of peers that cannot come in as they should', () => {
    const { log, take } = setUp();
    const fault = { code: 'unprotected', option: 'md5Key', reason: 'the kernel is full' } as const;
    log.unprotected({ ...fault, peers: '10.0.0.0/16' });
    log.unprotected(fault);
    const line = { level: 'error', option: 'md5Key' };
    expect(take()).toEqual([
      { ...line, peers: '10.0.0.0/16', msg: '10.0.0.0/16 cannot come in: the kernel is full' },
      { ...line, msg: 'protected peers cannot come in: the kernel is full' },
    ]);
  });

  it.each([
    ['unknown-peer', 'it is no configured peer; nves or nvas in the configuration would let it in'],
    ['half-open-limit', 'too many connections are waiting for their OPEN'],
    ['rate-limit', 'too many connections come in'],
    ['too-many-neighbours', 'too many dynamic neighbours are known'],
    ['something-new', 'something-new'],
  ])('says why a connection was refused: %s', (reason, text) => {
    const { log, take } = setUp();
    log.refused('192.0.2.1', reason);
    const msg = `connection from 192.0.2.1 refused: ${text}`;
    expect(take()).toEqual([{ level: 'warn', peer: '192.0.2.1', reason, msg }]);
  });

  it('tells once in ten minutes that an address is refused, whoever else is, and counts the others', () => {
    const { log, take, pass } = setUp();
    for (let i = 0; i < 25; i++) log.refused('192.0.2.1', 'unknown-peer');
    log.refused('192.0.2.2', 'unknown-peer');
    expect(take().map(({ level, peer }) => [level, peer])).toEqual([
      ['warn', '192.0.2.1'],
      ['warn', '192.0.2.2'],
    ]);
    pass(60_001);
    log.refused('192.0.2.3', 'unknown-peer');
    expect(take().map(({ level, msg }) => [level, msg])).toEqual([
      ['info', '24 more connections were refused'],
      ['warn', expect.stringMatching(/^connection from 192\.0\.2\.3 refused/)],
    ]);
    pass(600_000);
    log.refused('192.0.2.1', 'unknown-peer');
    expect(take()).toMatchObject([{ level: 'warn', peer: '192.0.2.1' }]);
  });

  it('names a hundred refused addresses a minute at most', () => {
    const { log, take } = setUp();
    for (let i = 0; i < 130; i++) log.refused(`192.0.2.${i}`, 'unknown-peer');
    expect(take()).toHaveLength(100);
  });
});

it('tells of too many routes with one warning', () => {
  const { log, take } = setUp();
  const notification = { code: 6, subcode: 1, data: octets };
  const reason = '3 routes, more than the 2 allowed';
  log.routeLimit(neighbour(), { type: 'near-limit', routes: 2, warnAbove: 1, limit: 2 });
  expect(take()).toMatchObject([
    {
      level: 'warn',
      msg: '10.0.0.2 has 2 routes, more than the 1 that maxRoutes warns above; with more than 2 its session is ended',
    },
  ]);
  log.routeLimit(neighbour(), { type: 'exceeded', limit: 2, reason });
  log.down(neighbour(), { cause: 'update-error', sent: notification, detail: reason });
  log.routeLimit(neighbour(), { type: 'held', seconds: 60 });
  log.refused('10.0.0.2', 'route-limit');
  expect(take().map(({ level, msg }) => `${level} ${msg}`)).toEqual([
    'warn the session with 10.0.0.2 ends: 3 routes, more than the 2 allowed',
    'info session with 10.0.0.2 ended: told it Cease/Maximum Number of Prefixes Reached, 3 routes, more than the 2 allowed',
    'info 10.0.0.2 is kept down for 60 s',
    'info connection from 10.0.0.2 refused: it had more routes than it may and is kept down',
  ]);
  log.down(neighbour(), { cause: 'hold-timer-expired' });
  expect(take()).toMatchObject([{ level: 'warn' }]);
});

describe('a peer that does not come up because an OPEN is wrong', () => {
  const failed = (log: SpeakerHandler, reason: DownReason) =>
    log.peerEvent(neighbour(), { type: 'attempt-failed', reason });
  const open = (subcode: number) => ({ code: 2, subcode, data: octets });

  it.each<[DownReason, string]>([
    [
      {
        cause: 'open-error',
        sent: open(7),
        detail: 'no address family in common: it offers ipv4-unicast only',
      },
      'no address family in common: it offers ipv4-unicast only; activate l2vpn evpn for this neighbour there',
    ],
    [
      { cause: 'open-error', sent: open(2), detail: 'its AS number is 65009 and not 65000' },
      'its AS number is 65009 and not 65000; mend asn of this peer in the configuration, or the AS number there',
    ],
    [
      { cause: 'open-error', sent: open(11), detail: 'it announces no role, where one is asked for' },
      'it announces no role, where one is asked for; roles go in pairs: provider and customer, route-server and route-server-client, peer and peer',
    ],
    [{ cause: 'open-error', sent: open(6), detail: 'hold time of 1 s, below 3 s' }, 'hold time of 1 s, below 3 s'],
    [
      { cause: 'notification-received', received: open(2) },
      'it refuses our OPEN with OPEN Message Error/Bad Peer AS; the AS number that is configured for nvad there is another one',
    ],
  ])('is a warning once an hour for each cause, and again after it was up: %j', (reason, text) => {
    const { log, take, pass } = setUp();
    failed(log, reason);
    failed(log, reason);
    const msg = `no session with 10.0.0.2: ${text}`;
    expect(take()).toEqual([
      { level: 'warn', peer: '10.0.0.2', msg },
      { level: 'debug', peer: '10.0.0.2', msg },
    ]);
    failed(log, { cause: 'open-error', sent: open(3), detail: 'BGP Identifier 10.0.0.1 is our own' });
    expect(take()).toMatchObject([{ level: 'warn' }]);
    pass(3_600_000);
    failed(log, reason);
    expect(take()).toMatchObject([{ level: 'warn', msg }]);
    log.established(neighbour(), { remoteAsn: 65000, timers: { holdTime: 90 } } as never);
    take();
    failed(log, reason);
    expect(take()).toMatchObject([{ level: 'warn', msg }]);
  });
});
