/** The NLRI field of a family that this library does not know: kept whole, since nothing says where one NLRI ends. */
import { fromHex, toHex } from '../bytes.ts';
import type { FamilyId } from '../constants.ts';
import { EncodeError } from '../encode-error.ts';
import type { NlriBase } from './base.ts';

export interface OpaqueNlri extends NlriBase {
  readonly kind: 'opaque';
  readonly family: FamilyId;
  /** The whole field in hexadecimal, path identifiers included. */
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
