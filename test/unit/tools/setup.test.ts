import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/**
 * tools/setup.sh on a machine made of stand-ins: programs that write down how they were called, and a root folder in
 * which Debian's packages are looked for.
 */
const root = join(import.meta.dirname, '../../..');
const usual = 'cat chmod date dirname find grep mkdir mktemp mv readlink rm sed sh sort stat tail touch tr true'.split(
  ' ',
);

let place: string;
const at = (path: string) => join(place, path);

function put(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
  chmodSync(at(path), 0o755);
}

/** A program of the machine that writes its name and arguments down, then runs `body`. */
function standIn(path: string, body = ''): void {
  const name = path.replace(/^.*\//, '');
  put(path, `#!/bin/sh\necho "${name} $*" >>"${at('calls')}"\n${body}\n`);
}

const calls = () => (existsSync(at('calls')) ? readFileSync(at('calls'), 'utf8').trim().split('\n') : []);

const ownNode = `
case "$*" in *tsc*)
  mkdir -p dist/daemon src/bgp-ts/dist/cli
  touch dist/daemon/main.js src/bgp-ts/dist/cli/main.js ;;
esac`;

/** What `npm ci` leaves behind: the project's Node, a native part, and npm's own mark. */
const npmCi = (node: string) => `
case "$*" in ci*)
  mkdir -p node_modules/.bin node_modules/@rolldown/binding-x
  touch node_modules/.package-lock.json
  ${node} ;;
esac`;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'setup-'));
  mkdirSync(at('bin'), { recursive: true });
  for (const name of usual) {
    const found = ['/bin', '/usr/bin'].map((folder) => join(folder, name)).find((path) => existsSync(path));
    symlinkSync(found ?? `/missing/${name}`, at(`bin/${name}`));
  }
  mkdirSync(at('checkout/tools'), { recursive: true });
  cpSync(join(root, 'tools/setup.sh'), at('checkout/tools/setup.sh'));
  put('checkout/package-lock.json', '{\n  "node_modules/node": {\n    "version": "26.1.2",\n  }\n}\n');
  put('checkout/src/x.ts', '');
  put('checkout/tsconfig.base.json', '');
  put('bin/id', '#!/bin/sh\necho 0\n');
  put('bin/node', '#!/bin/sh\necho 26\n');
  put('bin/ldconfig', '#!/bin/sh\necho "libatomic.so.1 => /lib/libatomic.so.1"\n');
  standIn('bin/unshare');
  for (const name of ['ip', 'nsenter', 'mount', 'ping', 'ps']) put(`bin/${name}`, '');
  for (const file of [
    'lib/frr/watchfrr',
    'bin/vtysh',
    'bin/gobgpd',
    'bin/gobgp',
    'sbin/exabgp',
    'sbin/bird',
    'sbin/birdc',
    'bin/tshark',
    'bin/dumpcap',
    'bin/python3',
    'bin/zsh',
    'bin/fish',
    'bin/cc',
    'include/stdio.h',
  ]) {
    put(`machine/usr/${file}`, '');
  }
  mkdirSync(at('machine/usr/sbin'), { recursive: true });
  standIn('own-node', ownNode);
  standIn(
    'bin/npm',
    npmCi(`cp_node`).replace(
      'cp_node',
      `cat "${at('own-node')}" >node_modules/.bin/node; chmod 755 node_modules/.bin/node`,
    ),
  );
});

afterEach(() => rmSync(place, { recursive: true, force: true }));

function setup(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: at('bin'), SETUP_MACHINE_ROOT: at('machine'), TMPDIR: place };
  return new Promise((resolve) => {
    execFile('/bin/sh', [at('checkout/tools/setup.sh'), ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const timeless = (text: string) => text.replaceAll(/\(\d+ s\)/g, '(N s)');

describe('npm packages and the build', () => {
  it('says one line for each step, and nothing when all is done', async () => {
    const first = await setup();
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(timeless(first.stdout)).toBe('✓ npm ci (N s)\n✓ build (N s)\n');
    expect(calls()[0]).toBe('npm ci --no-audit --no-fund --loglevel=error');
    const before = calls().length;
    expect(await setup()).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(
      calls()
        .slice(before)
        .filter((call) => call.startsWith('npm')),
    ).toEqual([]);
  });

  it('installs again when the lockfile is newer, and builds again when a source is', async () => {
    await setup();
    const later = new Date(Date.now() + 60_000);
    utimesSync(at('checkout/package-lock.json'), later, later);
    expect(timeless((await setup()).stdout)).toBe('✓ npm ci (N s)\n');
    const earlier = new Date(Date.now() - 60_000);
    utimesSync(at('checkout/package-lock.json'), earlier, earlier);
    utimesSync(at('checkout/src/x.ts'), later, later);
    expect(timeless((await setup()).stdout)).toBe('✓ build (N s)\n');
  });

  it('runs npm on the Node of the lockfile where the one of the machine is old', async () => {
    put('bin/node', '#!/bin/sh\ncase $1 in -p) echo 18 ;; *) echo v18.20.4 ;; esac\n');
    standIn(
      'bin/npm',
      `mkdir -p "$3/node_modules/.bin"; cat "${at('new-node')}" >"$3/node_modules/.bin/node"; chmod 755 "$3/node_modules/.bin/node"`,
    );
    // Stands for the Node that was fetched: runs what it is told to, as if it were npm.
    standIn(
      'new-node',
      `case "$2" in ci) ;; *) exit 0 ;; esac; shift; ${npmCi(`cat "${at('own-node')}" >node_modules/.bin/node; chmod 755 node_modules/.bin/node`)}`,
    );
    const { code, stdout } = await setup();
    expect(code).toBe(0);
    expect(timeless(stdout)).toBe(
      "✓ fetch the project's Node, since this machine's is v18.20.4 (N s)\n✓ npm ci (N s)\n✓ build (N s)\n",
    );
    const [fetched = '', , installed = ''] = calls();
    expect(fetched).toMatch(/^npm install --prefix \S+ --no-save .* node@26\.1\.2$/);
    expect(installed).toBe(`new-node ${at('bin/npm')} ci --no-audit --no-fund --loglevel=error`);
    expect(existsSync(fetched.split(' ')[3] ?? place)).toBe(false);
  });

  it('says what to do when npm left out install scripts', async () => {
    standIn('bin/npm', npmCi(':'));
    const { code, stderr } = await setup();
    expect(code).toBe(1);
    expect(stderr).toBe(
      'setup: npm left out install scripts, or has no Node for this machine: node_modules/.bin/node does not run. ' +
        'If ignore-scripts is set, allow it once: npm rebuild --ignore-scripts=false node\n',
    );
  });

  it('shows what npm said when it failed', async () => {
    standIn('bin/npm', 'echo "npm error network"; exit 7');
    const { code, stdout, stderr } = await setup();
    expect([code, stdout, stderr]).toEqual([1, '✗ npm ci\n', 'npm error network\nsetup: npm ci failed\n']);
  });
});

describe('a machine for labs', () => {
  it('wants root, before anything else', async () => {
    put('bin/id', '#!/bin/sh\necho 1000\n');
    const { code, stdout, stderr } = await setup('lab');
    expect([code, stdout, calls()]).toEqual([1, '', []]);
    expect(stderr).toBe(
      'setup: root is needed here, since routers run in network namespaces; use sudo. ' +
        'Without root: npm run test:unit, npm start\n',
    );
  });

  it('installs what is missing and only that, and lets none of its services start meanwhile', async () => {
    rmSync(at('machine/usr/lib/frr/watchfrr'));
    rmSync(at('machine/usr/sbin/exabgp'));
    rmSync(at('machine/usr/sbin/bird'));
    standIn('bin/systemctl');
    standIn(
      'bin/apt-get',
      `case "$*" in *install*)
        policy=${at('machine/usr/sbin/policy-rc.d')}
        for service in frr exabgp.service bird ssh; do "$policy" $service start; echo "$service $?" >>"${at('calls')}"; done
        touch ${at('machine/usr/lib/frr/watchfrr')} ${at('machine/usr/sbin/exabgp')}
        touch ${at('machine/usr/sbin/bird')} ;;
      esac`,
    );
    const { code, stdout, stderr } = await setup('test');
    expect([code, stderr]).toEqual([0, '']);
    expect(timeless(stdout).split('\n').slice(0, 2)).toEqual([
      '✓ apt-get update (N s)',
      '✓ apt-get install bird2 exabgp frr (N s)',
    ]);
    const options = 'apt-get -y -o DPkg::Lock::Timeout=300';
    expect(calls().slice(0, 9)).toEqual([
      `${options} update`,
      `${options} install --no-install-recommends bird2 exabgp frr`,
      'frr 101',
      'exabgp.service 101',
      'bird 101',
      'ssh 0',
      'systemctl disable bird',
      'systemctl disable exabgp',
      'systemctl disable frr',
    ]);
    expect(existsSync(at('machine/usr/sbin/policy-rc.d'))).toBe(false);
  });

  it('leaves a policy alone that the machine has', async () => {
    rmSync(at('machine/usr/bin/vtysh'));
    put('machine/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 0\n');
    standIn('bin/apt-get', `touch ${at('machine/usr/bin/vtysh')}`);
    expect((await setup('lab')).code).toBe(0);
    expect(readFileSync(at('machine/usr/sbin/policy-rc.d'), 'utf8')).toBe('#!/bin/sh\nexit 0\n');
  });

  it('does not ask for other BGP stacks when FRR is enough', async () => {
    rmSync(at('machine/usr/bin/gobgpd'));
    expect((await setup('lab')).code).toBe(0);
    expect(calls().filter((call) => call.startsWith('apt'))).toEqual([]);
  });

  it('asks for a compiler and for other BGP stacks to measure by, and for nothing else of the tests', async () => {
    for (const file of ['include/stdio.h', 'bin/cc', 'bin/gobgpd', 'sbin/exabgp', 'sbin/bird'])
      rmSync(at(`machine/usr/${file}`));
    expect((await setup('bench')).stderr).toBe(
      'setup: these Debian packages, or what they bring, are missing, and there is no apt-get to install them: ' +
        'gcc gobgpd libc6-dev\n',
    );
  });

  it('names what is missing where there is no apt', async () => {
    rmSync(at('machine/usr/bin/gobgpd'));
    const { code, stderr } = await setup('test');
    expect([code, stderr]).toEqual([
      1,
      'setup: these Debian packages, or what they bring, are missing, and there is no apt-get to install them: gobgpd\n',
    ]);
  });

  it('says what the kernel does not do', async () => {
    standIn('bin/unshare', 'case "$*" in *--fork*) echo "unshare: not permitted" >&2; exit 1 ;; esac');
    expect((await setup('lab')).stderr).toBe(
      'setup: this machine does not let root make network namespaces (unshare: not permitted); ' +
        'in a container, start it with --privileged\n',
    );
    standIn('bin/unshare', 'case "$*" in *vxlan*) echo "Error: Unknown device type." >&2; exit 2 ;; esac');
    expect((await setup('lab')).stderr).toBe(
      'setup: this kernel cannot make a device of type vxlan (Error: Unknown device type.); ' +
        'if there is a module for it: modprobe vxlan\n',
    );
  });
});

describe('GoBGP 4, which Debian does not have', () => {
  const go = (body: string) => standIn('bin/go', body);
  const built = `
mkdir -p "$GOBIN"; printf '#!/bin/sh\\necho gobgpd version 4.8.0\\n' >"$GOBIN/gobgpd"; cp "$GOBIN/gobgpd" "$GOBIN/gobgp"
chmod 755 "$GOBIN"/*`;

  beforeEach(() => {
    symlinkSync('/usr/bin/env', at('bin/env'));
    symlinkSync('/bin/cp', at('bin/cp'));
  });

  it('is built by Go for tests, once', async () => {
    go(built);
    const { code, stdout } = await setup('test');
    expect([code, timeless(stdout).split('\n').at(-2)]).toEqual([0, '✓ build GoBGP 4.8.0 (N s)']);
    const module = 'github.com/osrg/gobgp/v4/cmd';
    expect(calls().at(-1)).toBe(`go install ${module}/gobgpd@v4.8.0 ${module}/gobgp@v4.8.0`);
    expect(await setup('test')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(calls().filter((call) => call.startsWith('go '))).toHaveLength(1);
  });

  it('is not missed where it cannot be built, or nobody asked for it', async () => {
    go('echo "no such host" >&2; exit 1');
    const { code, stdout, stderr } = await setup('test');
    expect([code, stderr]).toEqual([0, 'no such host\n']);
    expect(stdout).toContain('✗ build GoBGP 4.8.0\n');
    const before = calls().length;
    expect((await setup('lab')).code).toBe(0);
    expect(
      calls()
        .slice(before)
        .filter((call) => call.startsWith('go ')),
    ).toEqual([]);
  });
});

it('refuses a word it does not know', async () => {
  expect(await setup('everything')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'usage: sh tools/setup.sh [build|lab|bench|test]\n',
  });
});
