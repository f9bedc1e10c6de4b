/**
 * nve-client: the NVE's side of the NVE protocol, for NVEs that do not speak BGP.
 *
 * ```ts
 * import { NodeTransport, NveClient, systemClock } from 'nvad/nve-client';
 *
 * const client = new NveClient(
 *   {
 *     identity: { name: 'leaf1', tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] },
 *     nvas: [
 *       { host: '10.0.0.1', port: 4790 },
 *       { host: '10.0.0.2', port: 4790 },
 *     ],
 *     token: 's3cret',
 *   },
 *   { transport: new NodeTransport(), clock: systemClock },
 * );
 * client.join('web', 'push', {
 *   parameters: ({ vni }) => console.log(`web has VNI ${vni}`),
 *   changed: (changes) => changes.forEach((change) => console.log(change)),
 * });
 * client.start();
 * const attachment = { id: 'vm7', mac: '02:00:00:00:00:0b', ips: ['10.1.0.11'], prefixes: [] };
 * console.log(await client.attach('web', { ...attachment, sticky: false, role: 'tenant', state: 'associated' }));
 * console.log(await client.resolve('web', '10.1.0.12'));
 * ```
 */
export type { NveIdentity } from '../../nva/authority.ts';
export type { Crossing, Leg } from '../../nva/crossing.ts';
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
