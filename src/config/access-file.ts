/**
 * The file that says who may ask what of the API: tokens by name, users of this machine, client certificates, and what anybody
 * may. A token stands in it as its SHA-256, or in clear where nobody but nvad can read the file.
 */
import { z } from 'zod';
import { type AccessList, digestOf, type Token } from '../api/access/access-list.ts';
import { roles } from '../api/contract/roles.ts';
import { readDocument } from './document.ts';
import { byPlace, type ConfigError, type Finding } from './error.ts';
import { explain } from './explain.ts';
import { keysAt } from './known-keys.ts';
import { located } from './load.ts';
import { form } from './schema-parts.ts';
import { isReadableByAll, writableByOthers } from './secret-file.ts';

const name = form(/^[^\p{Cc}\s][^\p{Cc}]{0,63}$/u, 'a name has 1 to 64 characters on one line');
const held = z.array(z.enum(roles)).min(1, { error: 'whoever has no role need not be named' });

const accessSchema = z.strictObject({
  tokens: z
    .array(
      z.strictObject({
        name,
        roles: held,
        sha256: form(/^[0-9a-fA-F]{64}$/, 'a SHA-256 has 64 hexadecimal digits, as sha256sum prints them').optional(),
        token: form(/^[\x21-\x7e]{16,512}$/, 'a token has 16 to 512 characters without spaces').optional(),
      }),
    )
    .optional(),
  users: z
    .array(z.strictObject({ user: form(/^[^\s:]{1,64}$/, 'a user is named by its name or number'), roles: held }))
    .optional(),
  certificates: z.array(z.strictObject({ name, roles: held })).optional(),
  anybody: z.array(z.enum(roles)).optional(),
});
type AccessFile = z.output<typeof accessSchema>;

export type ReadAccess =
  | { readonly ok: true; readonly list: AccessList }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads the text of the file; `mode` is what its permissions are. All faults are told together. */
export function readAccess(file: string, text: string, mode: number): ReadAccess {
  const document = readDocument(text);
  const errors: ConfigError[] = document.faults.map((fault) => ({ file, path: '', ...fault }));
  const fail = (findings: readonly Finding[]): ReadAccess => {
    errors.push(...findings.map((finding) => located(finding, file, document)));
    return { ok: false, errors: errors.sort(byPlace) };
  };
  const open = writableByOthers(file, mode);
  if (open !== undefined) return fail([open]);
  if (errors.length > 0) return fail([]);
  const data = document.data ?? {};
  const result = accessSchema.safeParse(data);
  if (!result.success) {
    return fail(result.error.issues.flatMap((issue) => explain(issue, data, (path) => keysAt(accessSchema, path))));
  }
  const findings = [...oneOfTwo(result.data), ...inClear(result.data, mode, file), ...twice(result.data)];
  return findings.length > 0 ? fail(findings) : { ok: true, list: listOf(result.data) };
}

function oneOfTwo({ tokens = [] }: AccessFile): Finding[] {
  return tokens.flatMap(({ sha256, token }, i): Finding[] => {
    if ((sha256 === undefined) !== (token === undefined)) return [];
    const reason = `tokens[${i}] has ${token === undefined ? 'neither sha256 nor token' : 'both sha256 and token'}`;
    return [
      { code: 'contradiction', path: ['tokens', i], reason, suggestion: 'give one: printf %s TOKEN | sha256sum' },
    ];
  });
}

function inClear({ tokens = [] }: AccessFile, mode: number, file: string): Finding[] {
  const at = tokens.findIndex(({ token }) => token !== undefined);
  if (at < 0 || !isReadableByAll(mode)) return [];
  const suggestion = `chmod o-r ${file}, or write its sha256 instead`;
  const reason = `tokens[${at}].token stands in clear in a file that everybody on this machine can read`;
  return [{ code: 'system', path: ['tokens', at, 'token'], reason, suggestion }];
}

function twice({ tokens = [], users = [], certificates = [] }: AccessFile): Finding[] {
  const lists = [
    ['tokens', 'name', tokens.map((entry) => entry.name)],
    ['users', 'user', users.map((entry) => entry.user)],
    ['certificates', 'name', certificates.map((entry) => entry.name)],
  ] as const;
  return lists.flatMap(([list, key, names]) =>
    names.flatMap((one, i): Finding[] => {
      if (names.indexOf(one) === i) return [];
      const reason = `${list}[${i}].${key} is ${one}, as ${list}[${names.indexOf(one)}] is already`;
      return [{ code: 'contradiction', path: [list, i, key], reason, suggestion: 'leave one of them out' }];
    }),
  );
}

function listOf({ tokens = [], users = [], certificates = [], anybody = [] }: AccessFile): AccessList {
  return {
    tokens: tokens.map(({ name: of, roles: has, sha256, token }): Token => {
      const digest = sha256 === undefined ? digestOf(token ?? '') : Buffer.from(sha256, 'hex');
      return { name: of, roles: has, digest };
    }),
    users: new Map(users.map(({ user, roles: has }) => [user, has])),
    certificates: new Map(certificates.map(({ name: of, roles: has }) => [of, has])),
    anybody,
  };
}
