import type { NegotiatedCapabilities, OfferedCapabilities, Peer, PeerError } from '../../api/contract/peers.ts';
import { formatAge, formatDuration } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';
import { type Column, formatFields, formatTable } from '../format/table.ts';
import { failureText, paintState, roleOf } from './peers.ts';

function errorText(error: PeerError | null, now: number): string | null {
  if (error === null) return null;
  const text = error.text === null ? '' : `: ${printable(error.text)}`;
  return `${error.code}/${error.subcode} ${printable(error.name)}${text} (${formatAge(error.at, now)} ago)`;
}

const yesNo = (value: boolean) => (value ? 'yes' : 'no');

const list = (values: readonly (string | number)[]) => (values.length === 0 ? '-' : values.join(', '));

function addPathText(entries: OfferedCapabilities['addPath']): string {
  return list(
    entries.map(({ family, send, receive }) => `${family} ${send && receive ? 'both' : send ? 'send' : 'receive'}`),
  );
}

function interestText(interest: Peer['egress']['interest']): string | null {
  if (interest === null) return null;
  const { from, complete, routeTargets } = interest;
  if (from === 'all') return 'every route';
  const targets = `${routeTargets.length} route target${routeTargets.length === 1 ? '' : 's'}`;
  const names = routeTargets.length === 0 ? '' : `: ${routeTargets.map(printable).join(', ')}`;
  const by = from === 'derived' ? 'by what it announces' : 'by RT-Constrain';
  return `${targets} ${by}${names}${complete ? '' : ' (more may come)'}`;
}

function heldBackText(heldBack: Peer['egress']['heldBack']): string | null {
  const present = heldBack.filter(({ count }) => count > 0);
  if (present.length === 0) return null;
  return present.map(({ count, routes, reason }) => `${count} (${routes}): ${printable(reason)}`).join('; ');
}

function restartOffer({ restartTimeSeconds, notifications, restarting, families }: GracefulRestart): string {
  if (families.length === 0) return 'helper only';
  return `${restartTimeSeconds}s${notifications ? ', N' : ''}${restarting ? ', restarting' : ''}`;
}

type GracefulRestart = NonNullable<OfferedCapabilities['gracefulRestart']>;

type Capability = readonly [
  name: string,
  offered: (side: OfferedCapabilities) => string,
  holds: (both: NegotiatedCapabilities, theirs: OfferedCapabilities | null) => string,
];

const capabilities: readonly Capability[] = [
  ['families', (side) => list(side.families), (both) => list(both.families)],
  ['four-octet AS', (side) => yesNo(side.asn4), (both) => yesNo(both.asn4)],
  ['route refresh', (side) => yesNo(side.routeRefresh), (both) => yesNo(both.routeRefresh)],
  ['enhanced refresh', (side) => yesNo(side.enhancedRouteRefresh), (both) => yesNo(both.enhancedRouteRefresh)],
  ['extended messages', (side) => yesNo(side.extendedMessages), (both) => yesNo(both.extendedMessages)],
  ['add-path', (side) => addPathText(side.addPath), (both) => addPathText(both.addPath)],
  [
    'graceful restart',
    ({ gracefulRestart }) => (gracefulRestart === null ? 'no' : restartOffer(gracefulRestart)),
    (both, theirs) => {
      if (!both.gracefulRestart) return 'no';
      // A helper keeps our routes, and we do not keep its.
      return theirs?.gracefulRestart?.families.length === 0 ? 'for our restart' : 'yes';
    },
  ],
  [
    'long-lived',
    ({ longLivedGracefulRestart: offered }) =>
      offered === null ? 'no' : list(offered.map(({ family, staleTimeSeconds }) => `${family} ${staleTimeSeconds}s`)),
    (both) => yesNo(both.longLivedGracefulRestart),
  ],
  ['hold time', (side) => `${side.holdTimeSeconds}s`, (both) => `${both.holdTimeSeconds}s`],
  ['host name', (side) => printable(side.hostname ?? '-'), () => ''],
  ['other codes', (side) => list(side.otherCodes), () => ''],
];

function viewCapabilities({ sent, received, negotiated }: Peer['capabilities'], paint: Paint): string {
  const columns: Column<Capability>[] = [
    { title: 'CAPABILITY', cell: ([name]) => name },
    { title: 'OURS', cell: ([, offered]) => (sent === null ? '' : offered(sent)) },
    { title: 'THEIRS', cell: ([, offered]) => (received === null ? '' : offered(received)) },
    { title: 'IN USE', cell: ([, , holds]) => (negotiated === null ? '' : holds(negotiated, received)) },
  ];
  return formatTable(columns, capabilities, paint);
}

function viewMessages({ messages, bytes }: Peer['counters'], paint: Paint): string {
  const rows: [string, number, number][] = [
    ['OPEN', messages.in.open, messages.out.open],
    ['UPDATE', messages.in.update, messages.out.update],
    ['NOTIFICATION', messages.in.notification, messages.out.notification],
    ['KEEPALIVE', messages.in.keepalive, messages.out.keepalive],
    ['ROUTE-REFRESH', messages.in.routeRefresh, messages.out.routeRefresh],
    ['bytes', bytes.in, bytes.out],
  ];
  return formatTable<[string, number, number]>(
    [
      { title: 'MESSAGES', cell: ([name]) => name },
      { title: 'IN', align: 'right', cell: ([, received]) => String(received) },
      { title: 'OUT', align: 'right', cell: ([, , sent]) => String(sent) },
    ],
    rows,
    paint,
  );
}

const routes = (count: number) => `${count} route${count === 1 ? '' : 's'}`;

function restartText({ gracefulRestart: restart, capabilities: { negotiated, sent } }: Peer): string {
  const { phase, until, staleRoutes, helped, restartTimeSeconds, longLivedStaleTimeSeconds, notifications } = restart;
  const kept = phase === 'none' ? '' : `${phase}, ${routes(staleRoutes)} not confirmed, until ${until}`;
  if (!helped) {
    const ours = sent?.gracefulRestart;
    const keeps = negotiated?.gracefulRestart === true && ours ? `; it keeps ours for ${ours.restartTimeSeconds}s` : '';
    return kept || `its routes go with its session${keeps}`;
  }
  const longLived = longLivedStaleTimeSeconds ? `, ${longLivedStaleTimeSeconds}s more as the least preferred` : '';
  const always = notifications ? ', also after a NOTIFICATION' : '';
  const would = `its routes are kept for ${restartTimeSeconds}s${longLived}${always}`;
  return kept === '' ? would : `${kept}; ${would}`;
}

function limitText(limit: Peer['routeLimit']): string | null {
  if (limit === null) return null;
  const { warnAbove, near, exceeded, restartSeconds, untilReset, held, heldUntil } = limit;
  return [
    routes(limit.limit),
    warnAbove === null ? '' : `warning above ${warnAbove}${near ? ', which it has' : ''}`,
    restartSeconds === null || held ? '' : `with more it is kept down for ${formatDuration(restartSeconds)}`,
    untilReset && !held ? 'with more it is kept down until it is reset' : '',
    exceeded === 0 ? '' : `exceeded ${exceeded} time${exceeded === 1 ? '' : 's'}`,
    held ? `kept down until ${heldUntil ?? 'it is reset'}` : '',
  ]
    .filter((text) => text !== '')
    .join(', ');
}

function protectionText({ tcpMd5, ttlSecurity }: Peer): string {
  const hops = ttlSecurity === 1 ? '1 hop' : `${ttlSecurity} hops`;
  const parts = [...(tcpMd5 ? ['TCP-MD5'] : []), ...(ttlSecurity === null ? [] : [`GTSM, at most ${hops} away`])];
  return parts.length === 0 ? 'none' : parts.join('; ');
}

/** All that is known of one peer. `now` is milliseconds since 1970. */
export function viewPeer(peer: Peer, now: number, paint: Paint): string {
  const { routes: counts, faults } = peer.counters;
  const port = peer.port === null ? '' : `, port ${peer.port}`;
  const faultList = Object.entries(faults).map(([code, count]) => `${code} ${count}`);
  const uptime = peer.uptimeSeconds === null ? formatAge(peer.since, now) : formatDuration(peer.uptimeSeconds);
  const head = formatFields(
    [
      ['peer', `${paint.strong(peer.address)}${port}`],
      ['description', peer.description === null ? null : printable(peer.description)],
      ['role', `${roleOf(peer)}, ${peer.origin}, ${peer.kind} ${peer.reflection}`],
      ['AS', `${peer.asn ?? 'not known'} (ours ${peer.localAsn})`],
      ['router id', peer.routerId],
      ['local address', peer.localAddress],
      ['state', `${paintState(peer.state, paint)} for ${uptime}, since ${peer.since}`],
      ['protection', protectionText(peer)],
      ['sessions', String(peer.counters.sessions)],
      ['last error sent', errorText(peer.lastErrorSent, now)],
      ['last error received', errorText(peer.lastErrorReceived, now)],
      [
        'last failure',
        peer.lastFailure && `${failureText(peer.lastFailure)} (${formatAge(peer.lastFailure.at, now)} ago)`,
      ],
      ['routes', `${counts.received} received, ${counts.accepted} accepted, ${counts.best} best`],
      ['graceful restart', restartText(peer)],
      ['route limit', limitText(peer.routeLimit)],
      ['advertised', String(counts.advertised)],
      ['withdrawn by error', counts.withdrawnByError === 0 ? null : String(counts.withdrawnByError)],
      ['faults', faultList.length === 0 ? null : faultList.join(', ')],
      ['behind', `${peer.egress.changesBehind} changes, ${peer.egress.socketBufferBytes} octets in the socket`],
      ['interest', interestText(peer.egress.interest)],
      ['held back', heldBackText(peer.egress.heldBack)],
      ['End-of-RIB', `sent ${yesNo(peer.egress.endOfRibSent)}, received ${yesNo(peer.egress.endOfRibReceived)}`],
    ],
    paint,
  );
  const { sent, received } = peer.capabilities;
  const capabilityTable = sent === null && received === null ? '' : `\n${viewCapabilities(peer.capabilities, paint)}`;
  return `${head}${capabilityTable}\n${viewMessages(peer.counters, paint)}`;
}
