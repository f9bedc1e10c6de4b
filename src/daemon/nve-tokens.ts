import { formatConfigError } from '../config/error.ts';
import { readNveTokens } from '../config/nve-tokens-file.ts';
import type { NveToken } from '../nve-protocol/server/credentials.ts';
import type { FileText, Understood } from './watched-file.ts';

/** What the text of the file with the tokens of NVEs means, for {@link watchFiles}. */
export function nveTokensOf([file]: readonly FileText[]): Understood<readonly NveToken[]> {
  const { path, text, mode } = file as FileText;
  const read = readNveTokens(path, text, mode);
  if (!read.ok) return { ok: false, reasons: read.errors.map(formatConfigError) };
  return { ok: true, value: read.tokens, ...(read.notes.length > 0 && { notes: read.notes.map(formatConfigError) }) };
}
