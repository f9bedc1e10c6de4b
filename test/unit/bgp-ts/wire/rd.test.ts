import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { decodeRd, encodeRd, formatRd, parseRd, type RouteDistinguisher } from '../../../../src/bgp-ts/wire/rd.ts';
import { hex, toHex } from './hex.ts';

const golden: [string, RouteDistinguisher, string][] = [
  ['0000 fde8 00000001', { type: 0, asn: 65000, assigned: 1 }, '65000:1'],
  ['0000 ffff ffffffff', { type: 0, asn: 65535, assigned: 4294967295 }, '65535:4294967295'],
  ['0001 c0000201 0003', { type: 1, address: '192.0.2.1', assigned: 3 }, '192.0.2.1:3'],
  ['0002 fa56ea00 0064', { type: 2, asn: 4200000000, assigned: 100 }, '4200000000:100'],
  ['ffff 010203040506', { type: 'unknown', code: 0xffff, value: '010203040506' }, '0xffff:010203040506'],
];

describe('route distinguisher', () => {
  it.each(golden)('%s', (octets, rd, text) => {
    expect(decodeRd(hex(octets))).toEqual(rd);
    expect(encodeRd(rd)).toEqual(hex(octets));
    expect(formatRd(rd)).toBe(text);
    expect(parseRd(text)).toEqual(rd);
  });

  it('shows a four-octet AS number that fits two like the two-octet form, and reads it as that', () => {
    const rd = decodeRd(hex('0002 00000005 0006'));
    expect(rd).toEqual({ type: 2, asn: 5, assigned: 6 });
    expect(formatRd(rd)).toBe('5:6');
    expect(parseRd('5:6')).toEqual({ type: 0, asn: 5, assigned: 6 });
  });

  it.each([
    '',
    '1',
    'a:1',
    '1:a',
    '1:99999999999',
    '65000:4294967296',
    '70000:65536',
    '4294967296:1',
    '99999999999:1',
    '192.0.2.1:65536',
    '192.0.2:1',
    '0x0001:010203040506',
    '0xffff:0102',
  ])('refuses %j', (text) => {
    expect(parseRd(text)).toBeUndefined();
  });

  it.each<RouteDistinguisher>([
    { type: 0, asn: 65536, assigned: 1 },
    { type: 0, asn: 1, assigned: 4294967296 },
    { type: 1, address: 'x', assigned: 1 },
    { type: 1, address: '192.0.2.1', assigned: 65536 },
    { type: 2, asn: -1, assigned: 1 },
    { type: 2, asn: 1, assigned: 65536 },
    { type: 'unknown', code: 65536, value: '010203040506' },
    { type: 'unknown', code: 9, value: '0102' },
  ])('has no encoding for %o', (rd) => {
    expect(() => encodeRd(rd)).toThrow(EncodeError);
  });

  it('gives any eight octets back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), (octets) => {
        expect(toHex(encodeRd(decodeRd(octets)))).toBe(toHex(octets));
      }),
    );
  });
});
