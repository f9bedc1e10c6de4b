/**
 * A bare NLRI field. Whether its NLRI have path identifiers is said by the OPENs of a session (RFC 7911 §5), not by the
 * octets. Where nobody says it they have none, unless the field does not add up so and does with them. A run of zeros
 * adds up as default routes either way, so a reading with path identifiers that finds one is not believed.
 */
import type { FamilyId } from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import type { Nlri } from '../wire/nlri/nlri.ts';
import { decodeNlri } from '../wire/nlri/registry.ts';

export interface RoutesRead {
  readonly routes: readonly Nlri[];
  readonly faults: readonly Fault[];
  readonly addPath: boolean;
}

/** Reads all of `bytes`; `addPath` is undefined where nobody said it. */
export function readRoutes(family: FamilyId, bytes: Uint8Array, addPath: boolean | undefined): RoutesRead {
  const plain = read(family, bytes, addPath ?? false);
  // a route that is malformed inside is where it should be all the same
  if (addPath !== undefined || plain.faults[0]?.outcome !== 'session-reset') return plain;
  const withPaths = read(family, bytes, true);
  return withPaths.faults.length > 0 || withPaths.routes.some(isDefault) ? plain : withPaths;
}

function read(family: FamilyId, bytes: Uint8Array, addPath: boolean): RoutesRead {
  const { routes, fault } = decodeNlri(family, bytes, 0, bytes.length, { addPath });
  return { routes, faults: fault === undefined ? [] : [fault], addPath };
}

function isDefault(route: Nlri): boolean {
  return route.kind === 'prefix' && route.prefix.endsWith('/0');
}
