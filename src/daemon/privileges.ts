import type { Libc, LibcLoad, LibcResult } from 'bgp-ts/linux';
import type { Account } from './account.ts';
import { messageOf } from './message-of.ts';

/*
 * Giving up what only start-up needed, once port 179 is bound.
 *
 * Linux capabilities belong to threads (capabilities(7)). A process of Node has about ten: the one that runs
 * JavaScript, the pool for files and name look-ups, and those of V8. Changing the user id from 0 reaches all of
 * them, because the C library does it on every thread and the kernel then clears every capability: `user` in the
 * configuration is the thorough way. capset and prctl reach one thread: they are called on the JavaScript thread
 * and on the pool's threads, and what V8's threads (compiler, garbage collector) keep is counted and reported.
 */

/** What one thread may still do. */
export interface ThreadCapabilities {
  readonly name: string;
  /** Permitted capabilities as a bit set; 0n means none. */
  readonly permitted: bigint;
}

/** The process as the kernel sees it. */
export interface PrivilegeSystem {
  readonly uid: number;
  initgroups(user: string, gid: number): void;
  setgroups(gids: readonly number[]): void;
  setgid(gid: number): void;
  setuid(uid: number): void;
  threads(): Promise<readonly ThreadCapabilities[]>;
}

export interface PrivilegeModules {
  readonly system: PrivilegeSystem;
  readonly libc: () => LibcLoad;
}

/** What was given up, for the log. */
interface PrivilegeReport {
  /** User id after the drop. */
  readonly uid: number;
  readonly threads: number;
  /** Names of threads that still have a capability. */
  readonly threadsWithCapabilities: readonly string[];
  /** What did not work, as sentences. */
  readonly warnings: readonly string[];
}

export type PrivilegeResult =
  | { readonly ok: true; readonly report: PrivilegeReport }
  /** The user could not be changed: going on as root would be worse than not starting. */
  | { readonly ok: false; readonly reason: string };

const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const EINVAL = 22;
const prctl = 'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)';
const capset = 'int capset(const void *header, const void *data)';
/** Rounds of calls on the pool until each of its threads took one; each round reaches most of them. */
const poolRounds = 16;
const poolCalls = 8;

/**
 * Becomes the account, if one is given, and empties every capability set that can be reached. Call it after
 * the last privileged port is bound. What koffi or the kernel refuses becomes a warning in the report.
 */
export async function dropPrivileges(
  account: Account | undefined,
  modules: PrivilegeModules,
): Promise<PrivilegeResult> {
  const { system } = modules;
  const warnings: string[] = [];
  const loaded = modules.libc();
  if (!loaded.ok) warnings.push(`capabilities cannot be given up one by one: ${loaded.reason}`);
  if (loaded.ok && system.uid === 0) clearBoundingSet(loaded.libc, warnings);
  if (account !== undefined) {
    try {
      become(account, system);
    } catch (error) {
      const reason = messageOf(error);
      return { ok: false, reason: `nvad cannot become user ${account.name ?? account.uid}: ${reason}` };
    }
  }
  if (loaded.ok) {
    emptyThisThread(loaded.libc, warnings);
    await emptyPool(loaded.libc, system, warnings);
  }
  const threads = await system.threads();
  return {
    ok: true,
    report: {
      uid: system.uid,
      threads: threads.length,
      threadsWithCapabilities: threads.filter(({ permitted }) => permitted !== 0n).map(({ name }) => name),
      warnings,
    },
  };
}

function become(account: Account, system: PrivilegeSystem): void {
  // Groups first: without the user id 0 they cannot be changed any more.
  if (account.name === undefined) system.setgroups([account.gid]);
  else system.initgroups(account.name, account.gid);
  system.setgid(account.gid);
  system.setuid(account.uid);
}

/** Capabilities outside the bounding set cannot come back by an exec; each number up to the last known one. */
function clearBoundingSet(libc: Libc, warnings: string[]): void {
  for (let capability = 0; capability < 64; capability++) {
    const dropped = attempt(() => libc.call(prctl, PR_CAPBSET_DROP, capability, 0, 0, 0));
    if (dropped.errno === EINVAL) return;
    if (dropped.value < 0) {
      warnings.push(`the bounding set stays as it is (${problem(dropped)})`);
      return;
    }
  }
}

function emptyThisThread(libc: Libc, warnings: string[]): void {
  const ambient = attempt(() => libc.call(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  if (ambient.value < 0) warnings.push(`the ambient set stays as it is (${problem(ambient)})`);
  const [header, data] = noCapabilities();
  const emptied = attempt(() => libc.call(capset, header, data));
  if (emptied.value < 0) warnings.push(`capabilities stay as they are (${problem(emptied)})`);
  const noNew = attempt(() => libc.call(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  if (noNew.value < 0) warnings.push(`no_new_privs is not set (${problem(noNew)})`);
}

async function emptyPool(libc: Libc, system: PrivilegeSystem, warnings: string[]): Promise<void> {
  const [header, data] = noCapabilities();
  try {
    for (let round = 0; round < poolRounds; round++) {
      await Promise.all(Array.from({ length: poolCalls }, () => libc.callOnPool(capset, header, data)));
      const pool = (await system.threads()).filter(({ name }) => name === 'libuv-worker');
      if (pool.every(({ permitted }) => permitted === 0n)) return;
    }
    warnings.push("some of the pool's threads keep their capabilities");
  } catch (error) {
    warnings.push(`the pool's threads keep their capabilities: ${messageOf(error)}`);
  }
}

/** capset's two arguments for "none at all", in version 3 of its format: 64 bits in each of three sets. */
function noCapabilities(): [header: Uint8Array, data: Uint8Array] {
  const header = new Uint32Array([0x20080522, 0]);
  return [new Uint8Array(header.buffer), new Uint8Array(24)];
}

function problem({ errno }: LibcResult): string {
  return errno === 0 ? 'the C library has no such call' : `errno ${errno}`;
}

function attempt(call: () => LibcResult): LibcResult {
  try {
    return call();
  } catch {
    return { value: -1, errno: 0 };
  }
}
