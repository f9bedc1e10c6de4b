import { describeExtendedCommunity } from '../wire/community/extended/extended.ts';
import { formatExtendedCommunity } from '../wire/community/extended/format.ts';
import type { ExtendedCommunity } from '../wire/community/extended/octets.ts';
import type { ExtendedCommunityView } from '../wire/community/extended/view.ts';
import { labelText } from './fields.ts';
import { tunnelTypeText } from './names.ts';

/** Short form and meaning: `ET:8, encapsulation 8 VXLAN`. */
export function extendedCommunityText(community: ExtendedCommunity): string {
  return `${formatExtendedCommunity(community)}, ${meaning(describeExtendedCommunity(community))}`;
}

type Administrated = Extract<ExtendedCommunityView, { value: object }>;

const encodings = { as2: 'two-octet AS', ipv4: 'IPv4 address', as4: 'four-octet AS' } as const;

const administrator = (view: Administrated) => encodings[view.value.encoding];
const scope = (view: { readonly transitive: boolean }) => (view.transitive ? '' : ', not beyond the AS');

function meaning(view: ExtendedCommunityView): string {
  switch (view.kind) {
    case 'route-target':
      return `route target, ${administrator(view)}${scope(view)}`;
    case 'route-origin':
      return `route origin, ${administrator(view)}${scope(view)}`;
    case 'link-bandwidth':
      return `link bandwidth, ${view.octetsPerSecond} octets a second at AS ${view.asn}${scope(view)}`;
    case 'color':
      return `color ${view.color}, flags 0x${view.flags.toString(16)}`;
    case 'encapsulation':
      return `encapsulation ${tunnelTypeText(view.tunnelType)}`;
    case 'default-gateway':
      return 'the MAC address is a default gateway';
    case 'mac-mobility':
      return `MAC mobility, sequence number ${view.sequence}${view.sticky ? ', static' : ''}`;
    case 'esi-label':
      return `ESI label ${labelText(view.label)}, ${view.singleActive ? 'single-active' : 'all-active'}`;
    case 'es-import':
      return 'ES-Import route target';
    case 'router-mac':
      return "Router's MAC";
    case 'layer2-attributes':
      return `layer 2 attributes, MTU ${view.mtu === 0 ? 'not to be checked' : view.mtu}, control flags 0x${view.flags.toString(16)}`;
    case 'e-tree':
      return `E-Tree, ${view.leaf ? 'leaf' : 'no leaf'}, leaf label ${labelText(view.label)}`;
    case 'df-election':
      return `DF election, algorithm ${view.algorithm}, capabilities 0x${view.capabilities.toString(16)}, preference ${view.preference}`;
    case 'arp-nd':
      return `ARP/ND, ${flags({ router: view.router, override: view.override, immutable: view.immutable })}`;
    case 'multicast-flags':
      return `multicast flags, ${flags({ 'IGMP proxy': view.igmpProxy, 'MLD proxy': view.mldProxy })}`;
    case 'evi-route-target':
      return `EVI route target, ${administrator(view)}`;
    case 'opaque':
      return `type 0x${view.type.toString(16).padStart(2, '0')}, subtype 0x${view.subtype.toString(16).padStart(2, '0')}`;
  }
}

function flags(named: Readonly<Record<string, boolean>>): string {
  const set = Object.keys(named).filter((name) => named[name]);
  return set.length === 0 ? 'no flag' : set.join(', ');
}
