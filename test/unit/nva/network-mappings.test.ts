import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareMappingClaims } from '../../../src/nva/claims.ts';
import { type Claim, NetworkMappings } from '../../../src/nva/network-mappings.ts';

const claim = (nve: string, sequence: number, mac = '02:00:00:00:00:01'): Claim => ({
  mapping: { kind: 'host', mac, nve, encapsulation: 'vxlan', vni: 10, sequence, sticky: false },
  source: nve,
  since: 0,
  isOwn: false,
  longLivedStale: false,
});
const mac = '02:00:00:00:00:01';

function table() {
  const told: string[] = [];
  const name = (one: Claim | undefined) => one?.mapping.nve ?? 'nobody';
  const mappings = new NetworkMappings({
    compare: compareMappingClaims,
    changed: (before, after) => void told.push(`${name(before)} to ${name(after)}`),
  });
  const claims = () => mappings.claimsTo(mac).flatMap((one) => one.claims.map(({ mapping }) => mapping.nve));
  return { mappings, told, claims };
}

describe('claims to one address', () => {
  it('are held one, several and one again, and the best counts', () => {
    const { mappings, told, claims } = table();
    mappings.claim(1, claim('10.0.0.1', 0));
    mappings.claim(2, claim('10.0.0.2', 1));
    mappings.claim(3, claim('10.0.0.3', 0));
    expect(claims()).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    expect([...mappings.destinationsOf(mac)]).toEqual([1, 2, 3]);
    mappings.claim(2, undefined);
    expect(claims()).toEqual(['10.0.0.1', '10.0.0.3']);
    mappings.claim(1, undefined);
    expect(claims()).toEqual(['10.0.0.3']);
    expect([...mappings.destinationsOf(mac)]).toEqual([3]);
    // The one that is left says something else.
    mappings.claim(3, claim('10.0.0.4', 2));
    expect(claims()).toEqual(['10.0.0.4']);
    mappings.claim(3, undefined);
    expect([mappings.size, mappings.find(mac)]).toEqual([0, undefined]);
    expect(told).toEqual([
      'nobody to 10.0.0.1',
      '10.0.0.1 to 10.0.0.2',
      '10.0.0.2 to 10.0.0.1',
      '10.0.0.1 to 10.0.0.3',
      '10.0.0.3 to 10.0.0.4',
      '10.0.0.4 to nobody',
    ]);
  });

  it('whatever comes and goes, the best of those that are there counts', () => {
    const step = fc.record({ destination: fc.nat(12), sequence: fc.option(fc.nat(6)) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { mappings } = table();
        const there = new Map<number, Claim>();
        for (const { destination, sequence } of steps) {
          const now = sequence === null ? undefined : claim(`10.0.0.${destination}`, sequence);
          mappings.claim(destination, now);
          if (now === undefined) there.delete(destination);
          else there.set(destination, now);
          const [best] = [...there.values()].sort(compareMappingClaims);
          expect(mappings.find(mac)).toBe(best?.mapping);
          expect(mappings.claimsTo(mac).flatMap(({ claims }) => claims)).toHaveLength(there.size);
        }
      }),
    );
  });

  it('ten thousand to one address ask for few comparisons, coming and going', () => {
    let compared = 0;
    const mappings = new NetworkMappings({
      compare: (a, b) => {
        compared++;
        return compareMappingClaims(a, b);
      },
      changed: () => {},
    });
    const many = 10_000;
    for (let n = 0; n < many; n++) mappings.claim(n, claim('10.0.0.1', many - n));
    for (let n = 0; n < many; n++) mappings.claim(n, undefined);
    expect(mappings.size).toBe(0);
    // Sixteen levels at most, two comparisons each, both ways.
    expect(compared).toBeLessThan(many * 64);
  });

  it('go to another address with their route', () => {
    const { mappings, claims } = table();
    mappings.claim(1, claim('10.0.0.1', 0));
    mappings.claim(1, claim('10.0.0.1', 0, '02:00:00:00:00:02'));
    expect(claims()).toEqual([]);
    expect(mappings.find('02:00:00:00:00:02')).toMatchObject({ nve: '10.0.0.1' });
  });
});

describe('one MAC address with many IP addresses', () => {
  const host = (n: number, nve: string, sequence = 0): Claim => {
    const { mapping, ...rest } = claim(nve, sequence);
    return { ...rest, mapping: { ...mapping, ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}` } as typeof mapping };
  };

  it('is found by the mapping without one, or by the best', () => {
    const { mappings } = table();
    mappings.claim(1, host(1, '10.0.0.1'));
    mappings.claim(2, claim('10.0.0.1', 0));
    expect(mappings.find(mac)).not.toHaveProperty('ip');
    mappings.claim(1, host(1, '10.0.0.2', 1));
    expect(mappings.find(mac)).toMatchObject({ nve: '10.0.0.2', ip: '10.0.0.1' });
  });

  it('costs as much for each as a few do', () => {
    const compared = { times: 0 };
    const mappings = new NetworkMappings({
      compare: (a, b) => {
        compared.times++;
        return compareMappingClaims(a, b);
      },
      changed: () => {},
    });
    const many = 40_000;
    const begin = performance.now();
    for (let n = 0; n < many; n++) mappings.claim(n, host(n, '10.0.0.1'));
    mappings.claim(many, claim('10.0.0.1', 0));
    expect(mappings.find(mac)).not.toHaveProperty('ip');
    expect(compared.times).toBeLessThan(100);
    expect(mappings.claimsTo(mac).length).toBe(many + 1);
    for (let n = 0; n <= many; n++) mappings.claim(n, undefined);
    // With a list of all for each it is more than 10 s.
    expect(performance.now() - begin).toBeLessThan(4000);
    expect([mappings.size, mappings.find(mac)]).toEqual([0, undefined]);
  });
});

describe('NVEs that take flooded frames', () => {
  it('are the flood mappings of the snapshot, as they are now', () => {
    const { mappings } = table();
    const flood = (nve: string): Claim => ({
      ...claim(nve, 0),
      mapping: { kind: 'flood', nve, encapsulation: 'vxlan', vni: 10 },
    });
    const ends = () => [...mappings.floods()].map(({ kind, nve }) => `${kind} ${nve}`);
    mappings.claim(1, flood('10.0.0.1'));
    mappings.claim(2, claim('10.0.0.1', 0));
    mappings.claim(3, flood('10.0.0.2'));
    mappings.claim(4, flood('10.0.0.1'));
    expect(ends()).toEqual(['flood 10.0.0.1', 'flood 10.0.0.2']);
    expect([mappings.floodTo('10.0.0.2')?.kind, mappings.floodTo('10.0.0.3')]).toEqual(['flood', undefined]);
    expect(mappings.claimsBeside(4)?.claims).toHaveLength(2);
    expect(mappings.claimsBeside(5)).toBeUndefined();
    mappings.claim(1, undefined);
    mappings.claim(3, undefined);
    expect(ends()).toEqual(['flood 10.0.0.1']);
    mappings.claim(4, undefined);
    expect([ends(), mappings.size]).toEqual([[], 1]);
  });
});

describe('versions', () => {
  it('of a new table are behind every one that a table before it had', () => {
    const { mappings } = table();
    for (let sequence = 0; sequence < 4; sequence++) mappings.claim(1, claim('10.0.0.1', sequence));
    const { mappings: again } = table();
    const { mappings: third } = table();
    again.snapshot();
    for (let sequence = 0; sequence < 7; sequence++) again.claim(1, claim('10.0.0.1', sequence));
    expect(again.changesSince(mappings.version, 10)).toBeUndefined();
    expect(again.changesSince(again.version - 7, 10)?.changes.length).toBe(7);
    // Those two were there at the same time: the first version of neither is one of the other's.
    expect(third.changesSince(again.version - 7, 10)).toBeUndefined();
  });
});
