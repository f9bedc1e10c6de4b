import { describe, expect, it } from 'vitest';
import {
  decodeLargeCommunity,
  encodeLargeCommunity,
  parseLargeCommunity,
} from '../../../../../src/bgp-ts/wire/community/large.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex } from '../hex.ts';

describe('large community', () => {
  it('is three four-octet numbers', () => {
    const octets = hex('0003000d 00000003 ffffffff');
    expect(decodeLargeCommunity(octets)).toBe('196621:3:4294967295');
    expect(encodeLargeCommunity('196621:3:4294967295')).toEqual(octets);
    expect(parseLargeCommunity('196621:3:4294967295')).toBe('196621:3:4294967295');
  });

  it.each(['', '1:2', '1:2:3:4', '01:2:3', '4294967296:2:3', 'a:b:c'])('refuses %j', (text) => {
    expect(parseLargeCommunity(text)).toBeUndefined();
    expect(() => encodeLargeCommunity(text)).toThrow(EncodeError);
  });
});
