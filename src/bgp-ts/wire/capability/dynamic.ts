import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { CapabilityCodec } from './codec.ts';

/** Dynamic Capability (draft-ietf-idr-dynamic-cap §3): the codes that may be revised while the session is up. */
export const dynamic: CapabilityCodec<readonly number[]> = {
  decode(bytes, start, end) {
    return ok([...bytes.subarray(start, end)]);
  },
  encode(codes) {
    return Uint8Array.from(codes.map((code) => checkUint('capability code', code, 255)));
  },
};
