import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyId } from '../../../../../src/bgp-ts/wire/constants.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import type { OpaqueNlri } from '../../../../../src/bgp-ts/wire/nlri/opaque.ts';
import { decodeNlri, encodeNlri } from '../../../../../src/bgp-ts/wire/nlri/registry.ts';
import { hex, toHex } from '../hex.ts';

const plain = { addPath: false };
const bare = (text: string) => text.replaceAll(' ', '');

/** Two NLRI of each family whose framing is known. */
const golden: [name: string, family: number, nlri: [string, string]][] = [
  ['MCAST-VPN', familyId(1, 5), ['01 04 c0000201', '05 00']],
  ['SR policy', familyId(1, 73), ['60 00000001 00000002 c0000201', '60 00000002 00000002 c0000201']],
  ['MUP', familyId(2, 85), ['01 0001 02 abcd', '01 0003 00']],
  ['multicast VPN prefixes', familyId(1, 129), ['58 0000fde800000001 0a0000', '00']],
  ['flow specification', familyId(1, 133), ['05 01 18 0a0000', '03 0381 06']],
  ['flow specification, two-octet length', familyId(2, 133), [`f0f0 ${'00'.repeat(240)}`, '00']],
  ['flow specification VPN', familyId(1, 134), ['08 0000fde800000001', '00']],
  ['layer-2 flow specification', familyId(25, 134), ['02 0101', '00']],
  ['VPLS', familyId(25, 65), ['0011 0000fde800000001 0001 0001 0008 000bb1', '0000']],
  ['BGP-LS', familyId(16388, 71), ['0001 0003 abcdef', '0002 0000']],
  ['BGP-LS VPN', familyId(16388, 72), ['0001 0001 ab', '0002 0000']],
];

describe('families that are relayed and not taken apart', () => {
  it.each(golden)('%s: one route after the other, with and without path identifiers', (_name, family, nlri) => {
    const routes = nlri.map((octets) => ({ kind: 'opaque', family, octets: bare(octets) }) as const);
    const octets = hex(nlri.join(''));
    expect(decodeNlri(family, octets, 0, octets.length, plain)).toEqual({ routes });
    expect(encodeNlri(family, routes, plain)).toEqual(octets);

    const withPath = hex(nlri.map((one, i) => `0000000${i} ${one}`).join(''));
    const paths = routes.map((route, pathId) => ({ ...route, pathId }));
    expect(decodeNlri(family, withPath, 0, withPath.length, { addPath: true })).toEqual({ routes: paths });
    expect(toHex(encodeNlri(family, paths, { addPath: true }))).toBe(toHex(withPath));
  });

  it.each(golden)('%s: one that is cut cannot be located (RFC 7606 §5.3)', (_name, family, [first]) => {
    const octets = hex(first);
    for (let end = 1; end < octets.length; end++) {
      expect(decodeNlri(family, octets, 0, end, plain)).toMatchObject({
        routes: [],
        fault: { code: 'nlri-overrun', outcome: 'session-reset', offset: 0 },
      });
    }
  });

  it.each([
    [familyId(1, 133), ''],
    [familyId(1, 133), '02 01'],
    [familyId(1, 133), '01 01 00'],
    [familyId(1, 133), 'xyz'],
    [12345, 'xyz'],
  ])('family %i has no encoding for %j', (family, octets) => {
    expect(() => encodeNlri(family, [{ kind: 'opaque', family, octets: bare(octets) }], plain)).toThrow(EncodeError);
  });

  it('has no encoding for a route of another kind', () => {
    const route = { kind: 'prefix', family: 12345, prefix: '10.0.0.0/8' } as unknown as OpaqueNlri;
    expect(() => encodeNlri(12345, [route], plain)).toThrow(EncodeError);
  });

  it('what was read can be written, whatever the octets', () => {
    const families = golden.map(([, family]) => family);
    const fields = fc.tuple(fc.constantFrom(...families), fc.uint8Array({ maxLength: 40 }), fc.boolean());
    fc.assert(
      fc.property(fields, ([family, octets, addPath]) => {
        const { routes } = decodeNlri(family, octets, 0, octets.length, { addPath });
        const again = encodeNlri(family, routes, { addPath });
        expect(toHex(again)).toBe(toHex(octets, 0, again.length));
        expect(decodeNlri(family, again, 0, again.length, { addPath })).toEqual({ routes });
      }),
      { numRuns: 2000 },
    );
  });

  it('a family of which nothing is known has the whole field for its route', () => {
    for (const family of [familyId(1, 99), familyId(25, 99), familyId(16388, 99), familyId(99, 1)]) {
      expect(decodeNlri(family, hex('010203'), 0, 3, plain)).toEqual({
        routes: [{ kind: 'opaque', family, octets: '010203' }],
      });
    }
  });
});
