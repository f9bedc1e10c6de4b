import { parse } from 'yaml';
import { Apply } from '../../api/contract/apply.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';

/** Lists of objects to be put, by the kind that a change has. In the order in which one needs the other. */
const lists = { virtualNetworks: 'virtual-network', nves: 'nve', attachments: 'attachment' } as const;

/**
 * What a file asks for: `changes` as the API takes them, or lists of what should be, each of which is put. Undefined where it
 * is neither.
 */
export function changesOf(data: unknown): unknown[] | undefined {
  if (Array.isArray(data)) return data;
  if (typeof data !== 'object' || data === null) return undefined;
  const file = data as Readonly<Record<string, unknown>>;
  const known = ['changes', ...Object.keys(lists)];
  if (Object.keys(file).length === 0 || Object.keys(file).some((key) => !known.includes(key))) return undefined;
  const puts = Object.entries(lists).flatMap(([key, kind]) => {
    const values = file[key] ?? [];
    return Array.isArray(values) ? values.map((value: unknown) => ({ op: 'put', kind, value })) : [];
  });
  return [...puts, ...(Array.isArray(file['changes']) ? file['changes'] : [])];
}

/** Applies the text of a file, YAML or JSON, as one transaction. */
export async function apply(session: Session, path: string, text: string, dryRun: boolean): Promise<Outcome> {
  let data: unknown;
  try {
    data = parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    return failed(ExitCode.Usage, `${path} is neither YAML nor JSON: ${reason}`);
  }
  const changes = changesOf(data);
  if (changes === undefined) {
    const expected = 'a list of changes, or a map with virtualNetworks, nves, attachments or changes';
    return failed(ExitCode.Usage, `${path} has nothing to apply: it must be ${expected}`);
  }
  // What is wrong with it is said before anything is asked, in the words of the API.
  const checked = Apply.safeParse({ changes, dryRun });
  if (!checked.success) {
    const lines = checked.error.issues.slice(0, 20).map(({ path: at, message }) => `  ${at.join('.')}: ${message}`);
    return failed(ExitCode.Usage, `${path} cannot be applied:\n${lines.join('\n')}`);
  }
  const result = await session.client.call('apply', { body: checked.data });
  if (!result.ok) return explainFailure(result, session.api);
  const { body } = result;
  if (session.json) return said(formatJson(body, false));
  const counts = new Map<string, number>();
  for (const outcome of body.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const told = [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
  return said(dryRun ? `it would be: ${told}; nothing was done\n` : `${told}\n`);
}
