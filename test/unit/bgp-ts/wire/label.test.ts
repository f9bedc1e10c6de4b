import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { labelMpls, labelVni, mplsLabel, vniLabel, WITHDRAW_LABEL } from '../../../../src/bgp-ts/wire/label.ts';

describe('label field', () => {
  it('is a VNI of 24 bits or an MPLS label of 20', () => {
    expect(labelVni(0x000641)).toBe(1601);
    expect(labelMpls(0x000641)).toEqual({ label: 100, trafficClass: 0, bottomOfStack: true });
    expect(labelMpls(0xffffff)).toEqual({ label: 0xfffff, trafficClass: 7, bottomOfStack: true });
    expect(labelMpls(WITHDRAW_LABEL)).toEqual({ label: 0x80000, trafficClass: 0, bottomOfStack: false });
  });

  it('is made from either', () => {
    expect(vniLabel(10)).toBe(10);
    expect(vniLabel(0xffffff)).toBe(0xffffff);
    expect(mplsLabel(100)).toBe(0x000641);
    expect(mplsLabel(100, 5, false)).toBe(0x00064a);
  });

  it('refuses what does not fit', () => {
    expect(() => vniLabel(0x1000000)).toThrow(EncodeError);
    expect(() => mplsLabel(0x100000)).toThrow(EncodeError);
    expect(() => mplsLabel(1, 8)).toThrow(EncodeError);
  });
});
