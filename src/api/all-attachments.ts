import type { CallFailure, Client } from './client.ts';
import {
  type Attachment,
  type AttachmentFilter,
  type AttachmentPage,
  MAX_ATTACHMENT_PAGE,
} from './contract/attachments.ts';

/**
 * Fetches all pages as if they were one, or the first `limit` rows. `next` is null, or where to go on when `limit`
 * cut the list. The first failure ends it.
 */
export async function listAllAttachments(
  client: Client,
  vn: string,
  filter: Partial<AttachmentFilter>,
  limit = Number.POSITIVE_INFINITY,
): Promise<{ readonly ok: true; readonly page: AttachmentPage } | CallFailure> {
  const attachments: Attachment[] = [];
  let first: AttachmentPage | undefined;
  let cursor: string | undefined;
  for (;;) {
    const size = Math.min(MAX_ATTACHMENT_PAGE, limit - attachments.length);
    const query = { ...filter, limit: size, ...(cursor === undefined ? {} : { cursor }) };
    const result = await client.call('listAttachments', { params: { vn }, query });
    if (!result.ok) return result;
    const { body } = result;
    first ??= body;
    for (const attachment of body.attachments) attachments.push(attachment);
    if (body.next === null || attachments.length >= limit) {
      return { ok: true, page: { ...first, attachments, next: body.next } };
    }
    cursor = body.next;
  }
}
