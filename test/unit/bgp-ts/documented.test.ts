import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import * as library from '../../../src/bgp-ts/index.ts';
import * as linux from '../../../src/bgp-ts/linux/index.ts';
import { docOf, exportsOf, mayFail, membersOf, saysSomething } from './documented.ts';

const folder = mkdtempSync(join(tmpdir(), 'documented-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe.each([
  ['what the library gives', 'index.ts', library],
  ['what it gives for Linux', 'linux/index.ts', linux],
])('%s', (_, file, values) => {
  const found = exportsOf(join(import.meta.dirname, '../../../src/bgp-ts', file));

  it('is found, every value of it', () => {
    const names = found.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
    expect(names).toEqual(expect.arrayContaining(Object.keys(values)));
    expect(names.length).toBeGreaterThan(Object.keys(values).length);
  });

  it('says what it is', () => {
    expect(found.filter(({ name, doc }) => !saysSomething(doc, name)).map(({ name }) => name)).toEqual([]);
  });

  it('says of functions whether they throw or give a fault', () => {
    const failing = found.filter(({ name, file: path }) => mayFail(readFileSync(path, 'utf8'), name));
    expect(failing.filter(({ doc }) => !/throw|fault/i.test(doc ?? '')).map(({ name }) => name)).toEqual([]);
  });

  it('says what its fields and methods are', () => {
    const members = found.flatMap(({ name: type, file: path }) =>
      membersOf(readFileSync(path, 'utf8'), type).map(({ name, doc }) => ({ type, name, doc })),
    );
    expect(members.length).toBeGreaterThan(found.length / 2);
    const silent = members.filter(({ name, doc }) => !saysSomething(doc, name));
    expect(silent.map(({ type, name }) => `${type}.${name}`)).toEqual([]);
  });
});

describe('the search for documentation', () => {
  it('follows what is exported from elsewhere, under the name it is given', () => {
    writeFileSync(
      join(folder, 'inner.ts'),
      '/** A number of something else. */\nexport const a = 1;\nexport const b = 2;\n',
    );
    writeFileSync(join(folder, 'all.ts'), '/** A type of its own kind. */\nexport type T = string;\n');
    writeFileSync(
      join(folder, 'index.ts'),
      "export { a as first, b } from './inner.ts';\nexport type { T as Kind } from './all.ts';\nexport * from './all.ts';\n",
    );
    expect(exportsOf(join(folder, 'index.ts')).map(({ name, doc }) => [name, doc])).toEqual([
      ['first', 'A number of something else.'],
      ['b', undefined],
      ['Kind', 'A type of its own kind.'],
      ['T', 'A type of its own kind.'],
    ]);
  });

  it.each([
    ['no comment', 'export const a = 1;'],
    ['the comment of something else', '/** Speaks of something else entirely. */\nconst b = 2;\nexport const a = b;'],
    ['a comment a line away', '/** Speaks of something else entirely. */\n\nexport const a = 1;'],
    ['no doc comment', '/* Not one that an editor shows. */\nexport const a = 1;'],
    ['a line of code behind the comment', '/** Says something of b here. */ const b = 1;\nexport const a = b;'],
  ])('finds none where there is %s', (_what, source) => {
    expect(docOf(source, 'a')).toBeUndefined();
  });

  it('takes the comment of the first of several overloads, without its stars', () => {
    const source =
      '/**\n * First line,\n * second line.\n */\nexport function f(): void;\nexport function f(a?: 1): void {}\n';
    expect(docOf(source, 'f')).toBe('First line, second line.');
  });

  it.each([
    ['export function f(a: number): void {\n  throw new E();\n}\n', true],
    ['export function f(a: number): void {\n  g();\n}\nfunction g() {\n  throw new E();\n}\n', false],
    ['export function f(\n  a: number,\n): Result<B> {\n  g();\n}\n', true],
    ['export function f(a: Fault): void {\n  g();\n}\n', false],
    ['export const f = 1;\n', false],
  ])('%j may fail: %s', (source, may) => {
    expect(mayFail(source, 'f')).toBe(may);
  });

  it('finds the fields and methods that a type shows, and whose sentence tells of them', () => {
    const source = `/** A thing, and \`b\` of it. */
export class Thing<T> extends Other<T> {
  readonly #hidden = 1;
  /** Something about a. */
  readonly a: string;
  b?: number;
  c = { d: 1 };

  /**
   * The start, and \`end\`
   * behind it.
   */
  start(): void {
    this.a();
  }
  get end(): number {
    return 1;
  }

  static make(): Thing;
  constructor(options: Options) {}
  /** A comment of nothing. */

  f(x: number): void {}
}
export interface Next {
  /** Is in another type. */
  g: 1;
}
`;
    expect(membersOf(source, 'Thing')).toEqual([
      { name: 'a', doc: 'Something about a.' },
      { name: 'b', doc: 'A thing, and `b` of it.' },
      { name: 'c', doc: undefined },
      { name: 'start', doc: 'The start, and `end` behind it.' },
      { name: 'end', doc: 'The start, and `end` behind it.' },
      { name: 'make', doc: undefined },
      { name: 'f', doc: undefined },
    ]);
    expect(membersOf(source, 'Missing')).toEqual([]);
  });

  it.each([
    [undefined, 'a', false],
    ['', 'a', false],
    ['The peer options.', 'PeerOptions', false],
    ['PEER_OPTIONS', 'PeerOptions', false],
    ['RFC 4271 §4.1, RFC 2918 §3.', 'MessageType', true],
    ['One neighbour, times in seconds.', 'PeerOptions', true],
  ])('%j says something of %s: %s', (doc, name, says) => {
    expect(saysSomething(doc, name)).toBe(says);
  });
});
