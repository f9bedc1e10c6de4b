import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptySplit } from '../../../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../../../../../src/bgp-ts/wire/nlri/fault.ts';
import { rtConstrain, splitRtConstrain } from '../../../../../src/bgp-ts/wire/nlri/rt-constrain.ts';
import { hex } from '../hex.ts';

describe('a membership on the hot path', () => {
  const split = (text: string) => {
    const out = emptySplit();
    const bytes = hex(text);
    return [splitRtConstrain(bytes, 0, bytes.length, out), out.type, out.next];
  };

  it('is located by its length', () => {
    expect(split('00')).toEqual([NlriFaultCode.None, 0, 1]);
    expect(split('60 0000fde8 0002fde800000001')).toEqual([NlriFaultCode.None, 96, 13]);
    expect(split('20 0000fde8 ffff')).toEqual([NlriFaultCode.None, 32, 5]);
    expect(split('1f 0000fde8')).toEqual([NlriFaultCode.RtConstrainLength, 31, 5]);
    expect(split('60 0000fde8 0003fde800000001')).toEqual([NlriFaultCode.RtConstrainTarget, 96, 13]);
    expect(split('61 0000fde8 0002fde800000001 00')[0]).toBe(NlriFaultCode.PrefixLength);
    expect(split('60 0000fde8 0002fde8000000')[0]).toBe(NlriFaultCode.Overrun);
    expect(split('')[0]).toBe(NlriFaultCode.Overrun);
  });

  it('is accepted exactly where the decoder accepts it', () => {
    const kinds = fc.constantFrom([0, 2], [0, 3], [1, 2], [2, 2], [6, 2], [6, 10], [9, 9]);
    const octets = fc
      .tuple(fc.integer({ min: 0, max: 98 }), kinds, fc.uint8Array({ minLength: 0, maxLength: 14 }))
      .map(([length, kind, rest]) => Uint8Array.of(length, 0, 0, 0xfd, 0xe8, ...kind, ...rest));
    fc.assert(
      fc.property(octets, fc.nat(14), (bytes, cut) => {
        const end = Math.max(1, bytes.length - cut);
        const out = emptySplit();
        const fault = splitRtConstrain(bytes, 0, end, out);
        const read = rtConstrain.read(bytes, 0, end);
        expect(fault).toBe(read.ok ? NlriFaultCode.None : read.code);
        if (read.ok) expect(out.next).toBe(read.next);
      }),
    );
  });
});
