/**
 * What the NVA knows that should be (seed §3–§5, RFC 8014): virtual networks, NVEs, and which tenant systems are attached
 * where. Plain values, checked where they come in (configuration, API, NVE protocol); addresses are canonical text
 * throughout: MAC addresses in lower case with colons, IP addresses and prefixes as RFC 5952 writes them.
 */

export const services = ['l2', 'l3'] as const;
/** Whether tenants' frames are delivered by MAC address, or their packets by IP address (seed §3.1). */
export type Service = (typeof services)[number];

export const encapsulations = ['vxlan', 'vxlan-gpe', 'nvgre', 'geneve', 'mpls-in-gre', 'mpls-in-udp'] as const;
/** How tenant traffic is carried between NVEs (RFC 9012 §6). */
export type Encapsulation = (typeof encapsulations)[number];

export const trusts = ['nve', 'orchestrator', 'both'] as const;
/**
 * Whose word on where an address is counts: that of the NVEs, that of the orchestrator alone, or what an NVE announces
 * and the orchestrator has registered with the same NVE, MAC and IP address (seed §7.1).
 */
export type Trust = (typeof trusts)[number];

/** How broadcast, unknown unicast and multicast reach all NVEs of a network: a copy for each, or a group of the underlay. */
export type Flooding =
  | { readonly kind: 'ingress-replication' }
  | { readonly kind: 'multicast'; readonly group: string };

/** Marking and policing of a network's traffic where it enters the underlay. */
export interface Qos {
  /** Of the outer header, 0 to 63. */
  readonly dscp?: number;
  /** Kilobits a second for each attachment. */
  readonly rateKbit?: number;
}

/** One rule of an ACL; the first that matches decides, and what none matches is allowed. */
export interface AclRule {
  readonly action: 'allow' | 'deny';
  readonly protocol?: 'tcp' | 'udp' | 'icmp' | 'icmpv6';
  /** Prefixes. */
  readonly source?: string;
  readonly destination?: string;
  /** Of TCP and UDP, both ends included. */
  readonly destinationPorts?: { readonly from: number; readonly to: number };
}

export interface VirtualNetwork {
  /** Unique in the domain. */
  readonly name: string;
  /** On the wire: 24 bits, unique in the domain. */
  readonly vni: number;
  readonly service: Service;
  /** Carried by the network's routes, as `parseRouteTarget` reads them. */
  readonly routeTargets: readonly string[];
  /** The network with L3 service that routes for this one with L2 service (symmetric IRB, RFC 9135 §5). */
  readonly l3?: string;
  /** Octets of a tenant's IP packet. */
  readonly mtu?: number;
  readonly qos?: Qos;
  readonly acl: readonly AclRule[];
  readonly flooding: Flooding;
  /** Those that may be used in it, preferred first. */
  readonly encapsulations: readonly Encapsulation[];
  readonly unknownUnicast: 'flood' | 'drop';
  readonly trust: Trust;
}

export const nveKinds = ['bgp', 'agent', 'static'] as const;
/** Announces by BGP, speaks the NVE protocol, or says nothing by itself: nvad announces for the latter two. */
export type NveKind = (typeof nveKinds)[number];

export interface Nve {
  /** Unique in the domain. */
  readonly name: string;
  /** Where its tunnels end; unique in the domain. */
  readonly tunnelAddress: string;
  readonly kind: NveKind;
  /** Peering address of its BGP session, where that is not the tunnel address. */
  readonly session?: string;
  /** Those it can do, preferred first; none: those that it announces, or names in its hello. */
  readonly encapsulations: readonly Encapsulation[];
  /** Inner destination MAC for routed traffic (RFC 9135 §8.1). */
  readonly routerMac?: string;
}

export const attachmentRoles = ['tenant', 'appliance', 'gateway', 'bare-metal'] as const;
export type AttachmentRole = (typeof attachmentRoles)[number];

export const attachmentStates = ['associated', 'pre-associated', 'detached'] as const;
/** Pre-associated: expected by a live migration, announced by nobody yet (RFC 8394 §2.2). Detached: known, not announced. */
export type AttachmentState = (typeof attachmentStates)[number];

/** One interface of a tenant system in one virtual network (TSI, seed §3.2), and the NVE that it is plugged into. */
export interface Attachment {
  /** Name of the virtual network. */
  readonly network: string;
  /** Chosen by whoever attaches it; unique in the network. */
  readonly id: string;
  /** Name of the NVE. */
  readonly nve: string;
  /** Absent for an attachment of prefixes alone. */
  readonly mac?: string;
  /** Host addresses. */
  readonly ips: readonly string[];
  /** Prefixes reached through it; of a network with L3 service. */
  readonly prefixes: readonly string[];
  /** The NVE's port. */
  readonly vap?: string;
  /** Never moves (RFC 7432 §15.2): another NVE is refused while it is associated and this stays so. */
  readonly sticky: boolean;
  readonly role: AttachmentRole;
  readonly state: AttachmentState;
}

/** Who asked for a change. */
export interface Actor {
  /** A token's name, a user of this machine, an NVE, the address of a session, or `configuration`. */
  readonly name: string;
  readonly via: 'api' | 'configuration' | 'nve-protocol' | 'session';
}

/** One change of what should be. A `put` says the whole object. */
export type Change =
  | { readonly op: 'put'; readonly kind: 'virtual-network'; readonly value: VirtualNetwork }
  | { readonly op: 'delete'; readonly kind: 'virtual-network'; readonly name: string }
  | { readonly op: 'put'; readonly kind: 'nve'; readonly value: Nve }
  | { readonly op: 'delete'; readonly kind: 'nve'; readonly name: string }
  | { readonly op: 'put'; readonly kind: 'attachment'; readonly value: Attachment }
  | { readonly op: 'delete'; readonly kind: 'attachment'; readonly network: string; readonly id: string };

/** Why a change is refused; nothing of its transaction is done. */
export interface ChangeRefusal {
  readonly code:
    | 'no-such-network'
    | 'no-such-nve'
    | 'no-such-attachment'
    | 'network-in-use'
    | 'nve-in-use'
    | 'vni-taken'
    | 'tunnel-address-taken'
    | 'wrong-service'
    | 'not-registered'
    | 'frozen'
    | 'sticky'
    | 'held-by-nve'
    | 'incomplete'
    | 'configured'
    | 'too-many';
  /** Index in the transaction. */
  readonly change: number;
  /** Of the value, where one field is to blame. */
  readonly field?: string;
  /** A sentence that says what would be right. */
  readonly reason: string;
}

export type ApplyResult =
  | {
      readonly ok: true;
      /** What became of each change, in order; `unchanged` where it said what was so. */
      readonly outcomes: readonly ('created' | 'changed' | 'unchanged' | 'deleted')[];
      /** Id of the last event that the transaction made; absent when it made none, or was a dry run. */
      readonly event?: number;
    }
  | { readonly ok: false; readonly refusals: readonly ChangeRefusal[] };

/** Something that happened to what should be, in the order in which it did. */
export interface NvaEvent {
  /** Grows by one; survives restarts. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly by: Actor;
  readonly change: Change;
  /** The object before, where there was one. */
  readonly before?: VirtualNetwork | Nve | Attachment;
}
