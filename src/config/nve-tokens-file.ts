/**
 * The file with the tokens that let NVEs in: a YAML list of `{ token: …, nve: NAME }`, where a token without `nve` is good
 * for any. An empty list lets nobody in.
 */
import { z } from 'zod';
import { readDocument } from './document.ts';
import { byPlace, type ConfigError, type Finding, formatPath } from './error.ts';
import { explain } from './explain.ts';
import { keysAt } from './known-keys.ts';
import { located } from './load.ts';
import { isReadableByAll, writableByOthers } from './secret-file.ts';

const tokensSchema = z.array(
  z.strictObject({
    token: z.string().min(16, { error: 'a token has at least 16 characters' }),
    nve: z.string().min(1, { error: 'an NVE has a name' }).optional(),
  }),
);

export interface NveTokenEntry {
  readonly token: string;
  /** The only NVE that may use it; absent is any. */
  readonly nve?: string;
}

export type ReadNveTokens =
  /** `notes`: what is as good as wrong. */
  | { readonly ok: true; readonly tokens: readonly NveTokenEntry[]; readonly notes: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/**
 * Reads the text of the file; `mode` is what its permissions are. What is said of it holds no value of it, and no key that is
 * not known: either may be a token, and goes to a log.
 */
export function readNveTokens(file: string, text: string, mode: number): ReadNveTokens {
  const document = readDocument(text);
  const locate = (finding: Finding) => located(finding, file, document);
  const faults = document.faults.map(({ code, line, column }) => {
    const reason = code === 'yaml' ? 'not valid YAML' : 'a key is given twice';
    return { code, file, line, column, path: '', reason };
  });
  const findings = faults.length > 0 ? [] : faultsOf(document.data ?? []);
  const open = writableByOthers(file, mode);
  const errors = [...(open === undefined ? [] : [locate(open)]), ...faults, ...findings.map(locate)];
  const parsed = tokensSchema.safeParse(document.data ?? []);
  if (errors.length > 0 || !parsed.success) return { ok: false, errors: errors.sort(byPlace) };
  return {
    ok: true,
    tokens: parsed.data.map(({ token, nve }) => ({ token, ...(nve !== undefined && { nve }) })),
    notes: parsed.data.length > 0 && isReadableByAll(mode) ? [locate(readable(file))] : [],
  };
}

const howTo = 'write each as in "- { token: TOKEN, nve: NAME }"';

function faultsOf(data: unknown): Finding[] {
  if (!Array.isArray(data))
    return [{ code: 'type', path: [], reason: 'the file must be a list of tokens', suggestion: howTo }];
  const bare = data.flatMap((entry, i): Finding[] =>
    typeof entry === 'object' && entry !== null
      ? []
      : [{ code: 'type', path: [i], reason: `[${i}] must be a map`, suggestion: howTo }],
  );
  if (bare.length > 0) return bare;
  const result = tokensSchema.safeParse(data);
  if (result.success) return [];
  return result.error.issues
    .flatMap((issue) => explain(issue, data, (path) => keysAt(tokensSchema, path)))
    .map((finding) => {
      if (finding.code !== 'unknown-key' || finding.meant !== undefined) return finding;
      return { ...finding, reason: `unknown key in ${formatPath(finding.path.slice(0, -1))}` };
    });
}

function readable(file: string): Finding {
  const reason = 'tokens of NVEs stand in clear in a file that everybody on this machine can read';
  return { code: 'note', path: [], reason, suggestion: `chmod o-r ${file}` };
}
