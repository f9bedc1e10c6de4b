/** Extended communities as people write them: short, without spaces, one word each. */
import { labelMpls } from '../../label.ts';
import { formatAdministrator } from './administrator.ts';
import { describeExtendedCommunity } from './extended.ts';
import type { ExtendedCommunity } from './octets.ts';

/**
 * `RT:65000:10`, `SoO:192.0.2.1:1`, `ET:8`, `MM:1`, `MM:1,sticky`, `Rmac:02:00:00:00:00:01` and so on; an unknown one is
 * `0x` and its octets. A known one that is not to leave the AS ends in `,non-transitive`. Labels show their MPLS reading,
 * which is the one that ESI and leaf labels have.
 */
export function formatExtendedCommunity(community: ExtendedCommunity): string {
  const view = describeExtendedCommunity(community);
  const scope = 'transitive' in view && !view.transitive ? ',non-transitive' : '';
  switch (view.kind) {
    case 'route-target':
      return `RT:${formatAdministrator(view.value)}${scope}`;
    case 'route-origin':
      return `SoO:${formatAdministrator(view.value)}${scope}`;
    case 'link-bandwidth':
      return `LB:${view.asn}:${view.octetsPerSecond}${scope}`;
    case 'color':
      return `Color:${view.color}`;
    case 'encapsulation':
      return `ET:${view.tunnelType}`;
    case 'default-gateway':
      return 'Default-Gateway';
    case 'mac-mobility':
      return `MM:${view.sequence}${view.sticky ? ',sticky' : ''}`;
    case 'esi-label':
      return `ESI-label:${labelMpls(view.label).label},${view.singleActive ? 'single-active' : 'all-active'}`;
    case 'es-import':
      return `ES-Import:${view.mac}`;
    case 'router-mac':
      return `Rmac:${view.mac}`;
    case 'layer2-attributes': {
      const flags = `${view.controlWord ? 'C' : ''}${view.primary ? 'P' : ''}${view.backup ? 'B' : ''}`;
      return `L2:mtu=${view.mtu},flags=${flags || '-'}`;
    }
    case 'e-tree':
      return `E-Tree:${view.leaf ? 'leaf' : 'root'},${labelMpls(view.label).label}`;
    case 'df-election':
      return `DF:alg=${view.algorithm},cap=0x${view.capabilities.toString(16)},pref=${view.preference}`;
    case 'arp-nd':
      return `ND:${view.router ? 'R' : ''}${view.override ? 'O' : ''}${view.immutable ? 'I' : ''}`;
    case 'multicast-flags':
      return `MF:${view.igmpProxy ? 'I' : ''}${view.mldProxy ? 'M' : ''}`;
    case 'evi-route-target':
      return `EVI-RT:${formatAdministrator(view.value)}`;
    case 'opaque':
      return `0x${community}`;
  }
}
