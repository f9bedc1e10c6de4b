/**
 * What must not compile. Below each `@ts-expect-error` stands a mistake that a caller of the encoders could make, and beside
 * it words of what the compiler has to say of it: `tsc -b` fails where it says nothing, `refused.test.ts` where it says
 * something else.
 */
import {
  type Capability,
  type DecodeContext,
  defaultContext,
  type EvpnNlri,
  encodeAttributes,
  encodeMessage,
  encodeNlri,
  encodeOpen,
  encodeUpdate,
  Family,
  type Nlri,
  type PathAttributes,
  type Update,
} from '../../../../src/bgp-ts/index.ts';
import { kept, macIp, plain, prefix } from './kept.ts';

const { mac: _, ...withoutMac } = macIp;
const reach = { family: Family.Evpn, nextHop: '192.0.2.1' } as const;

/** Never run. */
export const refused: readonly unknown[] = [
  // values of attributes
  // @ts-expect-error "IGP"
  () => encodeAttributes({ origin: 'IGP' }, defaultContext),
  // @ts-expect-error 'string' is not assignable to type 'number'
  () => encodeAttributes({ localPref: '100' }, defaultContext),
  // @ts-expect-error 'AsSegment'
  () => encodeAttributes({ asPath: [65000] }, defaultContext),
  // @ts-expect-error "seqence"
  () => encodeAttributes({ asPath: [{ type: 'seqence', asns: [65000] }] }, defaultContext),
  // @ts-expect-error 'null'
  () => encodeAttributes({ nextHop: null }, defaultContext),
  // @ts-expect-error '{ asn: number; value: number; }'
  () => encodeAttributes({ communities: [{ asn: 65000, value: 1 }] }, defaultContext),
  // @ts-expect-error 'false'
  () => encodeAttributes({ atomicAggregate: false }, defaultContext),
  // @ts-expect-error 'address' is missing
  () => encodeAttributes({ aggregator: { asn: 65000 } }, defaultContext),
  // @ts-expect-error "65000"
  () => encodeAttributes({ dPath: [[{ domain: '65000', isfSafi: 70 }]] }, defaultContext),
  // @ts-expect-error '{ multiExitDisc: undefined; }'
  () => encodeAttributes({ multiExitDisc: undefined }, defaultContext),

  // names of attributes
  // @ts-expect-error 'orgin'
  () => encodeAttributes({ orgin: 'igp' }, defaultContext),
  // @ts-expect-error 'localPreference'
  () => encodeUpdate({ ...kept, attributes: { ...kept.attributes, localPreference: 100 } }, defaultContext),
  // @ts-expect-error 'as4Path'
  () => encodeAttributes({ as4Path: [] }, defaultContext),
  // @ts-expect-error 'nlri' is missing
  () => encodeUpdate({ withdrawn: [], attributes: {} }, defaultContext),

  // EVPN routes
  // @ts-expect-error ethernetTag: 0; label1: 100; }
  () => encodeNlri(Family.Evpn, [withoutMac], plain),
  // @ts-expect-error type: 3;
  () => encodeNlri(Family.Evpn, [{ ...macIp, type: 3 }], plain),
  // @ts-expect-error 'string' is not assignable to type 'number'
  () => encodeNlri(Family.Evpn, [{ ...macIp, label1: '100' }], plain),
  // @ts-expect-error 'RouteDistinguisher'
  () => encodeNlri(Family.Evpn, [{ ...macIp, rd: '65000:1' }], plain),
  // @ts-expect-error "mac-ip"
  () => encodeNlri(Family.Evpn, [{ ...macIp, kind: 'mac-ip' }], plain),

  // routes of one family in the field of another
  // @ts-expect-error family: 257;
  () => encodeNlri(Family.Evpn, [prefix], plain),
  // @ts-expect-error 'PrefixNlri<257>'
  () => encodeNlri(Family.Ipv4Unicast, [macIp], plain),
  // @ts-expect-error family: 257;
  () => encodeAttributes({ mpReachNlri: { ...reach, nlri: [prefix] } }, defaultContext),
  // @ts-expect-error family: 257;
  () => encodeAttributes({ mpReachNlri: { ...reach, nlri: [macIp, prefix] } }, defaultContext),
  // @ts-expect-error 'OpaqueNlri | PrefixNlri<513>'
  () => encodeAttributes({ mpUnreachNlri: { family: Family.Ipv6Unicast, nlri: [macIp] } }, defaultContext),
  // @ts-expect-error 'PrefixNlri<257>'
  () => encodeUpdate({ ...kept, nlri: [macIp] }, defaultContext),
  // @ts-expect-error '513' is not assignable to type '257'
  () => encodeUpdate({ ...kept, withdrawn: [{ ...prefix, family: Family.Ipv6Unicast }] }, defaultContext),
  // @ts-expect-error 'octets' is missing
  (): Update => ({ ...kept, attributes: { mpReachNlri: { nextHop: '192.0.2.1', nlri: [macIp] } } }),
  // @ts-expect-error 'EvpnNlri'
  (route: Nlri): EvpnNlri => route,

  // contexts, messages, capabilities
  // @ts-expect-error addPath, extendedMessages
  () => encodeAttributes({ origin: 'igp' }, { asn4: true }),
  // @ts-expect-error "external"
  (): DecodeContext => ({ ...defaultContext, session: 'external' }),
  // @ts-expect-error 'value' does not exist
  () => encodeMessage({ kind: 'keepalive', value: kept }, defaultContext),
  // @ts-expect-error '{ kind: "fourOctetAs"; value: string; }'
  (): Capability => ({ kind: 'fourOctetAs', value: '65000' }),
  // @ts-expect-error 'capabilities' is missing
  () => encodeOpen({ myAs: 65000, holdTime: 90, bgpId: '192.0.2.1' }),
  // @ts-expect-error 'origin' because it is a read-only property
  (attributes: PathAttributes) => (attributes.origin = 'egp'),
];
