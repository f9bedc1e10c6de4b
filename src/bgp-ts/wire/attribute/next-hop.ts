import { UpdateSubcode } from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import { formatIpv4, isHostAddress, parseIpv4 } from '../ip.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { malformed, wrongLength } from './malformed.ts';

/** NEXT_HOP in dotted decimal (RFC 4271 §5.1.3, RFC 7606 §7.3): the next hop of the UPDATE's own NLRI field. */
export const nextHop: AttributeCodec<string> = {
  decode(bytes, start, end) {
    if (end - start !== 4) return wrongLength('next-hop', start, end, 4);
    if (!isHostAddress(bytes, start, 4)) {
      return malformed('next-hop-address', start, `${formatIpv4(bytes, start)} is no host's address`, {
        subcode: UpdateSubcode.InvalidNextHop,
      });
    }
    return ok(formatIpv4(bytes, start));
  },
  encode(address) {
    const octets = parseIpv4(address);
    if (octets === undefined) throw new EncodeError(`NEXT_HOP ${address} is no IPv4 address`);
    return octets;
  },
};
