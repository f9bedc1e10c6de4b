import type { Config } from '../config/config.ts';
import type { Finding } from '../config/error.ts';

/** Whom to become: numbers for the kernel, the name for its further groups. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Absent for a number that has no entry in /etc/passwd. */
  readonly name?: string;
}

export type AccountResult =
  | { readonly ok: true; readonly account: Account | undefined }
  | { readonly ok: false; readonly finding: Finding };

export interface AccountSource {
  /** Effective user id now. */
  readonly uid: number;
  /** Text of /etc/passwd and /etc/group; empty where there is none. */
  readonly passwd: string;
  readonly group: string;
}

/**
 * The account that `user` and `group` name; undefined when there is nothing to change. Looked up in the local
 * files only: an account from a directory service is given by its numbers.
 */
export function resolveAccount(config: Pick<Config, 'user' | 'group'>, source: AccountSource): AccountResult {
  if (config.user === undefined) return { ok: true, account: undefined };
  const user = findUser(config.user, source.passwd);
  if (user === undefined) {
    return missing(
      'user',
      `there is no user ${config.user} on this machine`,
      `create it with "useradd --system ${config.user}", or leave user out`,
    );
  }
  const gid = config.group === undefined ? user.gid : findGroup(config.group, source.group);
  if (gid === undefined && config.group !== undefined) {
    return missing(
      'group',
      `there is no group ${config.group} on this machine`,
      'leave group out for the group of the user',
    );
  }
  if (gid === undefined)
    return missing('user', `user ${config.user} has no entry in /etc/passwd`, 'give group as well');
  const account: Account = { uid: user.uid, gid, ...(user.name === undefined ? {} : { name: user.name }) };
  if (source.uid === 0) return { ok: true, account };
  if (source.uid === user.uid) return { ok: true, account: undefined };
  return missing(
    'user',
    `only root can become ${config.user}, and nvad was started by user ${source.uid}`,
    'start it as root, or leave user out',
  );
}

function missing(key: 'user' | 'group', reason: string, suggestion: string): AccountResult {
  return { ok: false, finding: { code: 'system', path: [key], reason, suggestion } };
}

interface FoundUser {
  readonly uid: number;
  readonly gid?: number;
  readonly name?: string;
}

function findUser(wanted: string, passwd: string): FoundUser | undefined {
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || name === '' || uid === undefined || gid === undefined) continue;
    if (name === wanted || uid === wanted) return { uid: Number(uid), gid: Number(gid), name };
  }
  const uid = accountNumber(wanted);
  return uid === undefined ? undefined : { uid };
}

function findGroup(wanted: string, group: string): number | undefined {
  for (const line of group.split('\n')) {
    const [name, , gid] = line.split(':');
    if (name === wanted && gid !== undefined) return Number(gid);
  }
  return accountNumber(wanted);
}

/** 4294967295 means "unchanged" to the kernel, so it is nobody's number. */
function accountNumber(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) && Number(text) < 4294967295 ? Number(text) : undefined;
}
