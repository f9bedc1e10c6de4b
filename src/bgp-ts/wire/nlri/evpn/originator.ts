import { NlriFaultCode } from '../fault.ts';
import { addressOctets } from './fields.ts';

/**
 * The originating router's address that ends a route (RFC 7432 §7.3, §7.4): its length octet is at `at`, which lies
 * inside the value, and the address must reach exactly to `end`.
 */
export function splitOriginator(bytes: Uint8Array, at: number, end: number): NlriFaultCode {
  const octets = addressOctets(bytes[at]);
  if (octets <= 0) return NlriFaultCode.EvpnOriginatorLength;
  return at + 1 + octets === end ? NlriFaultCode.None : NlriFaultCode.EvpnLength;
}
