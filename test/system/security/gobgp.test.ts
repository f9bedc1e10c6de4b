import { afterAll, beforeAll, describe } from 'vitest';
import { Bench } from '../support/bench.ts';
import { Gobgp, type GobgpConfig, gobgpPrograms, type Tree } from '../support/gobgp.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { sessionsAreAsConfigured } from './sessions.ts';
import { type Case, cases, config, underlay } from './underlay.ts';

/** What an operator of GoBGP writes for one session. */
function neighbour({ nvad, router, dials, theirs: { password, hops } }: Case): Tree {
  const timers = { 'connect-retry': 1, 'idle-hold-time-after-reset': 1, 'hold-time': 9, 'keepalive-interval': 3 };
  return {
    config: {
      'neighbor-address': nvad,
      'peer-as': 65000,
      ...(password !== undefined && { 'auth-password': password }),
    },
    timers: { config: timers },
    transport: {
      config: { 'passive-mode': dials === 'nvad', ...(dials === 'router' && { 'local-address': router }) },
    },
    ...(hops !== undefined && { 'ttl-security': { config: { enabled: true, 'ttl-min': 256 - hops } } }),
    'afi-safis': [{ config: { 'afi-safi-name': 'l2vpn-evpn' } }],
  };
}

const gobgpd: GobgpConfig = {
  global: { config: { as: 65000, 'router-id': '10.0.0.99' } },
  neighbors: cases.map(neighbour),
};

for (const program of gobgpPrograms) {
  describe.runIf(isRoot && program.missing === undefined)(`a session with ${program.name}`, () => {
    const bench = new Bench();
    let nvad: Nvad;
    beforeAll(async () => {
      const { nva, router } = underlay(bench);
      nvad = await bench.nvad(nva, config).up();
      const gobgp = new Gobgp(program, { folder: bench.folder, config: gobgpd }, router);
      bench.defer(() => gobgp.kill());
    });
    afterAll(() => bench.clear());

    // The listener of GoBGP 4 answers over IPv6 with a hop limit of 64, which GTSM does not let in.
    const cannot = ({ nvad: ours, dials, theirs }: Case) =>
      program.major === 4 && dials === 'nvad' && ours.includes(':') && theirs.hops !== undefined;
    sessionsAreAsConfigured(
      () => nvad,
      (one) => !cannot(one),
    );
  });
}
