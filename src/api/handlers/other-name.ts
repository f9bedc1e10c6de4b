import { type Refusal, refuse } from '../refusal.ts';

/** The refusal of a body that names another object than the path does. */
export function otherName(field: string, inBody: string | undefined, inPath: string): Refusal | undefined {
  if (inBody === undefined || inBody === inPath) return undefined;
  const reason = `must be ${inPath}, as in the path, or be left out`;
  return refuse(400, 'invalid-request', `${field} ${reason}`, [{ in: 'body', field, reason }]);
}
