import type { Label } from '../../label.ts';
import type { Administrator } from './administrator.ts';

/** An extended community taken apart; `kind` tells what it is. Reserved bits are not part of a view. */
export type ExtendedCommunityView =
  /** RFC 4360 §4. */
  | { readonly kind: 'route-target'; readonly transitive: boolean; readonly value: Administrator }
  /** RFC 4360 §5, also called Site of Origin. */
  | { readonly kind: 'route-origin'; readonly transitive: boolean; readonly value: Administrator }
  /** draft-ietf-idr-link-bandwidth §3: octets per second, an IEEE single. */
  | {
      readonly kind: 'link-bandwidth';
      readonly transitive: boolean;
      readonly asn: number;
      readonly octetsPerSecond: number;
    }
  /** RFC 9012 §4.3. */
  | { readonly kind: 'color'; readonly flags: number; readonly color: number }
  /** RFC 9012 §4.1: a tunnel type. */
  | { readonly kind: 'encapsulation'; readonly tunnelType: number }
  /** RFC 7432 §7.8. */
  | { readonly kind: 'default-gateway' }
  /** RFC 7432 §7.7. */
  | { readonly kind: 'mac-mobility'; readonly sticky: boolean; readonly sequence: number }
  /** RFC 7432 §7.5; the label is the raw 24 bits. */
  | { readonly kind: 'esi-label'; readonly singleActive: boolean; readonly label: Label }
  /** RFC 7432 §7.6. */
  | { readonly kind: 'es-import'; readonly mac: string }
  /** RFC 9135 §8.1. */
  | { readonly kind: 'router-mac'; readonly mac: string }
  /** RFC 8214 §3.1; an MTU of 0 is not to be checked. */
  | {
      readonly kind: 'layer2-attributes';
      readonly controlWord: boolean;
      readonly primary: boolean;
      readonly backup: boolean;
      /** All 16 control flags. */
      readonly flags: number;
      readonly mtu: number;
    }
  /** RFC 8317 §6.1; the label is the raw 24 bits. */
  | { readonly kind: 'e-tree'; readonly leaf: boolean; readonly label: Label }
  /** RFC 8584 §2.2; the preference is RFC 9785's and has a meaning with its algorithms only. */
  | {
      readonly kind: 'df-election';
      readonly algorithm: number;
      readonly capabilities: number;
      readonly preference: number;
    }
  /** RFC 9047 §2. */
  | { readonly kind: 'arp-nd'; readonly router: boolean; readonly override: boolean; readonly immutable: boolean }
  /** RFC 9251 §9.4. */
  | { readonly kind: 'multicast-flags'; readonly igmpProxy: boolean; readonly mldProxy: boolean }
  /** RFC 9251 §9.5. */
  | { readonly kind: 'evi-route-target'; readonly value: Administrator }
  /** Anything else: type and subtype octets and the other six in hexadecimal. */
  | { readonly kind: 'opaque'; readonly type: number; readonly subtype: number; readonly value: string };
