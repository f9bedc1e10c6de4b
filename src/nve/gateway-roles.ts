/**
 * The gateway roles of an NVE (RFC 8014 §5.3): what its configuration has it be between virtual networks and what is none, and
 * the attachments that it therefore has at the NVA. Pure.
 */
import type { AclRule } from '../nva/model.ts';
import type { LocalAttachment } from './local-attachment.ts';

/** Port to VN: hosts behind a port of this machine are learnt from what they send, and attached to a network with L2 service. */
export interface PortRole {
  readonly network: string;
  readonly port: string;
  /** Those that are learnt; frames of others are dropped. */
  readonly maxHosts: number;
}

/** One of two networks that are joined. */
export interface JoinedNetwork {
  readonly network: string;
  /** What the other network is told to reach in this one. */
  readonly prefixes: readonly string[];
}

/** VN to VN: two networks with L3 service reach prefixes of each other by this NVE. */
export interface JoinRole {
  readonly networks: readonly [JoinedNetwork, JoinedNetwork];
  /** The first rule that matches decides; what none matches is allowed, and so are answers to what was. */
  readonly acl: readonly AclRule[];
}

/** VN to outside: a network with L3 service reaches IPv4 prefixes by this machine, as if the machine asked. */
export interface OutsideRole {
  readonly network: string;
  /** Device of the machine by which its own packets go there. */
  readonly device: string;
  readonly prefixes: readonly string[];
  readonly acl: readonly AclRule[];
  /** A number of its own, from 0: its addresses between router and machine are by it. */
  readonly slot: number;
}

export interface GatewayRoles {
  readonly ports: readonly PortRole[];
  readonly joins: readonly JoinRole[];
  readonly outside: readonly OutsideRole[];
}

export const noRoles: GatewayRoles = { ports: [], joins: [], outside: [] };

const common = { ips: [], state: 'associated', sticky: false } as const;

/** Ids of attachments are unique in a network, whichever NVE has them; those that tenants are given have no `@`. */
const idAt = (nve: string, what: string) => `${what}@${nve}`;

const outsideId = (nve: string) => idAt(nve, 'outside:nat');

/** What is attached because of the roles, whatever is plugged in. */
export function roleAttachments(nve: string, { joins, outside }: GatewayRoles): LocalAttachment[] {
  return [
    ...joins.flatMap(({ networks: [a, b] }) => [attachmentOf(nve, a.network, b), attachmentOf(nve, b.network, a)]),
    ...outside.map(({ network, prefixes }) => routed(network, outsideId(nve), prefixes)),
  ];
}

const routed = (network: string, id: string, prefixes: readonly string[]): LocalAttachment => ({
  ...{ network, id, prefixes, role: 'gateway', source: 'configuration' },
  ...common,
});

const attachmentOf = (nve: string, network: string, to: JoinedNetwork) =>
  routed(network, idAt(nve, to.network), to.prefixes);

export const learntId = (nve: string, mac: string) => idAt(nve, mac);

/**
 * A host that was learnt. It is no gateway: to the NVA, a MAC address of that role is a default gateway's (RFC 7432 §10.1).
 */
export const learntAttachment = (nve: string, { network, port }: PortRole, mac: string): LocalAttachment => ({
  ...{ network, id: learntId(nve, mac), port, mac, prefixes: [], role: 'bare-metal', source: 'port' },
  ...common,
});

/** The role's port as a port of its network's bridge. */
export const portAttachment = (nve: string, { network, port }: PortRole): LocalAttachment => ({
  ...{ network, id: idAt(nve, port), port, prefixes: [], role: 'bare-metal', source: 'configuration' },
  ...common,
});

/** Roles whose attachments are all there, as the NVA lets them be. */
export function grantedRoles(
  nve: string,
  { ports, joins, outside }: GatewayRoles,
  attachments: Iterable<LocalAttachment>,
): GatewayRoles {
  const there = new Set([...attachments].map(({ network, id }) => `${network}/${id}`));
  return {
    ports,
    joins: joins.filter(({ networks: [a, b] }) =>
      [attachmentOf(nve, a.network, b), attachmentOf(nve, b.network, a)].every(({ network, id }) =>
        there.has(`${network}/${id}`),
      ),
    ),
    outside: outside.filter(({ network }) => there.has(`${network}/${outsideId(nve)}`)),
  };
}
