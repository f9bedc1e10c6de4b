import { formatIp } from 'bgp-ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AddressReader, blockCovers, blockOf, blocksMeet } from '../../../../src/federation/policy/block.ts';

const address = fc
  .tuple(fc.constantFrom(4, 16), fc.array(fc.constantFrom(0, 0, 0, 1, 127, 128, 255), { minLength: 16, maxLength: 16 }))
  .map(([length, octets]) => Uint8Array.from(octets.slice(0, length)));

const text = (octets: Uint8Array) => formatIp(octets, 0, octets.length === 4 ? 4 : 16);

const bitsOf = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');

it('an address lies in a prefix where its first bits are the same', () => {
  const reader = new AddressReader();
  fc.assert(
    fc.property(address, address, fc.nat(128), fc.nat(128), (a, b, n, m) => {
      const [inner, outer] = [Math.min(n, a.length * 8), Math.min(m, b.length * 8)];
      const block = blockOf(`${text(b)}/${outer}`);
      const expected = a.length === b.length && bitsOf(a).slice(0, outer) === bitsOf(b).slice(0, outer);
      reader.read(text(a));
      expect(reader.isIn(block)).toBe(expected);
      reader.read(`${text(a)}/${inner}`);
      expect(reader.isIn(block)).toBe(expected && inner >= outer);
      expect(blockCovers(block, blockOf(`${text(a)}/${inner}`))).toBe(expected && inner >= outer);
      const common = Math.min(inner, outer);
      const meet = a.length === b.length && bitsOf(a).slice(0, common) === bitsOf(b).slice(0, common);
      expect(blocksMeet(block, blockOf(`${text(a)}/${inner}`))).toBe(meet);
    }),
    { numRuns: 5000 },
  );
});

it.each([
  ['::', '::/128'],
  ['::1', '::1/128'],
  ['1::', '1::/128'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1/128'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8/128'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1/128'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8/128'],
])('%s is read as it is written', (written, prefix) => {
  const reader = new AddressReader();
  reader.read(written);
  expect(reader.isIn(blockOf(prefix))).toBe(true);
});
