import { describe, expect, it } from 'vitest';
import type { AttributeCodec } from '../../../../../src/bgp-ts/wire/attribute/codec.ts';
import { communities } from '../../../../../src/bgp-ts/wire/attribute/communities.ts';
import { extendedCommunities } from '../../../../../src/bgp-ts/wire/attribute/extended-communities.ts';
import { ipv6ExtendedCommunities } from '../../../../../src/bgp-ts/wire/attribute/ipv6-extended-communities.ts';
import { largeCommunities } from '../../../../../src/bgp-ts/wire/attribute/large-communities.ts';
import { defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex } from '../hex.ts';

const ipv6 = '000220010db8000000000000000000000001000a';
const golden: [string, AttributeCodec<readonly unknown[]>, number, string, unknown[]][] = [
  ['communities', communities as never, 4, 'fde80064 ffffff01', [0xfde80064, 0xffffff01]],
  [
    'extended-communities',
    extendedCommunities as never,
    8,
    '0002fde80000000a 030c000000000008',
    ['0002fde80000000a', '030c000000000008'],
  ],
  ['ipv6-extended-communities', ipv6ExtendedCommunities as never, 20, `${ipv6} ${ipv6}`, [ipv6, ipv6]],
  [
    'large-communities',
    largeCommunities as never,
    12,
    '0000fde80000000100000002 0000fde80000000100000003',
    ['65000:1:2', '65000:1:3'],
  ],
];

describe('lists of communities', () => {
  it.each(golden)('%s both ways', (_name, codec, _length, octets, items) => {
    const bytes = Uint8Array.of(0xff, ...hex(octets), 0xff);
    expect(codec.decode(bytes, 1, bytes.length - 1, defaultContext)).toEqual({ ok: true, value: items });
    expect(codec.encode(items, defaultContext)).toEqual(hex(octets));
  });

  it.each(golden)('%s of no or a broken length are malformed', (name, codec, length, octets) => {
    const bytes = hex(octets);
    for (const end of [0, 1, length - 1, length + 1]) {
      expect(codec.decode(bytes, 0, end, defaultContext)).toMatchObject({
        ok: false,
        fault: { code: `${name}-length`, offset: 0 },
      });
    }
  });

  it.each(golden)('%s: none has no encoding', (_name, codec) => {
    expect(() => codec.encode([], defaultContext)).toThrow(EncodeError);
  });

  it('keeps a large community that comes twice once', () => {
    const one = '0000fde80000000100000002';
    expect(largeCommunities.decode(hex(one + one), 0, 24, defaultContext)).toEqual({ ok: true, value: ['65000:1:2'] });
    expect(largeCommunities.encode(['65000:1:2', '65000:1:2'], defaultContext)).toEqual(hex(one));
  });

  it('refuses a community that is no 32-bit number', () => {
    expect(() => communities.encode([4294967296], defaultContext)).toThrow(EncodeError);
  });
});
