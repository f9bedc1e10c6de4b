/** A network namespace of a test's own, and sockets in it that belong to the test's process. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer, type Server, type Socket } from 'node:net';

export const isRoot = process.getuid?.() === 0;

const CLONE_NEWNET = 0x40000000;

type SetNs = (fd: number, type: number) => number;

/** setns(2) of the calling thread: sockets made from then on belong to the namespace behind the descriptor. */
class NamespaceSwitch {
  readonly #setns: SetNs;
  readonly #home = openSync('/proc/thread-self/ns/net', 'r');

  constructor() {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    this.#setns = koffi.load(null).func('int setns(int fd, int type)') as unknown as SetNs;
  }

  enter(fd: number): void {
    if (this.#setns(fd, CLONE_NEWNET) !== 0) throw new Error('setns failed');
  }

  leave(): void {
    this.enter(this.#home);
  }
}

let switcher: NamespaceSwitch | undefined;

export interface ConnectTarget {
  readonly host: string;
  readonly port: number;
  readonly localAddress?: string;
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

  /** A command in here that has to succeed; answers what it printed. */
  run(...command: readonly string[]): string {
    return run([...this.prefix, ...command]);
  }

  sysctl(name: string, value: number): void {
    this.run('sysctl', '-qw', `${name}=${value}`);
  }

  /** Runs a command in here to its end; its exit code decides. */
  async succeeds(...command: readonly string[]): Promise<boolean> {
    const [program, ...args] = [...this.prefix, ...command];
    const [code] = await once(spawn(program as string, args, { stdio: 'ignore', timeout: 10_000 }), 'close');
    return code === 0;
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

  /**
   * Begins what Node goes on with in its next tick: sockets that connect or listen, by address, make their descriptors
   * then, in here.
   */
  begin<T>(make: () => T): T {
    switcher ??= new NamespaceSwitch();
    const to = switcher;
    const fd = openSync(this.#file, 'r');
    process.nextTick(() => to.enter(fd));
    const made = make();
    process.nextTick(() => {
      to.leave();
      closeSync(fd);
    });
    return made;
  }

  /** A TCP connection from in here, on its way. */
  connect(target: ConnectTarget): Socket {
    return this.begin(() => connect({ ...target, autoSelectFamily: false }));
  }

  /** What `make` makes at once: descriptors that it opens belong to in here. */
  inside<T>(make: () => T): T {
    switcher ??= new NamespaceSwitch();
    const fd = openSync(this.#file, 'r');
    switcher.enter(fd);
    try {
      return make();
    } finally {
      switcher.leave();
      closeSync(fd);
    }
  }

  /** A server that listens in here. */
  async listen(place: { readonly host: string; readonly port: number }, accept: (socket: Socket) => void) {
    const server: Server = createServer(accept);
    this.begin(() => server.listen(place));
    await once(server, 'listening');
    return server;
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
