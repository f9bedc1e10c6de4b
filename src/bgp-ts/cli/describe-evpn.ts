import { labelMpls, labelVni } from '../wire/label.ts';
import type { EvpnNlri } from '../wire/nlri/evpn/evpn.ts';
import { formatRd } from '../wire/rd.ts';

/** An EVPN route as a plain object, with short names and all of its fields: for `bgp-ts decode --jsonl`. */
export type EvpnDescription = { readonly type: number } & { readonly [field: string]: unknown };

/** Describes `nlri`; labels show both readings, absent addresses are null, a path identifier is `path_id`. */
export function describeEvpn(nlri: EvpnNlri): EvpnDescription {
  const path = nlri.pathId === undefined ? {} : { path_id: nlri.pathId };
  return { type: nlri.type, ...fields(nlri), ...path };
}

const label = (raw: number) => ({ vni24: labelVni(raw), mpls20: labelMpls(raw).label });

function fields(nlri: EvpnNlri): Record<string, unknown> {
  switch (nlri.kind) {
    case 'ethernet-auto-discovery':
      return { rd: formatRd(nlri.rd), esi: nlri.esi, etag: nlri.ethernetTag, label: label(nlri.label) };
    case 'mac-ip-advertisement':
      return {
        rd: formatRd(nlri.rd),
        esi: nlri.esi,
        etag: nlri.ethernetTag,
        mac: nlri.mac,
        ip: nlri.ip ?? null,
        label1: label(nlri.label1),
        ...(nlri.label2 === undefined ? {} : { label2: label(nlri.label2) }),
      };
    case 'inclusive-multicast':
      return { rd: formatRd(nlri.rd), etag: nlri.ethernetTag, originator: nlri.originator };
    case 'ethernet-segment':
      return { rd: formatRd(nlri.rd), esi: nlri.esi, originator: nlri.originator };
    case 'ip-prefix':
      return {
        rd: formatRd(nlri.rd),
        esi: nlri.esi,
        etag: nlri.ethernetTag,
        prefix: nlri.prefix,
        gw: nlri.gateway,
        label: label(nlri.label),
      };
    case 'selective-multicast':
      return { rd: formatRd(nlri.rd), etag: nlri.ethernetTag, ...multicast(nlri), flags: nlri.flags };
    case 'membership-report-synch':
      return { rd: formatRd(nlri.rd), esi: nlri.esi, etag: nlri.ethernetTag, ...multicast(nlri), flags: nlri.flags };
    case 'leave-synch':
      return {
        rd: formatRd(nlri.rd),
        esi: nlri.esi,
        etag: nlri.ethernetTag,
        ...multicast(nlri),
        reserved: nlri.reserved,
        max_resp: nlri.maximumResponseTime,
        flags: nlri.flags,
      };
    case 'per-region-i-pmsi':
      return { rd: formatRd(nlri.rd), etag: nlri.ethernetTag, region: nlri.regionId };
    case 's-pmsi':
      return { rd: formatRd(nlri.rd), etag: nlri.ethernetTag, ...multicast(nlri) };
    case 'leaf':
      return { route_key: nlri.routeKey, originator: nlri.originator };
    case 'opaque-evpn':
      return { opaque: nlri.octets };
  }
}

function multicast(nlri: { source?: string; group?: string; originator: string }) {
  return { src: nlri.source ?? null, grp: nlri.group ?? null, originator: nlri.originator };
}
