import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PmsiTunnel, pmsiTunnel } from '../../../../../src/bgp-ts/wire/attribute/pmsi-tunnel.ts';
import { defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex, toHex } from '../hex.ts';

const decode = (octets: string | Uint8Array) => {
  const bytes = typeof octets === 'string' ? hex(octets) : octets;
  return pmsiTunnel.decode(bytes, 0, bytes.length, defaultContext);
};
const encode = (value: PmsiTunnel) => pmsiTunnel.encode(value, defaultContext);
const mldp = '06 0001 04 c0000201 0002 beef';

const golden: [string, string, PmsiTunnel][] = [
  [
    'ingress replication',
    `00       ; flags
     06       ; tunnel type
     00000a   ; VNI 10
     c0000201 ; endpoint`,
    { flags: 0, label: 10, tunnel: { kind: 'ingress-replication', type: 6, endpoint: '192.0.2.1' } },
  ],
  [
    'ingress replication over IPv6',
    '01 06 00000a 20010db8000000000000000000000001',
    { flags: 1, label: 10, tunnel: { kind: 'ingress-replication', type: 6, endpoint: '2001:db8::1' } },
  ],
  [
    'PIM-SSM',
    '00 03 00000a c0000201 e8010101',
    { flags: 0, label: 10, tunnel: { kind: 'pim', type: 3, source: '192.0.2.1', group: '232.1.1.1' } },
  ],
  [
    'PIM-SM over IPv6',
    '00 04 00000a 20010db8000000000000000000000001 ff3e0000000000000000000000000001',
    { flags: 0, label: 10, tunnel: { kind: 'pim', type: 4, source: '2001:db8::1', group: 'ff3e::1' } },
  ],
  [
    'BIDIR-PIM',
    '00 05 00000a c0000201 e8010101',
    { flags: 0, label: 10, tunnel: { kind: 'pim', type: 5, source: '192.0.2.1', group: '232.1.1.1' } },
  ],
  ['none', '00 00 000000', { flags: 0, label: 0, tunnel: { kind: 'opaque', type: 0, octets: '' } }],
  [
    'RSVP-TE P2MP',
    '01 01 05dc10 00000d82 0000 000f 01010101',
    { flags: 1, label: 0x05dc10, tunnel: { kind: 'opaque', type: 1, octets: '00000d820000000f01010101' } },
  ],
  [
    'mLDP P2MP',
    `01 02 05dc10 ${mldp}`,
    { flags: 1, label: 0x05dc10, tunnel: { kind: 'opaque', type: 2, octets: '06000104c00002010002beef' } },
  ],
  [
    'a transport tunnel',
    '00 08 00000a c0000201 00000007',
    { flags: 0, label: 10, tunnel: { kind: 'opaque', type: 8, octets: 'c000020100000007' } },
  ],
  [
    'a type of later',
    '00 0a 00000a 0102',
    { flags: 0, label: 10, tunnel: { kind: 'opaque', type: 10, octets: '0102' } },
  ],
];

describe('PMSI_TUNNEL', () => {
  it.each(golden)('%s both ways', (_name, octets, value) => {
    expect(decode(octets)).toEqual({ ok: true, value });
    expect(encode(value)).toEqual(hex(octets));
  });

  it('is five octets at least', () => {
    expect(decode('00 06 0000')).toMatchObject({ ok: false, fault: { code: 'pmsi-tunnel-length', offset: 0 } });
    expect(decode('')).toMatchObject({ ok: false, fault: { code: 'pmsi-tunnel-length' } });
  });

  it.each([
    ['ingress replication of 5 octets', '00 06 00000a c000020100'],
    ['ingress replication of none', '00 06 00000a'],
    ['PIM-SSM of 4 octets', '00 03 00000a c0000201'],
    ['RSVP-TE of 11 octets', '00 01 00000a 00000d82 0000 000f 010101'],
    ['mLDP too short', '00 02 00000a 060001'],
    ['mLDP of an unknown family', '00 02 00000a 06 00fc 04 c0000201 0002 beef'],
    ['mLDP with an IPv6 root of 4 octets', '00 02 00000a 06 0002 04 c0000201 0002 beef'],
    ['mLDP with an unknown family of 16 octets', `00 02 00000a 06 00fc 10 ${'00'.repeat(16)} 0000`],
    ['mLDP without opaque length', '00 07 00000a 07 0001 04 c0000201 00'],
    ['a transport tunnel without a number', '00 08 00000a c0000201'],
    ['mLDP with a cut opaque value', '00 07 00000a 07 0001 04 c0000201 0003 beef'],
  ])('refuses %s', (_name, octets) => {
    expect(decode(octets)).toMatchObject({ ok: false, fault: { code: 'pmsi-tunnel-identifier', offset: 5 } });
  });

  it.each<[string, PmsiTunnel['tunnel']]>([
    ['no address', { kind: 'ingress-replication', type: 6, endpoint: 'x' }],
    ['two families', { kind: 'pim', type: 3, source: '::1', group: '232.1.1.1' }],
    ['opaque ingress replication', { kind: 'opaque', type: 6, octets: 'c0000201' }],
    ['opaque PIM', { kind: 'opaque', type: 3, octets: 'c0000201c0000201' }],
    ['malformed mLDP', { kind: 'opaque', type: 2, octets: '06' }],
    ['no hexadecimal', { kind: 'opaque', type: 99, octets: 'x' }],
    ['wide type', { kind: 'opaque', type: 256, octets: '' }],
  ])('has no encoding for %s', (_name, tunnel) => {
    expect(() => encode({ flags: 0, label: 0, tunnel })).toThrow(EncodeError);
  });

  it('never throws on any octets, and gives back what it accepted', () => {
    const typed = fc
      .tuple(fc.nat(11), fc.constantFrom(0, 4, 5, 8, 12, 16, 24, 32))
      .chain(([type, length]) =>
        fc.uint8Array({ minLength: length, maxLength: length }).map((rest) => Uint8Array.of(0, type, 0, 0, 1, ...rest)),
      );
    fc.assert(
      fc.property(fc.oneof(typed, fc.uint8Array({ maxLength: 40 })), (octets) => {
        const decoded = decode(octets);
        if (decoded.ok) expect(toHex(encode(decoded.value))).toBe(toHex(octets));
      }),
      { numRuns: 1000 },
    );
  });
});
