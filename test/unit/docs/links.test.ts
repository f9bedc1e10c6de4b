import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What the documents point at is there: other pages, their headings, and files that they name. */
const root = join(import.meta.dirname, '../../..');
const pages = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', '.*/**'] }).sort();

/** Where the parts of programs are whose files are named from there: `wire/framer.ts`. */
const bases = ['.', 'src', 'src/bgp-ts', 'test', 'tools'];

/** Named with a slash, and no files of the repository. */
const others = [
  /^\//, // on a machine, or of the HTTP API
  /^\.lab\//, // written by a run
  /^(?:quay\.io\/)?frrouting\/frr$/, // images
  /^(?:bgp-ts\/linux|nvad\/nve-client)$/, // what is imported
  /^https?:/,
];

interface Pointer {
  readonly line: number;
  readonly text: string;
}

/** The text with its code blocks blank, so that lines keep their numbers. */
function prose(text: string): string {
  return text.replace(/^(```+)[^\n]*\n[\s\S]*?^\1$/gm, (block) => block.replace(/[^\n]/g, ''));
}

function all(text: string, pattern: RegExp): Pointer[] {
  return [...text.matchAll(pattern)].map(({ 1: found = '', index }) => ({
    line: text.slice(0, index).split('\n').length,
    text: found,
  }));
}

const links = (text: string) => all(prose(text).replace(/`[^`\n]*`/g, ''), /\]\(([^)\s]+)\)/g);

/** Paths in backticks: a slash, an ending or a slash at the end, and nothing that a path does not have. */
function named(text: string): Pointer[] {
  return all(prose(text), /`([^`\n]+)`/g).filter(
    ({ text: path }) =>
      /^[\w.@/-]+$/.test(path) &&
      path.includes('/') &&
      !/(?:^|\/)[A-Z]+(?=[./]|$)/.test(path.replace(/README\.md$|Dockerfile$/, '')) &&
      !/^[\d.]+\//.test(path) &&
      !others.some((pattern) => pattern.test(path)),
  );
}

/** As headings are addressed on the web: lower case, without punctuation, blanks as hyphens. */
function anchors(text: string): string[] {
  return all(prose(text), /^#+ +(.*)$/gm).map(({ text: heading }) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(page: string, text: string): string[] {
  return links(text)
    .filter(({ text: target }) => !/^[a-z]+:/.test(target))
    .filter(({ text: target }) => {
      const [path = '', anchor] = target.split('#');
      if (path === '') return !anchors(text).includes(anchor ?? '');
      const file = join(root, dirname(page), path);
      if (!existsSync(file) || relative(root, file).startsWith('..')) return true;
      if (anchor === undefined) return false;
      return statSync(file).isDirectory() || !anchors(readFileSync(file, 'utf8')).includes(anchor);
    })
    .map(({ line, text: target }) => `${page}:${line} ${target}`);
}

function missingFiles(page: string, text: string): string[] {
  const places = [dirname(page), ...bases];
  return named(text)
    .filter(({ text: path }) => !places.some((base) => existsSync(join(root, base, path))))
    .map(({ line, text: path }) => `${page}:${line} ${path}`);
}

it('there are pages', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/architecture.md', 'src/bgp-ts/README.md']));
});

describe.each(pages)('%s', (page) => {
  const text = readFileSync(join(root, page), 'utf8');

  it('has links that lead somewhere', () => {
    expect(brokenLinks(page, text)).toEqual([]);
  });

  it('names files that exist', () => {
    expect(missingFiles(page, text)).toEqual([]);
  });
});

describe('the check itself', () => {
  const text = [
    '# One `two`, three',
    '[good](architecture.md#bounds) [own](#one-two-three) [folder](../src) [far](https://example.org/x)',
    '[gone](gone.md) [part](architecture.md#gone) [own](#two) [out](../../x) `[code](gone.md)`',
    '`wire/framer.ts` `docs/` `/etc/hosts` `bgp-ts/linux` `topologies/NAME/README.md` `25/70` `npm run x/y`',
    '`wire/gone.ts` `gone/`',
    '```',
    '[block](gone.md) `gone/too`',
    '```',
    '`gone/after.ts`',
  ].join('\n');

  it('finds broken links and headings, with their lines', () => {
    const found = ['3 gone.md', '3 architecture.md#gone', '3 #two', '3 ../../x'];
    expect(brokenLinks('docs/page.md', text)).toEqual(found.map((at) => `docs/page.md:${at}`));
  });

  it('finds files that are not there', () => {
    const found = ['5 wire/gone.ts', '5 gone/', '9 gone/after.ts'];
    expect(missingFiles('docs/page.md', text)).toEqual(found.map((at) => `docs/page.md:${at}`));
  });
});
