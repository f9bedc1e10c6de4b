/**
 * The capabilities that are understood, one row each (RFC 5492 §4). A new one is a file beside this one and a row
 * here; {@link Capability} follows.
 */
import { CapabilityCode } from '../constants.ts';
import { addPath } from './add-path.ts';
import { bgpsec } from './bgpsec.ts';
import type { CapabilityCodec } from './codec.ts';
import { dynamic } from './dynamic.ts';
import { enhancedRouteRefresh } from './enhanced-route-refresh.ts';
import { extendedMessage } from './extended-message.ts';
import { extendedNextHop } from './extended-next-hop.ts';
import { fourOctetAs } from './four-octet-as.ts';
import { fqdn } from './fqdn.ts';
import { gracefulRestart } from './graceful-restart.ts';
import { longLivedGracefulRestart } from './long-lived-graceful-restart.ts';
import { multipleLabels } from './multiple-labels.ts';
import { multiprotocol } from './multiprotocol.ts';
import { outboundRouteFilter } from './outbound-route-filter.ts';
import { pathsLimit } from './paths-limit.ts';
import { role } from './role.ts';
import { routeRefresh } from './route-refresh.ts';
import { softwareVersion } from './software-version.ts';
import { strictBfd } from './strict-bfd.ts';

interface CapabilityRow {
  readonly code: number;
  /** For people. */
  readonly name: string;
  readonly codec: CapabilityCodec<unknown>;
}

export const capabilities = {
  multiprotocol: { code: CapabilityCode.Multiprotocol, name: 'Multiprotocol Extensions', codec: multiprotocol },
  routeRefresh: { code: CapabilityCode.RouteRefresh, name: 'Route Refresh', codec: routeRefresh },
  outboundRouteFilter: {
    code: CapabilityCode.OutboundRouteFilter,
    name: 'Outbound Route Filtering',
    codec: outboundRouteFilter,
  },
  extendedNextHop: { code: CapabilityCode.ExtendedNextHop, name: 'Extended Next Hop Encoding', codec: extendedNextHop },
  extendedMessage: { code: CapabilityCode.ExtendedMessage, name: 'Extended Message', codec: extendedMessage },
  bgpsec: { code: CapabilityCode.Bgpsec, name: 'BGPsec', codec: bgpsec },
  multipleLabels: { code: CapabilityCode.MultipleLabels, name: 'Multiple Labels', codec: multipleLabels },
  role: { code: CapabilityCode.Role, name: 'BGP Role', codec: role },
  gracefulRestart: { code: CapabilityCode.GracefulRestart, name: 'Graceful Restart', codec: gracefulRestart },
  fourOctetAs: { code: CapabilityCode.FourOctetAs, name: 'Four-Octet AS Number', codec: fourOctetAs },
  dynamic: { code: CapabilityCode.Dynamic, name: 'Dynamic Capability', codec: dynamic },
  addPath: { code: CapabilityCode.AddPath, name: 'ADD-PATH', codec: addPath },
  enhancedRouteRefresh: {
    code: CapabilityCode.EnhancedRouteRefresh,
    name: 'Enhanced Route Refresh',
    codec: enhancedRouteRefresh,
  },
  longLivedGracefulRestart: {
    code: CapabilityCode.LongLivedGracefulRestart,
    name: 'Long-Lived Graceful Restart',
    codec: longLivedGracefulRestart,
  },
  fqdn: { code: CapabilityCode.Fqdn, name: 'FQDN', codec: fqdn },
  strictBfd: { code: CapabilityCode.StrictBfd, name: 'BFD Strict-Mode', codec: strictBfd },
  softwareVersion: { code: CapabilityCode.SoftwareVersion, name: 'Software Version', codec: softwareVersion },
  pathsLimit: { code: CapabilityCode.PathsLimit, name: 'PATHS-LIMIT', codec: pathsLimit },
  // the number of Route Refresh before it had one, still sent by some beside the real one
  ciscoRouteRefresh: { code: CapabilityCode.CiscoRouteRefresh, name: 'Route Refresh (Cisco)', codec: routeRefresh },
  // and that of Outbound Route Filtering
  ciscoOutboundRouteFilter: {
    code: CapabilityCode.CiscoOutboundRouteFilter,
    name: 'Outbound Route Filtering (Cisco)',
    codec: outboundRouteFilter,
  },
} as const satisfies Record<string, CapabilityRow>;

type Table = typeof capabilities;
type Value<Row> = Row extends { readonly codec: CapabilityCodec<infer T> } ? T : never;

/** A capability by the key of its row; one that is not understood keeps its octets. */
export type Capability =
  | { [K in keyof Table]: { readonly kind: K; readonly value: Value<Table[K]> } }[keyof Table]
  | { readonly kind: 'unknown'; readonly code: number; readonly value: Uint8Array };

const kindOfCode = new Map<number, keyof Table>();
for (const [kind, row] of Object.entries(capabilities)) kindOfCode.set(row.code, kind as keyof Table);

/** Key of the row for `code`, or undefined. */
export function capabilityKind(code: number): keyof Table | undefined {
  return kindOfCode.get(code);
}

/** The code under which `capability` is sent. */
export function capabilityCode(capability: Capability): number {
  return capability.kind === 'unknown' ? capability.code : capabilities[capability.kind].code;
}
