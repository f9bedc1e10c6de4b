import type { Crossing, Domain, Gateway, Region, SharedNetwork } from '../../api/contract/domains.ts';
import { gatewayChoices, serves } from '../../federation/gateway-choice.ts';
import { refusals } from '../../federation/refusals.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { type Column, formatFields, formatTable } from '../format/table.ts';

const paintState = (state: Domain['state'], paint: Paint) => {
  if (state === 'established') return paint.good(state);
  return state === 'down' ? paint.bad(state) : paint.unsure(state);
};

const beyond: Readonly<Record<Domain['limits']['exceeded'], string>> = {
  warn: 'more are taken, with a warning',
  stop: 'no more are taken',
  reset: 'the session is reset',
};

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, one) => total + one, 0);

/** Of both directions. */
const both = (domain: Domain, read: (crossing: Crossing) => number) => read(domain.import) + read(domain.export);

const lag = ({ lagMs }: Crossing) => (lagMs < 10_000 ? `${lagMs} ms` : `${Math.round(lagMs / 1000)} s`);

/** One row for each neighbour domain. `now` is milliseconds since 1970. */
export function viewDomains(domains: readonly Domain[], now: number, paint: Paint): string {
  const number = (title: string, cell: (domain: Domain) => number): Column<Domain> => ({
    title,
    align: 'right',
    cell: (domain) => String(cell(domain)),
  });
  return formatTable<Domain>(
    [
      { title: 'DOMAIN', cell: ({ domain }) => domain },
      number('AS', ({ asn }) => asn),
      { title: 'STATE', cell: ({ state }) => paintState(state, paint) },
      { title: 'FOR', align: 'right', cell: ({ since }) => formatAge(since, now) },
      { title: 'SESSIONS', align: 'right', cell: ({ sessions: { up, configured } }) => `${up}/${configured}` },
      number('NETWORKS', ({ networks }) => networks.length),
      number('IN', (domain) => domain.import.routes),
      number('OUT', (domain) => domain.export.routes),
      number('REFUSED', (domain) => sum(domain.import.refused)),
      number('WAITING', (domain) => both(domain, ({ waiting }) => waiting)),
      number('DAMPED', (domain) => both(domain, ({ damped }) => damped)),
    ],
    domains,
    paint,
  );
}

/** All that there is to say of one. */
export function viewDomain(domain: Domain, now: number, paint: Paint): string {
  const { sessions, limits, networks } = domain;
  const fields = formatFields(
    [
      ['domain', `${domain.domain}, AS ${domain.asn}, in D-PATH ${domain.domainId}`],
      ['state', `${paintState(domain.state, paint)} for ${formatAge(domain.since, now)}, since ${domain.since}`],
      ['sessions', `${sessions.up} of ${sessions.configured} established`],
      ['limits', `${limits.routes} routes, ${limits.perNetwork} of one network; beyond: ${beyond[limits.exceeded]}`],
    ],
    paint,
  );
  const shared =
    networks.length === 0 ? 'none of the networks that are shared with it is there\n' : viewShared(networks, paint);
  return [fields, shared, viewCrossings(domain, paint), viewGateways(networks, paint)]
    .filter((part) => part !== '')
    .join('\n');
}

const chosen = ({ gateways, anycast }: SharedNetwork, direction: 'import' | 'export', paint: Paint) => {
  if (gateways[direction].length === 0) return 'direct';
  const serving = gateways[direction].find(({ choice }) => serves(choice));
  if (serving === undefined) return paint.bad('none alive');
  return anycast[direction] === null ? serving.address : `${anycast[direction]} (anycast)`;
};

function viewShared(networks: readonly SharedNetwork[], paint: Paint): string {
  return formatTable<SharedNetwork>(
    [
      { title: 'NETWORK', cell: ({ name }) => name },
      { title: 'VNI', align: 'right', cell: ({ vni }) => String(vni) },
      { title: 'THERE', align: 'right', cell: ({ remote }) => String(remote.vni) },
      { title: 'ROUTE TARGET', cell: ({ remote }) => remote.routeTarget },
      { title: 'IN', align: 'right', cell: ({ routes }) => String(routes.import) },
      { title: 'OUT', align: 'right', cell: ({ routes }) => String(routes.export) },
      { title: 'WE SEND BY', cell: (network) => chosen(network, 'import', paint) },
      { title: 'THEY SEND BY', cell: (network) => chosen(network, 'export', paint) },
    ],
    networks,
    paint,
  );
}

type CrossingRow = readonly [name: string, read: (crossing: Crossing) => string, why?: string | undefined];

function viewCrossings({ import: inward, export: outward }: Domain, paint: Paint): string {
  const reasons = new Set([...Object.keys(inward.refused), ...Object.keys(outward.refused)]);
  const rows: CrossingRow[] = [
    ['routes', ({ routes }) => String(routes)],
    ['changes so far', ({ changes }) => String(changes)],
    ['waiting', ({ waiting }) => String(waiting)],
    ['damped', ({ damped }) => String(damped)],
    ['lag', lag],
    ...[...reasons].map(
      (reason): CrossingRow => [
        `refused: ${reason}`,
        ({ refused }) => String(refused[reason] ?? 0),
        (refusals as Readonly<Record<string, string>>)[reason],
      ],
    ),
  ];
  return formatTable<CrossingRow>(
    [
      { title: 'CROSSING', cell: ([name]) => name },
      { title: 'IN', align: 'right', cell: ([, read]) => read(inward) },
      { title: 'OUT', align: 'right', cell: ([, read]) => read(outward) },
      { title: '', cell: ([, , why = '']) => why },
    ],
    rows,
    paint,
  );
}

/** Each gateway once, with what is known of it. */
function viewGateways(networks: readonly SharedNetwork[], paint: Paint): string {
  const rows = new Map<string, { gateway: Gateway; networks: Set<string>; why: Set<string> }>();
  for (const { name, gateways } of networks) {
    for (const gateway of [...gateways.import, ...gateways.export]) {
      const { address, choice, reason } = gateway;
      const row = rows.get(address) ?? { gateway, networks: new Set(), why: new Set([reason]) };
      rows.set(address, row);
      if (serves(choice)) row.networks.add(name);
      // Of the others its state says all, or which networks others are elected for.
      if (choice === 'anycast' || choice === 'leads-nowhere') row.why.add(gatewayChoices[choice]);
    }
  }
  if (rows.size === 0) return '';
  return formatTable(
    [
      { title: 'GATEWAY', cell: ({ gateway }) => gateway.address },
      {
        title: 'STATE',
        cell: ({ gateway: { state } }) => (state === 'alive' ? paint.good(state) : paint.bad(state)),
      },
      { title: 'SERVES', align: 'right', cell: (row) => String(row.networks.size) },
      { title: 'WHY', cell: ({ why }) => [...why].join('; ') },
    ],
    [...rows.values()],
    paint,
  );
}

/** Names of networks that are shown of a region; --json has all. */
const MOST_NAMES = 10;

function names(networks: readonly string[]): string {
  const more = networks.length - MOST_NAMES;
  return `${networks.slice(0, MOST_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** One row for each set of domains that have networks in common. */
export function viewRegions(regions: readonly Region[], paint: Paint): string {
  return formatTable<Region>(
    [
      { title: 'DOMAINS', cell: ({ domains }) => domains.join(', ') },
      { title: 'NETWORKS', align: 'right', cell: ({ networks }) => String(networks.length) },
      { title: 'WHICH', cell: ({ networks }) => names(networks) },
    ],
    regions,
    paint,
  );
}
