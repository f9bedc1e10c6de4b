/**
 * An NLRI of a family that this library relays without taking it apart: one route where the family's framing is known,
 * else the whole field, since nothing says where one NLRI ends.
 */
import { fromHex, toHex } from '../bytes.ts';
import type { FamilyId } from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import type { NlriBase, NlriCodec } from './base.ts';
import { NlriFaultCode } from './fault.ts';
import { type Framing, framingOf } from './framing.ts';

export interface OpaqueNlri extends NlriBase {
  readonly kind: 'opaque';
  readonly family: FamilyId;
  /** In hexadecimal: the NLRI, or where the family's framing is not known the whole field, path identifiers included. */
  readonly octets: string;
}

export function readOpaque(family: FamilyId, bytes: Uint8Array, start: number, end: number): OpaqueNlri {
  return { kind: 'opaque', family, octets: toHex(bytes, start, end) };
}

export function writeOpaque(nlri: OpaqueNlri): Uint8Array {
  const octets = fromHex(nlri.octets);
  if (octets === undefined) throw new EncodeError(`${JSON.stringify(nlri.octets)} is no hexadecimal`);
  return octets;
}

/** NLRI one by one, for a family whose framing is known. */
export function framedCodec(family: FamilyId): NlriCodec<OpaqueNlri> | undefined {
  const framing = framingOf(family);
  return (
    framing && { read: (bytes, at, end) => readFramed(family, framing, bytes, at, end), write: writeFramed(framing) }
  );
}

function readFramed(family: FamilyId, framing: Framing, bytes: Uint8Array, at: number, end: number) {
  const length = framing(bytes, at, end - at);
  if (length === undefined || at + length > end) return { ok: false, code: NlriFaultCode.Overrun, at } as const;
  const next = at + length;
  return { ok: true, nlri: readOpaque(family, bytes, at, next), next } as const;
}

function writeFramed(framing: Framing) {
  return (nlri: OpaqueNlri): Uint8Array => {
    const octets = writeOpaque(nlri);
    if (octets.length === 0 || framing(octets, 0, octets.length) !== octets.length) {
      throw new EncodeError(`${nlri.octets} is no NLRI of family ${nlri.family}`);
    }
    return octets;
  };
}
