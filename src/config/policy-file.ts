/**
 * A policy file: what crosses into a neighbour domain, or comes from it, and how. What rules say against themselves, against
 * each other, and against what is shared with that domain is found here, before anything is changed.
 */
import type { DomainId } from 'bgp-ts';
import type {
  Policy,
  PolicyRule,
  PrefixRange,
  RuleAction,
  RuleChanges,
  RuleMatch,
} from '../federation/policy/policy.ts';
import { matchedTypes, unreachableRules } from '../federation/policy/reach.ts';
import type { CrossingType } from '../federation/policy/route.ts';
import type { Service } from '../nva/model.ts';
import { parseTunnelAddress } from './address.ts';
import { parseAnyCommunity } from './community.ts';
import { type ConfigDocument, readDocument } from './document.ts';
import { byPlace, type ConfigError, type ConfigPath, type Finding, formatPath } from './error.ts';
import { explain } from './explain.ts';
import { keysAt } from './known-keys.ts';
import { isMisspelt, located } from './load.ts';
import { parseMacPattern, parseOui } from './mac-mask.ts';
import { type Parsed, valid } from './parsed.ts';
import { type PolicyFile, policySchema, type RuleOfFile } from './policy-schema.ts';
import { parseAnyPrefix, parseIpPattern } from './prefix.ts';
import { parseRouteTarget } from './route-target.ts';

/** What a policy is for, where it is known. */
export interface PolicyUse {
  readonly direction: 'import' | 'export';
  /** Networks that are shared with the domain, by our name. */
  readonly networks: ReadonlyMap<string, SharedWith>;
  /** The domain that routes go to. What has passed through it before is refused as a loop, and no rule sees it. */
  readonly destination: DomainId;
  /** What only our own domain calls networks by, canonical: a route that comes with one is refused, and no rule sees it. */
  readonly forgedTargets: ReadonlySet<string>;
}

export interface SharedWith {
  /** Of this direction. */
  readonly gateways: readonly string[];
  /** Absent: the network is not there yet. */
  readonly service?: Service;
  /** The network that routes for it is shared as well. */
  readonly isRouted?: boolean;
}

export type ReadPolicy =
  | {
      readonly ok: true;
      readonly policy: Policy;
      /** What is valid and probably not meant: rules that do nothing. */
      readonly warnings: readonly ConfigError[];
    }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads the text of a policy file, which messages name as `file`. All faults are told together. */
export function readPolicy(file: string, text: string, use?: PolicyUse): ReadPolicy {
  const document = readDocument(text);
  const errors: ConfigError[] = document.faults.map((fault) => ({ file, path: '', ...fault }));
  const placed = (findings: readonly Finding[]) => findings.map((finding) => located(finding, file, document));
  const fail = (findings: readonly Finding[]): ReadPolicy => ({
    ok: false,
    errors: [...errors, ...placed(findings)].sort(byPlace),
  });
  if (errors.length > 0) return fail([]);
  const data = document.data ?? {};
  const result = policySchema.safeParse(data);
  if (!result.success) {
    const all = result.error.issues.flatMap((issue) => explain(issue, data, (path) => keysAt(policySchema, path)));
    return fail(all.filter((finding) => !isSaidAlready(finding, all)));
  }
  const policy = policyOf(file, result.data, document);
  const { refused, warned } = uselessRules(policy);
  const against = use === undefined ? { refused: [], warned: [] } : againstUse(policy, use);
  if (refused.length + against.refused.length > 0) return fail([...refused, ...against.refused]);
  return { ok: true, policy, warnings: placed([...warned, ...madeTwice(policy), ...against.warned]).sort(byPlace) };
}

/** Whether a key is missing, or a map says too little, because a key is misspelt, about which there is a finding already. */
function isSaidAlready(finding: Finding, all: readonly Finding[]): boolean {
  if (finding.code === 'missing') return isMisspelt(finding, all);
  const name = formatPath(finding.path);
  const unknown = all.some(({ code, path }) => code === 'unknown-key' && formatPath(path.slice(0, -1)) === name);
  return finding.code === 'value' && unknown;
}

interface Findings {
  readonly refused: readonly Finding[];
  readonly warned: readonly Finding[];
}

function uselessRules(policy: Policy): Findings {
  const refused: Finding[] = [];
  const warned: Finding[] = [];
  for (const found of unreachableRules(policy)) {
    const path = ['rules', found.index];
    if (found.kind === 'contradiction') {
      const reason = `rules[${found.index}] can never match: ${found.reason}`;
      refused.push({ code: 'contradiction', path, reason, suggestion: 'leave one out, or make it two rules' });
    } else {
      const { line } = policy.rules[found.by]!;
      const reason = `rules[${found.index}] can never match: rules[${found.by}] in line ${line} matches whatever it does`;
      warned.push({ code: 'note', path, reason, suggestion: 'put it before that rule, or leave it out' });
    }
  }
  return { refused, warned };
}

/** Rules that make one route of different members, and say different things of it. */
function madeTwice({ rules }: Policy): Finding[] {
  return rules.flatMap((rule, i): Finding[] => {
    const before = rules.findIndex((other, j) => j < i && makesTheSame(other, rule));
    if (before < 0 || changesOf(rules[before]!) === changesOf(rule)) return [];
    const reason = `rules[${i}] makes the same route as rules[${before}] in line ${rules[before]!.line}, with other changes: it has those of the member that came last`;
    return [{ code: 'note', path: ['rules', i, 'then'], reason, suggestion: 'give both the same changes' }];
  });
}

function makesTheSame(one: PolicyRule, other: PolicyRule): boolean {
  if (one.action.outcome === 'refuse' || other.action.outcome === 'refuse') return false;
  const { aggregate, summary } = one.action;
  if (aggregate === undefined && summary === undefined) return false;
  const [networks, others] = [one.match.network, other.match.network];
  const meet = networks === undefined || others === undefined || networks.some((network) => others.includes(network));
  return meet && aggregate === other.action.aggregate && summary === other.action.summary;
}

const changesOf = ({ action }: PolicyRule): string => {
  if (action.outcome === 'refuse') return '';
  const { communities, gateway, preference } = action;
  return JSON.stringify([communities ?? null, gateway ?? null, preference ?? null]);
};

function againstUse(policy: Policy, use: PolicyUse): Findings {
  const { direction, networks } = use;
  const refused: Finding[] = [];
  const warned: Finding[] = [];
  for (const [i, rule] of policy.rules.entries()) {
    const { match, action } = rule;
    const shared = (match.network ?? [...networks.keys()]).filter((name) => networks.has(name));
    warned.push(...neverThere(rule, i, use), ...lostHosts(rule, i, shared, use));
    if (match.network !== undefined && shared.length < match.network.length) {
      const other = match.network.find((name) => !networks.has(name))!;
      const reason = `rules[${i}] matches ${shared.length === 0 ? 'nothing' : 'less than it says'}: ${other} is not shared`;
      warned.push({
        code: 'note',
        path: ['rules', i, 'match', 'network'],
        reason,
        suggestion: networks.size === 0 ? 'none is' : `shared are: ${[...networks.keys()].join(', ')}`,
      });
    }
    if (action.outcome === 'refuse') continue;
    const { gateway } = action;
    const without =
      gateway === undefined ? undefined : shared.find((name) => !networks.get(name)?.gateways.includes(gateway));
    if (without !== undefined) {
      const reason = `${gateway} is no gateway of ${without} for ${direction}`;
      const has = networks.get(without)!.gateways;
      const suggestion = has.length === 0 ? `${without} has none` : `it has: ${has.join(', ')}`;
      refused.push({ code: 'contradiction', path: ['rules', i, 'then', 'gateway'], reason, suggestion });
    }
    if (action.preference !== undefined && direction === 'export') {
      refused.push({
        code: 'contradiction',
        path: ['rules', i, 'then', 'preference'],
        reason: 'a preference is not told to other domains (RFC 4271 §5.1.5)',
        suggestion: 'add a community that they lower it for',
      });
    }
  }
  return { refused, warned };
}

/** What no route has that comes as far as this rule, whatever another domain says. */
function neverThere(rule: PolicyRule, i: number, use: PolicyUse): Finding[] {
  const { direction, networks, destination, forgedTargets } = use;
  const { network, community, routeTarget, dPath } = rule.match;
  const never = (path: ConfigPath, why: string, suggestion: string): Finding[] => [
    { code: 'note', path, reason: `rules[${i}] can never match: ${why}`, suggestion },
  ];
  const types = matchedTypes(rule);
  const asked = network?.flatMap((name) => networks.get(name) ?? []) ?? [...networks.values()];
  const services = asked.map(({ service }) => service);
  const fits = (service: Service | undefined) => service === undefined || types.some((type) => serves[service](type));
  const [service] = services;
  if (service !== undefined && !services.some(fits)) {
    if (network === undefined) {
      const why = `it is of type ${types.join(' or ')}, and no network that is shared has service ${service === 'l2' ? 'l3' : 'l2'}`;
      return never(['rules', i], why, 'share one that has, or leave the rule out');
    }
    const why = `it is of type ${types.join(' or ')}, and routes of a network with service ${service} are of type ${service === 'l2' ? '2 or 3' : '5'}`;
    return never(['rules', i, 'match', 'network'], why, 'name another network, or make it a rule about other routes');
  }
  const stays = staysHere[direction];
  if (community?.every((one) => stays.includes(one)) === true) {
    const why = `a route with ${community.join(' or ')} is refused before any rule is asked (RFC 1997)`;
    return never(['rules', i, 'match', 'community'], why, 'leave the rule out');
  }
  if (routeTarget?.every((target) => forgedTargets.has(target)) === true) {
    const why = `a route with ${routeTarget.join(' or ')}, which our networks have inside our domain alone, is refused before any rule is asked`;
    const suggestion = 'name route targets on the wire: on import they are those of the neighbour';
    return never(['rules', i, 'match', 'routeTarget'], why, suggestion);
  }
  const { contains } = dPath ?? {};
  if (contains?.every((domain) => domain === destination) !== true) return [];
  const why = `a route that has passed through ${destination} is refused before any rule is asked`;
  return never(['rules', i, 'match', 'dPath', 'contains'], why, 'leave the rule out');
}

/** By which communities a route goes no further, in each direction (RFC 1997). */
const staysHere: Readonly<Record<PolicyUse['direction'], readonly string[]>> = {
  import: ['no-advertise'],
  export: ['no-advertise', 'no-export', 'no-export-subconfed'],
};

/** Hosts become a prefix of the network that routes for theirs; where none does they are refused all the same. */
function lostHosts(rule: PolicyRule, i: number, shared: readonly string[], { networks }: PolicyUse): Finding[] {
  const { action } = rule;
  if (action.outcome === 'refuse' || action.aggregate === undefined || !matchedTypes(rule).includes(2)) return [];
  const lost = shared.filter((name) => networks.get(name)?.service === 'l2' && networks.get(name)?.isRouted !== true);
  if (lost.length === 0) return [];
  const reason = `hosts of ${lost.join(', ')} do not cross, and ${action.aggregate} does not in their place: no network that routes for them (l3) is shared`;
  const suggestion = 'share it, or let the rule match other networks';
  return [{ code: 'note', path: ['rules', i, 'then', 'aggregate'], reason, suggestion }];
}

const serves: Readonly<Record<Service, (type: CrossingType) => boolean>> = {
  l2: (type) => type !== 5,
  l3: (type) => type === 5,
};

function policyOf(
  file: string,
  { rules = [], default: otherwise = 'accept' }: PolicyFile,
  document: ConfigDocument,
): Policy {
  return {
    file,
    rules: rules.map((rule, i) => ruleOf(rule, document.place({ path: ['rules', i] }).line)),
    default: otherwise,
  };
}

function ruleOf({ name, match = {}, then }: RuleOfFile, line: number): PolicyRule {
  return { line, ...(name !== undefined && { name }), match: matchOf(match), action: actionOf(then) };
}

function matchOf(match: NonNullable<RuleOfFile['match']>): RuleMatch {
  const { type, network, mac, oui, ip, prefix, community, routeTarget, encapsulation, sequence, sticky, dPath, age } =
    match;
  const { contains, length } = dPath ?? {};
  return present({
    type: type === undefined ? undefined : listOf(type),
    network: network === undefined ? undefined : listOf(network),
    mac: canonical(mac, parseMacPattern),
    oui: canonical(oui, parseOui),
    ip: canonical(ip, parseIpPattern),
    prefix: prefix === undefined ? undefined : listOf(prefix).map(rangeOf),
    community: canonical(community, parseAnyCommunity),
    routeTarget: canonical(routeTarget, parseRouteTarget),
    encapsulation: encapsulation === undefined ? undefined : listOf(encapsulation),
    sequence: sequence && present(sequence),
    sticky,
    dPath:
      dPath &&
      present({
        contains: contains === undefined ? undefined : listOf(contains),
        length: typeof length === 'number' ? { min: length, max: length } : length && present(length),
      }),
    age: age && present(age),
  });
}

function actionOf(then: RuleOfFile['then']): RuleAction {
  if (then === 'refuse' || then === 'accept') return { outcome: then };
  const { setCommunity, addCommunity, stripCommunity, gateway, preference, aggregate, summariseMacs } = then;
  const strip = setCommunity === undefined ? stripCommunity : 'all';
  const add = setCommunity ?? addCommunity;
  const changes: RuleChanges = present({
    communities:
      strip === undefined && add === undefined
        ? undefined
        : {
            strip: strip === 'all' ? strip : (canonical(strip, parseAnyCommunity) ?? []),
            add: canonical(add, parseAnyCommunity) ?? [],
          },
    gateway: gateway === undefined ? undefined : valid(parseTunnelAddress(gateway)).text,
    preference,
    aggregate: aggregate === undefined ? undefined : valid(parseAnyPrefix(aggregate)).text,
    summary: summariseMacs === true ? ('unknown-mac' as const) : undefined,
  });
  return { outcome: 'accept', ...changes };
}

function rangeOf(
  written: string | { readonly prefix: string; readonly ge?: number | undefined; readonly le?: number | undefined },
): PrefixRange {
  const { prefix, ge, le } =
    typeof written === 'string' ? { prefix: written } : { ge: undefined, le: undefined, ...written };
  const { text, length, address } = valid(parseAnyPrefix(prefix));
  return { prefix: text, ge: ge ?? length, le: le ?? (ge === undefined ? length : address.octets.length * 8) };
}

function listOf<T>(written: T | readonly T[]): readonly T[] {
  return Array.isArray(written) ? [...new Set(written as readonly T[])] : [written as T];
}

/** Each once. */
function canonical(
  written: string | readonly string[] | undefined,
  parse: (text: string) => Parsed<string>,
): readonly string[] | undefined {
  return written === undefined ? undefined : [...new Set(listOf(written).map((text) => valid(parse(text))))];
}

/** Without the keys that hold nothing. */
function present<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as never;
}
