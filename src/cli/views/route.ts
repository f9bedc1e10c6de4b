import type { Decision, Path, RouteDetail } from '../../api/contract/routes.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';

const because = ({ text, reference }: Decision) => (reference === null ? text : `${text}, ${reference}`);

function viewPath(path: Path, now: number, paint: Paint): string[] {
  const mark = path.best ? paint.good('*>') : path.usable ? '* ' : '  ';
  const facts = [
    `from ${path.peer}`,
    `next hop ${path.nextHop}`,
    path.vnis.length === 0 ? '' : `VNI ${path.vnis.join(',')}`,
    path.encapsulation ?? '',
    path.esi === null ? '' : `ESI ${path.esi}`,
    path.gateway === null ? '' : `gateway ${path.gateway}`,
    path.pathId === null ? '' : `path id ${path.pathId}`,
    `for ${formatAge(path.since, now)}`,
    path.longLivedStale ? 'long-lived stale' : path.stale ? 'stale' : '',
  ];
  const line = facts.filter((fact) => fact !== '').join(', ');
  const lines = [` ${mark} ${path.best ? paint.strong(line) : line}`];
  if (path.unusableBecause !== null) lines.push(`      ${paint.bad('unusable')}: ${printable(path.unusableBecause)}`);
  if (path.lost !== null) lines.push(`      ${paint.unsure('not best')}: ${because(path.lost)}`);
  const width = Math.max(0, ...path.attributes.map(({ name }) => name.length));
  for (const { name, code, text, flags } of path.attributes) {
    const shown = name === 'UNKNOWN' ? `attribute ${code}` : name;
    const partial = flags.partial ? ' (partial)' : '';
    lines.push(`      ${paint.faint(shown.padEnd(width))}  ${printable(text)}${partial}`);
  }
  return lines;
}

function viewAdvertised({ count, peers }: RouteDetail['advertised']): string[] {
  const told = peers.filter(({ advertised }) => advertised).map(({ address }) => address);
  const notTold = peers.filter(({ advertised }) => !advertised).map(({ address, reason }) => `${address} (${reason})`);
  const whom = told.length === 0 ? '' : `: ${told.join(', ')}`;
  return [
    `    advertised to ${count} peer${count === 1 ? '' : 's'}${whom}`,
    ...(notTold.length === 0 ? [] : [`    not to ${notTold.join(', ')}`]),
  ];
}

/** One route with all its paths, `*>` before the best, and the reasons. `now` is milliseconds since 1970. */
export function viewRoute(route: RouteDetail, now: number, paint: Paint): string {
  const paths = `${route.paths.length} path${route.paths.length === 1 ? '' : 's'}`;
  const verdict =
    route.decision === null ? paint.bad('none may be used') : `${paint.good('best')}: ${because(route.decision)}`;
  return [
    paint.strong(printable(route.text)),
    `    ${paths}, ${verdict}`,
    ...route.paths.flatMap((path) => viewPath(path, now, paint)),
    ...viewAdvertised(route.advertised),
    `    ${paint.faint('key')} ${route.key}`,
    '',
  ].join('\n');
}
