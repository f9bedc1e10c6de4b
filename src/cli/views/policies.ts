import type {
  PolicySample,
  PolicyTest,
  PolicyVerdict,
  PolicyVersions,
  PolicyVersionView,
} from '../../api/contract/policies.ts';
import { formatAge } from '../format/duration.ts';
import type { Paint } from '../format/paint.ts';
import { printable } from '../format/printable.ts';
import { formatTable } from '../format/table.ts';

const routes = (count: number) => `${count} route${count === 1 ? '' : 's'}`;

/** How many routes would be gained, lost and changed, and the first of each with the rules that say so; one after the other. */
export function viewPolicyTests(tests: readonly PolicyTest[], paint: Paint): string {
  if (tests.length === 0) return '';
  return [...tests.flatMap((test) => viewTest(test, paint)), 'nothing was done', ''].join('\n');
}

function viewTest({ domain, direction, routes: looked, ...parts }: PolicyTest, paint: Paint): string[] {
  const { gained, lost, changed } = parts;
  const who = direction === 'export' ? domain : 'we';
  const head = `of ${routes(looked)} ${direction === 'export' ? `to ${domain}` : `from ${domain}`}, ${who} would`;
  const part = (mark: string, verb: string, { count, samples }: PolicyTest['gained']) => [
    `  ${mark} ${verb} ${count}`,
    ...samples.map((sample) => `      ${viewSample(sample)}`),
    ...(count > samples.length && samples.length > 0 ? [`      and ${count - samples.length} more`] : []),
  ];
  return [
    head,
    ...part(paint.good('+'), 'gain', gained),
    ...part(paint.bad('-'), 'lose', lost),
    ...part(paint.unsure('~'), 'see changed', changed),
  ];
}

function viewSample({ route, before, after }: PolicySample): string {
  const { kind, network, type, mac, ip, prefix, originator } = route;
  const address = [mac, ip, prefix].filter((part) => part !== null).join(' ');
  const isMade = kind === 'aggregate' || kind === 'unknown-mac';
  const end = kind === 'flooding' ? `flooding to ${originator}` : `flooding of ${originator}`;
  const what = isMade ? `${kind} ${address}` : address === '' ? end : address;
  return `${network} type ${type} ${what}: ${verdict(before)}, then ${verdict(after)}`;
}

function verdict(one: PolicyVerdict | null): string {
  if (one === null) return 'not there';
  const { outcome, rule, changes } = one;
  const by = rule === null ? 'by default' : `${rule.file}:${rule.line}${rule.name === null ? '' : ` (${rule.name})`}`;
  return [`${outcome} ${printable(by)}`, ...changes].join(' ');
}

/** The texts that hold, and the versions that are kept. */
export function viewPolicies({ inForce, versions }: PolicyVersions, now: number, paint: Paint): string {
  const [current] = versions;
  const text = (direction: 'import' | 'export') => {
    const one = current?.[direction] ?? null;
    if (one === null) return `${paint.strong(direction)}: none; everything that is shared crosses\n`;
    const lines = one.text
      .trimEnd()
      .split('\n')
      .map((line) => `  ${printable(line)}\n`);
    return `${paint.strong(direction)}: ${printable(one.file)}\n${lines.join('')}`;
  };
  const file = (one: PolicyVersionView['import']) => (one === null ? '-' : printable(one.file));
  const table = formatTable<PolicyVersionView>(
    [
      { title: 'VERSION', align: 'right', cell: ({ version }) => `${version}${version === inForce ? '*' : ''}` },
      {
        title: 'APPLIED',
        cell: ({ appliedAt, version }) =>
          version === 0 ? 'configured' : appliedAt === null ? '-' : `${formatAge(appliedAt, now)} ago`,
      },
      { title: 'IMPORT', cell: (version) => file(version.import) },
      { title: 'EXPORT', cell: (version) => file(version.export) },
      { title: 'SAYS WHAT', cell: ({ rollbackTo }) => (rollbackTo === null ? '-' : `version ${rollbackTo} did`) },
    ],
    versions,
    paint,
  );
  return `${text('import')}${text('export')}\n${table}\n`;
}
