import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shellQuote, shellWords } from '../../../../tools/lab/shell-words.ts';

describe('shellWords', () => {
  test.each([
    ['ip link set eth1 up', ['ip', 'link', 'set', 'eth1', 'up']],
    ['  two   spaces ', ['two', 'spaces']],
    [`sh -c "echo a | cat"`, ['sh', '-c', 'echo a | cat']],
    [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
    [`a"b"'c'd`, ['abcd']],
    [`''`, ['']],
    [`a\\ b`, ['a b']],
    [`"a\\"b\\n"`, ['a"b\\n']],
    [`'a\\'`, ['a\\']],
    ['', []],
  ])('%j gives %j', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  test.each([`a "b`, `a 'b`, 'a\\'])('%j is refused', (line) => {
    expect(shellWords(line)).toBeUndefined();
  });

  test('reads back what shellQuote wrote', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 }), (words) => {
        expect(shellWords(words.map(shellQuote).join(' '))).toEqual(words);
      }),
    );
  });
});
