import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/** RFC 9234 §4.1, Table 1: what the sender is to its peer. */
export const BgpRole = { Provider: 0, RouteServer: 1, RouteServerClient: 2, Customer: 3, Peer: 4 } as const;

/** Whether Table 1 gives the role a name. One that it does not goes with no role that a peer may have (§4.2). */
export function isBgpRole(role: number): boolean {
  return role <= BgpRole.Peer;
}

/** BGP Role (RFC 9234 §4.1): one of {@link BgpRole}, or a number that is still unassigned. */
export const role: CapabilityCodec<number> = {
  decode(bytes, start, end) {
    if (end - start !== 1) return malformed(`length ${end - start} instead of 1`);
    return ok(bytes[start]);
  },
  encode(value) {
    return Uint8Array.of(checkUint('role', value, 255));
  },
};
