import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkout, openLocalLab, stateFolder } from '../../../tools/lab/open.ts';
import { type Output, run } from '../../../tools/lab/run/command.ts';
import type { Lab } from '../../../tools/lab/run/lab.ts';
import { silent } from '../../../tools/lab/run/report.ts';
import { eventually } from './harness.ts';

/** What the runner promises for any lab, on labs of its own that need nothing but the kernel. */
const main = join(checkout, 'tools/lab/main.ts');
const name = 'selftest';
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-'));
  file = join(folder, `${name}.clab.yml`);
});
afterEach(async () => {
  await cli('down', file);
  rmSync(folder, { recursive: true });
});

/** Writes the lab's file: two nodes with a link, and further lines for the first. */
function write(extra: string, subnet = '172.20.250.0/24', lab = name, path = file): void {
  writeFileSync(
    path,
    `name: ${lab}
mgmt: { network: ${lab}, ipv4-subnet: ${subnet} }
topology:
  defaults: { kind: linux, image: alpine }
  nodes:
    a:
      exec: ["ip address add 10.0.0.1/24 dev eth1"]
${extra}    b:
      exec: ["ip address add 10.0.0.2/24 dev eth1"]
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`,
  );
}

function open(path = file): Lab {
  return openLocalLab(path, silent);
}

function cli(...args: string[]): Promise<Output> {
  return run([process.execPath, main, ...args], { timeoutMs: 30_000 });
}

/** Everything of the lab that this machine shows: namespaces, interfaces, state, processes in its namespaces. */
async function traces(lab = name): Promise<string[]> {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const links = (await run(['ip', 'link', 'show'])).stdout.split('\n');
  const state = existsSync(stateFolder) ? readdirSync(stateFolder) : [];
  return [
    ...namespaces.filter((each) => each.startsWith(`clab-${lab}-`)),
    ...links.filter((line) => line.includes(`nvad-lab:${lab}`) || line.includes(`br-${lab}`)),
    ...state.filter((each) => each.startsWith(`${lab}.`)),
  ];
}

test('up, exec, inspect, down: by the command line, and nothing is left', async () => {
  write('');
  const up = await cli('up', file);
  expect(up.stderr).toMatch(/lab selftest is up: 2 nodes in/);
  expect(up.code).toBe(0);
  expect((await cli('exec', file, 'a', '--', 'ping', '-c', '1', '-W', '2', '10.0.0.2')).code).toBe(0);
  expect(await cli('exec', file, 'b', '--', 'sh', '-c', 'exit 7')).toMatchObject({ code: 7 });
  expect((await cli('exec', file, '--', 'hostname')).stdout).toBe('== a (exit code 0)\na\n== b (exit code 0)\nb\n');
  const views = JSON.parse((await cli('inspect', file, '--json')).stdout);
  expect(views).toMatchObject([
    {
      name: 'a',
      longName: 'clab-selftest-a',
      kind: 'linux',
      image: 'alpine',
      state: 'running',
      mgmtIpv4: '172.20.250.2',
    },
    { name: 'b', longName: 'clab-selftest-b', state: 'running', mgmtIpv4: '172.20.250.3' },
  ]);
  expect((await cli('list')).stdout).toContain('up, 2 of 2 nodes');
  expect((await run(['ping', '-c', '1', '-W', '2', '172.20.250.2'])).code).toBe(0);
  expect(await cli('up', file)).toMatchObject({ code: 2, stderr: expect.stringContaining('is up already') });
  expect((await cli('down', file)).code).toBe(0);
  expect(await traces()).toEqual([]);
  expect((await cli('down', file)).stderr).toContain('was not up');
});

test('a node has files, processes and a name of its own', async () => {
  writeFileSync(join(folder, 'bound'), 'from outside');
  write('      binds: ["bound:/etc/deep/er/bound:ro", ".:/lab"]\n      env: { GREETING: "hello there" }\n');
  const lab = open();
  await lab.up();
  const sh = async (script: string) => (await lab.exec('a', ['sh', '-c', script])).stdout.trim();
  expect(await sh('cat /etc/deep/er/bound')).toBe('from outside');
  expect((await lab.exec('a', ['sh', '-c', 'echo x > /etc/deep/er/bound'])).code).not.toBe(0);
  await sh('echo written > /lab/new');
  expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('written\n');
  await sh('echo mine > /etc/selftest; echo mine > /tmp/selftest');
  expect(await sh('cat /etc/selftest /tmp/selftest')).toBe('mine\nmine');
  expect(existsSync('/etc/selftest')).toBe(false);
  expect((await lab.exec('b', ['cat', '/etc/selftest'])).code).not.toBe(0);
  expect((await lab.exec('a', ['sh', '-c', `touch ${checkout}/selftest`])).code).not.toBe(0);
  expect(await sh('echo $GREETING; hostname; cat /proc/1/comm')).toBe('hello there\na\nsleep');
  expect(await sh('ls /sys/class/net | sort | xargs')).toBe('eth0 eth1 lo');
  expect(await sh('ping -c 1 -W 2 b > /dev/null && echo yes')).toBe('yes');
});

describe('a step that fails', () => {
  test('is named with its output, and all is taken down', async () => {
    write('');
    writeFileSync(file, readFileSync(file, 'utf8').replace('10.0.0.2/24 dev eth1', '10.0.0.2/24 dev eth9'));
    const { code, stderr } = await cli('up', file);
    expect(code).toBe(1);
    expect(stderr).toContain('this step failed: b: ip address add 10.0.0.2/24 dev eth9');
    expect(stderr).toContain('Cannot find device "eth9"');
    expect(await traces()).toEqual([]);
  });

  test('a program that is not there is one, and so is one that ends at once', async () => {
    write('      entrypoint: /no/such/program\n');
    expect(await cli('up', file)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a did not start; its log ends with:\n {2}there is no program \/no\/such\/program/),
    });
    write('      cmd: sh -c "echo no reason; exit 3"\n');
    writeFileSync(file, readFileSync(file, 'utf8').replace('ip address add 10.0.0.2/24 dev eth1', 'sleep 0.3'));
    expect(await cli('up', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('no reason') });
    expect(await traces()).toEqual([]);
  });
});

test('Ctrl-C in the middle takes down what was made, and exits with 1', async () => {
  write('');
  writeFileSync(file, readFileSync(file, 'utf8').replace('ip address add 10.0.0.1/24 dev eth1', 'sleep 60'));
  const child = spawn(process.execPath, [main, 'up', file], { stdio: 'ignore' });
  await eventually(async () => expect((await traces()).length).toBeGreaterThan(3));
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(await traces()).toEqual([]);
});

describe('what a crash leaves behind', () => {
  async function crashed(): Promise<void> {
    write('');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('ip address add 10.0.0.1/24 dev eth1', 'sleep 60'));
    const child = spawn(process.execPath, [main, 'up', file], { stdio: 'ignore' });
    await eventually(async () => {
      const pids = (await run(['ip', 'netns', 'pids', `clab-${name}-b`])).stdout.split('\n').filter(Boolean);
      expect(pids.length).toBeGreaterThan(0);
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    writeFileSync(file, text);
    expect((await traces()).length).toBeGreaterThan(3);
  }

  test('is taken away by down', async () => {
    await crashed();
    expect((await cli('down', file)).code).toBe(0);
    expect(await traces()).toEqual([]);
  });

  test('is taken away by the next up', async () => {
    await crashed();
    expect(await cli('up', file)).toMatchObject({ code: 0 });
  });

  test('is found by its marks even when the state file is lost', async () => {
    await crashed();
    rmSync(join(stateFolder, `${name}.json`));
    expect((await cli('down', file)).code).toBe(0);
    expect(await traces()).toEqual([]);
  });
});

test('a namespace that is not the runner’s is neither used nor removed', async () => {
  write('');
  await run(['ip', 'netns', 'add', `clab-${name}-b`]);
  try {
    const { code, stderr } = await cli('up', file);
    expect(code).toBe(2);
    expect(stderr).toContain(`there is a network namespace clab-${name}-b that is not this runner's`);
    await cli('down', file);
    expect(existsSync(`/run/netns/clab-${name}-b`)).toBe(true);
  } finally {
    await run(['ip', 'netns', 'delete', `clab-${name}-b`]);
  }
});

test('two labs stand side by side, and the end of one is not felt by the other', async () => {
  write('');
  const otherFile = join(folder, 'other', 'x.clab.yml');
  await run(['mkdir', join(folder, 'other')]);
  write('', '172.20.251.0/24', 'selftwo', otherFile);
  const [one, two] = [open(), open(otherFile)];
  try {
    await Promise.all([one.up(), two.up()]);
    const works = async (lab: Lab) => (await lab.exec('a', ['ping', '-c', '1', '-W', '2', '10.0.0.2'])).code;
    expect(await Promise.all([works(one), works(two)])).toEqual([0, 0]);
    await one.down();
    expect(await works(two)).toBe(0);
  } finally {
    await two.down();
  }
  expect([...(await traces()), ...(await traces('selftwo'))]).toEqual([]);
});

test('a lab that a test or the demo holds is not taken from it', async () => {
  write('');
  const lab = open();
  await lab.up(undefined, true);
  const refused = { code: 2, stderr: expect.stringContaining(`lab selftest is in use by process ${process.pid}`) };
  expect(await cli('down', file)).toMatchObject(refused);
  expect(await cli('up', file)).toMatchObject(refused);
  expect((await lab.inspect()).map((node) => node.state)).toEqual(['running', 'running']);
  await lab.down();
  expect(await traces()).toEqual([]);
});

test('a node that was killed is seen as such, and starts again with its links and addresses', async () => {
  write('');
  const lab = open();
  await lab.up();
  await lab.kill('b');
  expect((await lab.inspect()).map((node) => node.state)).toEqual(['running', 'exited']);
  expect(await cli('exec', file, 'b', '--', 'true')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('b is not running'),
  });
  await lab.start('b');
  expect((await lab.inspect()).map((node) => node.state)).toEqual(['running', 'running']);
  expect((await lab.exec('b', ['ping', '-c', '1', '-W', '2', '10.0.0.1'])).code).toBe(0);
});

describe('refusals before anything is touched', () => {
  test('a fault in the file, with its place', async () => {
    write('      volumes: [x]\n');
    const { code, stderr } = await cli('up', file);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:8:7: nodes.a: this runner cannot do \`volumes\``);
    expect(await traces()).toEqual([]);
  });

  test('a kind of device that the kernel has not', async () => {
    write('');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('ip address add 10.0.0.1/24 dev eth1', 'ip link add x type nonesuch'));
    const { code, stderr } = await cli('up', file);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot make a device of type nonesuch');
    expect(await traces()).toEqual([]);
  });

  test('a user who is not root', async () => {
    write('');
    // Another number in a user namespace, but the same rights on files: a checkout may lie where nobody else can read.
    const asNobody = ['unshare', '--user', '--map-user=65534', '--map-group=65534'];
    const { code, stderr } = await run([...asNobody, process.execPath, main, 'up', file]);
    expect(code).toBe(2);
    expect(stderr).toContain('labs need root');
  });

  test('words that are no command of the runner', async () => {
    expect(await cli('raise', file)).toMatchObject({ code: 2 });
  });
});
