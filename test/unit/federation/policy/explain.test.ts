import { expect, it } from 'vitest';
import { explainPolicy } from '../../../../src/federation/policy/explain.ts';
import { compiled, route } from './kit.ts';

it('says of each rule that was tried what the route does not fulfil', () => {
  const policy = compiled(`
rules:
  - name: nothing old
    match: { type: 2, age: { min: 3600 }, oui: ["00:16:3e", "52:54:00"] }
    then: refuse
  - match: { prefix: { prefix: 10.0.0.0/8, ge: 16, le: 24 }, community: [no-export], dPath: { length: 1 } }
    then: refuse
  - match: { ip: 10.0.0.0/8, sequence: { min: 2 } }
    then: { aggregate: 10.1.0.0/16 }
  - { name: all, then: { preference: 50 } }
  - { match: { type: 3 }, then: refuse }
`);
  const { verdict, tried } = explainPolicy(policy, route({ ip: '10.2.0.1', since: 1000.2 }), 1060);
  expect(verdict).toMatchObject({ outcome: 'accept', rule: { name: 'all', line: 10 } });
  expect(tried.map(({ unmet }) => unmet)).toEqual([
    [
      { key: 'age', wanted: 'at least 3600', found: '59 s' },
      { key: 'oui', wanted: '00:16:3e, 52:54:00', found: '02:00:00:00:00:01' },
    ],
    [
      { key: 'community', wanted: 'no-export', found: 'none' },
      { key: 'dPath.length', wanted: '1', found: '0' },
      { key: 'prefix', wanted: '10.0.0.0/8 of length 16 to 24', found: 'none' },
    ],
    [
      { key: 'sequence', wanted: 'at least 2', found: '0' },
      { key: 'aggregate', wanted: 'in 10.1.0.0/16', found: '10.2.0.1' },
    ],
    [],
  ]);
  expect(tried.map(({ rule }) => rule.line)).toEqual([3, 6, 8, 10]);
});
