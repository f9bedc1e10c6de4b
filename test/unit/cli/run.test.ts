import { describe, expect, test } from 'vitest';
import type { TransportResponse } from '../../../src/api/client.ts';
import { run } from '../../../src/cli/run.ts';
import { createMemorySource } from '../api/memory-source.ts';
import { type FakeOptions, fakeSurroundings } from './fake-surroundings.ts';

async function nvactl(args: readonly string[], options: FakeOptions = {}) {
  const surroundings = fakeSurroundings(options);
  const code = await run(args, '0.1.0', surroundings);
  return { code, ...surroundings.written, surroundings };
}

const json = (body: unknown, status = 200): TransportResponse => ({
  status,
  contentType: status < 400 ? 'application/json' : 'application/problem+json',
  body: JSON.stringify(body),
});

const levels = () => json({ levels: { bgp: 'info' } });

describe('wrong usage is told before anything is asked', () => {
  test.each([
    [[], /^Usage: nvactl /],
    [['show'], /^Usage: nvactl show /],
    [['shw'], /^nvactl: unknown command 'shw'\n\(Did you mean show\?\)/],
    [['show', 'peers', 'extra'], /^nvactl: peers takes no argument/],
    [['show', 'routes', '--macc', 'x'], /^nvactl: unknown option '--macc'\n\(Did you mean --mac\?\)/],
    [['show', 'routes', '--type', '256'], /must be an EVPN route type, a whole number from 0 to 255\n/],
    [['show', 'routes', '--vni', '16777216'], /must be a VNI, a whole number from 0 to 16777215\n/],
    [['show', 'routes', '--ip', '10.0.0'], /must be an IPv4 or IPv6 address/],
    [['show', 'routes', '--prefix', '10.0.0.0'], /must be a prefix/],
    [['show', 'routes', '--rd', '1'], /must be a route distinguisher/],
    [['show', 'routes', '--rt', '1'], /must be a route target/],
    [['show', 'routes', '--esi', '1'], /must be an Ethernet segment identifier/],
    [['show', 'routes', '--next-hop', 'x'], /--next-hop: 'x' must be /],
    [['show', 'routes', '--peer', 'x'], /--peer: 'x' must be /],
    [['show', 'routes', '--limit', '0'], /must be a whole number of at least 1/],
    [['show', 'peers', '--watch', '0'], /must be seconds, from 0\.1 to 86400/],
    [['show', 'peer'], /^nvactl: address is missing, for example 10\.0\.0\.11/],
    [['show', 'peer', 'nve1'], /must be an IPv4 or IPv6 address/],
    [['show', 'route'], /^nvactl: which route\? Name one, or give a filter/],
    [['show', 'route', 'host1'], /^nvactl: 'host1' names no route; use a MAC address/],
    [['reset', '10.0.0.11', '--soft', '--message', 'x'], /^nvactl: --message goes with a hard reset only/],
    [['log-level', 'bgp', 'loud'], /^nvactl: 'loud' must be one of trace, debug, info, warn, error, fatal, silent\n/],
    [['--api', 'nvad:8080', 'show', 'peers'], /^nvactl: --api: 'nvad:8080' is no address of an API/],
    [['completion', 'tcsh'], /^nvactl: 'tcsh' must be one of bash, zsh, fish\n/],
  ])('%j', async (args, message) => {
    let asked = 0;
    const { code, out, err } = await nvactl(args, {
      answer: () => {
        asked++;
        return levels();
      },
    });
    expect([code, out, asked]).toEqual([2, '', 0]);
    expect(err).toMatch(message);
  });
});

test.each([
  [[]],
  [['show']],
  [['show', 'peers']],
  [['show', 'peer']],
  [['show', 'routes']],
  [['show', 'route']],
  [['show', 'health']],
  [['reset']],
  [['log-level']],
  [['completion']],
])('help of %j has examples and the global options', async (command) => {
  const { code, out, err } = await nvactl([...command, '--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toMatch(/\nExamples:\n {2}\S/);
  expect(out).toContain('--api <url>');
  expect(out).not.toContain('(preset');
});

describe('where is asked', () => {
  const where = async (args: readonly string[], env: Readonly<Record<string, string>>) =>
    (await nvactl([...args, 'log-level'], { env, answer: levels })).surroundings.locations;
  const http = (url: string) => [{ kind: 'http', url: new URL(url) }];
  test('the default, the environment, the option, in rising order', async () => {
    expect(await where([], {})).toEqual(http('http://127.0.0.1:8080'));
    expect(await where([], { NVACTL_API: '' })).toEqual(http('http://127.0.0.1:8080'));
    expect(await where([], { NVACTL_API: 'http://10.0.0.1:80' })).toEqual(http('http://10.0.0.1:80'));
    expect(await where(['--api', 'unix:///run/x'], { NVACTL_API: 'http://10.0.0.1:80' })).toEqual([
      { kind: 'unix', path: '/run/x' },
    ]);
  });
});

describe('colour', () => {
  const heading = async (args: readonly string[], options: FakeOptions) =>
    (await nvactl([...args, 'log-level'], { answer: levels, ...options })).out.split('\n')[0];
  const coloured = '\u001b[1mCOMPONENT\u001b[22m  \u001b[1mLEVEL\u001b[22m';
  test('only on a terminal, and not where the user wants none', async () => {
    expect(await heading([], { terminal: true })).toBe(coloured);
    expect(await heading([], { terminal: true, env: { NO_COLOR: '' } })).toBe(coloured);
    expect(await heading([], { terminal: true, env: { NO_COLOR: '1' } })).toBe('COMPONENT  LEVEL');
    expect(await heading(['--no-color'], { terminal: true })).toBe('COMPONENT  LEVEL');
    expect(await heading([], { terminal: false })).toBe('COMPONENT  LEVEL');
  });
});

describe('--watch on a terminal', () => {
  const peers = () => json({ peers: createMemorySource().peerList });
  const heading = 'Every 2s: nvactl show peers   2026-01-02T04:06:05.000Z\n\n';
  test('draws anew each time, every two seconds when not said', async () => {
    const { code, out, surroundings } = await nvactl(['show', 'peers', '--no-color', '--watch'], {
      terminal: true,
      answer: peers,
      interruptAt: 2,
    });
    expect(code).toBe(0);
    expect(surroundings.slept).toEqual([2000, 2000]);
    const frames = out.split('\u001b[H\u001b[2J\u001b[3J');
    expect(frames).toHaveLength(3);
    expect(frames[0]).toBe('');
    expect(frames[1]).toBe(frames[2]);
    expect(frames[1]!.startsWith(`${heading}PEER `)).toBe(true);
    expect(frames[1]).toContain('10.0.0.11  nve        65000  Established  1h02m');
  });
  test('shows a failure in place of the answer and goes on', async () => {
    const { code, out, err } = await nvactl(['show', 'peers', '--no-color', '--watch'], {
      terminal: true,
      answer: (_request, at) => (at === 1 ? undefined : peers()),
      interruptAt: 3,
    });
    expect([code, err]).toEqual([0, '']);
    const frames = out.split('\u001b[H\u001b[2J\u001b[3J');
    expect(frames[2]!.startsWith(`${heading}nvactl: nvad is not reachable at http://127.0.0.1:8080`)).toBe(true);
    expect(frames[3]).toBe(frames[1]);
  });
  test('a failure at the first time ends it', async () => {
    const { code, out, surroundings } = await nvactl(['show', 'peers', '--watch'], { terminal: true });
    expect([code, out, surroundings.slept]).toEqual([3, '', []]);
  });
  test('a peer that is not there yet is waited for', async () => {
    const missing = { type: 'about:blank', title: 'Not Found', status: 404, code: 'no-such-peer', detail: 'no peer' };
    const { code, out, err } = await nvactl(['show', 'peer', '10.0.0.11', '--watch', '0.5', '--json'], {
      answer: (_request, at) => (at === 0 ? json(missing, 404) : json(createMemorySource().peerList[2])),
      interruptAt: 2,
    });
    expect([code, err]).toEqual([0, 'nvactl: no peer\n']);
    expect(JSON.parse(out)).toEqual(createMemorySource().peerList[2]);
  });
});

describe('failures in words', () => {
  test('an answer of something else', async () => {
    const { code, err } = await nvactl(['show', 'peers'], {
      answer: () => ({ status: 200, contentType: 'text/html', body: '<p>' }),
    });
    expect([code, err]).toEqual([
      1,
      `nvactl: http://127.0.0.1:8080 did not answer as nvad does: status 200 with text/html, not JSON
  Is something else listening there, or is nvad of another version?
`,
    ]);
  });
  test('what nvad finds wrong with a request is wrong usage', async () => {
    const problem = { type: 'about:blank', title: 'Bad Request', status: 400, code: 'invalid-request', detail: 'so' };
    const { code, err } = await nvactl(['show', 'peers'], { answer: () => json(problem, 400) });
    expect([code, err]).toEqual([2, 'nvactl: nvad refused (invalid-request): so\n']);
  });
});

describe('complete', () => {
  test('gives words that a shell cannot expand, and nothing when nvad is away', async () => {
    const answer = () => json({ levels: { bgp: 'info', '$(reboot)': 'info', 'a b': 'info' } });
    expect((await nvactl(['complete', 'components'], { answer })).out).toBe('bgp\nall\n');
    const peers = () => json({ peers: createMemorySource().peerList });
    expect((await nvactl(['complete', 'peers'], { answer: peers })).out).toBe('10.0.0.12\n10.0.0.2\n10.0.0.11\n');
    expect(await nvactl(['complete', 'peers'])).toMatchObject({ code: 0, out: '', err: '' });
    expect(await nvactl(['complete', 'peers'], { env: { NVACTL_API: 'x' } })).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
  });
  test('is not in the help', async () => {
    expect((await nvactl(['--help'])).out).not.toMatch(/^ {2}complete /m);
  });
});
