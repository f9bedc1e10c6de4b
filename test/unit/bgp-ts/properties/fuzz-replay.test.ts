import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../../../../src/bgp-ts/wire/message/message.ts';
import { readFolder } from '../../../../tools/fuzz/corpus.ts';
import { checkBroken } from '../../../../tools/fuzz/fuzz.ts';
import { cutStream } from '../../../../tools/fuzz/grammar.ts';
import { contexts, readInput, writeInput } from '../../../../tools/fuzz/input.ts';
import { seeds } from '../../../../tools/fuzz/seeds.ts';

const fixtures = join(import.meta.dirname, '../../../fixtures/fuzz');
const corpus = readFolder(join(fixtures, 'corpus'));
const finds = readFolder(join(fixtures, 'finds'));

describe.skipIf(finds.length === 0)('what fuzzing found once', () => {
  it.each(finds)('$name breaks nothing any more', ({ input }) => {
    expect(checkBroken(input)).toBeUndefined();
  });
});

describe('the corpus', () => {
  it.each(corpus)('$name breaks nothing', ({ input }) => {
    expect(checkBroken(input)).toBeUndefined();
  });

  it('holds what the encoder makes today', () => {
    expect(corpus).toEqual(seeds().sort((a, b) => (`${a.name}.hex` < `${b.name}.hex` ? -1 : 1)));
  });

  it('is made of good messages, but for those made to be bad', () => {
    const faulty = corpus.filter(({ input: { bytes, context } }) =>
      cutStream(bytes).messages.some((message) => decodeMessage(message, contexts[context]).faults.length > 0),
    );
    expect(faulty.map(({ name }) => name)).toEqual(['stream-bad-between']);
  });

  it('comes back from its files', () => {
    for (const { input } of corpus) expect(readInput(writeInput(input, 'a comment\nof two lines'))).toEqual(input);
  });
});
