import type { Family, FamilyId } from '../constants.ts';
import type { EvpnNlri } from './evpn/evpn.ts';
import type { LabelledFamily, LabelledNlri } from './labelled.ts';
import type { OpaqueNlri } from './opaque.ts';
import type { RtConstrainNlri } from './rt-constrain.ts';
import type { MulticastFamily, PrefixNlri } from './unicast.ts';
import type { VpnNlri } from './vpn.ts';

/** The NLRI of each family that this library knows. */
export type KnownNlri =
  | PrefixNlri<typeof Family.Ipv4Unicast>
  | PrefixNlri<typeof Family.Ipv6Unicast>
  | PrefixNlri<typeof MulticastFamily.Ipv4>
  | PrefixNlri<typeof MulticastFamily.Ipv6>
  | LabelledNlri<typeof LabelledFamily.Ipv4>
  | LabelledNlri<typeof LabelledFamily.Ipv6>
  | VpnNlri<typeof Family.Ipv4Vpn>
  | VpnNlri<typeof Family.Ipv6Vpn>
  | RtConstrainNlri
  | EvpnNlri;

/** One NLRI of any family: `kind` tells the form, `family` the address family. */
export type Nlri = KnownNlri | OpaqueNlri;

/** What a family's NLRI may be: its own form where the family is known at compile time, else any. */
export type NlriOf<F extends FamilyId> = number extends F
  ? Nlri
  : F extends KnownNlri['family']
    ? Extract<KnownNlri, { family: F }>
    : OpaqueNlri;

/**
 * Routes with the family they are of, which is that of each of them: what MP_REACH_NLRI and MP_UNREACH_NLRI hold. A family
 * that this library does not know holds opaque ones.
 */
export type FamilyRoutes =
  | { [F in KnownNlri['family']]: { readonly family: F; readonly nlri: readonly NlriOf<F>[] } }[KnownNlri['family']]
  | { readonly family: FamilyId; readonly nlri: readonly OpaqueNlri[] };
