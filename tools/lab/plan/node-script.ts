import { posix } from 'node:path';
import { shellQuote as q } from '../shell-words.ts';
import type { NodeStart } from './plan.ts';

export type NodeScriptOptions = {
  /** An empty folder of the host; the node's root is built on it, in the node's own mount namespace only. */
  readonly mountPoint: string;
  /** The checkout, which the node sees at the same path, read-only. */
  readonly checkout: string;
};

/**
 * The shell script that a node's first process runs, inside fresh mount, UTS, PID and network namespaces. It makes a
 * root of its own from the host's by overlayfs (whatever is written stays in memory and is gone with the node),
 * then its own /proc, /sys, /run and /tmp, the private folders, files and binds, says `ready` on descriptor 3, and
 * becomes the node's program.
 */
export function nodeScript(start: NodeStart, options: NodeScriptOptions): string {
  const at = options.mountPoint;
  const root = posix.join(at, 'root');
  const inRoot = (path: string) => q(posix.join(root, path));
  const variables = `env -i ${environment(start.env)}`;
  const program = q(start.argv[0] ?? '');
  const lines = [
    'set -e',
    `mount -t tmpfs -o mode=0755 node ${q(at)}`,
    `mkdir ${q(`${at}/upper`)} ${q(`${at}/work`)} ${q(root)}`,
    `mount -t overlay node -o ${q(`lowerdir=/,upperdir=${at}/upper,workdir=${at}/work`)} ${q(root)}`,
    `mount -t proc proc ${inRoot('/proc')}`,
    `mount -t sysfs sysfs ${inRoot('/sys')}`,
    `mount --rbind /dev ${inRoot('/dev')}`,
    `mount -t tmpfs -o mode=1777 tmp ${inRoot('/tmp')}`,
    `mount -t tmpfs -o mode=0755 run ${inRoot('/run')}`,
    ...bind(options.checkout, options.checkout, true, true, inRoot),
  ];
  for (const { path, owner } of start.private) {
    lines.push(`mkdir -p ${inRoot(path)}`, `mount -t tmpfs -o mode=0755 private ${inRoot(path)}`);
    if (owner !== undefined) lines.push(`chown ${q(owner)} ${inRoot(path)}`);
  }
  for (const [path, content] of Object.entries(start.files)) {
    lines.push(`mkdir -p ${inRoot(posix.dirname(path))}`, `printf %s ${q(content)} > ${inRoot(path)}`);
  }
  for (const { source, target, readOnly } of start.binds) {
    lines.push(`if [ -d ${q(source)} ]; then`, ...bind(source, target, readOnly, true, inRoot));
    lines.push('else', ...bind(source, target, readOnly, false, inRoot), 'fi');
  }
  lines.push(
    `hostname ${q(start.hostname)}`,
    `cd ${q(root)}`,
    'mkdir run/host',
    'pivot_root . run/host',
    'cd /',
    'umount -l /run/host',
    'rmdir /run/host',
    `${variables} sh -c 'command -v "$0" > /dev/null || { echo "there is no program $0" >&2; exit 127; }' ${program}`,
    'echo ready >&3',
    'exec 3>&-',
    `exec ${variables} ${start.argv.map(q).join(' ')}`,
  );
  return `${lines.join('\n')}\n`;
}

/** `NAME=value …`, quoted for a shell. */
function environment(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => q(`${name}=${value}`))
    .join(' ');
}

function bind(
  source: string,
  target: string,
  readOnly: boolean,
  folder: boolean,
  inRoot: (path: string) => string,
): string[] {
  const to = inRoot(target);
  const make = folder ? `mkdir -p ${to}` : `mkdir -p ${inRoot(posix.dirname(target))} && touch ${to}`;
  const lines = [make, `mount --bind ${q(source)} ${to}`];
  // A bind takes its flags only when it is mounted again.
  if (readOnly) lines.push(`mount -o remount,bind,ro ${to}`);
  return lines;
}
