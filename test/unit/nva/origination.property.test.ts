/** Whatever transactions come, what is announced is what follows from what should be at the end of each. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Change, Nve, Trust, VirtualNetwork } from '../../../src/nva/model.ts';
import { ListStore, mac, nvaLab, nve, orchestrator, put, web } from './kit.ts';

const names = ['web', 'db'] as const;

const network: fc.Arbitrary<VirtualNetwork> = fc
  .record({
    name: fc.constantFrom(...names),
    shift: fc.nat({ max: 1 }),
    trust: fc.constantFrom<Trust>('nve', 'orchestrator', 'both'),
    target: fc.nat({ max: 1 }),
  })
  .map(({ name, shift, trust, target }) => ({
    ...web,
    name,
    vni: 100 + 10 * names.indexOf(name) + shift,
    routeTargets: [`65000:${100 + 10 * names.indexOf(name) + target}`],
    trust,
  }));

const end: fc.Arbitrary<Nve> = fc
  .record({ n: fc.integer({ min: 1, max: 3 }), kind: fc.constantFrom('agent', 'static', 'bgp'), other: fc.boolean() })
  .map(({ n, kind, other }) => nve(n, { kind, tunnelAddress: `10.9.${n}.${other ? 2 : 1}` }) as Nve);

const attachment = fc.record({
  network: fc.constantFrom(...names),
  id: fc.constantFrom('a', 'b', 'c', 'd'),
  nve: fc.constantFrom('nve1', 'nve2', 'nve3'),
  mac: fc.integer({ min: 1, max: 3 }).map(mac),
  ips: fc.subarray(['192.0.2.1', '2001:db8::1']),
  prefixes: fc.constant([]),
  sticky: fc.boolean(),
  role: fc.constantFrom('tenant', 'gateway'),
  state: fc.constantFrom('associated', 'pre-associated', 'detached'),
});

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 1, arbitrary: network.map((value) => ({ op: 'put', kind: 'virtual-network', value }) as Change) },
  { weight: 1, arbitrary: end.map((value) => ({ op: 'put', kind: 'nve', value }) as Change) },
  { weight: 6, arbitrary: attachment.map((value) => ({ op: 'put', kind: 'attachment', value }) as unknown as Change) },
  {
    weight: 2,
    arbitrary: fc
      .record({ network: fc.constantFrom(...names), id: fc.constantFrom('a', 'b', 'c', 'd') })
      .map((one) => ({ op: 'delete', kind: 'attachment', ...one }) as Change),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...names).map((name) => ({ op: 'delete', kind: 'virtual-network', name }) as Change),
  },
);

const transaction = fc.record({
  changes: fc.array(change, { minLength: 1, maxLength: 2 }),
  by: fc.constantFrom(orchestrator, { name: 'nve1', via: 'nve-protocol' } as const),
  settles: fc.boolean(),
});

it('announces what should be, and nothing else', async () => {
  let announced = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(transaction, { minLength: 4, maxLength: 30, size: 'max' }), async (transactions) => {
      const { lab, nva } = await nvaLab({ macMobility: { moves: 1000, seconds: 1 } }, new ListStore());
      const router = lab.join('10.0.0.50');
      // One that is refused leaves nothing, so each begins with what most of them need.
      const begin = [
        ...names.map((name, i) => ({ ...web, name, vni: 100 + 10 * i, routeTargets: [`65000:${100 + 10 * i}`] })),
        nve(1),
        nve(2),
        nve(3),
      ];
      nva.apply(begin.map(put), orchestrator);
      for (const { changes, by, settles } of transactions) {
        nva.apply(changes, by);
        if (settles) lab.settle();
      }
      lab.settle();
      router.take();
      const expected = new Set<string>();
      for (const { name, vni, trust } of nva.networks()) {
        for (const { attachment: it, registered, attached } of nva.attachments(name)) {
          const at = nva.nve(it.nve);
          if (at === undefined || it.state !== 'associated') continue;
          const says = {
            nve: at.kind !== 'bgp' && registered,
            orchestrator: registered,
            both: at.kind !== 'bgp' && registered && (attached || at.kind === 'static'),
          };
          if (!says[trust]) continue;
          for (const ip of ['', ...it.ips]) expected.add(`${name} host ${it.mac} ${ip} ${at.tunnelAddress} ${vni}`);
          if (at.kind !== 'bgp') expected.add(`${name} flood ${at.tunnelAddress} ${vni}`);
        }
      }
      const found = new Set<string>();
      for (const { name } of nva.networks()) {
        for (const { claims } of nva.mappingsOf(name)?.all() ?? []) {
          for (const { mapping } of claims) {
            if (mapping.kind === 'host')
              found.add(`${name} host ${mapping.mac} ${mapping.ip ?? ''} ${mapping.nve} ${mapping.vni}`);
            if (mapping.kind === 'flood') found.add(`${name} flood ${mapping.nve} ${mapping.vni}`);
          }
        }
      }
      announced += expected.size;
      expect([...found].sort()).toEqual([...expected].sort());
      expect(lab.speaker.table.emitted).toBe(expected.size);
      expect(nva.originated).toBe(expected.size);
    }),
    { numRuns: 300 },
  );
  // Not of nothing.
  expect(announced).toBeGreaterThan(400);
});
