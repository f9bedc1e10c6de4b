import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchPrefix, parsePrefix, prefixContains } from '../../../../src/bgp-ts/session/prefix.ts';
import { parseIp } from '../../../../src/bgp-ts/wire/ip.ts';

const prefix = (text: string) => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`${text} is no prefix`);
  return parsed;
};

describe('parsePrefix', () => {
  it('reads both families, and an address alone as a host', () => {
    expect(parsePrefix('10.1.0.0/16')).toEqual({ octets: Uint8Array.of(10, 1, 0, 0), length: 16 });
    expect(parsePrefix('0.0.0.0/0')).toEqual({ octets: new Uint8Array(4), length: 0 });
    expect(parsePrefix('10.1.0.7')).toEqual({ octets: Uint8Array.of(10, 1, 0, 7), length: 32 });
    expect(parsePrefix('2001:db8::/33')?.length).toBe(33);
    expect(parsePrefix('::1')?.length).toBe(128);
  });

  it.each([
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.1/31',
    '10.0.0.0/8/8',
    '::1/64',
    '::/129',
    'x',
  ])('refuses %j', (text) => {
    expect(parsePrefix(text)).toBeUndefined();
  });
});

describe('matchPrefix', () => {
  const entries = [
    { prefix: prefix('10.0.0.0/8'), value: 'eight' },
    { prefix: prefix('10.1.0.0/16'), value: 'sixteen' },
    { prefix: prefix('10.1.0.0/16'), value: 'again' },
    { prefix: prefix('10.1.0.7'), value: 'host' },
    { prefix: prefix('::/0'), value: 'six' },
  ];

  it.each([
    ['10.1.0.7', 'host'],
    ['10.1.0.8', 'sixteen'],
    ['10.2.0.7', 'eight'],
    ['11.0.0.1', undefined],
    ['2001:db8::1', 'six'],
    ['nonsense', undefined],
  ])('%s → %s', (address, value) => {
    expect(matchPrefix(entries, address)).toBe(value);
  });

  it('agrees with a comparison of bits', () => {
    const bits = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(2).padStart(8, '0')).join('');
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.nat(32),
        (a, b, length) => {
          const masked = bits(a).slice(0, length).padEnd(32, '0');
          const octets = Uint8Array.from({ length: 4 }, (_, i) => Number.parseInt(masked.slice(8 * i, 8 * i + 8), 2));
          expect(prefixContains({ octets, length }, b)).toBe(bits(b).startsWith(masked.slice(0, length)));
          expect(prefixContains({ octets, length }, a)).toBe(true);
          expect(parsePrefix(`${octets.join('.')}/${length}`)).toEqual({ octets, length });
        },
      ),
    );
    expect(prefixContains(prefix('0.0.0.0/0'), parseIp('::') ?? new Uint8Array(0))).toBe(false);
  });
});
