import {
  decodeIpv6ExtendedCommunity,
  encodeIpv6ExtendedCommunity,
  IPV6_EXTENDED_COMMUNITY_LENGTH,
} from '../community/ipv6-extended.ts';
import { fixedList } from './fixed-list.ts';

/** IPv6 address specific extended communities (RFC 5701, RFC 7606 §7.15): each as 40 hexadecimal digits. */
export const ipv6ExtendedCommunities = fixedList(
  'ipv6-extended-communities',
  IPV6_EXTENDED_COMMUNITY_LENGTH,
  decodeIpv6ExtendedCommunity,
  encodeIpv6ExtendedCommunity,
);
