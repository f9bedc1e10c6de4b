/**
 * The numbers of the wire, under the names the RFCs give them. Values only: what a number means for the
 * protocol is said where it is used.
 */

/** RFC 4271 §4.1, RFC 2918 §3. */
export const MessageType = { Open: 1, Update: 2, Notification: 3, Keepalive: 4, RouteRefresh: 5 } as const;
export type MessageType = (typeof MessageType)[keyof typeof MessageType];

/** Octets of marker, length and type (RFC 4271 §4.1). */
export const HEADER_LENGTH = 19;
/** RFC 4271 §4.1. */
export const MAX_MESSAGE_LENGTH = 4096;
/** RFC 8654 §3; OPEN and KEEPALIVE stay at {@link MAX_MESSAGE_LENGTH}. */
export const MAX_EXTENDED_MESSAGE_LENGTH = 65535;

/** Address Family Identifiers. */
export const Afi = { Ipv4: 1, Ipv6: 2, L2vpn: 25 } as const;
/** Subsequent Address Family Identifiers. */
export const Safi = { Unicast: 1, Multicast: 2, MplsLabel: 4, Evpn: 70, MplsVpn: 128, RtConstrain: 132 } as const;

/** Stands for an AS number above 65,535 where only two octets are left for it (RFC 6793 §9). */
export const AS_TRANS = 23456;

/** An address family as one number, AFI × 256 + SAFI: 25/70 (EVPN) is 6470. */
export type FamilyId = number;
/** The family of an Address Family Identifier and a Subsequent one (RFC 4760 §3). */
export const familyId = (afi: number, safi: number): FamilyId => afi * 256 + safi;
/** The Address Family Identifier of a family: 25 for EVPN. */
export const familyAfi = (family: FamilyId): number => family >> 8;
/** The Subsequent Address Family Identifier of a family: 70 for EVPN. */
export const familySafi = (family: FamilyId): number => family & 0xff;
/** Families that have a form of their own here; any other is `familyId(afi, safi)`. */
export const Family = {
  Ipv4Unicast: 257,
  Ipv6Unicast: 513,
  Ipv4Vpn: 384,
  Ipv6Vpn: 640,
  RtConstrain: 388,
  Evpn: 6470,
} as const satisfies Record<string, FamilyId>;

/** Path attribute type codes. */
export const AttributeCode = {
  Origin: 1,
  AsPath: 2,
  NextHop: 3,
  MultiExitDisc: 4,
  LocalPref: 5,
  AtomicAggregate: 6,
  Aggregator: 7,
  Communities: 8,
  OriginatorId: 9,
  ClusterList: 10,
  MpReachNlri: 14,
  MpUnreachNlri: 15,
  ExtendedCommunities: 16,
  As4Path: 17,
  As4Aggregator: 18,
  PmsiTunnel: 22,
  TunnelEncapsulation: 23,
  Ipv6ExtendedCommunities: 25,
  Aigp: 26,
  LinkState: 29,
  LargeCommunities: 32,
  OnlyToCustomer: 35,
  DPath: 36,
  NextHopCharacteristics: 39,
  PrefixSid: 40,
  AttrSet: 128,
} as const;

/** Path attribute flag bits (RFC 4271 §4.3). */
export const AttributeFlag = { Optional: 0x80, Transitive: 0x40, Partial: 0x20, ExtendedLength: 0x10 } as const;

/** Codes of the capabilities that are taken apart (RFC 5492 §4); others keep their octets. */
export const CapabilityCode = {
  Multiprotocol: 1,
  RouteRefresh: 2,
  OutboundRouteFilter: 3,
  ExtendedNextHop: 5,
  ExtendedMessage: 6,
  Bgpsec: 7,
  MultipleLabels: 8,
  Role: 9,
  GracefulRestart: 64,
  FourOctetAs: 65,
  Dynamic: 67,
  AddPath: 69,
  EnhancedRouteRefresh: 70,
  LongLivedGracefulRestart: 71,
  Fqdn: 73,
  StrictBfd: 74,
  SoftwareVersion: 75,
  PathsLimit: 76,
  CiscoRouteRefresh: 128,
  CiscoOutboundRouteFilter: 130,
} as const;

/** NOTIFICATION error codes (RFC 4271 §4.5, RFC 7313 §5, RFC 9687 §6). */
export const NotificationCode = {
  MessageHeader: 1,
  OpenMessage: 2,
  UpdateMessage: 3,
  HoldTimerExpired: 4,
  FiniteStateMachine: 5,
  Cease: 6,
  RouteRefresh: 7,
  SendHoldTimerExpired: 8,
} as const;

/** RFC 4271 §6.1. */
export const HeaderSubcode = { ConnectionNotSynchronized: 1, BadMessageLength: 2, BadMessageType: 3 } as const;
/** RFC 4271 §6.2, RFC 5492 §3, RFC 9234 §4.2. */
export const OpenSubcode = {
  UnsupportedVersion: 1,
  BadPeerAs: 2,
  BadBgpIdentifier: 3,
  UnsupportedOptionalParameter: 4,
  UnacceptableHoldTime: 6,
  UnsupportedCapability: 7,
  RoleMismatch: 11,
} as const;
/** RFC 4271 §6.3. */
export const UpdateSubcode = {
  MalformedAttributeList: 1,
  UnrecognizedWellKnownAttribute: 2,
  MissingWellKnownAttribute: 3,
  AttributeFlags: 4,
  AttributeLength: 5,
  InvalidOrigin: 6,
  InvalidNextHop: 8,
  OptionalAttribute: 9,
  InvalidNetworkField: 10,
  MalformedAsPath: 11,
} as const;
/** RFC 6608 §3. */
export const FsmSubcode = { Unspecified: 0, InOpenSent: 1, InOpenConfirm: 2, InEstablished: 3 } as const;
/** RFC 4486 §3, RFC 8538 §3.1, RFC 9384. */
export const CeaseSubcode = {
  MaximumPrefixes: 1,
  AdministrativeShutdown: 2,
  PeerDeconfigured: 3,
  AdministrativeReset: 4,
  ConnectionRejected: 5,
  OtherConfigurationChange: 6,
  ConnectionCollisionResolution: 7,
  OutOfResources: 8,
  HardReset: 9,
  BfdDown: 10,
} as const;
