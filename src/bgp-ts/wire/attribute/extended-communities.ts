import {
  decodeExtendedCommunity,
  EXTENDED_COMMUNITY_LENGTH,
  encodeExtendedCommunity,
} from '../community/extended/octets.ts';
import { fixedList } from './fixed-list.ts';

/**
 * EXTENDED COMMUNITIES (RFC 4360, RFC 7606 §7.14): each as 16 hexadecimal digits, in the order in which they came. A type
 * that is not known is no error.
 */
export const extendedCommunities = fixedList(
  'extended-communities',
  EXTENDED_COMMUNITY_LENGTH,
  decodeExtendedCommunity,
  encodeExtendedCommunity,
);
