import type { Mapping, MappingPage } from '../../api/contract/mappings.ts';
import type { Decision } from '../../api/contract/routes.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { formatTable } from '../format/table.ts';

const subject = ({ kind, mac, ip, prefix }: Mapping) =>
  kind === 'flood' ? '(flooding)' : (prefix ?? [mac, ip].filter((part) => part !== null).join(' '));
/** Of an NVE that has no name but its address, that alone. */
const where = ({ nve, nveName }: Pick<Mapping, 'nve' | 'nveName'>) =>
  nveName === null || nveName === nve ? nve : `${nveName} (${nve})`;
const because = ({ text, reference }: Decision) => (reference === null ? text : `${text}, ${reference}`);

/** One row for each mapping, and how many there are. `now` is milliseconds since 1970. */
export function viewMappings({ mappings, next, total }: MappingPage, now: number, paint: Paint): string {
  const table = formatTable<Mapping>(
    [
      { title: 'ADDRESS', cell: subject },
      { title: 'NVE', cell: where },
      { title: 'ENCAPSULATION', cell: ({ encapsulation }) => encapsulation },
      { title: 'VNI', align: 'right', cell: ({ vni }) => String(vni) },
      {
        title: 'SEQUENCE',
        align: 'right',
        cell: ({ sequence, sticky }) => (sequence === null ? '-' : sticky ? `${sequence} sticky` : String(sequence)),
      },
      { title: 'FROM', cell: ({ source }) => source },
      { title: 'FOR', align: 'right', cell: ({ since }) => formatAge(since, now) },
    ],
    mappings,
    paint,
  );
  const more = next === null ? '' : ` of ${total}; --limit cut the list`;
  return `${table}\n${mappings.length} mapping${mappings.length === 1 ? '' : 's'}${more}\n`;
}

/** Who says to have an address and does not count, with the reason and what would settle it. */
export function viewUnheeded(unheeded: MappingPage['unheeded'], paint: Paint): string {
  return unheeded
    .map(({ by, nve, reason, remedy }) => `    ${paint.unsure('not at')} ${nve}, as ${by} says: ${reason}; ${remedy}\n`)
    .join('');
}

/** Each mapping with the rules that made it what it is, who else says to have the address, and who does not count. */
export function viewExplained({ mappings, unheeded }: MappingPage, now: number, paint: Paint): string {
  const explained = mappings
    .map((mapping) => {
      const { encapsulation, vni, sequence, since, decisions, others } = mapping;
      const facts = [
        `behind ${where(mapping)}`,
        `${encapsulation} VNI ${vni}`,
        sequence === null ? '' : `sequence ${sequence}${mapping.sticky ? ' sticky' : ''}`,
        mapping.l3 === null ? '' : `routed by VNI ${mapping.l3.vni} to ${mapping.l3.routerMac}`,
        `for ${formatAge(since, now)}`,
      ];
      return [
        paint.strong(subject(mapping)),
        `    ${facts.filter((fact) => fact !== '').join(', ')}`,
        ...decisions.map((decision) => `    ${paint.faint(decision.step)}  ${because(decision)}`),
        ...others.map(
          ({ nve, source, lost }) => `    ${paint.unsure('not at')} ${nve}, as ${source} says: ${because(lost)}`,
        ),
        '',
      ].join('\n');
    })
    .join('');
  return `${explained}${viewUnheeded(unheeded, paint)}`;
}
