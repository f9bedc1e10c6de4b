import { isDeepStrictEqual } from 'node:util';
import { type AuthorityChange, authorityChanges } from './authority-difference.ts';
import type { Config, LogConfig, Neighbour } from './config.ts';
import type { TcpEndpoint } from './endpoint.ts';
import type { Finding } from './error.ts';
import { type FederationChange, federationChanges } from './federation-difference.ts';
import { type Member, neighboursOf, type PeerRole } from './members.ts';

/** Names of the fields of a neighbour, or paths to them, that can differ while it is the same neighbour. */
export type NeighbourField =
  | 'role'
  | 'asn'
  | 'holdTime'
  | 'sendHoldTime'
  | 'maxRoutes'
  | 'gracefulRestart.enabled'
  | 'gracefulRestart.restartTime'
  | 'gracefulRestart.staleTime'
  | 'gracefulRestart.longLivedStaleTime'
  | 'description'
  | 'password'
  | 'ttlSecurity'
  | 'addPath'
  | 'interest'
  | 'interestLost'
  | 'bgpRole'
  | 'strictRole'
  | 'port'
  | 'passive';

/**
 * What a changed field costs: `live` fields apply to a session that is up, `session` fields only to a new one,
 * so that the peer's session has to be made anew.
 */
const neighbourFieldCost: Readonly<Record<NeighbourField, 'live' | 'session'>> = {
  role: 'session',
  asn: 'session',
  holdTime: 'session',
  sendHoldTime: 'session',
  maxRoutes: 'live',
  // What our OPEN offers.
  'gracefulRestart.enabled': 'session',
  'gracefulRestart.restartTime': 'session',
  'gracefulRestart.longLivedStaleTime': 'session',
  'gracefulRestart.staleTime': 'live',
  description: 'live',
  // A socket takes a new TCP-MD5 key while its connection goes on.
  password: 'live',
  ttlSecurity: 'session',
  addPath: 'session',
  interest: 'live',
  interestLost: 'live',
  bgpRole: 'session',
  strictRole: 'session',
  port: 'session',
  passive: 'session',
};

/**
 * One thing to do so that a running nvad becomes what the new configuration says. Everything that is not named
 * stays untouched: a peer without a change keeps its session. A `neighbour` is a static peer, found by its
 * address, or a prefix of dynamic peers, found by the prefix.
 */
export type ConfigChange =
  | { readonly kind: 'neighbour-added'; readonly role: PeerRole; readonly neighbour: Neighbour }
  | { readonly kind: 'neighbour-removed'; readonly role: PeerRole; readonly neighbour: Neighbour }
  | {
      readonly kind: 'neighbour-changed';
      readonly role: PeerRole;
      readonly before: Neighbour;
      readonly neighbour: Neighbour;
      readonly fields: readonly NeighbourField[];
      /** Whether any of the fields needs a new session. */
      readonly newSession: boolean;
    }
  | AuthorityChange
  | FederationChange
  | { readonly kind: 'listener-added'; readonly listen: TcpEndpoint; readonly index: number }
  | { readonly kind: 'listener-removed'; readonly listen: TcpEndpoint }
  | { readonly kind: 'log-levels'; readonly level: LogConfig['level']; readonly levels: LogConfig['levels'] };

/** The changes to apply, or why the new configuration cannot be taken by a running nvad. Never both. */
export type Difference =
  | { readonly ok: true; readonly changes: readonly ConfigChange[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/**
 * Compares two valid configurations. What needs a restart (domain, asn, routerId, clusterId, store, api,
 * log.format, user, group, whether there are virtual networks at all) refuses the whole of the new configuration, so that nvad never runs on a mixture of
 * two files. Removals come before additions, so that an address can move from one list to the other.
 */
export function difference(before: Config, after: Config): Difference {
  const findings = needsRestart(before, after);
  if (findings.length > 0) return { ok: false, findings };
  const peers = neighbourChanges(before, after);
  const listeners = listenerChanges(before.listen, after.listen);
  const changes = [...listeners, ...peers, ...authorityChanges(before, after), ...federationChanges(before, after)];
  if (before.log.level !== after.log.level || !isDeepStrictEqual(before.log.levels, after.log.levels)) {
    changes.push({ kind: 'log-levels', level: after.log.level, levels: after.log.levels });
  }
  return { ok: true, changes };
}

interface FixedValue {
  readonly path: readonly string[];
  readonly show: (config: Config) => string;
}

/** What a running nvad cannot change, in the form in which it is compared and shown. */
const fixedValues: readonly FixedValue[] = [
  { path: ['domain'], show: (config) => config.domain },
  { path: ['asn'], show: (config) => String(config.asn) },
  { path: ['routerId'], show: (config) => config.routerId },
  { path: ['clusterId'], show: (config) => config.clusterId },
  { path: ['domainId'], show: (config) => config.domainId },
  { path: ['bfd'], show: ({ bfd }) => (bfd === undefined ? 'none' : Object.values(bfd).join(' ')) },
  {
    path: ['virtualNetworks'],
    show: ({ authority }) => (authority === undefined ? 'plain reflector' : 'virtual networks'),
  },
  { path: ['api', 'listen'], show: (config) => config.api.listen.text },
  { path: ['api', 'tokens'], show: ({ api }) => api.tokens ?? 'none' },
  {
    path: ['api', 'tls'],
    show: ({ api: { tls } }) =>
      tls === undefined ? 'none' : [tls.certificate, tls.key, tls.clientCa].join(' ').trim(),
  },
  { path: ['api', 'audit'], show: ({ api }) => api.audit ?? 'none' },
  { path: ['store', 'kind'], show: (config) => config.store.kind },
  { path: ['store', 'path'], show: (config) => (config.store.kind === 'sqlite' ? config.store.path : 'none') },
  {
    path: ['store', 'synchronous'],
    show: (config) => (config.store.kind === 'sqlite' ? config.store.synchronous : 'none'),
  },
  { path: ['log', 'format'], show: (config) => config.log.format ?? 'by terminal' },
  { path: ['user'], show: (config) => config.user ?? 'none' },
  { path: ['group'], show: (config) => config.group ?? 'none' },
];

/** Values that follow from another one when they are left out, so that one change is not reported twice. */
const followers: Readonly<Record<string, string>> = {
  clusterId: 'routerId',
  domainId: 'asn',
  'store.path': 'store.kind',
  'store.synchronous': 'store.kind',
};

function needsRestart(before: Config, after: Config): Finding[] {
  const changed = fixedValues.filter(({ show }) => show(before) !== show(after));
  const names = new Set(changed.map(({ path }) => path.join('.')));
  return changed
    .filter(({ path }) => !names.has(followers[path.join('.')] ?? ''))
    .map(({ path, show }) => ({
      code: 'needs-restart',
      path,
      reason: `${path.join('.')} cannot change while nvad runs (${show(before)} to ${show(after)})`,
      suggestion: 'restart nvad to take the new file',
    }));
}

function listenerChanges(before: readonly TcpEndpoint[], after: readonly TcpEndpoint[]): ConfigChange[] {
  const old = new Set(before.map((listen) => listen.text));
  const now = new Set(after.map((listen) => listen.text));
  return [
    ...before.filter(({ text }) => !now.has(text)).map((listen) => ({ kind: 'listener-removed', listen }) as const),
    ...after.flatMap((listen, index) =>
      old.has(listen.text) ? [] : [{ kind: 'listener-added', listen, index } as const],
    ),
  ];
}

function neighbourChanges(before: Config, after: Config): ConfigChange[] {
  const old = members(before);
  const now = members(after);
  const changes: ConfigChange[] = [];
  for (const [key, { role, neighbour }] of old) {
    if (!now.has(key)) changes.push({ kind: 'neighbour-removed', role, neighbour });
  }
  for (const [key, member] of now) {
    const previous = old.get(key);
    if (previous === undefined) {
      changes.push({ kind: 'neighbour-added', role: member.role, neighbour: member.neighbour });
    } else {
      changes.push(...changed(previous, member));
    }
  }
  return changes;
}

function members(config: Config): Map<string, Member> {
  return new Map(neighboursOf(config).map((member) => [keyOf(member.neighbour), member]));
}

function keyOf(neighbour: Neighbour): string {
  return neighbour.kind === 'static' ? neighbour.address : neighbour.prefix;
}

function changed(before: Member, after: Member): ConfigChange[] {
  const fields = (Object.keys(neighbourFieldCost) as NeighbourField[]).filter(
    (field) => !isDeepStrictEqual(fieldOf(before, field), fieldOf(after, field)),
  );
  if (fields.length === 0) return [];
  const newSession = fields.some((field) => neighbourFieldCost[field] === 'session');
  const { role, neighbour } = after;
  return [{ kind: 'neighbour-changed', role, before: before.neighbour, neighbour, fields, newSession }];
}

function fieldOf({ role, neighbour }: Member, field: NeighbourField): unknown {
  if (field === 'role') return role;
  if (field === 'bgpRole') return neighbour.role;
  let value: unknown = neighbour;
  for (const key of field.split('.')) value = (value as Readonly<Record<string, unknown>>)[key];
  return value;
}
