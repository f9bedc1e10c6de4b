import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { LabError } from '../fault.ts';
import { type NodeScriptOptions, nodeScript } from '../plan/node-script.ts';
import type { NodeStart } from '../plan/plan.ts';
import { childrenOf, identify, type ProcessId, signal } from './process.ts';

/**
 * Starts a node's first process in namespaces of its own (network: the one named after the node) and waits until the
 * node's root stands and its program takes over. The process given back is the one outside: when it ends, all that
 * runs in the node ends with it (unshare --kill-child, PID namespace).
 */
export async function startNode(
  start: NodeStart,
  options: NodeScriptOptions,
  logFile: string,
  interrupt?: AbortSignal,
): Promise<ProcessId> {
  const log = openSync(logFile, 'a');
  const script = nodeScript(start, options);
  const namespaces = ['--mount', '--uts', '--pid', '--fork', '--kill-child=SIGKILL'];
  const args = [`--net=/run/netns/${start.longName}`, 'unshare', ...namespaces, 'sh', '-c', script];
  // detached: the node outlives the runner, and the runner's terminal does not reach it.
  const child = spawn('nsenter', args, { detached: true, stdio: ['ignore', log, log, 'pipe'] });
  closeSync(log);
  const pipe = child.stdio[3] as Readable;
  const stop = () => child.kill('SIGKILL');
  interrupt?.addEventListener('abort', stop);
  const ready = await new Promise<boolean>((done) => {
    let said = '';
    pipe.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready\n')) done(true);
    });
    child.on('exit', () => done(false));
    child.on('error', () => done(false));
  });
  // The process outside keeps its copy of the descriptor, so the pipe never ends by itself.
  pipe.destroy();
  interrupt?.removeEventListener('abort', stop);
  child.unref();
  const id = child.pid === undefined ? undefined : identify(child.pid);
  if (!ready || id === undefined) {
    throw new LabError('step-failed', `${start.node} did not start; its log ends with:\n${tail(logFile, 8)}`);
  }
  return id;
}

/** Signals the node's first process, which is the child of the one that was recorded. */
export function signalNode(id: ProcessId, name: NodeJS.Signals): boolean {
  const inner = childrenOf(id.pid)[0];
  const target = inner === undefined ? undefined : identify(inner);
  return target !== undefined && signal(target, name);
}

/** The words before a command that make it run inside a node. */
export function enterNode(id: ProcessId, env: Readonly<Record<string, string>>): string[] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [
    ...['nsenter', '--target', String(id.pid), '--mount', '--uts', '--net'],
    // The recorded process itself is outside: only its children live in the node's PID namespace.
    ...[`--pid=/proc/${id.pid}/ns/pid_for_children`, '--', 'env', '-i', ...variables],
  ];
}

/** The last lines of a file, indented; a clear word when there is none. */
export function tail(file: string, lines: number): string {
  let text = '';
  try {
    text = readFileSync(file, 'utf8').trimEnd();
  } catch {
    // No log is the same as an empty one.
  }
  if (text === '') return '  (nothing was printed)';
  return text
    .split('\n')
    .slice(-lines)
    .map((line) => `  ${line}`)
    .join('\n');
}
