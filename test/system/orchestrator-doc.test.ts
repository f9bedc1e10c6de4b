/** Every command of docs/orchestrator.md, run as it stands, with what stands below it. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from './support/bench.ts';
import { isRoot, type Namespace } from './support/namespace.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/orchestrator.md'), 'utf8');
const blocksOf = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);

interface Step {
  readonly command: string;
  readonly expected: string;
}

/** Commands of a block: `$ ` begins one, `> ` goes on with it, the rest is what it says. */
function stepsOf(block: string): Step[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [first = '', ...rest] = text.split('\n');
      const more = rest.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
      const said = rest.filter((line) => !line.startsWith('> ')).join('\n');
      return { command: [first, ...more].join('\n'), expected: said.trim() };
    });
}

/** Times are not those of the page; everything else is. */
const timeless = (text: string) =>
  text
    .trim()
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, 'TIME')
    .replaceAll(/for \d+s$/gm, 'for AGE');

const value = (text: string): unknown => (text.startsWith('{') ? JSON.parse(text) : text);

describe.runIf(isRoot)('docs/orchestrator.md', () => {
  let bench: Bench;
  let net: Namespace;
  const settings: string[] = [];

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('doc');
    const [config = '', access = ''] = blocksOf('yaml');
    bench.file('access.yaml', access);
    await bench.nvad(net, config).up();
  });
  afterAll(() => bench.clear());

  it.each(blocksOf('console').flatMap(stepsOf))('$command', ({ command, expected }) => {
    // What a shell keeps from one command to the next.
    if (/^(export |api\(\))/.test(command)) settings.push(command);
    const script = [...settings, command].join('\n');
    const [program = '', ...prefix] = net.prefix;
    const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env['PATH']}` };
    const { stdout, stderr } = spawnSync(program, [...prefix, 'bash', '-c', script], {
      cwd: bench.folder,
      encoding: 'utf8',
      env,
    });
    expect(value(timeless(`${stdout}${stderr}`))).toEqual(value(timeless(expected)));
  });
});
