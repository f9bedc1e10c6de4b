import { numberAttribute } from './number.ts';

/** Only to Customer (RFC 9234 §5): the AS number of whoever set it. */
export const onlyToCustomer = numberAttribute('only-to-customer');
