import type { Peer, PeerError, PeerFailure } from '../../api/contract/peers.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';
import { type Column, formatTable } from '../format/table.ts';

/** A state in the colour of its meaning. */
export function paintState(state: Peer['state'], paint: Paint): string {
  if (state === 'Established') return paint.good(state);
  return state === 'Idle' ? paint.bad(state) : paint.unsure(state);
}

/**
 * The latest of what went wrong, in a few words; empty when nothing did, and while there is a session: what was before
 * it is no matter of now.
 */
function lastError({ state, lastErrorSent: sent, lastErrorReceived: received, lastFailure: failure }: Peer): string {
  if (state === 'Established') return '';
  const found = [
    ...(sent === null ? [] : [{ at: sent.at, text: `sent ${errorCode(sent)}` }]),
    ...(received === null ? [] : [{ at: received.at, text: `received ${errorCode(received)}` }]),
    ...(failure === null ? [] : [{ at: failure.at, text: failureText(failure) }]),
  ];
  const [first] = found.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
  return first?.text ?? '';
}

const errorCode = ({ code, subcode, name }: PeerError) => `${code}/${subcode} ${printable(name)}`;

/** `connect failed: no route to host`. */
export function failureText({ name, text }: PeerFailure): string {
  return text === null ? name : `${name}: ${printable(text)}`;
}

/** What it is, and for a peer of another domain of which. */
export const roleOf = ({ role, domain }: Peer) => (domain === null ? role : `${role} ${domain}`);

/** One row for each peer. `now` is milliseconds since 1970. */
export function viewPeers(peers: readonly Peer[], now: number, paint: Paint): string {
  const columns: Column<Peer>[] = [
    { title: 'PEER', cell: (peer) => peer.address },
    { title: 'ROLE', cell: roleOf },
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
