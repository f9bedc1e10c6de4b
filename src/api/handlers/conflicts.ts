import type { Conflict } from '../../nva/conflict.ts';
import { viewConflict } from '../nva/views.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';

export const listConflicts =
  ({ nva }: HandlerModules): Handler<'listConflicts'> =>
  ({ query }) => {
    // Those that are left out of the list may be of any network.
    const asked = ({ network, code }: Conflict) =>
      query.network === undefined || network === query.network || code === 'left-out';
    const conflicts = nva
      .conflicts()
      .filter(asked)
      .sort((a, b) => (a.since ?? 0) - (b.since ?? 0))
      .map(viewConflict);
    return { status: 200, body: { conflicts } };
  };

export const releaseConflict =
  ({ nva }: HandlerModules): Handler<'releaseConflict'> =>
  ({ params: { id } }, { actor, record }) => {
    const before = nva.conflicts().find((conflict) => conflict.id === id) ?? null;
    const outcome = nva.release(id, actor);
    switch (outcome) {
      case 'released':
        record('release conflict', id, before, null);
        return { status: 200, body: { id, released: true } };
      case 'no-such-conflict':
        return refuse(404, outcome, `there is no conflict ${id}; it may have ended`);
      case 'not-releasable':
        return refuse(409, outcome, `conflict ${id} ends when what it is about is put right; it says how`);
    }
  };
