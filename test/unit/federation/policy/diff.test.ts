import { describe, expect, it } from 'vitest';
import type { DiffOptions } from '../../../../src/federation/policy/diff.ts';
import type { CrossingRoute } from '../../../../src/federation/policy/route.ts';
import { compiled, policyDiff, route } from './kit.ts';

const now = 1100;
const mac = (i: number) =>
  `02:00:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
const all = (count: number, of: (i: number) => Partial<CrossingRoute> = () => ({})) =>
  Array.from({ length: count }, (_, i) => ({ id: i, route: route({ mac: mac(i), ...of(i) }) }));
const options: DiffOptions = { now, direction: 'import', gatewayOf: () => '10.1.0.254' };
const counts = ({ gained, lost, changed }: ReturnType<typeof policyDiff>) => [gained.count, lost.count, changed.count];

describe('what a neighbour would', () => {
  const open = compiled('');

  it('lose and gain, with the first of them', () => {
    const closed = compiled('rules: [{ name: upper, match: { mac: "02:00:00:00:01:00/40" }, then: refuse }]');
    const diff = policyDiff(open, closed, all(300), { ...options, mostSamples: 2 });
    expect(diff.routes).toBe(300);
    expect(counts(diff)).toEqual([0, 44, 0]);
    expect(diff.lost.samples).toEqual([
      { route: { kind: 'route', id: 256 }, before: open.default, after: closed.rules[0]?.verdict },
      { route: { kind: 'route', id: 257 }, before: open.default, after: closed.rules[0]?.verdict },
    ]);
    expect(counts(policyDiff(closed, open, all(300), options))).toEqual([44, 0, 0]);
  });

  it('see changed: by what is done, not by which rule does it', () => {
    const marked = compiled('rules: [{ match: { ip: 10.0.0.0/8 }, then: { addCommunity: [65000:1] } }]');
    const split = compiled(`
rules:
  - { match: { ip: 10.0.0.0/9 }, then: { addCommunity: [65000:1] } }
  - { match: { ip: 10.0.0.0/8 }, then: { addCommunity: [65000:2] } }
  - { match: { network: web }, then: accept }
`);
    const routes = all(10, (i) => (i < 3 ? { ip: '10.0.0.1' } : i < 5 ? { ip: '10.128.0.1' } : {}));
    expect(counts(policyDiff(marked, split, routes, options))).toEqual([0, 0, 2]);
    expect(counts(policyDiff(open, marked, routes, options))).toEqual([0, 0, 5]);
    expect(counts(policyDiff(split, split, routes, options))).toEqual([0, 0, 0]);
  });

  it('not see of changes that change nothing on the other side', () => {
    const stripped = compiled('rules: [{ then: { stripCommunity: [65002:1, graceful-shutdown] } }]');
    const routes = all(4, (i) => ({ communities: i === 0 ? ['65002:1'] : ['graceful-shutdown'] }));
    expect(counts(policyDiff(open, stripped, routes, options))).toEqual([0, 0, 1]);
    expect(counts(policyDiff(open, stripped, routes, { ...options, direction: 'export' }))).toEqual([0, 0, 0]);
    const usual = compiled('rules: [{ then: { gateway: 10.1.0.254, preference: 100 } }]');
    const other = compiled('rules: [{ then: { gateway: 10.1.0.253 } }]');
    const less = compiled('rules: [{ then: { preference: 99 } }]');
    expect(counts(policyDiff(open, usual, routes, options))).toEqual([0, 0, 0]);
    expect(counts(policyDiff(open, other, routes, options))).toEqual([0, 0, 4]);
    expect(counts(policyDiff(open, less, routes, options))).toEqual([0, 0, 4]);
  });

  it('see of an aggregate in the network that routes for its members, and nothing where none does', () => {
    const summed = compiled('rules: [{ then: { aggregate: 10.1.0.0/16 } }]');
    const networks = ['web', 'db', 'app'];
    const routes = all(6, (i) => ({ ip: `10.1.0.${i}`, network: networks[i % 3]! }));
    const routes5 = [...routes, { id: 6, route: route({ type: 5, prefix: '10.1.0.7/32', network: 'tenant' }) }];
    const routingNetwork = (network: string) => (network === 'app' ? undefined : 'tenant');
    const diff = policyDiff(open, summed, routes5, { ...options, routingNetwork });
    expect(counts(diff)).toEqual([1, 7, 0]);
    expect(diff.gained.samples[0]?.route).toEqual({ kind: 'aggregate', network: 'tenant', prefix: '10.1.0.0/16' });
  });

  it('see of routes that others are made into', () => {
    const summed = compiled('rules: [{ match: { network: web }, then: { aggregate: 10.1.0.0/16 } }]');
    const routes = all(5, (i) => ({ ip: `10.${i < 4 ? 1 : 2}.0.${i}`, network: i === 0 ? 'db' : 'web' }));
    const diff = policyDiff(open, summed, routes, options);
    expect(counts(diff)).toEqual([1, 3, 0]);
    expect(diff.gained.samples).toEqual([
      {
        route: { kind: 'aggregate', network: 'web', prefix: '10.1.0.0/16' },
        before: undefined,
        after: summed.rules[0]?.verdict,
      },
    ]);
    expect(counts(policyDiff(summed, open, routes, options))).toEqual([3, 1, 0]);
    // the same route made by another rule, and then with something else
    const two = compiled(`
rules:
  - { match: { ip: 10.1.0.2 }, then: { aggregate: 10.1.0.0/16 } }
  - { match: { network: web }, then: { aggregate: 10.1.0.0/16, addCommunity: [65000:1] } }
`);
    expect(counts(policyDiff(summed, two, routes, options))).toEqual([0, 0, 0]);
    expect(counts(policyDiff(summed, two, routes.slice(3), options))).toEqual([0, 0, 1]);
    const quiet = compiled('rules: [{ then: { summariseMacs: true } }]');
    expect(counts(policyDiff(open, quiet, routes, options))).toEqual([2, 5, 0]);
    expect(counts(policyDiff(summed, quiet, routes, options))).toEqual([2, 3, 0]);
  });
});
