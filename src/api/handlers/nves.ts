import { byName } from '../nva/by-name.ts';
import { refusedChange } from '../nva/change-refusals.ts';
import { nveOf } from '../nva/put-values.ts';
import { viewNve } from '../nva/views.ts';
import { refuse } from '../refusal.ts';
import type { Handler, HandlerModules } from './handler.ts';
import { otherName } from './other-name.ts';
import { putReply } from './put-reply.ts';

export const listNves =
  ({ nva }: HandlerModules): Handler<'listNves'> =>
  () => {
    const nves = [...nva.nves()].sort(byName).map((nve) => viewNve(nve, nva));
    return { status: 200, body: { nves, event: nva.lastEvent() } };
  };

export const getNve =
  ({ nva }: HandlerModules): Handler<'getNve'> =>
  ({ params: { name } }) => {
    const nve = nva.nve(name);
    if (nve === undefined) return refuse(404, 'no-such-nve', `there is no NVE ${name}`);
    return { status: 200, body: viewNve(nve, nva) };
  };

export const putNve =
  ({ nva }: HandlerModules): Handler<'putNve'> =>
  ({ params: { name }, body }, { actor }) => {
    const wrong = otherName('name', body.name, name);
    if (wrong !== undefined) return wrong;
    const value = nveOf(name, body);
    const result = nva.apply([{ op: 'put', kind: 'nve', value }], actor);
    if (!result.ok) return refusedChange(result.refusals, { name: 'name' }, 'no-such-attachment');
    return putReply(result.outcomes[0], viewNve(nva.nve(name) ?? value, nva));
  };

export const deleteNve =
  ({ nva }: HandlerModules): Handler<'deleteNve'> =>
  ({ params: { name } }, { actor }) => {
    const result = nva.apply([{ op: 'delete', kind: 'nve', name }], actor);
    if (!result.ok) return refusedChange(result.refusals, { name: 'name' }, 'no-such-nve');
    return { status: 200, body: { deleted: true, event: result.event ?? null } };
  };
