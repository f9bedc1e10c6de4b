import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAttributes } from '../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../src/bgp-ts/wire/attribute/encode.ts';
import { attributes as registry } from '../../../../src/bgp-ts/wire/attribute/registry.ts';
import { concat, u16 } from '../../../../src/bgp-ts/wire/bytes.ts';
import { decodeCapabilities, encodeCapabilities } from '../../../../src/bgp-ts/wire/capability/capability.ts';
import { type DecodeContext, defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { outcomes } from '../../../../src/bgp-ts/wire/fault.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { decodeMessage, encodeMessage } from '../../../../src/bgp-ts/wire/message/message.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import { hex, toHex } from './hex.ts';

const base: DecodeContext = { ...defaultContext, extendedMessages: true };
const contexts: readonly DecodeContext[] = [
  base,
  { ...base, asn4: false, session: 'ebgp' },
  { ...base, session: 'confed', addPath: new Set([257, 513, 6470]), extendedNextHop: new Set([257]) },
];
const context = fc.constantFrom(...contexts);

/** Messages to start from: every attribute and capability that a peer is likely to send. */
const marker = 'ff'.repeat(16);
const seeds = [
  `${marker} 0033 02 0004 180a0001 0014 400101 00 400206 0201 0000fde8 400304 c0000201 10 0a01 00`,
  `${marker} 0069 02 0000 0052 900e002c 001946 04 c0a80101 00
     0221 0001c0a801010003 00000000000000000000 00000000 30 020000000011 00 00000a
     400101 00 500200 00 400504 00000064 c01010 030c000000000008 0002fde80000000a`,
  `${marker} 005e 01 04 fde8 0009 c0a80101 41 0206 010400190046 0202 8000 0202 0200 0202 4600 0206 41040000fde8
     0202 0600 0206 450400194601 0206 490402723100 0204 4002c078 0209 470700194680000000`,
  `${marker} 0015 03 0602`,
  `${marker} 0017 05 00190046`,
].map(hex);

it('the seeds are messages', () => {
  for (const seed of seeds) expect(decodeMessage(seed, defaultContext).faults, toHex(seed)).toEqual([]);
});

/** A seed with a few octets changed, cut somewhere, its header made true again. */
const mutated = fc
  .tuple(
    fc.constantFrom(...seeds),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
    fc.option(fc.nat(), { nil: undefined }),
  )
  .map(([seed, changes, cut]) => {
    const bytes = seed.slice(0, cut === undefined ? seed.length : 19 + (cut % (seed.length - 18)));
    for (const [at, value] of changes) if (bytes.length > 19) bytes[19 + (at % (bytes.length - 19))] = value;
    bytes.set(u16(bytes.length), 16);
    return bytes;
  });

/** Attributes with headers that hold, and values that need not. */
const attributeBlock = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom(...Object.values(registry).map(({ code, flags }) => [flags, code])),
        fc.constant([0xc0, 99]),
      ),
      fc.uint8Array({ maxLength: 40 }),
    ),
    { maxLength: 5 },
  )
  .map((list) => concat(list.map(([[flags, code], value]) => Uint8Array.of(flags, code, value.length, ...value))));

const isOutcome = (text: string) => outcomes.some((outcome) => outcome === text);

describe('whatever the octets', () => {
  it('decoding a message gives faults and never throws', () => {
    const octets = fc.oneof(mutated, fc.uint8Array({ maxLength: 200 }));
    fc.assert(
      fc.property(octets, context, (bytes, ctx) => {
        for (const { outcome, offset, notification } of decodeMessage(bytes, ctx).faults) {
          expect(isOutcome(outcome)).toBe(true);
          expect(offset).toBeLessThanOrEqual(Math.max(bytes.length, 19));
          expect(notification.data.length).toBeLessThanOrEqual(bytes.length + 2);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('an accepted message comes back from its encoding', () => {
    let accepted = 0;
    fc.assert(
      fc.property(mutated, context, (bytes, ctx) => {
        const { message, faults } = decodeMessage(bytes, ctx);
        if (message === undefined || faults.length > 0) return;
        accepted++;
        const again = encodeMessage(message, ctx);
        expect(decodeMessage(again, ctx)).toEqual({ message, faults: [] });
        expect(encodeMessage(message, ctx)).toEqual(again);
      }),
      { numRuns: 6000 },
    );
    expect(accepted).toBeGreaterThan(200);
  });

  it('what was read of an attribute field can be sent, and re-parses', () => {
    fc.assert(
      fc.property(attributeBlock, context, (bytes, ctx) => {
        const { attributes, faults } = decodeAttributes(bytes, 0, bytes.length, ctx);
        if (faults.some(({ outcome }) => outcome === 'session-reset')) return;
        const again = encodeAttributes(attributes, ctx);
        expect(decodeAttributes(again, 0, again.length, ctx)).toMatchObject({ attributes, faults: [] });
      }),
      { numRuns: 3000 },
    );
  });

  it('an UPDATE is decoded wherever it lies in the buffer', () => {
    fc.assert(
      fc.property(mutated, context, fc.uint8Array({ maxLength: 7 }), (bytes, ctx, before) => {
        if (bytes.length < 23 || bytes[18] !== 2) return;
        const shifted = concat([before, bytes, before]);
        const there = decodeUpdate(shifted, ctx, before.length, before.length + bytes.length);
        expect(there.update).toEqual(decodeUpdate(bytes, ctx).update);
      }),
    );
  });

  it('capabilities that were accepted come back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decodeCapabilities(bytes);
        if (decoded.ok) expect(decodeCapabilities(encodeCapabilities(decoded.value))).toEqual(decoded);
      }),
      { numRuns: 1000 },
    );
  });
});

it('a stream gives the same messages however it is split', () => {
  const stream = concat([...seeds, ...seeds]);
  const expected = [...seeds, ...seeds].map((seed) => toHex(seed));
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const framer = new Framer();
      const seen: string[] = [];
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
      for (let i = 1; i < places.length; i++) {
        framer.push(stream.subarray(places[i - 1], places[i]), (bytes, start, end) => {
          seen.push(toHex(bytes, start, end));
        });
      }
      expect(seen).toEqual(expected);
    }),
  );
});
