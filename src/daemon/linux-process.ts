import { readdir, readFile } from 'node:fs/promises';
import type { PrivilegeSystem, ThreadCapabilities } from './privileges.ts';

/** A call of Node's that its type definitions leave out. */
const { initgroups } = process as { initgroups?: (user: string, gid: number) => void };

/** This process, through Node's own calls and /proc. */
export const linuxProcess: PrivilegeSystem = {
  get uid() {
    return process.geteuid?.() ?? -1;
  },
  initgroups: (user, gid) => initgroups?.call(process, user, gid),
  setgroups: (gids) => process.setgroups?.([...gids]),
  setgid: (gid) => process.setgid?.(gid),
  setuid: (uid) => process.setuid?.(uid),
  async threads() {
    let ids: string[];
    try {
      ids = await readdir('/proc/self/task');
    } catch {
      return [];
    }
    const found = await Promise.all(ids.map(threadCapabilities));
    return found.filter((thread) => thread !== undefined);
  },
};

async function threadCapabilities(id: string): Promise<ThreadCapabilities | undefined> {
  try {
    const status = await readFile(`/proc/self/task/${id}/status`, 'latin1');
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? id;
    const permitted = /^CapPrm:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
    return { name, permitted: BigInt(`0x${permitted}`) };
  } catch {
    // A thread may end between the listing and the look at it.
    return undefined;
  }
}
