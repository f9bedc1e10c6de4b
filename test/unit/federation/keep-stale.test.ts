import { describe, expect, it } from 'vitest';
import { defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import type { Border } from '../../../src/federation/border.ts';
import { bytes } from '../bgp-ts/session/hand-peer.ts';
import type { Router } from '../bgp-ts/speaker/kit.ts';
import { federationLab, rest } from './federation-lab.ts';

/** LOCAL_PREF of what a router was told, `gone` for an UPDATE that only withdraws. */
const preferences = (router: Router) =>
  router.take().flatMap((message) => {
    const octets = bytes(message);
    if (octets[18] !== 2) return [];
    const { attributes } = decodeUpdate(octets, defaultContext).update;
    // End-of-RIB withdraws nothing.
    if (attributes.mpUnreachNlri?.nlri.length === 0) return [];
    return [attributes.localPref ?? 'gone'];
  });

/** The neighbour, which negotiated no graceful restart, has told host 1, and our NVE knows; then its connection is cut. */
async function cutOff() {
  const all = await federationLab();
  const neighbour = all.joinNeighbour();
  const nve = all.joinNve();
  all.announce(neighbour, 'wire', 1);
  rest(all, 20);
  expect(preferences(nve)).toEqual([100]);
  neighbour.near.lose('ECONNRESET');
  rest(all, 2000);
  return { ...all, nve };
}

describe('routes of a neighbour domain that is lost', () => {
  it('are kept as less preferred ones for as long as is said, and then gone', async () => {
    const all = await cutOff();
    expect(preferences(all.nve)).toEqual([50]);
    const crossing = () => all.federation.border('dc2')?.import.routes;
    all.lab.clock.advance(290_000);
    expect(crossing()).toBe(1);
    all.lab.clock.advance(20_000);
    rest(all, 20);
    expect([crossing(), all.lab.speaker.table.emitted]).toEqual([0, 0]);
  });

  it('are kept for another time when that is configured, counted from when it was lost', async () => {
    const all = await cutOff();
    const border = all.federation.border('dc2') as Border;
    const become = (keepStale: number) => {
      const gracefulRestart = { ...all.session.gracefulRestart!, longLivedStaleTime: keepStale };
      const sessions = [{ ...all.session, gracefulRestart }];
      all.federation.become({ neighbour: { ...border.config, keepStale }, sessions, policies: {} });
    };
    become(1000);
    all.lab.clock.advance(900_000);
    expect(border.import.routes).toBe(1);
    become(2000);
    all.lab.clock.advance(1_000_000);
    expect(border.import.routes).toBe(1);
    // That is over already.
    become(1500);
    rest(all, 20);
    expect([border.import.routes, all.lab.speaker.table.emitted]).toEqual([0, 0]);
    // And for the next loss.
    const neighbour = all.joinNeighbour();
    all.announce(neighbour, 'wire', 1);
    rest(all, 2000);
    become(100);
    neighbour.near.lose('ECONNRESET');
    rest(all, 2000);
    expect(border.import.routes).toBe(1);
    all.lab.clock.advance(100_000);
    rest(all, 20);
    expect(border.import.routes).toBe(0);
  });

  it('are as they were when it is back and says them again, and were never withdrawn', async () => {
    const all = await cutOff();
    all.announce(all.joinNeighbour(), 'wire', 1);
    rest(all, 2000);
    expect(preferences(all.nve)).toEqual([50, 100]);
  });
});
