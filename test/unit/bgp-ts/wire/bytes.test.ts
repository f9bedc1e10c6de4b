import { describe, expect, it } from 'vitest';
import { concat, fromHex, readU16, readU24, readU32, toHex, u16, u24, u32 } from '../../../../src/bgp-ts/wire/bytes.ts';

describe('octets', () => {
  const bytes = Uint8Array.of(0xff, 0x80, 0x01, 0xfe, 0x00);

  it('reads network byte order, unsigned', () => {
    expect(readU16(bytes, 0)).toBe(0xff80);
    expect(readU24(bytes, 0)).toBe(0xff8001);
    expect(readU32(bytes, 0)).toBe(0xff8001fe);
    expect(readU32(bytes, 1)).toBe(0x8001fe00);
  });

  it('writes network byte order', () => {
    expect(u16(0xff80)).toEqual([0xff, 0x80]);
    expect(u24(0xff8001)).toEqual([0xff, 0x80, 0x01]);
    expect(u32(0xff8001fe)).toEqual([0xff, 0x80, 0x01, 0xfe]);
  });

  it('joins', () => {
    expect(concat([])).toEqual(new Uint8Array(0));
    expect(concat([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)])).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('reads and writes hexadecimal', () => {
    expect(toHex(bytes)).toBe('ff8001fe00');
    expect(toHex(bytes, 1, 3)).toBe('8001');
    expect(fromHex('fF8001fe00')).toEqual(bytes);
    expect(fromHex('')).toEqual(new Uint8Array(0));
    expect(fromHex('f')).toBeUndefined();
    expect(fromHex('0g')).toBeUndefined();
  });
});
