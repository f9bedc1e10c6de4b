/**
 * The file with the tokens that let NVEs in: a YAML list of `{ token: …, nve: NAME }`, where a token without `nve` is good
 * for any. An empty list lets nobody in.
 */
import { parse } from 'yaml';
import { z } from 'zod';
import type { NveToken } from '../nve-protocol/server/credentials.ts';
import type { FileText, Understood } from './watched-file.ts';

const file = z.array(
  z.strictObject({
    token: z.string().min(16, { error: 'a token has at least 16 characters' }),
    nve: z.string().min(1).optional(),
  }),
);

/** What a file's text means, for {@link watchFiles}. */
export function nveTokensOf([only]: readonly FileText[]): Understood<readonly NveToken[]> {
  const { path, text } = only ?? { path: '', text: '' };
  try {
    const parsed = file.safeParse(parse(text));
    if (parsed.success) {
      return { ok: true, value: parsed.data.map(({ token, nve }) => ({ token, ...(nve !== undefined && { nve }) })) };
    }
    const [issue] = parsed.error.issues;
    return { ok: false, reasons: [`${path}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`] };
  } catch {
    // What a parser says of a text shows some of it.
    return { ok: false, reasons: [`${path}: it is no YAML`] };
  }
}
