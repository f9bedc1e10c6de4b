import { describe, expect, it } from 'vitest';
import { type ExpectedPeer, watchAbsences } from '../../../src/daemon/absence-watch.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { FakeClock } from '../bgp-ts/session/fake-clock.ts';
import { collectLog } from './fakes.ts';

type Changing = { -readonly [K in keyof ExpectedPeer]: ExpectedPeer[K] };

function setUp(lastDown?: ExpectedPeer['peer']['lastDown']) {
  const clock = new FakeClock();
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'debug', levels: {}, format: 'json', colour: false }, { destination });
  const peer: Changing = { address: '10.0.0.2', source: undefined, heldUntil: undefined, peer: { lastDown } };
  const end = watchAbsences({ clock, expected: () => [peer], logger: logging.logger('bgp') });
  return {
    clock,
    peer,
    end,
    pass: (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 5) clock.advance(5000);
    },
    take: () => lines.splice(0).map(({ level, msg }) => `${level} ${msg}`),
  };
}

const unreachable = { cause: 'connection-failed', detail: 'EHOSTUNREACH', wasUp: false, at: 0 } as const;

describe('a peer that is configured by address and not there', () => {
  it('is told of after half a minute, then every hour, and when it is back', () => {
    const { clock, peer, pass, take } = setUp(unreachable);
    clock.advance(0);
    pass(25);
    expect(take()).toEqual([]);
    pass(5);
    expect(take()).toEqual(['warn no session with 10.0.0.2 for 30 s: connection failed, no route to host']);
    pass(3595);
    expect(take()).toEqual([]);
    pass(5);
    expect(take()).toEqual(['warn no session with 10.0.0.2 for 3630 s: connection failed, no route to host']);
    peer.source = {} as never;
    pass(5);
    expect(take()).toEqual(['info 10.0.0.2 is back after 3635 s']);
    pass(100);
    peer.source = undefined;
    pass(30);
    expect(take()).toEqual([]);
    pass(5);
    expect(take()).toHaveLength(1);
  });

  it('is not told of when it was away for a moment, or is kept down, or nvad ends', () => {
    const { clock, peer, end, pass, take } = setUp(unreachable);
    clock.advance(0);
    pass(25);
    peer.source = {} as never;
    pass(5);
    peer.source = undefined;
    peer.heldUntil = Number.POSITIVE_INFINITY;
    pass(100);
    peer.heldUntil = undefined;
    end();
    pass(100);
    expect([take(), clock.pending]).toEqual([[], 0]);
  });

  it('may not have answered at all, or find our OPEN wrong', () => {
    const { clock, pass, take } = setUp();
    clock.advance(0);
    pass(30);
    expect(take()).toEqual(['warn no session with 10.0.0.2 for 30 s: it does not answer']);
    const received = { code: 2, subcode: 2, data: new Uint8Array(0) };
    const refused = setUp({ cause: 'notification-received', received, wasUp: false, at: 0 });
    refused.clock.advance(0);
    refused.pass(30);
    expect(refused.take()[0]).toMatch(/^warn .* 30 s: it refuses our OPEN with .*Bad Peer AS; the AS number/);
  });
});
