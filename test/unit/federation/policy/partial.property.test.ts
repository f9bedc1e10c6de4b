import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compilePolicy } from '../../../../src/federation/policy/compile.ts';
import { explainPolicy } from '../../../../src/federation/policy/explain.ts';
import type { Policy, PolicyRule, RuleMatch } from '../../../../src/federation/policy/policy.ts';
import { unreachableRules } from '../../../../src/federation/policy/reach.ts';
import type { CrossingRoute } from '../../../../src/federation/policy/route.ts';
import { route } from './kit.ts';

/**
 * Small worlds, in which each condition that depends on the NLRI holds for some of a type's routes and not for others: so
 * that what partial evaluation says can be held against all routes that there are.
 */
const macs = ['02:00:00:00:00:01', '02:00:00:00:00:ff', '52:54:00:00:00:01', 'fe:00:00:00:00:01'];
const ips = [undefined, '10.0.0.1', '10.1.0.1', '192.0.2.1', '2001:db8::1'];
const prefixes = ['10.0.0.0/8', '10.1.0.0/16', '10.1.0.1/32', '192.0.2.0/24', '2001:db8::/32', '0.0.0.0/0', '::/0'];
const ages = [0, 10, 100];
const now = 10_000;

const some = <T>(values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 1 });
const range = (values: readonly number[]) =>
  fc
    .tuple(fc.constantFrom(...values), fc.constantFrom(...values))
    .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

const match = fc
  .record({
    type: optional(some([2, 3, 5] as const)),
    network: optional(some(['web', 'db'])),
    mac: optional(
      some([macs[0]!, '02:00:00:00:00:00/8', '52:54:00:00:00:00/ff:ff:00:00:00:00', '00:00:00:00:00:00/0']),
    ),
    oui: optional(some(['02:00:00', '52:54:00'])),
    ip: optional(some(['10.0.0.0/8', '10.1.0.1', '2001:db8::/32'])),
    prefix: optional(
      fc.oneof(
        some([
          { prefix: '10.0.0.0/8', ge: 8, le: 8 },
          { prefix: '10.0.0.0/8', ge: 16, le: 32 },
          { prefix: '0.0.0.0/0', ge: 0, le: 32 },
        ]),
        fc.constant([
          { prefix: '0.0.0.0/0', ge: 0, le: 32 },
          { prefix: '::/0', ge: 0, le: 128 },
        ]),
      ),
    ),
    community: optional(some(['65000:1', 'no-export'])),
    sequence: optional(range([0, 1, 5])),
    sticky: optional(fc.boolean()),
    dPath: optional(fc.record({ contains: some(['65001:1', '65002:1']) })),
    age: optional(fc.oneof(range(ages), fc.constant({ min: 0 }))),
  })
  .map((keys) => {
    // most rules ask for little: a rule that asks for everything matches nothing
    const present = Object.entries(keys).filter(([, value]) => value !== undefined);
    return Object.fromEntries(present) as RuleMatch;
  });

const few = fc
  .tuple(match, fc.uniqueArray(fc.nat(10), { maxLength: 3 }))
  .map(([keys, picked]): RuleMatch => Object.fromEntries(Object.entries(keys).filter((_, i) => picked.includes(i))));

const action = fc.constantFrom<PolicyRule['action']>(
  { outcome: 'refuse' },
  { outcome: 'accept' },
  { outcome: 'accept', preference: 50 },
  { outcome: 'accept', aggregate: '10.1.0.0/16' },
  { outcome: 'accept', summary: 'unknown-mac' },
);

const policies = fc
  .array(fc.record({ match: few, action }), { maxLength: 6 })
  .map(
    (rules): Policy => ({ file: 'P', rules: rules.map((rule, i) => ({ ...rule, line: i + 1 })), default: 'accept' }),
  );

const attributes = fc.record({
  network: fc.constantFrom('web', 'db'),
  type: fc.constantFrom(2, 3, 5),
  communities: fc.subarray(['65000:1', 'no-export']),
  sequence: fc.constantFrom(0, 1, 5),
  sticky: fc.boolean(),
  dPath: fc.subarray(['65001:1', '65002:1']),
});
type Attributes = typeof attributes extends fc.Arbitrary<infer T> ? T : never;

/** All routes with these attributes in the small world. */
function routesOf(of: Attributes): CrossingRoute[] {
  const nlris: Partial<CrossingRoute>[] =
    of.type === 2
      ? macs.flatMap((mac) => ips.map((ip) => ({ mac, ip })))
      : of.type === 5
        ? prefixes.map((prefix) => ({ prefix }))
        : [{}];
  return nlris.flatMap((nlri) => [...ages, 5, 50, 1000].map((age) => route({ ...of, ...nlri, since: now - age })));
}

const usable = policies.filter((policy) => !unreachableRules(policy).some(({ kind }) => kind === 'contradiction'));

it('what attributes say of all routes is what each route is told, and nothing is said where routes differ', () => {
  fc.assert(
    fc.property(usable, attributes, (policy, of) => {
      const compiled = compilePolicy(policy);
      const verdicts = new Set(routesOf(of).map((one) => compiled.evaluate(one, now)));
      const said = compiled.verdictOf(route(of));
      expect([...verdicts]).toHaveLength(said === undefined ? Math.max(2, verdicts.size) : 1);
      if (said !== undefined) expect(verdicts.has(said)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

it('a rule that is said never to match does not', () => {
  fc.assert(
    fc.property(policies, attributes, (policy, of) => {
      const unreachable = new Set(unreachableRules(policy).map(({ index }) => index));
      const compiled = compilePolicy(policy);
      for (const one of routesOf(of)) {
        const { rule } = compiled.evaluate(one, now);
        if (rule !== 'default') expect(unreachable).not.toContain(rule.index);
      }
    }),
    { numRuns: 2000 },
  );
});

it('an explanation ends in the verdict, and its last rule is the only one that has nothing unmet', () => {
  fc.assert(
    fc.property(policies, attributes, (policy, of) => {
      const compiled = compilePolicy(policy);
      for (const one of routesOf(of).slice(0, 20)) {
        const { verdict, tried } = explainPolicy(compiled, one, now);
        expect(verdict).toBe(compiled.evaluate(one, now));
        const met = tried.filter(({ unmet }) => unmet.length === 0).map(({ rule }) => rule);
        expect(met).toEqual(verdict.rule === 'default' ? [] : [verdict.rule]);
        expect(tried).toHaveLength(verdict.rule === 'default' ? policy.rules.length : verdict.rule.index + 1);
      }
    }),
  );
});

it('the verdict stays what it is until the time that is named, and is another then', () => {
  fc.assert(
    fc.property(policies, attributes, fc.nat(200), (policy, of, later) => {
      const compiled = compilePolicy(policy);
      for (const one of routesOf(of).slice(0, 20)) {
        const at = now + later;
        const is = compiled.evaluate(one, at);
        const next = compiled.nextChangeAt(one, at);
        if (next !== undefined) {
          expect(next).toBeGreaterThan(at);
          expect(compiled.evaluate(one, next)).not.toBe(is);
        }
        expect(compiled.evaluate(one, (next ?? at + 1e6) - 0.5)).toBe(is);
      }
    }),
  );
});
