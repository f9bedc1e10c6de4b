import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addCommunity } from '../../../../src/bgp-ts/rib/add-community.ts';
import { decodeAttributes } from '../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../src/bgp-ts/wire/attribute/encode.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { hex, toHex } from '../wire/hex.ts';

const add = (field: string, from = 0) => toHex(addCommunity(hex(field), from, 0xffff0006));
const packed = (text: string) => text.replaceAll(' ', '');

describe('a community more', () => {
  it.each([
    ['stands alone where there was none', '40010100', '40010100 c00804 ffff0006'],
    ['also in an empty field', '', 'c00804 ffff0006'],
    ['stands behind the others', '40010100 c00804 00000001 40020 0', '40010100 c00808 00000001 ffff0006 400200'],
    ['keeps flags and the form of the length', 'f0080004 00000001', 'f0080008 00000001 ffff0006'],
    ['fills an attribute without any', 'c00800 400200', 'c00804 ffff0006 400200'],
    [
      'joins the first of two attributes',
      'c00804 00000001 c00804 00000002',
      'c00808 00000001 ffff0006 c00804 00000002',
    ],
  ])('%s', (_, field, expected) => {
    expect(add(packed(field))).toBe(packed(expected));
  });

  it('is not looked for in front of where it may stand', () => {
    expect(add(packed('c00804 00000001 40010100'), 7)).toBe(packed('c00804 00000001 40010100 c00804 ffff0006'));
  });

  it('makes the length one of two octets where it has to', () => {
    const many = '00000001'.repeat(63);
    expect(add(`c008fc${many}`)).toBe(`d0080100${many}ffff0006`);
  });

  it('is what the decoder finds, and everything else is as it was', () => {
    const communities = fc.array(fc.nat(0xffffffff), { minLength: 1, maxLength: 70 });
    fc.assert(
      fc.property(fc.option(communities, { nil: undefined }), fc.boolean(), (held, more) => {
        const attributes = {
          origin: 'igp',
          asPath: [],
          ...(held !== undefined && { communities: held }),
          ...(more && { localPref: 7, extendedCommunities: ['0002fde800000064'] }),
        } as const;
        const field = encodeAttributes(attributes, defaultContext);
        const marked = addCommunity(field, 0, 0xffff0006);
        const { attributes: read, faults } = decodeAttributes(marked, 0, marked.length, defaultContext);
        expect(faults).toEqual([]);
        expect(read).toEqual({ ...attributes, communities: [...(held ?? []), 0xffff0006] });
      }),
    );
  });
});
