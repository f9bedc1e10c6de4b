import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, toHex } from '../../../../src/bgp-ts/wire/bytes.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { decodeMessage } from '../../../../src/bgp-ts/wire/message/message.ts';
import { readFolder } from '../../../../tools/fuzz/corpus.ts';
import { cutStream } from '../../../../tools/fuzz/grammar.ts';
import { contexts } from '../../../../tools/fuzz/input.ts';

const corpus = readFolder(join(import.meta.dirname, '../../../fixtures/fuzz/corpus')).map(({ input }) => input);
/** One whole message each, all that the corpus has in this context. */
const messages = corpus.filter(({ context }) => context === 'ibgp').flatMap(({ bytes }) => cutStream(bytes).messages);
const short = messages.filter(({ length }) => length < 400);

/** Headers that end a stream (RFC 4271 §6.1). */
const endings: readonly (readonly [octets: Uint8Array, fault: string | undefined])[] = [
  [new Uint8Array(0), undefined],
  [new Uint8Array(19), 'header-marker'],
  [Uint8Array.from([...Array<number>(16).fill(255), 0, 18, 4]), 'header-length'],
  [Uint8Array.from([...Array<number>(16).fill(255), 0, 19, 9]), 'header-type'],
  [Uint8Array.from([...Array<number>(16).fill(255), 0x10, 1, 2]), 'header-length'],
];

/** Decoded messages and the fault that ended the stream, given in these pieces. */
function read(chunks: readonly Uint8Array[]): { seen: unknown[]; fault: string | undefined } {
  const framer = new Framer();
  const seen: unknown[] = [];
  for (const chunk of chunks) {
    // what is lent is not there any more after the call
    const lent = chunk.slice();
    const fault = framer.push(lent, (bytes, start, end) => {
      seen.push(decodeMessage(bytes.subarray(start, end), contexts.ibgp));
    });
    lent.fill(0);
    if (fault !== undefined) return { seen, fault: fault.code };
  }
  return { seen, fault: undefined };
}

const stream = fc.tuple(
  fc.array(fc.constantFrom(...short), { minLength: 1, maxLength: 4 }),
  fc.constantFrom(...endings),
);

describe('a stream of messages', () => {
  it('holds every kind of message', () => {
    expect(new Set(messages.map((message) => message[18]))).toEqual(new Set([1, 2, 3, 4, 5]));
  });

  it('gives the same messages and the same fault, cut at each octet in turn', () => {
    fc.assert(
      fc.property(stream, ([list, [ending, fault]]) => {
        const bytes = concat([...list, ending]);
        const whole = read([bytes]);
        expect(whole.fault).toBe(fault);
        expect(whole.seen).toEqual(list.map((message) => decodeMessage(message, contexts.ibgp)));
        for (let at = 1; at < bytes.length; at++) {
          expect(read([bytes.subarray(0, at), bytes.subarray(at)]), `cut at ${at}`).toEqual(whole);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('gives the same, cut anywhere and any number of times', () => {
    const cuts = fc.array(fc.nat(2000), { maxLength: 60 });
    fc.assert(
      fc.property(stream, cuts, ([list, [ending]], at) => {
        const bytes = concat([...list, ending]);
        const places = [0, ...at.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((place, i) => bytes.subarray(places[i], place));
        expect(read(chunks)).toEqual(read([bytes]));
      }),
      { numRuns: 300 },
    );
  });

  it('one octet at a time, all messages of the corpus', () => {
    const bytes = concat(messages);
    const framer = new Framer();
    const seen: string[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const fault = framer.push(bytes.subarray(at, at + 1), (held, start, end) => {
        seen.push(toHex(held, start, end));
      });
      expect(fault).toBeUndefined();
    }
    expect(seen).toEqual(messages.map((message) => toHex(message)));
    expect(framer.pending).toBe(0);
  });
});
