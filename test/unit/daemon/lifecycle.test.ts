import { describe, expect, it, vi } from 'vitest';
import { Lifecycle, type LifecycleHooks } from '../../../src/daemon/lifecycle.ts';
import { Logging } from '../../../src/daemon/logging.ts';
import { collectLog, FakeClock, FakeSignals } from './fakes.ts';

function setUp() {
  const signals = new FakeSignals();
  const clock = new FakeClock();
  const { lines, destination } = collectLog();
  const logging = new Logging({ level: 'info', levels: {}, format: 'json', colour: false }, { destination });
  const exits: number[] = [];
  const exit = (code: number) => void exits.push(code);
  const lifecycle = new Lifecycle({ stopTimeout: 10_000 }, { signals, clock, logger: logging.logger('daemon'), exit });
  return { signals, clock, lines, exits, lifecycle };
}

/** Hooks whose calls wait until the test ends them. */
function waitingHooks() {
  const calls: { readonly name: string; readonly end: () => void; readonly fail: (error: Error) => void }[] = [];
  const waiting = (name: string) =>
    new Promise<void>((resolve, reject) => calls.push({ name, end: resolve, fail: reject }));
  const hooks: LifecycleHooks = { reload: () => waiting('reload'), stop: (signal) => waiting(`stop ${signal}`) };
  return { hooks, calls, names: () => calls.map(({ name }) => name) };
}

describe('signals', () => {
  it.each(['SIGTERM', 'SIGINT'])('%s stops in order', async (signal) => {
    const { signals, lifecycle, exits } = setUp();
    const { hooks, calls, names } = waitingHooks();
    const code = lifecycle.run(hooks);
    expect(lifecycle.stopping).toBe(false);
    signals.emit(signal);
    expect(lifecycle.stopping).toBe(true);
    expect(names()).toEqual([`stop ${signal}`]);
    calls[0]?.end();
    expect(await code).toBe(0);
    expect(exits).toEqual([]);
  });

  it('a second stop signal ends at once', () => {
    const { signals, lifecycle, exits, lines } = setUp();
    const { hooks, names } = waitingHooks();
    void lifecycle.run(hooks);
    signals.emit('SIGINT');
    signals.emit('SIGTERM');
    expect(exits).toEqual([1]);
    expect(names()).toEqual(['stop SIGINT']);
    expect(lines.map(({ msg }) => msg)).toEqual(['stopping', 'second signal: ending without waiting for peers']);
  });

  it('a stop that takes too long is ended', () => {
    const { signals, clock, lifecycle, exits } = setUp();
    void lifecycle.run(waitingHooks().hooks);
    signals.emit('SIGTERM');
    expect(clock.timers.map(({ milliseconds }) => milliseconds)).toEqual([10_000]);
    expect(exits).toEqual([]);
    clock.fire();
    expect(exits).toEqual([1]);
  });

  it('a stop that fails is told and exits with 1', async () => {
    const { signals, lifecycle, lines } = setUp();
    const { hooks, calls } = waitingHooks();
    const code = lifecycle.run(hooks);
    signals.emit('SIGTERM');
    calls[0]?.fail(new Error('a socket would not close'));
    expect(await code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      msg: 'the stop failed',
      err: { message: 'a socket would not close' },
    });
  });

  it('SIGHUP reloads, once more when it comes during a reload, and never twice at a time', async () => {
    const { signals, lifecycle } = setUp();
    const { hooks, calls, names } = waitingHooks();
    void lifecycle.run(hooks);
    signals.emit('SIGHUP');
    signals.emit('SIGHUP');
    signals.emit('SIGHUP');
    expect(names()).toEqual(['reload']);
    calls[0]?.end();
    await vi.waitFor(() => expect(names()).toEqual(['reload', 'reload']));
    calls[1]?.end();
    await new Promise(setImmediate);
    expect(names()).toEqual(['reload', 'reload']);
    signals.emit('SIGHUP');
    expect(names()).toEqual(['reload', 'reload', 'reload']);
  });

  it('a reload that fails is told, and the next one works', async () => {
    const { signals, lifecycle, lines } = setUp();
    const { hooks, calls, names } = waitingHooks();
    void lifecycle.run(hooks);
    signals.emit('SIGHUP');
    calls[0]?.fail(new Error('no memory'));
    await vi.waitFor(() => expect(lines.map(({ msg }) => msg)).toEqual(['the reload failed']));
    await new Promise(setImmediate);
    signals.emit('SIGHUP');
    expect(names()).toEqual(['reload', 'reload']);
  });

  it('a stop waits for the reload under way, and drops those that were asked for', async () => {
    const { signals, lifecycle } = setUp();
    const { hooks, calls, names } = waitingHooks();
    const code = lifecycle.run(hooks);
    signals.emit('SIGHUP');
    signals.emit('SIGHUP');
    signals.emit('SIGTERM');
    signals.emit('SIGHUP');
    expect(names()).toEqual(['reload']);
    calls[0]?.end();
    await vi.waitFor(() => expect(names()).toEqual(['reload', 'stop SIGTERM']));
    calls[1]?.end();
    expect(await code).toBe(0);
  });

  it('what comes during start-up is obeyed after it', async () => {
    const stopped = setUp();
    stopped.signals.emit('SIGTERM');
    const first = waitingHooks();
    const code = stopped.lifecycle.run(first.hooks);
    expect(first.names()).toEqual(['stop SIGTERM']);
    first.calls[0]?.end();
    expect(await code).toBe(0);

    const reloaded = setUp();
    reloaded.signals.emit('SIGHUP');
    const second = waitingHooks();
    void reloaded.lifecycle.run(second.hooks);
    expect(second.names()).toEqual(['reload']);
  });

  it('are left alone after close', () => {
    const { signals, lifecycle } = setUp();
    lifecycle.close();
    expect(signals.eventNames()).toEqual([]);
  });
});
