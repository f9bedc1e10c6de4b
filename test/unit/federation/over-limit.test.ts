import { describe, expect, it } from 'vitest';
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
  return { ...all, neighbour, nve, session: all.federation.border('dc2')?.outer.neighbour('10.9.0.2') };
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
