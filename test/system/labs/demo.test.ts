import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { checkout } from '../../../tools/lab/open.ts';
import { run } from '../../../tools/lab/run/command.ts';
import { until } from '../../../tools/lab/run/until.ts';
import { eventually } from './harness.ts';

type Demo = { readonly child: ChildProcess; readonly text: () => string; readonly ended: Promise<unknown[]> };

function startDemo(...args: string[]): Demo {
  const child = spawn(process.execPath, [join(checkout, 'tools/demo/main.ts'), ...args], { stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  return { child, text: () => text, ended: once(child, 'close') };
}

// Another run on this machine may hold the lab: its turn comes first.
beforeEach(async () => {
  const down = [process.execPath, join(checkout, 'tools/lab/main.ts'), 'down', join(checkout, 'topologies/frr-pair')];
  await until(async () => ((await run(down)).code === 0 ? true : undefined), 100_000);
});

async function leftovers(): Promise<string[]> {
  const namespaces = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
  const links = (await run(['ip', 'link', 'show'])).stdout.split('\n');
  return [
    ...namespaces.filter((name) => name.startsWith('clab-frr-pair-')),
    ...links.filter((line) => line.includes('nvad-lab:frr-pair')),
  ];
}

test('the demo plays to its end, exits with 0 and leaves nothing; without a terminal it is plain text', async () => {
  const demo = startDemo();
  expect(await demo.ended).toEqual([0, null]);
  const text = demo.text();
  expect(text).toContain('MAC mobility sequence 1');
  expect(text).toMatch(/pings answered, not one lost/);
  expect(text).toMatch(/both replicas hold the same routes/);
  expect(text).toMatch(/registered-elsewhere in web/);
  expect(text).toMatch(/host2 is where it was, and the answer says why/);
  expect(text).toMatch(/All of it happened, in \d+ s\./);
  expect(text).toContain('What to try next:');
  expect(text).not.toContain('\u001b');
  expect(await leftovers()).toEqual([]);
});

test.each([
  ['1. Two FRR', 'SIGINT', 130],
  ['3. The two hosts', 'SIGTERM', 143],
  ['6. nvad1 is killed', 'SIGINT', 130],
] as const)('interrupted at “%s” by %s it cleans up', async (heading, signal, code) => {
  const demo = startDemo();
  await eventually(async () => expect(demo.text()).toContain(heading), 60_000);
  demo.child.kill(signal);
  expect(await demo.ended).toEqual([code, null]);
  expect(await leftovers()).toEqual([]);
});

test('what did not happen is said, with the logs, and the exit code is 1', async () => {
  const demo = startDemo();
  await eventually(async () => expect(demo.text()).toContain('3. The two hosts'), 60_000);
  // Without nve2's FRR nobody announces the move.
  await run([
    process.execPath,
    join(checkout, 'tools/lab/main.ts'),
    'kill',
    join(checkout, 'topologies/frr-pair'),
    'nve2',
  ]);
  expect(await demo.ended).toEqual([1, null]);
  expect(demo.text()).toMatch(/✗ .*not within \d+ s/);
  expect(demo.text()).toContain('.lab/frr-pair/nvad1.log');
  expect(demo.text()).not.toContain('All of it happened');
  expect(await leftovers()).toEqual([]);
});

test('--keep leaves the lab standing, and the next demo takes it down first', async () => {
  const kept = startDemo('--keep');
  expect(await kept.ended).toEqual([0, null]);
  expect(kept.text()).toContain('The lab is left standing. Look around:');
  expect(await leftovers()).not.toEqual([]);
  const next = startDemo();
  await eventually(async () => expect(next.text()).toContain('1. Two FRR'), 60_000);
  next.child.kill('SIGINT');
  expect(await next.ended).toEqual([130, null]);
  expect(next.text()).toContain('it is taken down first');
  expect(await leftovers()).toEqual([]);
});

test('a word that it does not know is refused', async () => {
  const demo = startDemo('--kep');
  expect(await demo.ended).toEqual([2, null]);
  expect(demo.text()).toContain('usage: npm run demo');
});
