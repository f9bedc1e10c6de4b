import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { childrenOf, identify, isAlive, type ProcessId, signal } from '../../../../../tools/lab/run/process.ts';

test('a process is found, signalled once, and never confused with a later one', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const id = identify(child.pid as number) as ProcessId;
  expect(isAlive(id)).toBe(true);
  expect(childrenOf(process.pid)).toContain(id.pid);
  expect(isAlive({ ...id, startTime: '0' })).toBe(false);
  expect(signal({ ...id, startTime: '0' }, 'SIGKILL')).toBe(false);
  expect(signal(id, 'SIGKILL')).toBe(true);
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect(isAlive(id)).toBe(false);
  expect(signal(id, 'SIGKILL')).toBe(false);
  expect(identify(id.pid)).toBeUndefined();
});
