/** FRR in a namespace: zebra and bgpd of one router, with folders of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Namespace } from './namespace.ts';

const bgpdFile = '/usr/lib/frr/bgpd';
export const hasFrr = existsSync(bgpdFile);

/** `FRR` and the version that the daemon itself gives. */
export function frrName(): string {
  if (!hasFrr) return 'FRR';
  const { stdout } = spawnSync(bgpdFile, ['--version'], { encoding: 'utf8' });
  return `FRR ${/version (\S+)/.exec(stdout)?.[1]}`;
}

/** Private folders first; then both daemons, in one process group with this shell. */
const script = `
set -e
mkdir -p /var/run/frr
mount -t tmpfs -o mode=0755 frr /etc/frr
mount -t tmpfs -o mode=0755 frr /var/run/frr
printf '%s\\n' "$ZEBRA" > /etc/frr/zebra.conf
printf '%s\\n' "$BGPD" > /etc/frr/bgpd.conf
: > /etc/frr/vtysh.conf
chown -R frr:frr /etc/frr /var/run/frr
/usr/lib/frr/zebra -f /etc/frr/zebra.conf --log stdout &
while [ ! -S /var/run/frr/zserv.api ]; do sleep 0.02; done
/usr/lib/frr/bgpd -f /etc/frr/bgpd.conf --log stdout &
wait
`;

export class Frr {
  readonly startedAt = performance.now();
  log = '';
  readonly #child: ChildProcess;
  readonly #pid: number;

  /** @param config of bgpd, as an operator of FRR writes it. */
  constructor(config: string, namespace: Namespace) {
    const [program, ...args] = [...namespace.prefix, 'sh', '-c', script];
    this.#child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ZEBRA: 'log stdout', BGPD: config },
    });
    this.#pid = this.#child.pid as number;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
  }

  /** What vtysh prints; empty while the daemons do not answer. */
  async show(command: string): Promise<string> {
    const words = ['-t', String(this.#pid), '-m', '-n', 'vtysh', '-c', command];
    const vtysh = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 });
    let text = '';
    vtysh.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(vtysh, 'close');
    return text;
  }

  async json<T>(command: string): Promise<T | undefined> {
    try {
      return JSON.parse(await this.show(`${command} json`)) as T;
    } catch {
      return undefined;
    }
  }

  stop(): void {
    try {
      process.kill(-this.#pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
