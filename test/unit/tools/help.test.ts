import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** A checkout in which nothing was installed and nothing can be: setup.sh is not even there. */
const root = join(import.meta.dirname, '../../..');
let bare: string;

beforeAll(() => {
  bare = mkdtempSync(join(tmpdir(), 'help-'));
  mkdirSync(join(bare, 'tools'));
  for (const script of ['run.sh', 'lab.sh']) cpSync(join(root, 'tools', script), join(bare, 'tools', script));
  for (const name of ['test', 'fuzz', 'demo', 'lab']) {
    mkdirSync(join(bare, 'tools', name));
    cpSync(join(root, 'tools', name, 'help.txt'), join(bare, 'tools', name, 'help.txt'));
  }
});
afterAll(() => rmSync(bare, { recursive: true }));

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

const help = (script: string, args: string) =>
  execFileSync('sh', ['-c', `${scripts[script]} ${args}`], { cwd: bare, encoding: 'utf8' });

it.each([
  ['test', '--help'],
  ['fuzz', '--help'],
  ['fuzz', '--seconds 3 -h'],
  ['demo', '--help'],
  ['lab', '--help'],
  ['lab', ''],
  ['lab', 'up --help'],
])('npm run %s -- %s says how it is used, with examples, and sets nothing up', (script, args) => {
  const text = help(script, args);
  expect(text).toContain(`usage: npm ${script === 'test' ? '' : 'run '}${script}`);
  expect(text).toContain('\nExamples:\n');
});

it('a help that a command in a node is asked for is not ours', () => {
  expect(() => help('lab', 'exec topologies/frr-pair nve1 -- ls --help 2>/dev/null')).toThrow();
});
