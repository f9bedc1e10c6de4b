/** A network namespace of a test's own, and sockets in it that belong to the test's process. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';

export const isRoot = process.getuid?.() === 0;

const CLONE_NEWNET = 0x40000000;

interface Libc {
  readonly setns: (fd: number, type: number) => number;
}

let libc: Libc | undefined;

/** setns(2) of the calling thread: sockets made from now on belong to the namespace behind `fd`. */
function setNamespace(fd: number): void {
  if (libc === undefined) {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    libc = { setns: koffi.load(null).func('int setns(int fd, int type)') as unknown as Libc['setns'] };
  }
  if (libc.setns(fd, CLONE_NEWNET) !== 0) throw new Error('setns failed');
}

export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
  /** Read from the connection only when asked to. */
  readonly pauseOnConnect?: boolean;
}

let count = 0;

export class Namespace {
  readonly name: string;
  readonly #file: string;

  /** @param label a few letters that tell the namespaces of one test apart. */
  constructor(label: string) {
    this.name = `nvt${process.pid}-${count++}${label}`;
    this.#file = `/run/netns/${this.name}`;
    run(['ip', 'netns', 'add', this.name]);
    this.ip('link', 'set', 'lo', 'up');
  }

  /** The words before a command that make it run in here. The process that starts becomes the command. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Runs `ip` in here and answers what it printed. */
  ip(...words: readonly string[]): string {
    return run(['ip', '-n', this.name, ...words]);
  }

  /** Runs a command in here to its end; its exit code decides. */
  succeeds(...command: readonly string[]): boolean {
    const [program, ...args] = [...this.prefix, ...command];
    return spawnSync(program as string, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
  }

  /** A link of two ends, one in here and one in another namespace, both up. */
  link(device: string, other: Namespace, otherDevice: string): void {
    run(
      ['ip', 'link', 'add', device, 'netns', this.name, 'type', 'veth', 'peer'].concat([
        ...['name', otherDevice, 'netns', other.name],
      ]),
    );
    this.ip('link', 'set', device, 'up');
    other.ip('link', 'set', otherDevice, 'up');
  }

  /** A TCP connection from in here, on its way. */
  connect(target: ConnectTarget): Socket {
    const here = openSync('/proc/self/ns/net', 'r');
    const there = openSync(this.#file, 'r');
    try {
      setNamespace(there);
      const socket = connect({ ...target, autoSelectFamily: false });
      // Node makes the descriptor in the next tick; this tick comes behind that one.
      process.nextTick(() => {
        setNamespace(here);
        closeSync(here);
      });
      return socket;
    } finally {
      closeSync(there);
    }
  }

  remove(): void {
    spawnSync('ip', ['netns', 'del', this.name], { stdio: 'ignore' });
  }
}

function run(command: readonly string[]): string {
  const [program, ...args] = command;
  const { status, stdout, stderr } = spawnSync(program as string, args, { encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr.trim()}`);
  return stdout;
}
