import type { Peer } from '../../api/contract/peers.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';
import { type Column, formatTable } from '../format/table.ts';

/** A state in the colour of its meaning. */
export function paintState(state: Peer['state'], paint: Paint): string {
  if (state === 'Established') return paint.good(state);
  return state === 'Idle' ? paint.bad(state) : paint.unsure(state);
}

/** The later of the two last errors, in a few words; empty when there was none. */
function lastError({ lastErrorSent: sent, lastErrorReceived: received }: Peer): string {
  const direction = received === null || (sent !== null && sent.at > received.at) ? 'sent' : 'received';
  const error = direction === 'sent' ? sent : received;
  return error === null ? '' : `${direction} ${error.code}/${error.subcode} ${printable(error.name)}`;
}

/** One row for each peer. `now` is milliseconds since 1970. */
export function viewPeers(peers: readonly Peer[], now: number, paint: Paint): string {
  const columns: Column<Peer>[] = [
    { title: 'PEER', cell: (peer) => peer.address },
    { title: 'ROLE', cell: (peer) => peer.role },
    { title: 'AS', align: 'right', cell: (peer) => (peer.asn === null ? '-' : String(peer.asn)) },
    { title: 'STATE', cell: (peer) => paintState(peer.state, paint) },
    { title: 'FOR', align: 'right', cell: (peer) => formatAge(peer.since, now) },
    { title: 'RECEIVED', align: 'right', cell: (peer) => String(peer.counters.routes.received) },
    {
      title: 'STALE',
      align: 'right',
      cell: ({ gracefulRestart: { staleRoutes } }) => (staleRoutes === 0 ? '' : String(staleRoutes)),
    },
    { title: 'BEST', align: 'right', cell: (peer) => String(peer.counters.routes.best) },
    { title: 'ADVERTISED', align: 'right', cell: (peer) => String(peer.counters.routes.advertised) },
    { title: 'BEHIND', align: 'right', cell: (peer) => String(peer.egress.changesBehind) },
    { title: 'LAST ERROR', cell: lastError },
    { title: 'DESCRIPTION', cell: (peer) => printable(peer.description ?? '') },
  ];
  const rare = new Set(['STALE', 'LAST ERROR', 'DESCRIPTION']);
  const shown = columns.filter(({ title, cell }) => !rare.has(title) || peers.some((peer) => cell(peer) !== ''));
  return formatTable(shown, peers, paint);
}
