/** nve-client: the NVE's side of the NVE protocol, for NVEs that do not speak BGP. */
export type { NveIdentity } from '../../nva/authority.ts';
export type {
  FloodMapping,
  HostMapping,
  Mapping,
  MappingChange,
  PrefixMapping,
  TunnelEnd,
} from '../../nva/mapping.ts';
export { mappingKey } from '../../nva/mapping.ts';
export type { AclRule, Encapsulation, Flooding, Qos, Service } from '../../nva/model.ts';
export { type Clock, systemClock } from '../transport/clock.ts';
export type { Connection, ConnectionHandler, NvaAddress, Transport } from '../transport/connection.ts';
export { type ClientTls, NodeTransport } from '../transport/node-transport.ts';
export type { Resolution } from '../wire/message/answer.ts';
export type { NveAttachment } from '../wire/message/attach.ts';
export type { JoinMode } from '../wire/message/join.ts';
export type { Refusal } from '../wire/message/outcome.ts';
export type { NetworkParameters } from '../wire/message/parameters.ts';
export type { BackoffOptions } from './backoff.ts';
export type { LinkEnd } from './link.ts';
export {
  type AttachResult,
  type NetworkHandler,
  NveClient,
  type NveClientHandler,
  type NveClientModules,
  type NveClientOptions,
} from './nve-client.ts';
export type { Resolved } from './pulls.ts';
