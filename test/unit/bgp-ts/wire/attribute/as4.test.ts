import { describe, expect, it } from 'vitest';
import { type AsSegment, asPathLength } from '../../../../../src/bgp-ts/wire/attribute/as-path-segments.ts';
import { mergeAs4, splitAs4 } from '../../../../../src/bgp-ts/wire/attribute/as4.ts';
import { decodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../../src/bgp-ts/wire/attribute/encode.ts';
import { type DecodeContext, defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { hex } from '../hex.ts';

const AS_TRANS = 23456;
const seq = (...asns: number[]): AsSegment => ({ type: 'sequence', asns });
const set = (...asns: number[]): AsSegment => ({ type: 'set', asns });
const confed = (...asns: number[]): AsSegment => ({ type: 'confed-sequence', asns });
const confedSet = (...asns: number[]): AsSegment => ({ type: 'confed-set', asns });
const aggregator = (asn: number) => ({ asn, address: '192.0.2.1' });

describe('AS_PATH and AS4_PATH merged (RFC 6793 §4.2.3)', () => {
  const cases: [string, AsSegment[], AsSegment[], AsSegment[]][] = [
    ['one covers the other', [seq(AS_TRANS, 1)], [seq(100000, 1)], [seq(100000, 1)]],
    ['what came later leads', [seq(2, 3, AS_TRANS, 1)], [seq(100000, 1)], [seq(2, 3, 100000, 1)]],
    ['a longer AS4_PATH is ignored', [seq(AS_TRANS)], [seq(100000, 1)], [seq(AS_TRANS)]],
    ['a set counts as one', [set(7, 8), seq(AS_TRANS)], [seq(100000)], [set(7, 8), seq(100000)]],
    [
      'a confederation counts as none and is kept',
      [confed(9), seq(2, AS_TRANS)],
      [seq(100000)],
      [confed(9), seq(2, 100000)],
    ],
    ['it is not joined to a set', [seq(2), set(AS_TRANS, 1)], [set(100000, 1)], [seq(2), set(100000, 1)]],
    [
      'nor made too long',
      [seq(...Array(255).fill(5), AS_TRANS)],
      [seq(100000)],
      [seq(...Array(255).fill(5)), seq(100000)],
    ],
  ];

  it.each(cases)('%s', (_name, asPath, as4Path, expected) => {
    expect(mergeAs4({ asPath, as4Path })).toEqual({ asPath: expected });
  });

  it('without AS_PATH there is nothing to merge', () => {
    expect(mergeAs4({ as4Path: [seq(100000)] })).toEqual({});
    expect(mergeAs4({ asPath: [seq(1)] })).toEqual({ asPath: [seq(1)] });
  });

  it('AS4_AGGREGATOR stands for an AGGREGATOR of AS_TRANS', () => {
    expect(
      mergeAs4({
        asPath: [seq(AS_TRANS)],
        as4Path: [seq(100000)],
        aggregator: aggregator(AS_TRANS),
        as4Aggregator: aggregator(100000),
      }),
    ).toEqual({ asPath: [seq(100000)], aggregator: aggregator(100000) });
    expect(mergeAs4({ aggregator: aggregator(AS_TRANS), as4Aggregator: aggregator(100000) })).toEqual({
      aggregator: aggregator(100000),
    });
  });

  it('an AGGREGATOR of another number makes both stale', () => {
    expect(
      mergeAs4({
        asPath: [seq(AS_TRANS)],
        as4Path: [seq(100000)],
        aggregator: aggregator(7),
        as4Aggregator: aggregator(100000),
      }),
    ).toEqual({ asPath: [seq(AS_TRANS)], aggregator: aggregator(7) });
  });

  it('an AGGREGATOR alone says nothing about the path', () => {
    expect(mergeAs4({ asPath: [seq(AS_TRANS)], as4Path: [seq(100000)], aggregator: aggregator(7) })).toEqual({
      asPath: [seq(100000)],
      aggregator: aggregator(7),
    });
  });
});

describe('AS_PATH split for a two-octet speaker (RFC 6793 §4.2.2)', () => {
  it('is left alone where every number fits', () => {
    const attributes = { asPath: [seq(1, 65535)], aggregator: aggregator(65535) };
    expect(splitAs4(attributes)).toEqual(attributes);
    expect(splitAs4({})).toEqual({});
  });

  it('has AS_TRANS where one does not, and AS4_PATH without confederations', () => {
    expect(splitAs4({ asPath: [confed(65000), seq(100000, 1), set(2)] })).toEqual({
      asPath: [confed(65000), seq(AS_TRANS, 1), set(2)],
      as4Path: [seq(100000, 1), set(2)],
    });
    expect(splitAs4({ asPath: [confed(100000)] })).toEqual({ asPath: [confed(AS_TRANS)] });
  });

  it('has AS4_AGGREGATOR', () => {
    expect(splitAs4({ aggregator: aggregator(100000) })).toEqual({
      aggregator: aggregator(AS_TRANS),
      as4Aggregator: aggregator(100000),
    });
  });

  it('goes over the wire and back', () => {
    const ctx: DecodeContext = { ...defaultContext, asn4: false };
    const attributes = { asPath: [seq(1, 100000)], aggregator: aggregator(100000) };
    const bytes = hex(`
      400206 0202 0001 5ba0
      c00706 5ba0 c0000201
      c0110a 0202 00000001 000186a0
      c01208 000186a0 c0000201`);
    expect(encodeAttributes(attributes, ctx)).toEqual(bytes);
    expect(decodeAttributes(bytes, 0, bytes.length, ctx)).toMatchObject({ attributes, faults: [] });
  });

  it('forgets the Partial bit of the AS4 attributes with them, and confederations in AS4_PATH', () => {
    const ctx: DecodeContext = { ...defaultContext, asn4: false };
    const bytes = hex('400204 0201 5ba0 e0110c 0301 0000fde8 0201 000186a0');
    const decoded = decodeAttributes(bytes, 0, bytes.length, ctx);
    expect(decoded).toMatchObject({ attributes: { asPath: [seq(100000)] }, faults: [] });
    expect(decoded.attributes.partial).toBeUndefined();
  });
});

it('a path is as long as route selection counts it (RFC 4271 §9.1.2.2, RFC 5065 §5.3)', () => {
  expect(asPathLength([])).toBe(0);
  expect(asPathLength([seq(1, 2, 3), set(4, 5), confed(6), confedSet(7, 8)])).toBe(4);
});
