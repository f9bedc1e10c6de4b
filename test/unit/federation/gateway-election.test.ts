import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { electGateways } from '../../../src/federation/gateway-election.ts';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 60 });
const addresses = fc.uniqueArray(
  fc.ipV4().filter((address) => address !== ''),
  { minLength: 1, maxLength: 7 },
);
/** Networks, gateways, and which of those are dead. */
const situation = fc.record({ networks: names, gateways: addresses }).chain(({ networks, gateways }) =>
  fc.record({
    networks: fc.constant(networks),
    gateways: fc.constant(gateways),
    dead: fc.subarray(gateways).map((dead) => new Set(dead)),
  }),
);

const elect = (networks: readonly string[], gateways: readonly string[], ...dead: readonly string[]) =>
  electGateways(networks, gateways, (gateway) => !dead.includes(gateway));

function loads(elected: ReadonlyMap<string, string>, gateways: readonly string[]): readonly number[] {
  return gateways.map((gateway) => [...elected.values()].filter((one) => one === gateway).length);
}

function moved(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  return [...before.keys()].filter((network) => after.get(network) !== before.get(network));
}

const numbered = (count: number, prefix = 'vn') => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const four = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::4'];

describe('the election of gateways', () => {
  it('gives each network a gateway that is alive, evenly; and none where none is', () => {
    fc.assert(
      fc.property(situation, ({ networks, gateways, dead }) => {
        const alive = gateways.filter((gateway) => !dead.has(gateway));
        const elected = elect(networks, gateways, ...dead);
        expect(elected.size).toBe(alive.length === 0 ? 0 : networks.length);
        expect([...elected.values()].every((gateway) => alive.includes(gateway))).toBe(true);
        const counts = loads(elected, alive);
        expect(Math.max(...counts, 0) - Math.min(...counts, networks.length)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is the same in whatever order networks and gateways are named, and however often', () => {
    fc.assert(
      fc.property(situation, ({ networks, gateways, dead }) => {
        const turned = elect([...networks, ...networks].reverse(), [...gateways, ...gateways].reverse(), ...dead);
        expect(moved(elect(networks, gateways, ...dead), turned)).toEqual([]);
        expect(turned.size).toBe(elect(networks, gateways, ...dead).size);
      }),
    );
  });

  it('moves at the death of one those that it served and no others, and brings them back', () => {
    fc.assert(
      fc.property(names, addresses, fc.nat(), (networks, gateways, which) => {
        const dead = gateways[which % gateways.length];
        const before = elect(networks, gateways);
        const served = networks.filter((network) => before.get(network) === dead);
        expect(moved(before, elect(networks, gateways, dead)).toSorted()).toEqual(served.toSorted());
      }),
    );
  });

  it('never moves for the death of others a network whose home is alive', () => {
    fc.assert(
      fc.property(situation, ({ networks, gateways, dead }) => {
        const homes = elect(networks, gateways);
        const now = elect(networks, gateways, ...dead);
        for (const network of networks)
          if (!dead.has(homes.get(network)!)) expect(now.get(network)).toBe(homes.get(network));
      }),
    );
  });

  it('moves few others for a network that is shared anew, or no longer', () => {
    const before = numbered(400).map((_, count) => elect(numbered(count), four));
    const moves = before.slice(1).map((after, count) => moved(before[count], after).length);
    expect(moves.reduce((sum, each) => sum + each, 0) / moves.length).toBeLessThan(2);
    expect(Math.max(...moves)).toBeLessThanOrEqual(2 * four.length);
  });

  it('does not have the same gateway first for all lists', () => {
    const first = numbered(100, 'tenant').map((name) => elect([name], four).get(name)!);
    for (const gateway of four) expect(first.filter((one) => one === gateway).length).toBeGreaterThan(10);
  });

  // What replicas of another version compute must not differ.
  it('is what it has been', () => {
    const networks = ['web', 'db', 'storage', 'voice', 'lab'];
    const [a, b, c] = four;
    const served = (...dead: readonly string[]) => {
      const elected = elect(networks, [a, b, c], ...dead);
      return networks.map((network) => elected.get(network));
    };
    expect(served()).toEqual([c, a, b, c, b]);
    expect(served(a)).toEqual([c, b, b, c, b]);
  });
});
