/** Capabilities as they stand in an Optional Parameter of OPEN: code, length, value, again and again (RFC 5492 §4). */
import { concat } from '../bytes.ts';
import { NotificationCode } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { sessionReset } from '../fault.ts';
import { ok, type Result } from '../result.ts';
import type { CapabilityCodec } from './codec.ts';
import { type Capability, capabilities, capabilityKind } from './registry.ts';

const UNSPECIFIC = 0;

/**
 * Reads `bytes[start, end)`. The fault ends the session: a capability that is recognised and malformed makes the Optional Parameter malformed
 * (RFC 4271 §6.2, last paragraph): NOTIFICATION 2/0. `partial` holds those before it.
 */
export function decodeCapabilities(bytes: Uint8Array, start = 0, end = bytes.length): Result<Capability[]> {
  const found: Capability[] = [];
  const refuse = (at: number, reason: string): Result<Capability[]> => ({
    ok: false,
    fault: sessionReset('open-capability', at, reason, NotificationCode.OpenMessage, UNSPECIFIC),
    partial: found,
  });
  for (let at = start; at < end; ) {
    const value = at + 2;
    const next = value + (value <= end ? bytes[at + 1] : 0);
    if (value > end || next > end) return refuse(at, 'a capability runs past its Optional Parameter');
    const code = bytes[at];
    const kind = capabilityKind(code);
    if (kind === undefined) {
      found.push({ kind: 'unknown', code, value: bytes.slice(value, next) });
    } else {
      const decoded = capabilities[kind].codec.decode(bytes, value, next);
      if (!decoded.ok) return refuse(at, `${capabilities[kind].name}: ${decoded.fault.reason}`);
      // the row gave both the kind and the codec of the value
      found.push({ kind, value: decoded.value } as Capability);
    }
    at = next;
  }
  return ok(found);
}

/** Code, length and value of each, in the order given. Throws an EncodeError for a value that has no encoding. */
export function encodeCapabilities(list: readonly Capability[]): Uint8Array {
  return concat(
    list.map((capability) => {
      const { code, value } = capability.kind === 'unknown' ? capability : encodeKnown(capability);
      return Uint8Array.of(
        checkUint('capability code', code, 255),
        checkUint('capability length', value.length, 255),
        ...value,
      );
    }),
  );
}

function encodeKnown(capability: Exclude<Capability, { kind: 'unknown' }>): { code: number; value: Uint8Array } {
  const row = capabilities[capability.kind];
  const codec: CapabilityCodec<unknown> = row.codec;
  return { code: row.code, value: codec.encode(capability.value) };
}
