import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * The checks of the house, proven able to fail: offences are planted in an empty copy of the tree that has the
 * project's own settings, and the checks must find each of them, and nothing else.
 */
const root = join(import.meta.dirname, '../..');
const settings = ['biome.json', '.gitignore', 'package.json', 'src/bgp-ts/package.json'];
const compilerSettings = ['tsconfig.base.json', 'src/tsconfig.json', 'src/bgp-ts/tsconfig.json'];

/** Lowest first: each may import what is before it. */
const layers = [
  'bfd',
  'evpn',
  'nva',
  'federation',
  'nve-protocol',
  'nve',
  'store',
  'api',
  'config',
  'cli',
  'nved',
  'daemon',
];

/** What each part of the NVE protocol may import of the others. */
const protocol: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  transport: ['wire'],
  server: ['wire', 'transport'],
  client: ['wire', 'transport'],
};

/** What each part of the library may import of the others. */
const library: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  fsm: ['wire'],
  rib: ['wire'],
  egress: ['wire', 'rib'],
  session: ['wire', 'fsm'],
  client: ['wire', 'fsm', 'session'],
  linux: ['wire', 'session'],
  speaker: ['wire', 'fsm', 'rib', 'egress', 'session'],
  cli: ['wire', 'fsm', 'rib', 'egress', 'session', 'client', 'linux', 'speaker', 'index.ts'],
};

type Offence = { readonly file: string; readonly line: number; readonly rule: string };

let tree: string;

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), 'house-'));
  for (const path of [...settings, ...compilerSettings]) cpSync(join(root, path), join(tree, path));
});

afterAll(() => {
  rmSync(tree, { recursive: true, force: true });
});

describe('imports point one way', () => {
  it('has an order for every folder of src/', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(['bgp-ts', ...layers]).toEqual(expect.arrayContaining(folders.map((folder) => folder.name)));
    const protocolParts = readdirSync(join(root, 'src/nve-protocol'));
    expect(protocolParts.sort()).toEqual(Object.keys(protocol).sort());
    const parts = readdirSync(join(root, 'src/bgp-ts'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['dist', 'node_modules'].includes(entry.name))
      .map((entry) => entry.name);
    expect(parts.sort()).toEqual(Object.keys(library).sort());
  });

  it('finds an import of every later layer, and allows every earlier one', async () => {
    const found = await inPlanted(
      layers.map((layer) => [`src/${layer}/planted.ts`, importsOf(layers.map((other) => `../${other}/x.ts`))]),
      ['style/noRestrictedImports'],
    );
    const expected = layers.flatMap((layer, own) =>
      layers.flatMap((_, other) => (other > own ? [offence(`src/${layer}/planted.ts`, other + 1)] : [])),
    );
    expect(found).toEqual(inOrder(expected));
    expect(expected).toHaveLength(66);
  });

  it('finds the same from folders further down, in types and in re-exports', async () => {
    const found = await inPlanted(
      [
        [
          'src/api/deep/down/planted.ts',
          "import type { X } from '../../../daemon/x.ts';\nexport { y } from '../../../cli/y.ts';\n" +
            "export const z = await import('../../../config/z.ts');\nimport '../../../store/v.ts';\nexport type W = X;\n",
        ],
      ],
      ['style/noRestrictedImports'],
    );
    expect(found).toEqual([1, 2, 3].map((line) => offence('src/api/deep/down/planted.ts', line)));
  });

  it('finds every import between parts of the library that is not allowed', async () => {
    const parts = [...Object.keys(library), 'index.ts'];
    const target = (part: string) => (part.endsWith('.ts') ? `../${part}` : `../${part}/x.ts`);
    const found = await inPlanted(
      Object.keys(library).map((part) => [`src/bgp-ts/${part}/planted.ts`, importsOf(parts.map(target))]),
      ['style/noRestrictedImports'],
    );
    const expected = Object.entries(library).flatMap(([part, allowed]) =>
      parts.flatMap((other, index) =>
        other === part || allowed.includes(other) ? [] : [offence(`src/bgp-ts/${part}/planted.ts`, index + 1)],
      ),
    );
    expect(found).toEqual(inOrder(expected));
    expect(expected).toHaveLength(9 + 8 + 8 + 7 + 7 + 6 + 7 + 4);
  });

  it('finds every import between parts of the NVE protocol that is not allowed', async () => {
    const parts = Object.keys(protocol);
    const found = await inPlanted(
      parts.map((part) => [`src/nve-protocol/${part}/planted.ts`, importsOf(parts.map((other) => `../${other}/x.ts`))]),
      ['style/noRestrictedImports'],
    );
    const expected = Object.entries(protocol).flatMap(([part, allowed]) =>
      parts.flatMap((other, index) =>
        other === part || allowed.includes(other) ? [] : [offence(`src/nve-protocol/${part}/planted.ts`, index + 1)],
      ),
    );
    expect(found).toEqual(inOrder(expected));
    expect(expected).toHaveLength(3 + 2 + 1 + 1);
  });

  it('finds an import of the program, or of what is for Linux alone, that the index of the library brings', async () => {
    const found = await inPlanted(
      [['src/bgp-ts/index.ts', importsOf(['./cli/x.ts', './speaker/x.ts', './linux/x.ts'])]],
      ['style/noRestrictedImports'],
    );
    expect(found).toEqual([offence('src/bgp-ts/index.ts', 1), offence('src/bgp-ts/index.ts', 3)]);
  });

  it('lets the others import the library by its name only', async () => {
    const found = await inPlanted(
      layers.map((layer) => [
        `src/${layer}/planted.ts`,
        importsOf(['bgp-ts', '../bgp-ts/index.ts', '../bgp-ts/wire/bytes.ts', 'bgp-ts/dist/wire/bytes.js']),
      ]),
      ['style/noRestrictedImports'],
    );
    expect(found).toEqual(
      inOrder(layers.flatMap((layer) => [2, 3, 4].map((line) => offence(`src/${layer}/planted.ts`, line)))),
    );
  });

  it('lets only the programs that need it import what the library has for Linux', async () => {
    const found = await inPlanted(
      layers.map((layer) => [`src/${layer}/planted.ts`, importsOf(['bgp-ts/linux', '../bgp-ts/linux/index.ts'])]),
      ['style/noRestrictedImports'],
    );
    const lines = (layer: string) => (layer === 'daemon' || layer === 'nved' ? [2] : [1, 2]);
    expect(found).toEqual(
      inOrder(layers.flatMap((layer) => lines(layer).map((line) => offence(`src/${layer}/planted.ts`, line)))),
    );
  });

  it('keeps tools and tests out of src/', async () => {
    const files = ['src/daemon/planted.ts', 'src/store/planted.ts', 'src/bgp-ts/wire/planted.ts'];
    const found = await inPlanted(
      files.map((file) => [file, importsOf(['../../../tools/lab/x.ts', '../../../test/unit/x.ts'])]),
      ['style/noRestrictedImports'],
    );
    expect(found).toEqual(inOrder(files.flatMap((file) => [offence(file, 1), offence(file, 2)])));
  });
});

/** `import('./x.ts').X` in a type is an import that Biome's rules do not see. */
it('has no import inside a type', () => {
  const files = globSync('src/**/*.ts', { cwd: root, exclude: ['**/dist/**'] });
  expect(files.length).toBeGreaterThan(100);
  const hidden = files.filter((file) => /(?<!await )\bimport\(\s*['"]\./.test(readFileSync(join(root, file), 'utf8')));
  expect(hidden).toEqual([]);
});

describe('the library stands alone', () => {
  it('has no dependency, and finds packages that nobody declared', async () => {
    const found = await inPlanted(
      [
        ['src/bgp-ts/wire/planted.ts', importsOf(['node:net', 'zod', 'vitest'])],
        ['src/api/planted.ts', importsOf(['node:net', 'zod', 'vitest'])],
        ['test/unit/planted.ts', importsOf(['node:net', 'zod', 'vitest'])],
      ],
      ['correctness/noUndeclaredDependencies'],
    );
    const rule = 'correctness/noUndeclaredDependencies';
    expect(found).toEqual([
      offence('src/api/planted.ts', 3, rule),
      offence('src/bgp-ts/wire/planted.ts', 2, rule),
      offence('src/bgp-ts/wire/planted.ts', 3, rule),
    ]);
  });

  it('does not compile when it reaches out of its folder', async () => {
    const planted = [
      ['src/bgp-ts/wire/planted.ts', "export { x } from '../../store/x.ts';\n"],
      ['src/store/x.ts', 'export const x = 1;\n'],
    ] as const;
    const output = await withPlanted(planted, () => fails('typescript/bin/tsc', ['-p', 'src/bgp-ts', '--types', '']));
    expect(output).toContain("src/store/x.ts' is not under 'rootDir'");
  });
});

describe('rules of the code', () => {
  it('finds a cycle of imports, also of types alone', async () => {
    const found = await inPlanted(
      [
        ['src/api/a.ts', "import { b } from './b.ts';\nexport const a = () => b();\n"],
        ['src/api/b.ts', "import { a } from './a.ts';\nexport const b = () => a();\n"],
        ['src/store/a.ts', "import type { B } from './b.ts';\nexport type A = { b: B };\n"],
        ['src/store/b.ts', "import type { A } from './a.ts';\nexport type B = { a: A };\n"],
        ['src/store/c.ts', "import type { A } from './a.ts';\nexport type C = A;\n"],
      ],
      ['suspicious/noImportCycles'],
    );
    const rule = 'suspicious/noImportCycles';
    expect(found).toEqual(
      ['src/api/a.ts', 'src/api/b.ts', 'src/store/a.ts', 'src/store/b.ts'].map((file) => offence(file, 1, rule)),
    );
  });

  it('finds any', async () => {
    const found = await inPlanted(
      [['src/api/planted.ts', 'export const x = (y: any): unknown => y;\n']],
      ['suspicious/noExplicitAny'],
    );
    expect(found).toEqual([offence('src/api/planted.ts', 1, 'suspicious/noExplicitAny')]);
  });
});

it('has a lockfile without addresses of registries', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { resolved?: string }>;
  };
  const resolved = Object.entries(lock.packages).flatMap(([name, entry]) =>
    entry.resolved === undefined ? [] : [[name, entry.resolved]],
  );
  expect(resolved).toEqual([['node_modules/bgp-ts', 'src/bgp-ts']]);
});

function offence(file: string, line: number, rule = 'style/noRestrictedImports'): Offence {
  return { file, line, rule };
}

function importsOf(specifiers: readonly string[]): string {
  return specifiers.map((specifier) => `import '${specifier}';\n`).join('');
}

function inOrder(offences: readonly Offence[]): Offence[] {
  return [...offences].sort((a, b) => (a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1));
}

type Planted = readonly (readonly [path: string, content: string])[];

async function withPlanted<T>(files: Planted, look: () => Promise<T>): Promise<T> {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), content);
  }
  try {
    return await look();
  } finally {
    for (const [path] of files) rmSync(join(tree, path));
  }
}

/** What Biome finds by these rules in the planted files, sorted. */
function inPlanted(files: Planted, rules: readonly string[]): Promise<Offence[]> {
  return withPlanted(files, async () => {
    const only = rules.map((rule) => `--only=${rule}`);
    const output = await fails('@biomejs/biome/bin/biome', [
      'lint',
      ...only,
      '--reporter=github',
      '--max-diagnostics=none',
      '.',
    ]);
    const found = [...output.matchAll(/^::error title=lint\/([\w/]+),file=([^,]+),line=(\d+)/gm)];
    return inOrder(
      found.map(([, rule = '', path = '', line]) => offence(path.replace(`${tree}/`, ''), Number(line), rule)),
    );
  });
}

/** What a program of node_modules says when it fails, as it must. */
async function fails(program: string, args: readonly string[]): Promise<string> {
  const script = join(root, 'node_modules', program);
  try {
    await promisify(execFile)(process.execPath, [script, ...args], { cwd: tree });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
  throw new Error(`${program} found nothing`);
}
