/** FRR in a namespace: zebra, bgpd and, where it is asked for, bfdd of one router, with folders of their own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const bgpdFile = '/usr/lib/frr/bgpd';
export const hasFrr = existsSync(bgpdFile);

/** `FRR` and the version that the daemon itself gives. */
export function frrName(): string {
  if (!hasFrr) return 'FRR';
  const { stdout } = spawnSync(bgpdFile, ['--version'], { encoding: 'utf8' });
  return `FRR ${/version (\S+)/.exec(stdout)?.[1]}`;
}

/**
 * Private folders first; then the daemons, in one process group with this shell. Namespaces that are VRFs are all that
 * zebra finds in /run/netns, under the names of the VRFs.
 */
const script = `
set -e
mkdir -p /var/run/frr
mount -t tmpfs -o mode=0755 frr /etc/frr
mount -t tmpfs -o mode=0755 frr /var/run/frr
if [ -n "$VRFS" ]; then
  for vrf in $VRFS; do
    : > /var/run/frr/\${vrf%=*}
    mount --bind /run/netns/\${vrf#*=} /var/run/frr/\${vrf%=*}
  done
  mount -t tmpfs -o mode=0755 netns /run/netns
  for vrf in $VRFS; do
    : > /run/netns/\${vrf%=*}
    mount --bind /var/run/frr/\${vrf%=*} /run/netns/\${vrf%=*}
    umount /var/run/frr/\${vrf%=*}
  done
fi
printf '%s\\n' "$ZEBRA" > /etc/frr/zebra.conf
printf '%s\\n' "$BGPD" > /etc/frr/bgpd.conf
: > /etc/frr/vtysh.conf
chown -R frr:frr /etc/frr /var/run/frr
/usr/lib/frr/zebra \${VRFS:+-n} -f /etc/frr/zebra.conf --log stdout &
while [ ! -S /var/run/frr/zserv.api ]; do sleep 0.02; done
/usr/lib/frr/bgpd -f /etc/frr/bgpd.conf --log stdout &
if [ -n "$BFDD" ]; then
  printf '%s\\n' "$BFDD" > /etc/frr/bfdd.conf
  chown frr:frr /etc/frr/bfdd.conf
  /usr/lib/frr/bfdd -f /etc/frr/bfdd.conf --log stdout &
fi
wait
`;

export interface FrrOptions {
  /** Of bgpd, as an operator of FRR writes it. */
  readonly bgpd: string;
  readonly zebra?: string;
  /** Of bfdd, which does not run without. */
  readonly bfdd?: string;
  /** Namespaces that are VRFs of this router, by the names of the VRFs. */
  readonly vrfs?: Readonly<Record<string, Namespace>>;
}
/** Daemons that can be killed and begun anew, alone. */
type Daemon = 'bgpd' | 'bfdd';

export class Frr {
  readonly startedAt = performance.now();
  log = '';
  readonly #child: ChildProcess;
  readonly #pid: number;
  /** Daemons that were started later. */
  readonly #later: ChildProcess[] = [];

  constructor({ bgpd, zebra = '', bfdd = '', vrfs = {} }: FrrOptions, namespace: Namespace) {
    const [program, ...args] = [...namespace.prefix, 'sh', '-c', script];
    this.#child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        ZEBRA: `log stdout\n${zebra}`,
        BGPD: bgpd,
        BFDD: bfdd,
        VRFS: Object.entries(vrfs)
          .map(([vrf, { name }]) => `${vrf}=${name}`)
          .join(' '),
      },
    });
    this.#pid = this.#child.pid as number;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
  }

  /** What vtysh prints within so many milliseconds; empty while the daemons do not answer. */
  show(command: string, within = 5000): Promise<string> {
    return this.#inside(['vtysh', '-c', command], within);
  }

  /** Enters lines of configuration, one inside the other as far as they go. */
  async configure(...lines: readonly string[]): Promise<void> {
    await this.#inside(['vtysh', ...['configure terminal', ...lines].flatMap((line) => ['-c', line])]);
  }

  async json<T>(command: string): Promise<T | undefined> {
    try {
      return JSON.parse(await this.show(`${command} json`)) as T;
    } catch {
      return undefined;
    }
  }

  /** SIGKILL to bgpd alone; zebra goes on. Waits until it is gone. */
  killBgpd(): Promise<void> {
    return this.#kill('bgpd');
  }

  /** bgpd anew, as after a crash. */
  startBgpd(): void {
    this.#start('bgpd');
  }

  /** SIGKILL to bfdd alone. Waits until it is gone. */
  killBfdd(): Promise<void> {
    return this.#kill('bfdd');
  }

  /** bfdd anew, as after a crash. */
  startBfdd(): void {
    this.#start('bfdd');
  }

  async #kill(daemon: Daemon): Promise<void> {
    const pid = Number(await this.#inside(['cat', `/var/run/frr/${daemon}.pid`]));
    process.kill(pid, 'SIGKILL');
    await until(() => !existsSync(`/proc/${pid}`), { within: 5000, what: `the end of ${daemon}` });
  }

  /** In the folders and the network of the shell that began it all. */
  #start(daemon: Daemon): void {
    const command = [`/usr/lib/frr/${daemon}`, '-f', `/etc/frr/${daemon}.conf`, '--log', 'stdout'];
    const child = spawn('nsenter', ['-t', String(this.#pid), '-m', '-n', ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#later.push(child);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.log += text;
      });
    }
  }

  /** What a command prints that runs in the same folders and network. */
  async #inside(command: readonly string[], within = 5000): Promise<string> {
    const child = spawn('nsenter', ['-t', String(this.#pid), '-m', '-n', ...command], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: within,
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(child, 'close');
    return text;
  }

  stop(): void {
    for (const child of this.#later) child.kill('SIGKILL');
    try {
      process.kill(-this.#pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}
