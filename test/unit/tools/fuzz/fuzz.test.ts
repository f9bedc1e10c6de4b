import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../src/bgp-ts/wire/bytes.ts';
import { decodeMessage } from '../../../../src/bgp-ts/wire/message/message.ts';
import { readArguments } from '../../../../tools/fuzz/arguments.ts';
import { cutStream, parse, write } from '../../../../tools/fuzz/grammar.ts';
import { contexts, type Input, readInput } from '../../../../tools/fuzz/input.ts';
import { minimise } from '../../../../tools/fuzz/minimise.ts';
import { mutate } from '../../../../tools/fuzz/mutate.ts';
import { randomFrom } from '../../../../tools/fuzz/random.ts';
import { seeds } from '../../../../tools/fuzz/seeds.ts';
import { sweep } from '../../../../tools/fuzz/sweep.ts';

const corpus = seeds().map(({ input }) => input);

describe('arguments', () => {
  it('have defaults', () => {
    expect(readArguments([], 7)).toEqual({ seconds: 60, seed: 7, corpus: [], coverage: true, makeCorpus: false });
  });
  it('are read', () => {
    const words = '--seconds 5 --seed 3 --corpus a --corpus b --finds c --no-coverage'.split(' ');
    const expected = { seconds: 5, seed: 3, corpus: ['a', 'b'], finds: 'c', coverage: false, makeCorpus: false };
    expect(readArguments(words, 7)).toEqual(expected);
  });
  it.each(['--seconds x', '--seconds 0', '--seed -1', '--seed 1.5', '--sed 1'])('%s is refused', (words) => {
    expect(readArguments(words.split(' '), 7)).toBeTypeOf('string');
  });
});

describe('the grammar', () => {
  it('writes every message of the corpus as it was read', () => {
    for (const { bytes } of corpus) {
      const { messages, rest } = cutStream(bytes);
      expect(rest).toHaveLength(0);
      for (const message of messages) expect(toHex(write(parse(message)))).toBe(toHex(message));
    }
  });
});

describe('mutations', () => {
  it('follow from the seed', () => {
    const run = (seed: number) => {
      const random = randomFrom(seed);
      return Array.from({ length: 200 }, () => toHex(mutate(random.pick(corpus), corpus, random).bytes)).join();
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
  });

  it('leave a share of the messages good, and reach many faults', () => {
    const random = randomFrom(1);
    const faults = new Set<string>();
    let messages = 0;
    let good = 0;
    for (let i = 0; i < 4000; i++) {
      const { bytes, context } = mutate(random.pick(corpus), corpus, random);
      for (const message of cutStream(bytes).messages) {
        const decoded = decodeMessage(message, contexts[context]);
        messages++;
        if (decoded.faults.length === 0) good++;
        for (const { code } of decoded.faults) faults.add(code);
      }
    }
    expect(good / messages).toBeGreaterThan(0.2);
    expect(faults.size).toBeGreaterThan(50);
  });

  it('the sweep changes each octet behind the marker, one at a time', () => {
    const input = readInput(`context: ibgp\n${'ff'.repeat(16)}001304`) as Input;
    const changed = [...sweep([input], randomFrom(1))].map(({ bytes }) => toHex(bytes, 16));
    expect(changed.slice(0, 6)).toEqual(['011304', '001404', '001305', 'ff1304', '001204', '001303']);
    for (const octets of changed) {
      const differing = ['00', '13', '04'].filter((octet, at) => octets.slice(2 * at, 2 * at + 2) !== octet);
      expect(differing).toHaveLength(1);
    }
  });
});

describe('minimising', () => {
  it('leaves what it takes to break the same, and no more', () => {
    const { input } = seeds().find(({ name }) => name === 'attribute-communities') ?? { input: corpus[0] };
    const hasCommunities = ({ bytes, context }: Input) => {
      const { message } = decodeMessage(bytes, contexts[context]);
      return message?.kind === 'update' && message.value.attributes.communities?.includes(0xfde80064) === true;
    };
    expect(hasCommunities(input)).toBe(true);
    const { bytes } = minimise(input, hasCommunities);
    expect(toHex(bytes)).toBe(`${'ff'.repeat(16)}001e0200000007c00804fde80064`);
  });
});
