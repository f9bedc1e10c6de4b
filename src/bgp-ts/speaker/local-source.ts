/** The source of routes of our own: what a speaker originates, be it for itself or on behalf of others. */
import type { LocalIdentity } from '../rib/assess.ts';
import type { Source } from '../rib/source.ts';
import { Family } from '../wire/constants.ts';
import { defaultContext } from '../wire/context.ts';
import { ipv4FromNumber, mappedIp } from '../wire/ip.ts';

/** Index of our own routes' source. */
export const LOCAL_SOURCE = 0;

export function localSource({ asn, routerId }: LocalIdentity): Source {
  const address = ipv4FromNumber(routerId);
  return {
    index: LOCAL_SOURCE,
    kind: 'local',
    routerId,
    asn,
    address,
    addressBytes: mappedIp(address),
    decode: defaultContext,
    families: new Set([Family.Evpn, Family.RtConstrain]),
  };
}
