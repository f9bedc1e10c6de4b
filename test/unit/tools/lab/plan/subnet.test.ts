import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allocate, Subnet } from '../../../../../tools/lab/plan/subnet.ts';

describe('Subnet', () => {
  test.each([
    ['172.20.20.0/24', 1n, '172.20.20.1'],
    ['172.20.20.77/24', 2n, '172.20.20.2'],
    ['10.0.0.0/8', 65536n, '10.1.0.0'],
    ['192.0.2.0/24', 254n, '192.0.2.254'],
    ['192.0.2.0/24', 255n, undefined],
    ['192.0.2.0/30', 3n, undefined],
    ['192.0.2.0/24', 0n, undefined],
    ['3fff:172:20:20::/64', 1n, '3fff:172:20:20::1'],
    ['3fff:172:20:20::/64', 0x10000n, '3fff:172:20:20::1:0'],
    ['2001:db8::/126', 4n, undefined],
    ['::ffff:192.0.2.0/120', 9n, '::ffff:c000:209'],
  ])('%s at %s is %s', (prefix, offset, address) => {
    expect(new Subnet(prefix).at(offset)).toBe(address);
  });

  test('knows its own hosts only', () => {
    const subnet = new Subnet('172.20.20.0/24');
    expect(subnet.offsetOf('172.20.20.9')).toBe(9n);
    expect(subnet.offsetOf('172.20.21.9')).toBeUndefined();
    expect(subnet.offsetOf('172.20.20.0')).toBeUndefined();
    expect(subnet.offsetOf('172.20.20.255')).toBeUndefined();
    expect(subnet.offsetOf('fd00::1')).toBeUndefined();
  });

  test('an address that it gives is the one it finds again', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }), (offset) => {
        const subnet = new Subnet('2001:db8:0:0:1::/64');
        const address = subnet.at(offset) as string;
        expect(isIPv6(address)).toBe(true);
        expect(subnet.offsetOf(address)).toBe(offset);
      }),
    );
  });
});

describe('allocate', () => {
  const subnet = new Subnet('10.9.0.0/29');
  const node = (name: string, wanted?: string) => ({ name, wanted });

  test('wanted addresses first, the others from the lowest that is free', () => {
    const { addresses, faults } = allocate(subnet, [
      node('a'),
      node('b', '10.9.0.3'),
      node('c'),
      node('d', '10.9.0.2'),
    ]);
    expect(faults).toEqual([]);
    expect(Object.fromEntries(addresses)).toEqual({ a: '10.9.0.4', b: '10.9.0.3', c: '10.9.0.5', d: '10.9.0.2' });
  });

  test('what cannot be given is told', () => {
    const wanted = [node('a', '10.9.0.1'), node('b', '10.9.0.9'), node('c', '10.9.0.2'), node('d', '10.9.0.2')];
    expect(allocate(subnet, wanted).faults).toEqual([
      { node: 'a', reason: '10.9.0.1 is taken by the bridge already' },
      { node: 'b', reason: '10.9.0.9 is no host of the management subnet' },
      { node: 'd', reason: '10.9.0.2 is taken by c already' },
    ]);
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => node(name));
    expect(allocate(subnet, many).faults).toEqual([{ node: 'f', reason: 'the management subnet has no address left' }]);
  });
});
