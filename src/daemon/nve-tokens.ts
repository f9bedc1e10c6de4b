/**
 * The file with the tokens that let NVEs in: a YAML list of `{ token: …, nve: NAME }`, where a token without `nve` is good
 * for any. It is read when nvad begins to serve NVEs.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import type { NveToken } from '../nve-protocol/server/credentials.ts';

const file = z.array(
  z.strictObject({
    token: z.string().min(16, { error: 'a token has at least 16 characters' }),
    nve: z.string().min(1).optional(),
  }),
);

export type NveTokens =
  | { readonly ok: true; readonly tokens: readonly NveToken[] }
  | { readonly ok: false; readonly reason: string };

export function readNveTokens(path: string): NveTokens {
  try {
    const parsed = file.safeParse(parse(readFileSync(path, 'utf8')));
    if (parsed.success) {
      return { ok: true, tokens: parsed.data.map(({ token, nve }) => ({ token, ...(nve !== undefined && { nve }) })) };
    }
    const [issue] = parsed.error.issues;
    return { ok: false, reason: `${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}` };
  } catch (error) {
    return { ok: false, reason: `cannot read ${path}: ${(error as Error).message}` };
  }
}
