import type { AttributeCodec } from './codec.ts';
import { malformed } from './malformed.ts';
import { numberAttribute } from './number.ts';

const number = numberAttribute('only-to-customer');

/**
 * Only to Customer (RFC 9234 §5): the AS number of whoever set it. Zero is refused as in every other attribute that
 * holds an AS number: it belongs to nobody (RFC 7607), and no egress rule of §5 can be meant by it.
 */
export const onlyToCustomer: AttributeCodec<number> = {
  decode(bytes, start, end, ctx) {
    const decoded = number.decode(bytes, start, end, ctx);
    if (!decoded.ok || decoded.value !== 0) return decoded;
    return malformed('only-to-customer-as-zero', start, 'AS number 0 belongs to nobody');
  },
  encode: number.encode,
};
