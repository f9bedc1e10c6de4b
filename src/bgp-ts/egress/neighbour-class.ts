/**
 * Which neighbours are sent the same bytes. Whatever makes a difference to the encoding or to who may hear a route is
 * part of the class; everything else is not, so that a change is encoded once for as many as possible.
 */
import type { AttributeSet } from '../rib/attribute-store.ts';
import type { NeighbourKind, Source } from '../rib/source.ts';

/** What of a neighbour decides which routes it is sent, and in which form. */
export interface NeighbourTraits {
  /** Decides who may hear what (RFC 4456 §6), and which form attributes have inside and outside the AS. */
  readonly kind: NeighbourKind;
  /** Four-octet AS numbers (RFC 6793). */
  readonly asn4: boolean;
  /** Octets: 4,096 or 65,535 (RFC 8654). */
  readonly maxMessage: number;
  /** Our AS towards these neighbours. */
  readonly localAsn: number;
  /** Our address on the session, where routes go out with us as their next hop. */
  readonly nextHop?: string;
  /** Routes go back to their source as well (RFC 4684 §3.2 i); default false. */
  readonly echo?: boolean;
  /** Long-Lived Graceful Restart was negotiated with them (RFC 9494 §4.3). */
  readonly longLived?: boolean;
  /** External neighbours to which we are a route server (RFC 7947): what passes us does not show it; default false. */
  readonly isRouteServerClient?: boolean;
  /** They are told our own routes alone, and nothing is passed on to them; default false. */
  readonly hearsOwnOnly?: boolean;
  /** The groups of {@link Audience} that they belong to; none when absent. */
  readonly groups?: readonly string[];
}

export interface NeighbourClass extends NeighbourTraits {
  /** Small number of the class; attribute sets keep their outbound forms under it. */
  readonly index: number;
}

/** Small numbers for classes; a class that was empty for a while gets its own again, since forms are kept under it. */
export class ClassIndex {
  readonly #byKey = new Map<string, number>();

  of(key: string): number {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    this.#byKey.set(key, this.#byKey.size);
    return this.#byKey.size - 1;
  }
}

export function classKey(c: NeighbourTraits): string {
  const { kind, asn4, maxMessage, localAsn, nextHop = '' } = c;
  const { echo = false, longLived = false, isRouteServerClient = false, hearsOwnOnly = false, groups = [] } = c;
  const traits = [kind, asn4, maxMessage, localAsn, nextHop, echo, longLived, isRouteServerClient, hearsOwnOnly];
  return [...traits, ...groups].join('/');
}

/**
 * Whether routes with these attributes go to neighbours of this class at all (RFC 4456 §6, RFC 1997). The source
 * itself is left out elsewhere. What is long-lived stale goes to those alone who know what that means; the exception for
 * others of the same AS (RFC 9494 §4.6) is not made.
 */
export function maySend(set: AttributeSet, to: NeighbourTraits): boolean {
  if (set.noAdvertise) return false;
  if (to.hearsOwnOnly === true && set.source.kind !== 'local') return false;
  if (!isAddressed(set.source, to)) return false;
  if (set.rank.longLivedStale && to.longLived !== true) return false;
  if (to.kind === 'ebgp') return !set.noExport;
  // A route from a non-client goes to clients only; what a client or an external neighbour sent goes to all.
  return to.kind === 'client' || set.source.kind !== 'non-client';
}

/** Whether routes of a source are meant for neighbours of these groups. */
export function isAddressed({ audience }: Pick<Source, 'audience'>, { groups = [] }: NeighbourTraits): boolean {
  if (audience === undefined) return true;
  return 'only' in audience ? groups.includes(audience.only) : !groups.includes(audience.allBut);
}
