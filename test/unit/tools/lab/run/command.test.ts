import { expect, test } from 'vitest';
import { run } from '../../../../../tools/lab/run/command.ts';

test('the code and both outputs of a command', async () => {
  expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
});

test('a command is given its input', async () => {
  expect(await run(['cat'], { input: 'text' })).toMatchObject({ code: 0, stdout: 'text' });
});

test('a program that is missing is code 127, with its name', async () => {
  const output = await run(['no-such-program']);
  expect(output.code).toBe(127);
  expect(output.stderr).toContain('no-such-program');
});

test('a command that takes too long is killed', async () => {
  expect(await run(['sleep', '60'], { timeoutMs: 50 })).toMatchObject({ code: 137 });
});

test('an interrupt ends the command', async () => {
  const interrupt = new AbortController();
  const running = run(['sleep', '60'], { interrupt: interrupt.signal });
  interrupt.abort();
  expect(await running).toMatchObject({ code: 137 });
});
