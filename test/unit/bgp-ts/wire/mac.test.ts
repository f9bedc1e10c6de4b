import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { encodeMac, formatMac, parseMac } from '../../../../src/bgp-ts/wire/mac.ts';
import { hex } from './hex.ts';

describe('MAC address', () => {
  it('is six lower-case octets', () => {
    expect(formatMac(hex('00 0200000000ab'), 1)).toBe('02:00:00:00:00:ab');
    expect(parseMac('02-00-00-00-00-AB')).toEqual(hex('0200000000ab'));
    expect(encodeMac('02:00:00:00:00:ab')).toEqual(hex('0200000000ab'));
  });

  it.each(['', '02:00:00:00:00', '02:00:00:00:00:0g', '020000000001'])('refuses %j', (text) => {
    expect(parseMac(text)).toBeUndefined();
    expect(() => encodeMac(text)).toThrow(EncodeError);
  });
});
