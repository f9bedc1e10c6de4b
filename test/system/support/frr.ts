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

/**
 * Private folders first; then both daemons, in one process group with this shell. Namespaces that are VRFs are all that
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
wait
`;

export interface FrrOptions {
  /** Of bgpd, as an operator of FRR writes it. */
  readonly bgpd: string;
  readonly zebra?: string;
  /** Namespaces that are VRFs of this router, by the names of the VRFs. */
  readonly vrfs?: Readonly<Record<string, Namespace>>;
}

export class Frr {
  readonly startedAt = performance.now();
  log = '';
  readonly #child: ChildProcess;
  readonly #pid: number;

  constructor({ bgpd, zebra = '', vrfs = {} }: FrrOptions, namespace: Namespace) {
    const [program, ...args] = [...namespace.prefix, 'sh', '-c', script];
    this.#child = spawn(program as string, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        ZEBRA: `log stdout\n${zebra}`,
        BGPD: bgpd,
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

  /** What vtysh prints; empty while the daemons do not answer. */
  show(command: string): Promise<string> {
    return this.#vtysh(command);
  }

  /** Enters lines of configuration, one inside the other as far as they go. */
  async configure(...lines: readonly string[]): Promise<void> {
    await this.#vtysh('configure terminal', ...lines);
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

  async #vtysh(...commands: readonly string[]): Promise<string> {
    const lines = commands.flatMap((command) => ['-c', command]);
    const words = ['-t', String(this.#pid), '-m', '-n', 'vtysh', ...lines];
    const vtysh = spawn('nsenter', words, { stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 });
    let text = '';
    vtysh.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    await once(vtysh, 'close');
    return text;
  }
}
