import type { StoredAttachment } from '../../nva/nva-store.ts';
import type { AttachmentFilter } from '../contract/attachments.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { lowest } from '../lowest.ts';
import { refusedChange } from '../nva/change-refusals.ts';
import { attachmentOf } from '../nva/put-values.ts';
import { viewAttachment } from '../nva/views.ts';
import { refuse } from '../refusal.ts';
import { badCursor } from './bad-cursor.ts';
import type { Handler, HandlerModules } from './handler.ts';
import { otherName } from './other-name.ts';
import { putReply } from './put-reply.ts';
import { noSuchNetwork } from './virtual-networks.ts';

/** Parameters that say what fields of an attachment are. */
const inPath = { network: 'vn', id: 'id' };

function* matching(all: Iterable<StoredAttachment>, { nve, mac, ip }: AttachmentFilter): Iterable<StoredAttachment> {
  for (const stored of all) {
    const { attachment } = stored;
    if (nve !== undefined && attachment.nve !== nve) continue;
    if (mac !== undefined && attachment.mac !== mac) continue;
    if (ip === undefined || attachment.ips.includes(ip)) yield stored;
  }
}

export const listAttachments =
  ({ nva }: HandlerModules): Handler<'listAttachments'> =>
  ({ params: { vn }, query: { limit, cursor, ...filter } }) => {
    if (nva.network(vn) === undefined) return noSuchNetwork(vn);
    const bound = { vn, ...filter };
    const from = cursor === undefined ? undefined : decodeCursor(cursor, bound);
    if (from !== undefined && 'reason' in from) return badCursor(from.reason);
    const all = matching(nva.attachments(vn), filter);
    const { rows, more, total } = lowest(all, ({ attachment }) => attachment.id, from?.position, limit);
    const last = rows.at(-1)?.attachment.id;
    return {
      status: 200,
      body: {
        attachments: rows.map(viewAttachment),
        next: more && last !== undefined ? encodeCursor(last, bound) : null,
        total,
        event: nva.lastEvent(),
      },
    };
  };

export const getAttachment =
  ({ nva }: HandlerModules): Handler<'getAttachment'> =>
  ({ params: { vn, id } }) => {
    if (nva.network(vn) === undefined) return noSuchNetwork(vn);
    const stored = nva.attachment(vn, id);
    if (stored !== undefined) return { status: 200, body: viewAttachment(stored) };
    return refuse(404, 'no-such-attachment', `virtual network ${vn} has no attachment ${id}`);
  };

export const putAttachment =
  ({ nva }: HandlerModules): Handler<'putAttachment'> =>
  ({ params: { vn, id }, body }, { actor }) => {
    const wrong = otherName('network', body.network, vn) ?? otherName('id', body.id, id);
    if (wrong !== undefined) return wrong;
    const value = attachmentOf(vn, id, body);
    const result = nva.apply([{ op: 'put', kind: 'attachment', value }], actor);
    if (!result.ok) return refusedChange(result.refusals, inPath, 'no-such-attachment');
    const stored = nva.attachment(vn, id) ?? { attachment: value, sequence: 0, registered: true, attached: false };
    return putReply(result.outcomes[0], viewAttachment(stored));
  };

export const deleteAttachment =
  ({ nva }: HandlerModules): Handler<'deleteAttachment'> =>
  ({ params: { vn, id } }, { actor }) => {
    const result = nva.apply([{ op: 'delete', kind: 'attachment', network: vn, id }], actor);
    if (!result.ok) return refusedChange(result.refusals, inPath, 'no-such-attachment');
    return { status: 200, body: { deleted: true, event: result.event ?? null } };
  };
