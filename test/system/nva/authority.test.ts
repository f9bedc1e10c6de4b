/**
 * What `npm run bench:nva` measures, at a small size and without looking at the time: what everybody is told of a real nvad's
 * virtual networks is what a plain model says, and so is what is there after kill -9.
 */
import { describe, expect, it } from 'vitest';
import { attachAll, startAgain } from '../../../bench/nva/figures/attach.ts';
import { killAgain } from '../../../bench/nva/figures/kills.ts';
import { moveAll } from '../../../bench/nva/figures/moves.ts';
import { pullAll } from '../../../bench/nva/figures/pulls.ts';
import { Site, type SiteOptions } from '../../../bench/nva/site.ts';
import { hasFrr } from '../support/frr.ts';
import { isRoot } from '../support/namespace.ts';

/** How often nvad is killed; 200 before a release. */
const KILLS = Number(process.env['NVA_KILLS'] ?? 10);
const within = 60_000;

async function at<T>(options: SiteOptions, work: (site: Site) => Promise<T>): Promise<T> {
  const site = new Site(options);
  try {
    await site.begin();
    return await work(site);
  } finally {
    await site.clear();
  }
}

describe.skipIf(!isRoot)('the authority over virtual networks', () => {
  it('tells everybody what is attached by the API, and again after a start', async () => {
    const shape = { networks: 4, nves: 10, attachments: 2000 };
    await at({ shape, frr: hasFrr, nved: true, pushNves: 2 }, async (site) => {
      const { comparison } = await attachAll(site, { batch: 100, within });
      expect(comparison).toMatchObject({ wrong: 0, examples: [] });
      expect(comparison.compared).toBeGreaterThan(3 * 2 * shape.attachments);
      expect((await startAgain(site, within)).comparison).toMatchObject({ wrong: 0, examples: [] });
    });
  });

  for (const batch of [1, 10]) {
    it(`tells everybody of moves, ${batch} in a transaction`, async () => {
      const shape = { networks: 4, nves: 10, attachments: 1000 };
      await at({ shape, frr: false, nved: false, pushNves: 2 }, async (site) => {
        await attachAll(site, { batch: 100, within });
        const moved = await moveAll(site, { perSecond: 200, warmUp: 0, seconds: 3, batch, connections: 8, within });
        expect(moved.comparison).toMatchObject({ wrong: 0, examples: [] });
        expect(moved.seen).toMatchObject({ bgp: { count: 600 }, agent0: { count: 600 }, agent1: { count: 600 } });
      });
    });
  }

  it('answers questions while attachments move, and keeps the answers right', async () => {
    const shape = { networks: 1, nves: 10, attachments: 2000 };
    await at({ shape, frr: false, nved: false, pushNves: 0 }, async (site) => {
      await attachAll(site, { batch: 100, within });
      const pulled = await pullAll(site, {
        perSecond: 1000,
        movesPerSecond: 50,
        warmUp: 0,
        seconds: 3,
        clients: 4,
        within,
      });
      expect(pulled.comparison).toMatchObject({ wrong: 0, examples: [] });
      expect([pulled.answered.count, pulled.library.count]).toEqual([2850, 150]);
    });
  });

  it(`has all that was acknowledged, and nothing in part, after kill -9 at ${KILLS} instants under load`, {
    timeout: 60_000 + KILLS * 20_000,
  }, async () => {
    await at(
      { shape: { networks: 4, nves: 10, attachments: 800 }, frr: false, nved: false, pushNves: 1 },
      async (site) => {
        const seed = Number(process.env['NVA_KILLS_SEED'] ?? Date.now() % 2 ** 31);
        const found = await killAgain(site, { kills: KILLS, seed, within });
        expect(found.comparison, `NVA_KILLS_SEED=${seed}`).toMatchObject({ wrong: 0, examples: [] });
        expect(found.acknowledged).toBeGreaterThan(KILLS);
      },
    );
  });
});
