/** A message in one line. */

import type { Message } from '../../wire/message/message.ts';
import { notificationName } from '../../wire/message/notification-names.ts';
import { type Open, openAsn } from '../../wire/message/open.ts';
import { announcedRoutes, endOfRib, type Update, withdrawnRoutes } from '../../wire/message/update.ts';
import { formatNlri } from '../../wire/nlri/format.ts';
import type { Nlri } from '../../wire/nlri/nlri.ts';
import { familyText } from '../names.ts';

export function messageSummary(message: Message): string {
  switch (message.kind) {
    case 'open':
      return openSummary(message.value);
    case 'update':
      return updateSummary(message.value);
    case 'notification': {
      const { code, subcode, communication } = message.value;
      const said = communication === undefined ? '' : `, says ${JSON.stringify(communication)}`;
      return `${code}/${subcode} ${notificationName(code, subcode)}${said}`;
    }
    case 'route-refresh':
      return `${familyText(message.value.family)}, subtype ${message.value.subtype}`;
    case 'keepalive':
      return '';
  }
}

function openSummary(open: Open): string {
  const families = open.capabilities.flatMap((one) => (one.kind === 'multiprotocol' ? [familyText(one.value)] : []));
  return [`AS ${openAsn(open)}`, `hold time ${open.holdTime} s`, `id ${open.bgpId}`, ...families].join(', ');
}

function updateSummary(update: Update): string {
  const ended = endOfRib(update);
  if (ended !== undefined) return `End-of-RIB of ${familyText(ended)}`;
  const [withdrawn, announced] = [withdrawnRoutes(update), announcedRoutes(update)];
  const parts = [];
  if (withdrawn.length > 0) parts.push(`withdraws ${routesText(withdrawn)}`);
  if (announced.length > 0) {
    const hop = update.attributes.mpReachNlri?.nextHop ?? update.attributes.nextHop;
    parts.push(`announces ${routesText(announced)}${hop === undefined ? '' : ` via ${hop}`}`);
  }
  return parts.length === 0 ? 'no routes' : parts.join('; ');
}

/** The first route, and how many more there are. */
function routesText(routes: readonly Nlri[]): string {
  const more = routes.length === 1 ? '' : ` and ${routes.length - 1} more`;
  return `${formatNlri(routes[0])}${more}`;
}
