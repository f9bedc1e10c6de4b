import { refuse } from '../refusal.ts';

/** The 400 for a cursor that is none of ours, or not one for this list. */
export const badCursor = (reason: string) =>
  refuse(400, 'invalid-request', `cursor ${reason}`, [{ in: 'query', field: 'cursor', reason }]);
