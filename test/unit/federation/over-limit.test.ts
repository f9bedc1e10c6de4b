import { describe, expect, it } from 'vitest';
import type { Border } from '../../../src/federation/border.ts';
import type { ImportLimits } from '../../../src/federation/model.ts';
import { federationLab, rest } from './federation-lab.ts';

/** At most two routes of a network are taken, and the neighbour has told three; our NVE has heard of what there is. */
async function overLimit(exceeded: 'stop' | 'reset') {
  const limits = { routes: 100, perNetwork: 2, warning: 100, exceeded };
  const all = await federationLab({ limits });
  const neighbour = all.joinNeighbour();
  const nve = all.joinNve();
  all.announce(neighbour, 'wire', 1, 2);
  rest(all, 20);
  nve.read();
  neighbour.read();
  all.announce(neighbour, 'wire', 3);
  rest(all, 2000);
  return {
    ...all,
    configured: all.session,
    neighbour,
    nve,
    session: all.federation.border('dc2')?.outer.neighbour('10.9.0.2'),
  };
}

describe('a neighbour domain with more routes of a network than are agreed', () => {
  it('keeps its session and its routes where no more are taken', async () => {
    const all = await overLimit('stop');
    expect(all.told).toEqual(['exceeded dc2']);
    expect([all.neighbour.read(), all.nve.read()]).toEqual([[], []]);
    all.withdraw(all.neighbour, 'wire', 1);
    rest(all, 2000);
    expect(all.nve.read().sort()).toEqual(['+3', '-1']);
  });

  it('has other limits while its session is up: nothing is taken back, and there may be no more', async () => {
    const all = await overLimit('stop');
    const { federation, session, told } = all;
    const become = (limits: ImportLimits) => {
      const { config } = federation.border('dc2') as Border;
      federation.become({ neighbour: { ...config, limits }, sessions: [all.configured], policies: {} });
      rest(all, 2000);
    };
    const sessions = session?.sessions;
    become({ routes: 100, perNetwork: 3, warning: 100, exceeded: 'stop' });
    expect([all.nve.read(), told.splice(0)]).toEqual([['+3'], ['exceeded dc2', 'has-room dc2']]);
    become({ routes: 2, perNetwork: 2, warning: 100, exceeded: 'stop' });
    expect(told.splice(0)).toEqual(['exceeded dc2', 'near-limit dc2', 'exceeded dc2', 'near-limit dc2']);
    all.withdraw(all.neighbour, 'wire', 1);
    all.announce(all.neighbour, 'wire', 4);
    rest(all, 2000);
    expect(all.nve.read()).toEqual(['-1']);
    expect([all.neighbour.read(), session?.sessions]).toEqual([[], sessions]);
    // The consequence alone is another.
    become({ routes: 2, perNetwork: 2, warning: 100, exceeded: 'reset' });
    expect(all.neighbour.read()).toEqual(['notification 6/1']);
    expect(all.nve.read().sort()).toEqual(['-2', '-3']);
  });

  it('is kept down where it is to be reset, so that its routes do not come and go', async () => {
    const all = await overLimit('reset');
    expect(all.neighbour.read()).toEqual(['notification 6/1']);
    expect(all.nve.read().sort()).toEqual(['-1', '-2']);
    expect(all.told).toEqual(['exceeded dc2', 'has-room dc2']);
    expect(all.session?.heldUntil).toBeGreaterThan(all.lab.clock.now() + 50_000);
    all.lab.clock.advance(60_000);
    const again = all.joinNeighbour();
    all.announce(again, 'wire', 1, 2);
    rest(all, 2000);
    expect(all.nve.read().sort()).toEqual(['+1', '+2']);
  });
});
