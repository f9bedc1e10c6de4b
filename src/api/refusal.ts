import { STATUS_CODES } from 'node:http';
import type { Problem, ProblemField } from './contract/problem.ts';

/** What a handler gives instead of an answer. */
export interface Refusal {
  readonly status: number;
  readonly problem: Problem;
}

/** A refusal with the status phrase as title, as `about:blank` asks for (RFC 9457 §4.2.1). */
export function refuse(status: number, code: string, detail: string, errors?: readonly ProblemField[]): Refusal {
  const problem: Problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail };
  if (errors !== undefined) problem.errors = [...errors];
  return { status, problem };
}
