import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('fixtures/drop-privileges.ts', import.meta.url));
const netBindService = 1n << 10n;
const isRoot = process.getuid?.() === 0;

interface Thread {
  readonly name: string;
  readonly uids: readonly string[];
  readonly gids: readonly string[];
  readonly groups: string;
  readonly capabilities: Readonly<Record<'inheritable' | 'permitted' | 'effective' | 'ambient' | 'bounding', bigint>>;
  readonly noNewPrivileges: string;
}

/** What the kernel says about every thread of the process; the first is the one that runs JavaScript. */
async function threadsOf(pid: number): Promise<Thread[]> {
  const ids = (await readdir(`/proc/${pid}/task`)).sort((a, b) => Number(a) - Number(b));
  return Promise.all(
    ids.map(async (id) => {
      const status = await readFile(`/proc/${pid}/task/${id}/status`, 'utf8');
      const field = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '';
      const set = (name: string) => BigInt(`0x${field(name)}`);
      return {
        name: field('Name'),
        uids: field('Uid').split('\t'),
        gids: field('Gid').split('\t'),
        groups: field('Groups').trim(),
        capabilities: {
          inheritable: set('CapInh'),
          permitted: set('CapPrm'),
          effective: set('CapEff'),
          ambient: set('CapAmb'),
          bounding: set('CapBnd'),
        },
        noNewPrivileges: field('NoNewPrivs'),
      };
    }),
  );
}

function holdsNothing({ capabilities }: Thread): boolean {
  const { inheritable, permitted, effective, ambient } = capabilities;
  return (inheritable | permitted | effective | ambient) === 0n;
}

describe.runIf(isRoot)('privileges of a real process', () => {
  const children: ChildProcessByStdio<Writable, Readable, null>[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  async function start(wrapper: readonly string[], ...args: string[]) {
    const [command = '', ...rest] = [...wrapper, process.execPath, script, ...args];
    const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.push(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string);
    const first = await next();
    const tryPort = (port: number) => {
      child.stdin.write(`${port}\n`);
      return next();
    };
    return { first, threads: await threadsOf(child.pid ?? 0), tryPort };
  }

  function hello(host: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(1022, host);
      socket.on('data', (data) => {
        text += data;
      });
      socket.once('end', () => resolve(text));
      socket.once('error', reject);
    });
  }

  it('with a user: every thread is that user and holds no capability, and the bound port still works', async () => {
    const { first, threads, tryPort } = await start([], '127.1.79.1', '65534', '65533');
    expect(first).toEqual({
      before: 'listening',
      result: { ok: true, report: { uid: 65534, threads: threads.length, threadsWithCapabilities: [], warnings: [] } },
    });
    expect(threads.length).toBeGreaterThan(4);
    for (const thread of threads) {
      expect(holdsNothing(thread), thread.name).toBe(true);
      expect(thread.uids).toEqual(Array(4).fill('65534'));
      expect(thread.gids).toEqual(Array(4).fill('65533'));
      expect(thread.groups).toBe('65533');
    }
    expect(threads[0]).toMatchObject({ noNewPrivileges: '1', capabilities: { bounding: 0n } });
    expect(await hello('127.1.79.1')).toBe('hello');
    expect(await tryPort(1021)).toEqual({ port: 1021, answer: 'EACCES' });
  });

  it('with an ambient capability, as systemd gives it: JavaScript and the pool hold nothing, the rest is reported', async () => {
    // dac_read_search lets the process read this checkout wherever it lies.
    const given = '+net_bind_service,+dac_read_search';
    const setpriv = [
      'setpriv',
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      `--inh-caps=${given}`,
      `--ambient-caps=${given}`,
    ];
    const { first, threads, tryPort } = await start(setpriv, '127.1.79.2');
    const keeping = threads.filter((thread) => (thread.capabilities.permitted & netBindService) !== 0n);
    expect(first).toEqual({
      before: 'listening',
      result: {
        ok: true,
        report: {
          uid: 65534,
          threads: threads.length,
          threadsWithCapabilities: keeping.map(({ name }) => name),
          warnings: [],
        },
      },
    });
    expect(threads[0]).toMatchObject({ noNewPrivileges: '1' });
    const reached = threads.filter(({ name }, i) => i === 0 || name === 'libuv-worker');
    expect(reached.length).toBeGreaterThan(1);
    expect(reached.filter((thread) => !holdsNothing(thread))).toEqual([]);
    expect(keeping.map(({ name }) => name)).not.toContain('libuv-worker');
    expect(await hello('127.1.79.2')).toBe('hello');
    expect(await tryPort(1021)).toEqual({ port: 1021, answer: 'EACCES' });
  });

  it('as root without a user: JavaScript and the pool hold nothing, although the user id stays 0', async () => {
    const { first, threads, tryPort } = await start([], '127.1.79.3');
    expect(first).toMatchObject({ before: 'listening', result: { ok: true, report: { uid: 0, warnings: [] } } });
    const reached = threads.filter(({ name }, i) => i === 0 || name === 'libuv-worker');
    expect(reached.length).toBeGreaterThan(1);
    expect(reached.filter((thread) => !holdsNothing(thread))).toEqual([]);
    expect(await tryPort(1021)).toEqual({ port: 1021, answer: 'EACCES' });
  });
});
