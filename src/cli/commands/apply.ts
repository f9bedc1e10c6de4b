import { Apply } from '../../api/contract/apply.ts';
import { type ConfigError, type ConfigPath, formatConfigError } from '../../config/error.ts';
import { type ApplyFile, readApplyFile } from '../apply-file.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';

/** Of one file; whoever reads them has enough to do. */
const MOST_ERRORS = 20;

/** Applies the text of a file, YAML or JSON, as one transaction. */
export async function apply(session: Session, path: string, text: string, dryRun: boolean): Promise<Outcome> {
  const read = readApplyFile(path, text);
  if (!read.ok) return wrong(ExitCode.Usage, `nothing was asked for, as ${path} cannot be applied`, read.errors);
  // What is wrong with all of it together is said before anything is asked, in the words of the API.
  const checked = Apply.safeParse({ changes: read.file.changes, dryRun });
  if (!checked.success)
    return failed(ExitCode.Usage, `${path}: ${checked.error.issues.map(({ message }) => `it ${message}`).join('; ')}`);
  const result = await session.client.call('apply', { body: checked.data });
  if (!result.ok && result.kind === 'problem') {
    const { code, errors = [] } = result.problem;
    const places = errors.flatMap(({ field, reason }) => placed(read.file, field, reason));
    if (places.length > 0) return wrong(ExitCode.Failure, `nvad refused (${code}), and nothing was changed`, places);
  }
  if (!result.ok) return explainFailure(result, session.api);
  const { body } = result;
  if (session.json) return said(formatJson(body, false));
  const counts = new Map<string, number>();
  for (const outcome of body.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return said(dryRun ? `it would be: ${told}; nothing was done\n` : `${told}\n`);
}

function wrong(code: ExitCode, sentence: string, errors: readonly ConfigError[]): Outcome {
  const more = errors.length - MOST_ERRORS;
  const lines = errors.slice(0, MOST_ERRORS).map((error) => `  ${formatConfigError(error)}`);
  return failed(code, [`${sentence}:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n'));
}

/** Where in the file stands what the API names as in `changes.0.value.mac`. */
function placed(file: ApplyFile, field: string, reason: string): ConfigError[] {
  const [root, ...rest] = field.split('.');
  const path: ConfigPath = rest.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  return root === 'changes' && path.length > 0 ? [file.locate(path, reason)] : [];
}
