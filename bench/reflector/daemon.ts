/** A daemon in the reflector's namespace, in mounts of its own. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../../test/system/support/until.ts';
import type { Site } from '../run/site.ts';
import type { RunningReflector } from './reflector.ts';

const START_TIMEOUT = 10_000;
const MOST_LOG = 1 << 16;

/**
 * Runs a shell script that ends in `exec` of the daemon, and waits until that listens on port 179. The process that was
 * started is then the daemon itself.
 */
export async function startDaemon(script: string, site: Site, stack: AsyncDisposableStack): Promise<RunningReflector> {
  const [first = 'ip', ...words] = [...site.reflector.prefix, 'unshare', '--mount', 'sh', '-ec', script];
  const child = spawn(first, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  stack.defer(() => end(child));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-MOST_LOG);
    });
  }
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(`the daemon ended: ${log}`);
      const { stdout } = spawnSync('ip', ['netns', 'exec', site.reflector.name, 'ss', '-Hltn', 'sport = 179']);
      return stdout.length > 0;
    },
    { within: START_TIMEOUT, every: 50, what: () => `the daemon to listen: ${log}` },
  );
  return { pid: child.pid as number, log: () => log };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** What a program prints about its version, or undefined when it is not there. */
export function versionOf(program: string, pattern: RegExp): string | undefined {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return status === 0 ? pattern.exec(stdout)?.[1] : undefined;
}
