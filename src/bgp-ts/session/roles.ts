/** Whether two speakers agree on what they are to each other (RFC 9234 §4.2). Pure. */
import { BgpRole } from '../wire/capability/role.ts';
import type { Open } from '../wire/message/open.ts';

/** Table 2: the role that the other side must have. */
const counterpart = new Map<number, number>([
  [BgpRole.Provider, BgpRole.Customer],
  [BgpRole.Customer, BgpRole.Provider],
  [BgpRole.RouteServer, BgpRole.RouteServerClient],
  [BgpRole.RouteServerClient, BgpRole.RouteServer],
  [BgpRole.Peer, BgpRole.Peer],
]);

const names = new Map<number, string>([
  [BgpRole.Provider, 'provider'],
  [BgpRole.RouteServer, 'route-server'],
  [BgpRole.RouteServerClient, 'route-server-client'],
  [BgpRole.Customer, 'customer'],
  [BgpRole.Peer, 'peer'],
]);

const name = (role: number) => names.get(role) ?? String(role);

/**
 * Why the roles in two OPENs do not go together, as a sentence; undefined when they do. A side that announces no role
 * agrees with every one, unless `strict` asks for the remote one. Roles are for sessions between ASes, so the caller
 * asks for those alone.
 */
export function roleMismatch(local: Open, remote: Open, strict: boolean): string | undefined {
  const [ours] = rolesOf(local);
  if (ours === undefined) return undefined;
  const theirs = rolesOf(remote);
  if (theirs.size > 1) return `it announces several roles: ${[...theirs].map(name).join(' and ')}`;
  const [role] = theirs;
  if (role === undefined) return strict ? 'it announces no role, where one is asked for' : undefined;
  return counterpart.get(ours) === role ? undefined : `its role, ${name(role)}, does not go with ours, ${name(ours)}`;
}

/** A role that is announced twice counts once. */
function rolesOf({ capabilities }: Open): ReadonlySet<number> {
  return new Set(capabilities.flatMap((capability) => (capability.kind === 'role' ? [capability.value] : [])));
}
