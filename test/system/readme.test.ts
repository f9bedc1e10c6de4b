/**
 * What README.md and docs/install.md have somebody type, run as printed where it needs no machine of its own; the rest is
 * held against the files that it is about.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { established } from './interop/support/frr-view.ts';
import { Bench } from './support/bench.ts';
import { hasFrr } from './support/frr.ts';
import { isRoot } from './support/namespace.ts';
import { Nve } from './support/nve.ts';
import { Underlay } from './support/underlay.ts';
import { until } from './support/until.ts';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = textOf('README.md');
const install = textOf('docs/install.md');
const unit = textOf('packaging/nvad.service');

/** The only block of the README that begins so. */
function block(begin: string): string {
  const blocks = [...readme.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  const [found, ...more] = blocks.filter((text) => text.startsWith(begin));
  if (found === undefined || more.length > 0) throw new Error(`not one block that begins with ${begin}`);
  return found;
}
const config = block('domain:');

describe('a router is pointed at nvad', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('whose configuration is what it is said to be', () => {
    symlinkSync(join(root, 'bin'), join(folder, 'bin'));
    writeFileSync(join(folder, 'nvad.yaml'), config);
    const [, typed = '', answer = ''] = /^\$ (.*--check.*)\n(.*)…\n/.exec(block('$ bin/nvad --check')) ?? [];
    const said = execFileSync('sh', ['-ec', typed], { cwd: folder, encoding: 'utf8' });
    expect(answer).toMatch(/^nvad\.yaml: ok: /);
    expect(said.slice(0, answer.length)).toBe(answer);
  });

  it.runIf(isRoot && hasFrr)('and that is FRR: it has a session, and can be asked about', async () => {
    const bench = new Bench();
    try {
      const underlay = new Underlay(bench);
      const nve = new Nve(bench, underlay, '10.0.0.11');
      nve.join(100);
      const state = config.replace('/var/lib/nvad/state.db', join(bench.folder, 'state.db'));
      expect(state).not.toBe(config);
      const nvad = await bench.nvad(underlay.nva, state).up();
      nve.start({ bgpd: block('router bgp') });
      await established(nve.frr, '10.0.0.1');
      const shown = await nvad.ctl('show', 'peers');
      expect(shown.stdout).toMatch(/10\.0\.0\.11 .*Established/);
    } finally {
      await bench.clear();
    }
  });
});

describe('what should be', () => {
  it.runIf(isRoot && hasFrr)('is said and answered as printed, and FRR has it', async () => {
    const bench = new Bench();
    try {
      const underlay = new Underlay(bench);
      const nve = new Nve(bench, underlay, '10.0.0.11');
      nve.join(1217);
      const more = config.replace(/^nves:\n(?: .*\n)+/m, block('nves:'));
      expect(more).toContain('virtualNetworks:');
      const yaml = more.replace('/var/lib/nvad/state.db', join(bench.folder, 'state.db'));
      const nvad = await bench.nvad(underlay.nva, yaml).up();
      nve.start({ bgpd: block('router bgp') });
      await established(nve.frr, '10.0.0.1');
      // The FRR router of the test is in the network as well, and would be in the answer: the ones asked about are not its.
      const plain = (text: string) =>
        text
          .replaceAll(/ +\d+s$/gm, '')
          .replaceAll(/ +/g, ' ')
          .trim();
      for (const [, typed = '', answer = ''] of block('$ bin/nvactl attach').matchAll(
        /^\$ bin\/nvactl (.*)\n((?:[^$].*\n)*)/gm,
      )) {
        const { stdout } = await nvad.ctl(...typed.split(' '));
        const said = plain(stdout)
          .split('\n')
          .filter((line) => !line.includes('10.0.0.11'));
        for (const line of plain(answer).split('\n')) expect(said).toContain(line);
      }
      const routes = () => nve.frr.show('show bgp l2vpn evpn route type macip');
      await until(async () => /02:00:00:00:00:01[\s\S]*10\.0\.9\.4/.test(await routes()), { within: 10_000 });
      await until(async () => !(await routes()).includes('10.0.9.3'), { within: 10_000 });
    } finally {
      await bench.clear();
    }
  });
});

it('the programs that the README names are in bin/, and know what it has them do', () => {
  const named = [...readme.matchAll(/\bbin\/([a-z-]+)/g)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(['nvad', 'nvactl', 'bgp-ts']));
  expect([...readme.matchAll(/(?<![/\w])nvactl (?:show|completion)/g)]).toEqual([]);
  const run = (...words: readonly string[]) =>
    execFileSync(join(root, 'bin', words[0]!), words.slice(1), { encoding: 'utf8' });
  const [, kinds = ''] = /`bin\/nvactl show ([a-z|]+)`/.exec(readme) ?? [];
  const help = run('nvactl', 'show', '--help');
  for (const kind of kinds.split('|')) expect(help).toMatch(new RegExp(`^ +${kind}\\b`, 'm'));
  expect(run('nvactl', 'completion', 'bash')).toContain('complete -');
  expect(run('bgp-ts', 'decode', '--help')).toContain('--pcap FILE');
});

describe('the service', () => {
  const all = [...install.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => text.trim().split('\n'));
  // What is said of nved's is held against its own unit elsewhere.
  const lines = all.filter((line) => !line.includes('nved'));
  const fields = (name: string) =>
    [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value.split(' '));

  it('is started by paths that the installation makes', () => {
    const [programs = ''] = lines.filter((line) => line.startsWith('ln -s '));
    const words = programs.split(' ');
    const sources = words.slice(2, -1);
    expect(words.at(-1)).toBe('/usr/bin/');
    for (const source of sources) expect(existsSync(join(root, source.replace('/opt/nvad/', '')))).toBe(true);
    const linked = sources.map((source) => source.replace('/opt/nvad/bin/', '/usr/bin/'));
    for (const [program] of [...fields('ExecStart'), ...fields('ExecStartPre')]) expect(linked).toContain(program);
    const file = fields('ExecStart')[0]?.at(-1);
    expect(lines.filter((line) => line.startsWith('install ')).map((line) => line.split(' ').at(-1))).toEqual([
      file,
      '/etc/systemd/system/nvad.service',
    ]);
  });

  it('runs as the user that is added, and both files say how', () => {
    const [add = ''] = lines.filter((line) => line.startsWith('useradd '));
    expect(fields('User')).toEqual([[add.split(' ').at(-1)]]);
    const own = [...unit.matchAll(/^# {3}((?:useradd|install) .*)$/gm)].map(([, line]) => line);
    expect(own).toHaveLength(2);
    expect(lines).toEqual(expect.arrayContaining(own));
  });
});
