import { type DownReason, Neighbour, type NeighbourPolicy, type SpeakerHandler } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { bgpLog } from '../../../src/daemon/bgp-log.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { collectLog } from './fakes.ts';

const octets = new Uint8Array(0);

function setUp() {
  const { lines, destination } = collectLog();
  const options = { level: 'debug', levels: {}, format: 'json', colour: false } as const;
  let now = 1_000_000;
  const log: SpeakerHandler = bgpLog(new Logging(options, { destination }).logger('bgp'), () => now);
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
    [{ cause: 'connection-failed', detail: 'ECONNRESET' }, 'warn', 'connection failed, ECONNRESET'],
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

  it('tells of ten refusals a minute, and counts the others', () => {
    const { log, take, pass } = setUp();
    for (let i = 0; i < 25; i++) log.refused('192.0.2.1', 'unknown-peer');
    expect(take()).toHaveLength(10);
    pass(60_001);
    log.refused('192.0.2.1', 'unknown-peer');
    expect(take().map(({ msg }) => msg)).toEqual([
      '15 more connections were refused',
      expect.stringMatching(/^connection from 192\.0\.2\.1 refused/),
    ]);
  });
});
