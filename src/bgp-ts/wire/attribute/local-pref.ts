import { numberAttribute } from './number.ts';

/** LOCAL_PREF (RFC 4271 §5.1.5, RFC 7606 §7.5): higher is better. */
export const localPref = numberAttribute('local-pref');
