/** What is told of another policy is what applying it then sends: compared with what each side is told before and after. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Direction, Share } from '../../../src/federation/model.ts';
import { BorderLab, type LabOptions, networkOf, type Seen, type Spoken, shareOf } from './kit.ts';
import { compiled } from './policy/kit.ts';

const [G1, G2] = ['10.1.0.251', '10.1.0.252'];
const both = (...list: string[]) => ({ export: list, import: list });
const networks = [networkOf('web', 1217, { l3: 'tenant' }), networkOf('tenant', 5001, { service: 'l3' })];
const byGateways = [shareOf('web', 2217, both(G1, G2)), shareOf('tenant', 6001, both(G1))];
const directly = [shareOf('web', 2217), shareOf('tenant', 6001)];

const wire = {
  import: ['65002:2217', 2217, '10.2.0', '65002:6001'],
  export: ['65001:1217', 1217, '10.1.0', '65001:5001'],
} as const;

/** Routes of one side: two NVEs, in what the rules below tell apart. */
function routesOf(direction: Direction): Spoken[] {
  const [target, vni, ends, l3] = wire[direction];
  const ours = [1, 2].map((nve) => ({ rd: `${ends}.${nve}:1`, nextHop: `${ends}.${nve}`, targets: [target], vni }));
  return ours.flatMap((common, nve): Spoken[] => [
    { ...common, kind: 'flood', communities: [`65002:${nve}`] },
    { ...common, kind: 'flood', tag: 5 },
    ...[0, 1, 2].map((i): Spoken => {
      const host = { mac: `02:00:00:00:0${nve}:0${i}`, ip: `172.16.${nve}.${i}`, communities: [`65002:${i}`] };
      return { ...common, kind: 'mac', ...host, tag: i === 2 ? 5 : 0 };
    }),
    {
      ...{ ...common, kind: 'prefix', targets: [l3], vni: direction === 'import' ? 6001 : 5001 },
      ...{ prefix: `10.50.${nve}.0/24`, routerMac: `02:00:00:00:0f:0${nve}`, communities: [`65002:${nve}`] },
    },
  ]);
}

const rules = [
  '{ match: { type: 3 }, then: refuse }',
  '{ match: { type: 3, community: 65002:0 }, then: refuse }',
  '{ match: { type: 3 }, then: { addCommunity: [65009:1] } }',
  '{ match: { type: 3, community: 65002:1 }, then: { addCommunity: [65009:2] } }',
  `{ match: { type: 3 }, then: { gateway: ${G1} } }`,
  '{ match: { network: web }, then: { summariseMacs: true } }',
  '{ match: { community: 65002:1 }, then: { summariseMacs: true, addCommunity: [65009:3] } }',
  '{ match: { prefix: 10.50.1.0/24 }, then: refuse }',
  '{ match: { network: tenant }, then: { aggregate: 10.50.0.0/16 } }',
  '{ match: { community: 65002:1 }, then: { aggregate: 10.50.0.0/16, addCommunity: [65009:4] } }',
  '{ match: { network: web }, then: { aggregate: 172.16.0.0/16 } }',
  '{ then: { stripCommunity: [65002:99] } }',
  '{ then: { stripCommunity: [65002:1] } }',
  '{ then: { preference: 50 } }',
  '{ match: { mac: "02:00:00:00:01:00/40" }, then: refuse }',
  `{ then: { gateway: ${G2} } }`,
];
const policyOf = (chosen: readonly string[]) => compiled(`rules: [${chosen.join(', ')}]`);

async function labWith(share: readonly Share[], direction: Direction, routes: readonly Spoken[]): Promise<BorderLab> {
  const options: LabOptions = { domain: { networks: share }, networks, inside: ['10.1.0.1', '10.1.0.2', G1, G2] };
  const lab = await BorderLab.begun(options);
  for (const gateway of [G1, G2]) lab.macs.set(gateway, `02:00:00:00:02:${gateway.slice(-2)}`);
  lab.lookAtGateways();
  if (direction === 'import') lab.hear(...routes);
  else lab.say(...routes);
  return lab;
}

const toldOf = (lab: BorderLab, direction: Direction) =>
  new Map((direction === 'import' ? lab.imported : lab.exported).map((one) => [keyOf(one), one.text]));

/** What tells routes apart for those who hear them (RFC 7432 §7.2: labels and the ESI do not). */
function keyOf({ rd, nlri }: Seen): string {
  const { type, ethernetTag, mac, ip, prefix, originator } = nlri as unknown as Record<string, unknown>;
  return [rd, type, ethernetTag, mac, ip, prefix, originator].join(' ');
}

/** Told, and then sent, when one policy comes in place of another. */
async function change(lab: BorderLab, direction: Direction, before: string[], after: string[]) {
  lab.border.policyChanged(direction, policyOf(before));
  lab.settle(200);
  const had = toldOf(lab, direction);
  const diff = await lab.border.compare(direction, policyOf(after), () => Promise.resolve());
  expect(toldOf(lab, direction)).toEqual(had);
  lab.border.policyChanged(direction, policyOf(after));
  lab.settle(200);
  const has = toldOf(lab, direction);
  const sent = {
    gained: [...has.keys()].filter((key) => !had.has(key)).length,
    lost: [...had.keys()].filter((key) => !has.has(key)).length,
    changed: [...has].filter(([key, text]) => (had.get(key) ?? text) !== text).length,
  };
  const told = { gained: diff.gained.count, lost: diff.lost.count, changed: diff.changed.count };
  return { told, sent, diff };
}

const chosen = fc.shuffledSubarray(rules, { maxLength: 4 });

describe('what another policy would change', () => {
  it.each(['import', 'export'] as const)('is what is then sent: %s', async (direction) => {
    const routes = routesOf(direction);
    const situation = fc.tuple(fc.constantFrom(byGateways, directly), fc.shuffledSubarray(routes), chosen, chosen);
    await fc.assert(
      fc.asyncProperty(situation, async ([share, there, before, after]) => {
        const { told, sent } = await change(await labWith(share, direction, there), direction, before, after);
        expect(told).toEqual(sent);
      }),
      { numRuns: 40 },
    );
  });

  it('names routes, and the rules that say so', async () => {
    const lab = await labWith(byGateways, 'export', routesOf('export'));
    const { diff } = await change(lab, 'export', [], [rules[0]!, rules[7]!]);
    const rule = (line: number) =>
      expect.objectContaining({ outcome: 'refuse', rule: expect.objectContaining({ index: line }) });
    expect(diff.routes).toBe(12);
    expect(diff.lost.samples).toEqual([
      expect.objectContaining({ route: expect.objectContaining({ kind: 'route', network: 'tenant' }), after: rule(1) }),
      ...[1, 2].map(() =>
        expect.objectContaining({
          route: { kind: 'flooding', network: 'web', gateway: expect.stringMatching(/^10\.1\.0\.25/) },
          after: rule(0),
        }),
      ),
    ]);
  });

  it('keeps as many samples as anybody reads, and counts all', async () => {
    const common = { rd: '10.2.0.1:1', nextHop: '10.2.0.1', targets: ['65002:2217'], vni: 2217, kind: 'mac' } as const;
    const many = Array.from({ length: 40 }, (_, i): Spoken => ({ ...common, mac: `02:00:00:00:01:${10 + i}` }));
    const lab = await labWith(directly, 'import', many);
    const { diff } = await change(lab, 'import', [], ['{ then: refuse }']);
    expect([diff.lost.count, diff.lost.samples.length]).toEqual([40, 10]);
  });
});
