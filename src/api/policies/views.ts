/** Policies and what they would change, as the API shows them. Pure. */
import { decodeRd, formatRd } from 'bgp-ts';
import type { PolicyTexts, PolicyVersion } from '../../federation/policy/history.ts';
import type { Verdict } from '../../federation/policy/verdict.ts';
import type { DiffPart, DiffRoute } from '../../federation/policy-comparison.ts';
import type { PolicySample, PolicyVerdict, PolicyVersions } from '../contract/policies.ts';

export const viewPart = ({ count, samples }: DiffPart) => ({
  count,
  samples: samples.map(({ route, before, after }) => ({
    route: viewRoute(route),
    before: before === undefined ? null : viewVerdict(before),
    after: after === undefined ? null : viewVerdict(after),
  })),
});

function viewRoute(route: DiffRoute): PolicySample['route'] {
  const nothing = { rd: null, mac: null, ip: null, prefix: null, originator: null };
  const { kind, network } = route;
  if (kind === 'flooding') return { kind, network, type: 3, ...nothing, originator: route.gateway };
  if (kind === 'aggregate') return { kind, network, type: 5, ...nothing, prefix: route.prefix };
  if (kind === 'unknown-mac') return { kind, network, type: 2, ...nothing, mac: '00:00:00:00:00:00' };
  const { facts } = route;
  const { type, rd, mac = null, ip = null, prefix = null, originator = null } = facts;
  return { kind, network, type, rd: rd === undefined ? null : rdText(rd), mac, ip, prefix, originator };
}

/** Of eight octets in hexadecimal. */
export const rdText = (octets: string): string => formatRd(decodeRd(Buffer.from(octets, 'hex')));

export function viewVerdict(verdict: Verdict): PolicyVerdict {
  const { outcome, rule } = verdict;
  const of = rule === 'default' ? null : { file: rule.file, line: rule.line, name: rule.name ?? null };
  return { outcome, rule: of, changes: changesOf(verdict) };
}

function changesOf({ communities, gateway, preference, aggregate, summary }: Verdict): string[] {
  const { strip = [], add = [] } = communities ?? {};
  return [
    ...(strip === 'all' ? ['without communities'] : strip.map((one) => `without community ${one}`)),
    ...add.map((one) => `with community ${one}`),
    ...(gateway === undefined ? [] : [`by gateway ${gateway}`]),
    ...(preference === undefined ? [] : [`with LOCAL_PREF ${preference}`]),
    ...(aggregate === undefined ? [] : [`as part of ${aggregate}`]),
    ...(summary === undefined ? [] : ['as part of the unknown-MAC route']),
  ];
}

/** `configured` is what holds while nothing was applied. */
export function viewVersions(
  domain: string,
  versions: readonly PolicyVersion[],
  configured: PolicyTexts,
): PolicyVersions {
  const view = ({ version, appliedAt, rollbackTo, texts }: Partial<PolicyVersion> & Pick<PolicyVersion, 'texts'>) => ({
    version: version ?? 0,
    appliedAt: appliedAt === undefined ? null : new Date(appliedAt).toISOString(),
    rollbackTo: rollbackTo ?? null,
    import: texts.import ?? null,
    export: texts.export ?? null,
  });
  const all = versions.length > 0 ? versions.map(view).reverse() : [view({ texts: configured })];
  return { domain, inForce: all[0]?.version ?? 0, versions: all };
}
