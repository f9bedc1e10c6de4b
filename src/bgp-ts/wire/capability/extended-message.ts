import { flagOnly } from './flag-only.ts';

/** BGP Extended Message (RFC 8654 §3): messages up to 65,535 octets are taken. */
export const extendedMessage = flagOnly;
