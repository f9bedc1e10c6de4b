import type { Attachment, AttachmentPage } from '../../api/contract/attachments.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';
import { type Column, formatTable } from '../format/table.ts';

/** Who has said so. */
const said = ({ status: { registered, attached } }: Attachment) =>
  registered && attached ? 'both' : registered ? 'orchestrator' : attached ? 'NVE' : '-';

/** One row for each attachment, and how many there are. */
export function viewAttachments({ attachments, next, total }: AttachmentPage, paint: Paint): string {
  const columns: Column<Attachment>[] = [
    { title: 'ID', cell: ({ id }) => id },
    { title: 'NVE', cell: ({ nve }) => nve },
    { title: 'VAP', cell: ({ vap }) => printable(vap ?? '') },
    { title: 'MAC', cell: ({ mac }) => mac ?? '-' },
    { title: 'ADDRESSES', cell: ({ ips, prefixes }) => [...ips, ...prefixes].join(',') || '-' },
    { title: 'ROLE', cell: ({ role, sticky }) => (sticky ? `${role}, sticky` : role) },
    { title: 'STATE', cell: ({ state }) => (state === 'associated' ? state : paint.unsure(state)) },
    { title: 'SEQUENCE', align: 'right', cell: ({ status }) => String(status.sequence) },
    { title: 'SAID BY', cell: said },
  ];
  const shown = columns.filter(({ title, cell }) => title !== 'VAP' || attachments.some((one) => cell(one) !== ''));
  const more = next === null ? '' : ` of ${total}; --limit cut the list`;
  return `${formatTable(shown, attachments, paint)}\n${attachments.length} attachment${attachments.length === 1 ? '' : 's'}${more}\n`;
}
