/**
 * What nobody may hold, told from decoded values: the model of rules that the way in and the decoder share, and so cannot
 * check on each other.
 */
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { describeExtendedCommunity } from '../../../src/bgp-ts/wire/community/extended/extended.ts';
import { Family } from '../../../src/bgp-ts/wire/constants.ts';
import { ZERO_ESI } from '../../../src/bgp-ts/wire/esi.ts';
import type { IpPrefix } from '../../../src/bgp-ts/wire/nlri/evpn/ip-prefix.ts';
import { Broken } from './broken.ts';
import { show } from './show.ts';

/** Throws when attributes that were accepted announce EVPN routes that had to be refused. */
export function mayBeHeld(attributes: PathAttributes): void {
  const { mpReachNlri } = attributes;
  if (mpReachNlri?.family !== Family.Evpn) return;
  const { nextHop, nlri } = mpReachNlri;
  if (nextHop === '::' || /^(0|22[4-9]|23\d|24\d|25\d)\.|^ff..:/.test(nextHop ?? '')) {
    throw new Broken('held-next-hop', show(nextHop));
  }
  for (const route of nlri) {
    if (route.kind === 'ip-prefix' && !isInTable1(route as IpPrefix, attributes)) {
      throw new Broken('held-prefix', show([route, attributes.extendedCommunities]));
    }
  }
}

/** RFC 9136 §3.2, Table 1; where the label field is part of an SRv6 SID, it is not zero (RFC 9252 §4). */
function isInTable1({ esi, gateway, label }: IpPrefix, { extendedCommunities, prefixSid }: PathAttributes): boolean {
  const macs = (extendedCommunities ?? []).flatMap((community) => {
    const view = describeExtendedCommunity(community);
    return view.kind === 'router-mac' ? [view.mac] : [];
  });
  const isValid = (mac: string) => /^.[02468ace]/.test(mac) && mac !== '00:00:00:00:00:00';
  const noEsi = esi === ZERO_ESI;
  const noGateway = gateway === '0.0.0.0' || gateway === '::';
  if (!noEsi && !noGateway) return false;
  if (!noGateway) return true;
  if (!macs.every(isValid)) return false;
  const isSid = prefixSid?.some(({ type }) => type === 5) ?? false;
  return !noEsi || macs.length > 0 || label !== 0 || isSid;
}
