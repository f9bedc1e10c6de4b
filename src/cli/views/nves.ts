import type { Nve } from '../../api/contract/nves.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { formatFields, formatTable } from '../format/table.ts';

function state({ status: { session } }: Nve, paint: Paint): string {
  if (session === null) return '-';
  return session.state === 'Established' || session.state === 'connected'
    ? paint.good(session.state)
    : paint.bad(session.state);
}

const since = ({ status: { session } }: Nve, now: number) =>
  session === null || session.since === null ? '-' : formatAge(session.since, now);

/** One row for each NVE. `now` is milliseconds since 1970. */
export function viewNves(nves: readonly Nve[], now: number, paint: Paint): string {
  return formatTable<Nve>(
    [
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'TUNNELS END AT', cell: ({ tunnelAddress }) => tunnelAddress },
      { title: 'KIND', cell: ({ kind }) => kind },
      { title: 'SESSION', cell: (nve) => state(nve, paint) },
      { title: 'FOR', align: 'right', cell: (nve) => since(nve, now) },
      { title: 'ENCAPSULATIONS', cell: ({ encapsulations }) => encapsulations.join(',') || 'as announced' },
      { title: 'NETWORKS', align: 'right', cell: ({ status }) => String(status.networks.length) },
      { title: 'ATTACHMENTS', align: 'right', cell: ({ status }) => String(status.attachments) },
    ],
    nves,
    paint,
  );
}

export function viewNve(nve: Nve, now: number, paint: Paint): string {
  const { name, tunnelAddress, kind, session, encapsulations, routerMac, status } = nve;
  const age = since(nve, now);
  return formatFields(
    [
      ['NVE', `${name}, ${status.configured ? 'of the configuration' : 'not of the configuration'}`],
      ['tunnels end at', tunnelAddress],
      ['kind', kind],
      ['peers from', session ?? null],
      ['session', status.session === null ? 'none' : `${state(nve, paint)}${age === '-' ? '' : ` for ${age}`}`],
      ['encapsulations', encapsulations.join(', ') || 'as it announces'],
      ["router's MAC", routerMac ?? null],
      ['attachments', String(status.attachments)],
      ...status.networks.map((network, i): [string, string] => [
        i === 0 ? 'networks' : '',
        `${network.name} (${network.attachments})`,
      ]),
    ],
    paint,
  );
}
