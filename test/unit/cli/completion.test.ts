import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { completionScript, shells } from '../../../src/cli/completion/script.ts';
import { createProgram } from '../../../src/cli/program.ts';
import { fakeSurroundings } from './fake-surroundings.ts';

const script = (shell: (typeof shells)[number]) =>
  completionScript(
    shell,
    createProgram(fakeSurroundings(), '0.1.0', () => undefined),
  );

const shellPath = (name: string) => ['/bin', '/usr/bin'].map((path) => `${path}/${name}`).find(existsSync);

const runShell = (path: string, args: readonly string[]) =>
  new Promise<string>((resolve, reject) => {
    execFile(path, args, { env: {} }, (error, stdout, stderr) =>
      error === null && stderr === '' ? resolve(stdout) : reject(new Error(`${error?.message}\n${stderr}`)),
    );
  });

/** What nvad would be asked for; a word that is expanded would show. */
const fakeNvactl = `nvactl() { case "$*" in
  'complete peers') printf '10.0.0.2\\n10.0.0.11\\n' ;;
  'complete components') printf 'bgp\\nrib\\nall\\n' ;;
  'complete virtual-networks') printf 'web\\nblue\\n' ;;
  'complete domains') printf 'dc2\\ndc3\\n' ;;
  'complete nves') printf 'leaf1\\nleaf2\\n' ;;
esac }`;

const filters = '--type --vni --mac --ip --prefix --rd --rt --next-hop --peer --domain --esi --limit'.split(' ');
const everywhere = '-V --version --api --json --token-file --ca-file --cert-file --key-file --no-color -h --help'.split(
  ' ',
);

/** A line up to the cursor, and the words that may stand there. */
const lines: readonly (readonly [line: string, words: readonly string[]])[] = [
  [
    'nvactl ',
    [
      'show',
      'reset',
      'attach',
      'detach',
      'move',
      'apply',
      'release',
      'put',
      'delete',
      'federation',
      'policy',
      'explain',
      'log-level',
      'completion',
    ],
  ],
  ['nvactl s', ['show']],
  [
    'nvactl show ',
    'peers peer routes route health virtual-networks virtual-network nves nve attachments mappings conflicts events domains domain regions'.split(
      ' ',
    ),
  ],
  ['nvactl show attachments ', ['web', 'blue']],
  ['nvactl attach web vm-7 --nve ', ['leaf1', 'leaf2']],
  ['nvactl attach web vm-7 --role ', ['tenant', 'appliance', 'gateway', 'bare-metal']],
  ['nvactl move web vm-7 leaf2', ['leaf2']],
  ['nvactl federation ', ['freeze', 'drain', 'release']],
  ['nvactl federation drain ', ['dc2', 'dc3']],
  ['nvactl show routes --domain ', ['dc2', 'dc3']],
  ['nvactl delete ', ['virtual-network', 'nve', 'attachment']],
  ['nvactl put nve ', ['leaf1', 'leaf2']],
  ['nvactl explain --vn ', ['web', 'blue']],
  ['nvactl explain --vn web --at ', ['dc2', 'dc3']],
  ['nvactl explain --vn web --f', ['--flooding']],
  ['nvactl policy ', ['test', 'apply', 'rollback', 'show']],
  ['nvactl policy test x --direction ', ['import', 'export']],
  ['nvactl policy apply x --domain ', ['dc2', 'dc3']],
  ['nvactl show p', ['peers', 'peer']],
  ['nvactl --api http://x show p', ['peers', 'peer']],
  ['nvactl --json show h', ['health']],
  ['nvactl show peer ', ['10.0.0.2', '10.0.0.11']],
  ['nvactl show peer 10.0.0.1', ['10.0.0.11']],
  ['nvactl show peer 10.0.0.11 ', []],
  ['nvactl reset --message x 10', ['10.0.0.2', '10.0.0.11']],
  ['nvactl show routes -', [...filters, '-w', '--watch', ...everywhere]],
  ['nvactl show routes --p', ['--prefix', '--peer']],
  ['nvactl show routes --type 2 --n', ['--next-hop', '--no-color']],
  ['nvactl show routes --peer ', ['10.0.0.2', '10.0.0.11']],
  ['nvactl show routes --mac ', []],
  ['nvactl show routes ', []],
  ['nvactl log-level ', ['bgp', 'rib', 'all']],
  ['nvactl log-level bgp ', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']],
  ['nvactl log-level bgp d', ['debug']],
  ['nvactl completion ', ['bash', 'zsh', 'fish']],
];

describe('bash', () => {
  test.each(lines)('%j', async (line, words) => {
    const at = line.split(' ');
    const typed = at.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${at.length - 1}; _nvactl; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const out = await runShell(shellPath('bash')!, ['--norc', '-c', `${script('bash')}\n${fakeNvactl}\n${ask}`]);
    expect(out.split('\n').filter((word) => word !== '')).toEqual(words);
  });
});

const zsh = shellPath('zsh');
describe.skipIf(zsh === undefined)('zsh', () => {
  test.each(lines)('%j', async (line, words) => {
    const at = line.split(' ');
    const typed = at.map((word) => `'${word}'`).join(' ');
    // The line editor's own part is stood in for: compadd filters by what is typed.
    const editor = `compdef() { }; compadd() { shift; for w in "$@"; do [[ $w == "$cur"* ]] && print -r -- "$w"; done }`;
    const ask = `f() { local -a words=(${typed}); local CURRENT=${at.length}; _nvactl_complete }; f; true`;
    const out = await runShell(zsh!, ['-f', '-c', `${editor}\n${script('zsh')}\n${fakeNvactl}\n${ask}`]);
    expect(out.split('\n').filter((word) => word !== '')).toEqual(words);
  });
});

const fish = shellPath('fish');
describe.skipIf(fish === undefined)('fish', () => {
  // fish offers options only once a hyphen is typed, and sorts.
  test.each(lines.filter(([line]) => !line.endsWith('-')))('%j', async (line, words) => {
    const fake = `function nvactl
      switch "$argv"
        case 'complete peers'
          printf '10.0.0.2\\n10.0.0.11\\n'
        case 'complete components'
          printf 'bgp\\nrib\\nall\\n'
        case 'complete virtual-networks'
          printf 'web\\nblue\\n'
        case 'complete domains'
          printf 'dc2\\ndc3\\n'
        case 'complete nves'
          printf 'leaf1\\nleaf2\\n'
        case 'complete domains'
          printf 'dc2\\ndc3\\n'
      end
    end`;
    const out = await runShell(fish!, ['--no-config', '-c', `${fake}\n${script('fish')}\ncomplete -C '${line}'`]);
    const offered = out.split('\n').filter((row) => row !== '');
    expect(offered.map((row) => row.split('\t')[0]).sort()).toEqual([...words].sort());
  });
});

test.each(shells)('%s: every command, argument choice and long option is in the script', (shell) => {
  const text = script(shell);
  const words = ['peers', 'routes', 'health', 'reset', 'log-level', 'completion', 'fatal', 'next-hop', 'watch', 'soft'];
  for (const word of words) expect(text).toContain(word);
  expect(text).not.toContain('undefined');
});
