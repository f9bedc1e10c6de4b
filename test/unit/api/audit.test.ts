import { expect, test } from 'vitest';
import { createAudit, lastAudited } from '../../../src/api/audit.ts';
import { memoryNvaStore } from '../../../src/store/nva-memory.ts';
import { alice, network, nve } from '../store/nva-values.ts';
import { createMemoryNva } from './memory-nva.ts';

/** An audit log over `nva` that is kept as text. */
function log(nva = createMemoryNva(memoryNvaStore(50)), text = '') {
  const kept = { text, broken: false, faults: [] as unknown[] };
  const begin = () =>
    createAudit(lastAudited(kept.text), {
      nva,
      now: () => 1_795_000_000_000,
      append: (added) => {
        if (kept.broken) throw new Error('no space left on device');
        kept.text += added;
      },
      failed: (error) => kept.faults.push(error),
    });
  const lines = () =>
    kept.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { nva, kept, begin, lines };
}
const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const put = (vni: number) => ({ op: 'put', kind: 'virtual-network', value: network('web', vni) }) as const;

test('has who, what, when, before and after of each change, and says where it begins', async () => {
  const { nva, begin, lines } = log();
  nva.apply([put(1)], alice);
  const audit = begin();
  nva.apply([put(2), { op: 'put', kind: 'nve', value: nve(1) }], alice);
  nva.apply([{ op: 'delete', kind: 'virtual-network', name: 'web' }], { name: 'configuration', via: 'configuration' });
  await turn();
  audit.record({ by: alice, what: 'reset peer', subject: '10.0.0.1', before: null, after: { kind: 'hard' } });
  expect(lines()).toEqual([
    { at: '2026-11-18T11:06:40.000Z', what: 'log begins', event: 1 },
    {
      at: '2026-11-18T11:06:40.002Z',
      who: 'alice',
      via: 'api',
      what: 'put virtual-network',
      subject: 'web',
      before: network('web', 1),
      after: network('web', 2),
      event: 2,
    },
    {
      at: '2026-11-18T11:06:40.003Z',
      who: 'alice',
      via: 'api',
      what: 'put nve',
      subject: 'nve1',
      before: null,
      after: nve(1),
      event: 3,
    },
    {
      at: '2026-11-18T11:06:40.004Z',
      who: 'configuration',
      via: 'configuration',
      what: 'delete virtual-network',
      subject: 'web',
      before: network('web', 2),
      after: null,
      event: 4,
    },
    {
      at: '2026-11-18T11:06:40.000Z',
      who: 'alice',
      via: 'api',
      what: 'reset peer',
      subject: '10.0.0.1',
      before: null,
      after: { kind: 'hard' },
    },
  ]);
});

test('goes on where it ended, also where it ended before what it should have written', async () => {
  const { nva, kept, begin, lines } = log();
  begin().close();
  nva.apply([put(1)], alice);
  nva.apply([put(2)], alice);
  const second = begin();
  nva.apply([put(3)], alice);
  second.close();
  expect(lines().map(({ event }) => event)).toEqual([0, 1, 2, 3]);
  // A line that was being written when the power went.
  kept.text += '{"at":"2026';
  expect(lastAudited(kept.text)).toBe(3);
});

test('writes later what cannot be written now, and complains once', async () => {
  const { nva, kept, begin, lines } = log();
  const audit = begin();
  kept.broken = true;
  for (const vni of [1, 2]) {
    nva.apply([put(vni)], alice);
    await turn();
  }
  expect(kept.faults).toHaveLength(1);
  kept.broken = false;
  nva.apply([put(3)], alice);
  await turn();
  expect(lines().map(({ event }) => event)).toEqual([0, 1, 2, 3]);
  audit.close();
});

test('says so where it could not write for longer than events are kept', async () => {
  const { nva, kept, begin, lines } = log();
  const audit = begin();
  kept.broken = true;
  for (let vni = 1; vni <= 80; vni++) nva.apply([put(vni)], alice);
  await turn();
  kept.broken = false;
  nva.apply([put(81)], alice);
  await turn();
  expect(lines()[1]).toEqual({
    at: '2026-11-18T11:06:40.000Z',
    what: 'events 1 to 31 were not written and are not kept any more',
    event: 31,
  });
  expect(
    lines()
      .slice(2)
      .map(({ event }) => event),
  ).toEqual(Array.from({ length: 50 }, (_, i) => 32 + i));
  audit.close();
  nva.apply([put(82)], alice);
  await turn();
  expect(lines().at(-1)).toMatchObject({ event: 81 });
});
