/**
 * bgp-ts: BGP-4 and EVPN in TypeScript. The codec, the state machine, the route table, the way out, a client for one router,
 * and a speaker that puts them all together.
 */

export { Client, type ClientHandler, type ClientModules, type ClientOptions, connect } from './client/client.ts';
export { isAddressed, maySend, type NeighbourTraits } from './egress/neighbour-class.ts';
export type { DownReason } from './fsm/action.ts';
export type { Admission } from './rib/admission.ts';
export type { AttributeSet } from './rib/attribute-store.ts';
export { comparePaths, type RankedPath, steps as decisionSteps, type Verdict } from './rib/best-path.ts';
export type { IngestCounts, MalformedUpdate } from './rib/ingest.ts';
export type { Rider } from './rib/rider-store.ts';
export { type Changes, type PathView, type PathWatcher, RouteTable } from './rib/route-table.ts';
export type { Audience, Source, SourceKind } from './rib/source.ts';
export { type Clock, systemClock, type Timer } from './session/clock.ts';
export type { Negotiated } from './session/negotiate.ts';
export type { Peer, PeerEnd, PeerError, PeerEvent } from './session/peer.ts';
export { TcpTransport, type TcpTransportOptions } from './session/tcp.ts';
export type { TcpSecurity } from './session/tcp-security.ts';
export type {
  Connection,
  ConnectionHandler,
  Listener,
  ListenOptions,
  ProtectedPeers,
  Protection,
  ProtectionFault,
  Transport,
} from './session/transport.ts';
export { DerivedInterest } from './speaker/derived-interest.ts';
export { type GracefulRestartPolicy, hearsLongLived, retentionTimes } from './speaker/graceful-restart.ts';
export type { HeldBack } from './speaker/interop.ts';
export { Membership } from './speaker/membership.ts';
export {
  type AddPathOffer,
  type DynamicNeighbours,
  type InterestPolicy,
  type LostInterest,
  Neighbour,
  type NeighbourPolicy,
  type RouteLimit,
  type StaticNeighbour,
} from './speaker/neighbour.ts';
export type { OwnSource, OwnSourceOptions } from './speaker/own-source.ts';
export { findRoute, joinRoute, readRoute, type StoredRoute } from './speaker/read-route.ts';
export type { Retention, RetentionEvent, RetentionPhase } from './speaker/retention.ts';
export type { RouteLimitEvent } from './speaker/route-limits.ts';
export {
  type DeferralEvent,
  type Guests,
  type OwnRestart,
  Speaker,
  type SpeakerHandler,
  type SpeakerModules,
  type SpeakerOptions,
} from './speaker/speaker.ts';
export { type WarmUpOptions, warmUp } from './speaker/warm-up.ts';

// wire: octets ⇄ messages
export type { Aggregator } from './wire/attribute/aggregator.ts';
export { type AsSegment, type AsSegmentType, asPathLength } from './wire/attribute/as-path-segments.ts';
export { type DomainId, type PathDomain, parseDomainId } from './wire/attribute/d-path.ts';
export { type DecodedAttributes, decodeAttributes } from './wire/attribute/decode.ts';
export { encodeAttributes } from './wire/attribute/encode.ts';
export { formatAttribute } from './wire/attribute/format.ts';
export type { MpReachNlri } from './wire/attribute/mp-reach-nlri.ts';
export type { MpUnreachNlri } from './wire/attribute/mp-unreach-nlri.ts';
export type { Origin } from './wire/attribute/origin.ts';
export type { PathAttributes, UnknownAttribute } from './wire/attribute/path-attributes.ts';
export { type AttributeKey, attributeRow, attributes as attributeRegistry } from './wire/attribute/registry.ts';
export { relayAttributes } from './wire/attribute/relay.ts';
export { fromHex, toHex } from './wire/bytes.ts';
export { decodeCapabilities, encodeCapabilities } from './wire/capability/capability.ts';
export { type Capability, capabilityCode } from './wire/capability/registry.ts';
export { BgpRole } from './wire/capability/role.ts';
export {
  describeExtendedCommunity,
  extendedCommunity,
  isRouteTarget,
  parseRouteTarget,
} from './wire/community/extended/extended.ts';
export { formatExtendedCommunity } from './wire/community/extended/format.ts';
export type { ExtendedCommunity } from './wire/community/extended/octets.ts';
export type { ExtendedCommunityView } from './wire/community/extended/view.ts';
export { parseLargeCommunity } from './wire/community/large.ts';
export { formatCommunity, parseCommunity } from './wire/community/standard.ts';
export * from './wire/constants.ts';
export { type DecodeContext, defaultContext, type EncodeContext } from './wire/context.ts';
export { EncodeError } from './wire/encode-error.ts';
export { formatEsi } from './wire/esi.ts';
export { familyName } from './wire/family-name.ts';
export { type Fault, hardest, type NotificationParts, type Outcome, outcomes, verdict } from './wire/fault.ts';
export { Framer, type OnMessage } from './wire/framer.ts';
export { canonicalIp, formatIp, ipv4FromNumber, ipv4ToNumber, isHostAddress, parseIp, unmappedIp } from './wire/ip.ts';
export { formatMac, parseMac } from './wire/mac.ts';
export { encodeKeepalive } from './wire/message/keepalive.ts';
export { type DecodedMessage, decodeMessage, encodeMessage, type Message } from './wire/message/message.ts';
export {
  decodeNotification,
  encodeCommunication,
  encodeNotification,
  type Notification,
  readNotification,
} from './wire/message/notification.ts';
export { notificationName, notificationTitle } from './wire/message/notification-names.ts';
export { decodeOpen, encodeOpen, type Open, openAsn } from './wire/message/open.ts';
export {
  decodeRouteRefresh,
  encodeRouteRefresh,
  RefreshSubtype,
  type RouteRefresh,
} from './wire/message/route-refresh.ts';
export {
  announcedRoutes,
  type DecodedUpdate,
  decodeUpdate,
  encodeUpdate,
  endOfRib,
  type Update,
  withdrawnRoutes,
} from './wire/message/update.ts';
export type { EvpnNlri } from './wire/nlri/evpn/evpn.ts';
export { splitEvpn } from './wire/nlri/evpn/key.ts';
export { emptySplit, type NlriSplit } from './wire/nlri/evpn/split.ts';
export { formatNlri } from './wire/nlri/format.ts';
export type { FamilyRoutes, Nlri, NlriOf } from './wire/nlri/nlri.ts';
export { type DecodedNlri, decodeNlri, encodeNlri, type NlriOptions } from './wire/nlri/registry.ts';
export { decodeRd, encodeRd, formatRd, parseRd, type RouteDistinguisher } from './wire/rd.ts';
export type { Result } from './wire/result.ts';
export {
  emptyLayout,
  LayoutFault,
  locateMultiprotocol,
  locateUpdate,
  type UpdateLayout,
} from './wire/update-layout.ts';
