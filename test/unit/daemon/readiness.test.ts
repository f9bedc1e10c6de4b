import { describe, expect, it } from 'vitest';
import { PATIENCE, type PeerReadiness, type ReadinessView, readiness } from '../../../src/daemon/readiness.ts';

const up: PeerReadiness = {
  address: '10.0.0.2',
  expected: true,
  establishedFor: 100,
  sendsEndOfRib: true,
  endOfRib: true,
};
const view = (patch: Partial<ReadinessView> = {}, ...peers: Partial<PeerReadiness>[]): ReadinessView => ({
  listening: true,
  age: 100,
  settled: true,
  awaited: [],
  peers: peers.map((peer) => ({ ...up, ...peer })),
  ...patch,
});
const why = (seen: ReadinessView, converged = false) => readiness(seen, converged).reasons;

describe('nvad is ready', () => {
  it('when it listens and nothing is waited for', () => {
    expect(readiness(view(), false)).toEqual({ ready: true, reasons: [] });
    expect(readiness(view({}, {}), false)).toEqual({ ready: true, reasons: [] });
  });

  it('not without a listener, ever', () => {
    const reasons = [{ code: 'not-listening', text: 'no BGP listener is open' }];
    expect(readiness(view({ listening: false }), false)).toEqual({ ready: false, reasons });
    expect(readiness(view({ listening: false }), true)).toEqual({ ready: false, reasons });
  });

  it('when those that are expected have come up, or had their time', () => {
    const away = { establishedFor: undefined, endOfRib: false };
    expect(why(view({}, away))).toEqual([{ code: 'converging', text: '10.0.0.2 has not come up yet' }]);
    expect(why(view({ age: PATIENCE - 1 }, away))).toHaveLength(1);
    expect(why(view({ age: PATIENCE }, away))).toEqual([]);
    expect(why(view({}, { ...away, expected: false }))).toEqual([]);
  });

  it('when those that are up have said End-of-RIB, or had their time', () => {
    const talking = { endOfRib: false };
    const text = '10.0.0.2 has not sent End-of-RIB yet';
    expect(why(view({}, talking))).toEqual([{ code: 'converging', text }]);
    expect(why(view({}, { ...talking, expected: false }))).toEqual([{ code: 'converging', text }]);
    expect(why(view({}, { ...talking, establishedFor: PATIENCE - 1 }))).toHaveLength(1);
    expect(why(view({}, { ...talking, establishedFor: PATIENCE }))).toEqual([]);
  });

  it('a moment after those came up that never say it', () => {
    const silent = { endOfRib: false, sendsEndOfRib: false };
    expect(why(view({}, { ...silent, establishedFor: 1999 }))).toEqual([
      { code: 'converging', text: '10.0.0.2 came up just now' },
    ]);
    expect(why(view({}, { ...silent, establishedFor: 2000 }))).toEqual([]);
  });

  it('when nobody is waited for after a restart', () => {
    const text = 'routes are told to nobody before 10.0.0.2 has said what it has';
    expect(why(view({ awaited: ['10.0.0.2'] }))).toEqual([{ code: 'deferring', text }]);
    const many = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5'];
    expect(why(view({ awaited: many }))[0]?.text).toContain('before 10.0.0.2, 10.0.0.3, 10.0.0.4 and others have');
  });

  it('when everything received is decided', () => {
    expect(why(view({ settled: false }))).toEqual([
      { code: 'deciding', text: 'received routes are still being decided' },
    ]);
  });

  it('for good once it has converged', () => {
    const later = view({ settled: false }, { establishedFor: undefined }, { address: '10.0.0.3', endOfRib: false });
    expect(why(later)).toHaveLength(3);
    expect(readiness(later, true)).toEqual({ ready: true, reasons: [] });
  });
});
