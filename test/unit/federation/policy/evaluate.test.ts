import { describe, expect, it } from 'vitest';
import type { CrossingRoute } from '../../../../src/federation/policy/route.ts';
import { compiled, route } from './kit.ts';

const now = 1100;

/** Whether a rule with this match takes the route. */
const matches = (match: string, of: Partial<CrossingRoute>) =>
  compiled(`rules: [{ match: ${match}, then: refuse }]`).evaluate(route(of), now).outcome === 'refuse';

describe('what a rule can ask for', () => {
  it.each<[string, Partial<CrossingRoute>, boolean]>([
    ['{}', {}, true],
    ['{ type: 2 }', {}, true],
    ['{ type: [3, 5] }', {}, false],
    ['{ network: web }', {}, true],
    ['{ network: [db, app] }', {}, false],
    ['{ mac: "02:00:00:00:00:01" }', {}, true],
    ['{ mac: "02-00-00-00-00-01" }', {}, true],
    ['{ mac: "02:00:00:00:00:02" }', {}, false],
    ['{ mac: "02:00:00:00:00:00/40" }', {}, true],
    ['{ mac: "02:00:00:00:00:00/47" }', { mac: '02:00:00:00:00:02' }, false],
    ['{ mac: "02:00:00:00:00:00/47" }', { mac: '02:00:00:00:00:01' }, true],
    ['{ mac: "f0:00:00:00:00:00/4" }', { mac: 'fe:dc:ba:98:76:54' }, true],
    ['{ mac: "02:00:00:00:00:01/ff:00:00:00:00:ff" }', { mac: '02:aa:bb:cc:dd:01' }, true],
    ['{ mac: "02:00:00:00:00:01/ff:00:00:00:00:ff" }', { mac: '02:aa:bb:cc:dd:02' }, false],
    ['{ mac: "00:00:00:00:00:00/0" }', { type: 3 }, false],
    ['{ oui: "00:16:3E" }', { mac: '00:16:3e:01:02:03' }, true],
    ['{ oui: ["00:16:3e", "52:54:00"] }', { mac: '52:54:01:01:02:03' }, false],
    ['{ ip: 10.0.0.1 }', { ip: '10.0.0.1' }, true],
    ['{ ip: 10.0.0.1 }', { ip: '10.0.0.2' }, false],
    ['{ ip: 10.0.0.1/32 }', { ip: '10.0.0.1' }, true],
    ['{ ip: 10.0.0.1 }', {}, false],
    ['{ ip: [192.0.2.0/24, 10.0.0.0/9] }', { ip: '10.127.255.255' }, true],
    ['{ ip: [192.0.2.0/24, 10.0.0.0/9] }', { ip: '10.128.0.0' }, false],
    ['{ ip: 0.0.0.0/0 }', { ip: '2001:db8::1' }, false],
    ['{ ip: "2001:db8::/33" }', { ip: '2001:db8:7fff::1' }, true],
    ['{ ip: "2001:db8::/33" }', { ip: '2001:db8:8000::1' }, false],
    ['{ ip: "2001:DB8::1" }', { ip: '2001:db8::1' }, true],
    ['{ prefix: 10.0.0.0/8 }', { type: 5, prefix: '10.0.0.0/8' }, true],
    ['{ prefix: 10.0.0.0/8 }', { type: 5, prefix: '10.0.0.0/9' }, false],
    ['{ prefix: { prefix: 10.0.0.0/8, le: 24 } }', { type: 5, prefix: '10.0.0.0/8' }, true],
    ['{ prefix: { prefix: 10.0.0.0/8, le: 24 } }', { type: 5, prefix: '10.1.2.0/25' }, false],
    ['{ prefix: { prefix: 10.0.0.0/8, ge: 16 } }', { type: 5, prefix: '10.1.2.3/32' }, true],
    ['{ prefix: { prefix: 10.0.0.0/8, ge: 16 } }', { type: 5, prefix: '10.0.0.0/15' }, false],
    ['{ prefix: { prefix: 10.0.0.0/8, ge: 16 } }', { type: 5, prefix: '11.0.0.0/16' }, false],
    ['{ prefix: ["2001:db8::/32", 192.0.2.0/24] }', { type: 5, prefix: '2001:db8::/32' }, true],
    ['{ prefix: { prefix: 0.0.0.0/0, ge: 0 } }', { type: 5, prefix: '0.0.0.0/0' }, true],
    ['{ community: 65000:1 }', { communities: ['65000:2', '65000:1'] }, true],
    ['{ community: "65535:65281" }', { communities: ['no-export'] }, true],
    ['{ community: [65000:1:2, no-export] }', { communities: ['65000:1:2'] }, true],
    ['{ community: [65000:1:2, no-export] }', { communities: ['65000:1'] }, false],
    ['{ routeTarget: "065000:1217" }', {}, true],
    ['{ encapsulation: geneve }', {}, false],
    ['{ encapsulation: [geneve, vxlan] }', {}, true],
    ['{ sequence: { min: 1 } }', {}, false],
    ['{ sequence: { min: 1, max: 5 } }', { sequence: 5 }, true],
    ['{ sequence: { max: 4 } }', { sequence: 5 }, false],
    ['{ sticky: true }', { sticky: true }, true],
    ['{ sticky: false }', { sticky: true }, false],
    ['{ dPath: { contains: "65001:1" } }', { dPath: ['65002:1', '65001:1'] }, true],
    ['{ dPath: { contains: "65001:1" } }', {}, false],
    ['{ dPath: { length: 0 } }', {}, true],
    ['{ dPath: { length: { min: 2 } } }', { dPath: ['65002:1'] }, false],
    ['{ age: { min: 100 } }', { since: 1000 }, true],
    ['{ age: { min: 100 } }', { since: 1000.5 }, false],
    ['{ age: { max: 99 } }', { since: 1000 }, false],
    ['{ age: { max: 0 } }', { since: 2000 }, true],
    ['{ type: 2, network: web, sticky: true }', {}, false],
  ])('%s of %j: %s', (match, of, expected) => {
    expect(matches(match, of)).toBe(expected);
  });
});

describe('the verdict', () => {
  const policy = compiled(`
rules:
  - { name: quiet, match: { community: 65000:666 }, then: refuse }
  - match: { network: web }
    then: { addCommunity: [no-export, 65001:7], stripCommunity: [65000:1], gateway: 10.1.0.254, preference: 50 }
  - match: { network: db }
    then: { setCommunity: [65000:9] }
default: refuse
`);

  it('is that of the first rule that matches, with its place', () => {
    expect(policy.evaluate(route({ communities: ['65000:666'] }), now)).toEqual({
      outcome: 'refuse',
      rule: { file: 'P', line: 3, name: 'quiet', index: 0 },
    });
    expect(policy.evaluate(route(), now)).toEqual({
      outcome: 'accept',
      rule: { file: 'P', line: 4, index: 1 },
      communities: { strip: ['65000:1'], add: ['no-export', '65001:7'] },
      gateway: '10.1.0.254',
      preference: 50,
    });
    expect(policy.evaluate(route({ network: 'db' }), now)).toMatchObject({
      communities: { strip: 'all', add: ['65000:9'] },
    });
    expect(policy.evaluate(route({ network: 'app' }), now)).toEqual({ outcome: 'refuse', rule: 'default' });
  });

  it('is one object for each rule', () => {
    const first = policy.evaluate(route(), now);
    expect(policy.evaluate(route({ mac: '02:00:00:00:00:09' }), now)).toBe(first);
    expect(policy.verdictOf(route())).toBe(first);
  });

  it('accepts what nothing is said of', () => {
    for (const text of ['', 'rules: []', '{}']) expect(compiled(text).evaluate(route(), now).outcome).toBe('accept');
  });

  it('asks for no field that no rule looks at', () => {
    const shy = Object.defineProperty(route(), 'mac', {
      get: () => {
        throw new Error('nobody needs the MAC address');
      },
    });
    const ofOthers = compiled('rules: [{ match: { network: db, mac: "02:00:00:00:00:00/8" }, then: refuse }]');
    expect(ofOthers.evaluate(shy, now).outcome).toBe('accept');
  });
});

describe('routes that are made in the place of others', () => {
  it('host routes and prefixes in an aggregate are its members, others are not matched', () => {
    const policy = compiled('rules: [{ name: sum, then: { aggregate: 10.1.0.0/16, addCommunity: [65000:1] } }]');
    const verdict = policy.evaluate(route({ ip: '10.1.2.3' }), now);
    expect(verdict).toEqual({
      outcome: 'refuse',
      rule: { file: 'P', line: 1, name: 'sum', index: 0 },
      aggregate: '10.1.0.0/16',
      communities: { strip: [], add: ['65000:1'] },
    });
    const members: Partial<CrossingRoute>[] = [
      { type: 5, prefix: '10.1.0.0/16' },
      { type: 5, prefix: '10.1.2.3/32' },
    ];
    for (const of of members) expect(policy.evaluate(route(of), now)).toBe(verdict);
    const others: Partial<CrossingRoute>[] = [{ type: 5, prefix: '10.0.0.0/8' }, { ip: '10.2.0.1' }, {}, { type: 3 }];
    for (const of of others) expect(policy.evaluate(route(of), now).rule).toBe('default');
  });

  it('type-2 routes are members of the unknown-MAC route', () => {
    const policy = compiled('rules: [{ then: { summariseMacs: true } }]');
    expect(policy.evaluate(route(), now)).toMatchObject({ outcome: 'refuse', summary: 'unknown-mac' });
    expect(policy.verdictOf(route())).toMatchObject({ summary: 'unknown-mac' });
    expect(policy.evaluate(route({ type: 3 }), now).rule).toBe('default');
  });
});

describe('age', () => {
  const policy = compiled(`
rules:
  - { match: { age: { max: 9 }, network: web }, then: refuse }
  - { match: { age: { min: 100 } }, then: { preference: 50 } }
`);

  it('says when the verdict becomes another', () => {
    const young = route({ since: 1000 });
    const changes: number[] = [];
    let at: number | undefined = 1000;
    while (at !== undefined) {
      const next: number | undefined = policy.nextChangeAt(young, at);
      if (next !== undefined) {
        expect(policy.evaluate(young, next - 0.001)).toBe(policy.evaluate(young, at));
        expect(policy.evaluate(young, next)).not.toBe(policy.evaluate(young, at));
        changes.push(next);
      }
      at = next;
    }
    expect(changes).toEqual([1010, 1100]);
  });

  it('says so of an earlier rule that will match, and never where none looks at it', () => {
    expect(policy.nextChangeAt(route({ network: 'db', since: 1000 }), 1001)).toBe(1100);
    expect(compiled('rules: [{ then: refuse }]').nextChangeAt(route(), now)).toBeUndefined();
    const hidden = compiled(`
rules: [{ match: { network: web }, then: accept }, { match: { age: { min: 5 } }, then: refuse }]`);
    expect(hidden.nextChangeAt(route(), 1000)).toBeUndefined();
    expect(hidden.nextChangeAt(route({ network: 'db' }), 1000)).toBe(1005);
  });
});
