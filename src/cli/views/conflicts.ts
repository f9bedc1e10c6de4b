import type { Conflict } from '../../api/contract/conflicts.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';

type Claim = Conflict['claims'][number];

function claim({ by, nve, mac, ip, prefix, vni, sequence, encapsulations }: Claim): string {
  const facts = [
    mac ?? '',
    ip ?? '',
    prefix ?? '',
    vni === undefined ? '' : `VNI ${vni}`,
    sequence === undefined ? '' : `sequence ${sequence}`,
    encapsulations?.join(',') ?? '',
  ];
  return `${printable(by)} says: behind ${nve}${facts
    .filter((fact) => fact !== '')
    .map((fact) => `, ${fact}`)
    .join('')}`;
}

/** Each conflict with both claims, what was done and what to do. `now` is milliseconds since 1970. */
export function viewConflicts(conflicts: readonly Conflict[], now: number, paint: Paint): string {
  return conflicts
    .map(({ id, code, network, reason, claims, done, remedy, releasable, since }) => {
      const place = network === null ? '' : ` in ${network}`;
      const age = since === null ? '' : `, for ${formatAge(since, now)}`;
      return [
        `${paint.bad(code)}${place}${age}: ${printable(reason)}`,
        ...claims.map((one) => `    ${claim(one)}`),
        `    ${paint.faint('done')}  ${printable(done)}`,
        `    ${paint.faint('to do')} ${printable(remedy)}${releasable ? `, then: nvactl release '${printable(id)}'` : ''}`,
        '',
      ].join('\n');
    })
    .join('\n');
}
