import type { Conflict } from '../../api/contract/conflicts.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';

type Claim = Conflict['claims'][number];

/** Claims that are shown of one cause; --json has all. */
const MOST_CLAIMS = 10;

function claim({ by, nve, routeType, mac, ip, prefix, vni, sequence, encapsulations }: Claim): string {
  const facts = [
    mac ?? '',
    ip ?? '',
    prefix ?? '',
    vni === undefined ? '' : `VNI ${vni}`,
    sequence === undefined ? '' : `sequence ${sequence}`,
    encapsulations?.join(',') ?? '',
  ];
  const said = routeType === 3 ? `${nve} is in the network, and takes flooded frames (type 3)` : `behind ${nve}`;
  return `${printable(by)} says: ${said}${facts
    .filter((fact) => fact !== '')
    .map((fact) => `, ${fact}`)
    .join('')}`;
}

/** Equal for conflicts that one and the same thing settles; each that is released has a name of its own. */
function causeOf({ id, code, network, reason, claims: [first], done, remedy, releasable }: Conflict): string {
  return JSON.stringify(releasable ? id : [code, network, reason, first?.by, first?.nve, done, remedy]);
}

/**
 * Each cause with the claims of its conflicts, what was done and what to do; in the order of their first. `now` is
 * milliseconds since 1970.
 */
export function viewConflicts(conflicts: readonly Conflict[], now: number, paint: Paint): string {
  const causes = Map.groupBy(conflicts, causeOf);
  return [...causes.values()].map((joined) => viewCause(joined, now, paint)).join('\n');
}

function viewCause(conflicts: readonly Conflict[], now: number, paint: Paint): string {
  const [{ id, code, network, reason, done, remedy, releasable, since }] = conflicts as readonly [Conflict];
  const place = network === null ? '' : ` in ${network}`;
  const times = conflicts.length === 1 ? '' : `, ${conflicts.length} times`;
  const age = since === null ? '' : `, for ${formatAge(since, now)}`;
  const claims = conflicts.flatMap((one) => one.claims);
  const more = claims.length - MOST_CLAIMS;
  return [
    `${paint.bad(code)}${place}${times}${age}: ${printable(reason)}`,
    ...claims.slice(0, MOST_CLAIMS).map((one) => `    ${claim(one)}`),
    ...(more > 0 ? [`    and ${more} more; --json has all`] : []),
    `    ${paint.faint('done')}  ${printable(done)}`,
    `    ${paint.faint('to do')} ${printable(remedy)}${releasable ? `, then: nvactl release '${printable(id)}'` : ''}`,
    '',
  ].join('\n');
}
