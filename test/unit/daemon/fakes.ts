import { EventEmitter } from 'node:events';
import type { DaemonClock } from '../../../src/daemon/clock.ts';
import type { PrivilegeSystem, ThreadCapabilities } from '../../../src/daemon/privileges.ts';

/** Timers that run when the test says so. */
export class FakeClock implements DaemonClock {
  now = 1_000_000n;
  readonly timers: { readonly milliseconds: number; readonly repeats: boolean; readonly call: () => void }[] = [];

  after(milliseconds: number, call: () => void): () => void {
    return this.#add({ milliseconds, repeats: false, call });
  }

  every(milliseconds: number, call: () => void): () => void {
    return this.#add({ milliseconds, repeats: true, call });
  }

  monotonicMicroseconds(): bigint {
    return this.now;
  }

  /** Lets every timer fire once. */
  fire(): void {
    for (const timer of [...this.timers]) {
      if (!timer.repeats) this.timers.splice(this.timers.indexOf(timer), 1);
      timer.call();
    }
  }

  #add(timer: (typeof this.timers)[number]): () => void {
    this.timers.push(timer);
    return () => {
      const at = this.timers.indexOf(timer);
      if (at >= 0) this.timers.splice(at, 1);
    };
  }
}

export class FakeSignals extends EventEmitter {}

/** Log lines as objects. */
export function collectLog() {
  const lines: { component: string; level: string; msg: string; [field: string]: unknown }[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(JSON.parse(line)) } };
}

/** A process of the given user whose calls are written down, and whose threads have the given capabilities. */
export class FakeSystem implements PrivilegeSystem {
  readonly calls: string[] = [];
  uid: number;
  threadList: ThreadCapabilities[];
  setuidError: Error | undefined;

  constructor(uid: number, threadList: ThreadCapabilities[] = []) {
    this.uid = uid;
    this.threadList = threadList;
  }

  initgroups(user: string, gid: number): void {
    this.calls.push(`initgroups ${user} ${gid}`);
  }

  setgroups(gids: readonly number[]): void {
    this.calls.push(`setgroups ${gids.join(' ')}`);
  }

  setgid(gid: number): void {
    this.calls.push(`setgid ${gid}`);
  }

  setuid(uid: number): void {
    if (this.setuidError !== undefined) throw this.setuidError;
    this.calls.push(`setuid ${uid}`);
    this.uid = uid;
    this.threadList = this.threadList.map(({ name }) => ({ name, permitted: 0n }));
  }

  threads(): Promise<readonly ThreadCapabilities[]> {
    return Promise.resolve(this.threadList);
  }
}
