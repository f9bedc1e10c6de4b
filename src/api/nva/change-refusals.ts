/** What the NVA refuses, as a problem document that says which field of the request it is about. */
import type { ChangeRefusal } from '../../nva/model.ts';
import { NvaStoreError } from '../../nva/store-error.ts';
import type { ProblemField } from '../contract/problem.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** Sentences in the detail; the errors beside it have them all. */
const SENTENCES = 5;

const sentences = (refusals: readonly ChangeRefusal[], say: (refusal: ChangeRefusal) => string) => {
  const more = refusals.length - SENTENCES;
  return refusals.slice(0, SENTENCES).map(say).join('; ') + (more > 0 ? `; and ${more} more` : '');
};

/**
 * The refusal of the one change of a request: 404 where what the path names is not there, 409 where the state of things is
 * against it. `path` says which parameter has the value of a field that is not in the body.
 */
export function refusedChange(
  refusals: readonly ChangeRefusal[],
  path: Readonly<Record<string, string>>,
  own: ChangeRefusal['code'],
): Refusal {
  const errors = refusals.map(({ field, reason }): ProblemField => {
    const parameter = field === undefined ? undefined : path[field];
    return parameter === undefined
      ? { in: field === undefined ? 'path' : 'body', field: field ?? Object.values(path)[0]!, reason }
      : { in: 'path', field: parameter, reason };
  });
  const [first] = refusals as readonly [ChangeRefusal];
  const missing = first.code === own || (errors[0]?.in === 'path' && first.code === 'no-such-network');
  const status = missing ? 404 : first.code === 'incomplete' ? 400 : 409;
  return refuse(
    status,
    first.code,
    sentences(refusals, ({ reason }) => reason),
    errors,
  );
}

/** The refusal of a transaction: which changes are to blame, and that none was done. */
export function refusedTransaction(refusals: readonly ChangeRefusal[], puts: (change: number) => boolean): Refusal {
  const place = ({ change, field }: ChangeRefusal) =>
    field === undefined ? `changes.${change}` : `changes.${change}.${puts(change) ? 'value.' : ''}${field}`;
  const errors = refusals.map((refusal) => ({ in: 'body' as const, field: place(refusal), reason: refusal.reason }));
  const codes = new Set(refusals.map(({ code }) => code));
  const [code = 'refused'] = codes.size === 1 ? codes : [];
  const detail = `nothing was changed: ${sentences(refusals, (refusal) => `${place(refusal)}: ${refusal.reason}`)}`;
  return refuse(409, code, detail, errors);
}

/** What is said when the store cannot keep a change: the same request may succeed later. */
export function storeRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof NvaStoreError)) return undefined;
  const { code, message, suggestion } = error;
  return refuse(code === 'full' ? 507 : 503, `store-${code}`, `nothing was changed: ${message}; ${suggestion}`);
}
