import type { FamilyId } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';

/** How a neighbour stands to us, which decides who may hear its routes (RFC 4456 §6, RFC 4271 §9.2). */
export type NeighbourKind = 'client' | 'non-client' | 'ebgp';

/** `local`: routes of our own. */
export type SourceKind = NeighbourKind | 'local';

/**
 * Who is told routes of our own, by the {@link NeighbourTraits.groups} of neighbours: those of one group alone, or all but
 * those. Within a speaker it stands for a view: a gateway has to see what it leads to, and nobody else may.
 */
export type Audience = { readonly only: string } | { readonly allBut: string };

/**
 * One established neighbour as the route table sees it: the part of a session on which the meaning of its bytes
 * and the standing of its routes depend. A new session of the same neighbour is a new source, unless its routes were
 * kept meanwhile and nothing of this has changed.
 */
export interface Source {
  /** Small integer, unique among live sources, below {@link MAX_SOURCES}; columns hold it. */
  readonly index: number;
  /** Whom its routes are passed on to, and whether they come from outside (RFC 4456 §6). */
  readonly kind: SourceKind;
  /** BGP Identifier from its OPEN, as an unsigned 32-bit number. */
  readonly routerId: number;
  /** The AS number of its OPEN, four octets where it has them. */
  readonly asn: number;
  /** `address` is text, for people; `addressBytes` 16 octets (IPv4-mapped for IPv4), for the last tie-break. */
  readonly address: string;
  readonly addressBytes: Uint8Array;
  /** How its messages are read: what its session negotiated. */
  readonly decode: DecodeContext;
  /** What was negotiated; routes of other families are not looked at. */
  readonly families: ReadonlySet<FamilyId>;
  /** We announced Long-Lived Graceful Restart to it: LLGR_STALE among its communities counts (RFC 9494 §4.3). */
  readonly longLived?: boolean;
  /** Of our own routes; everybody when absent. */
  readonly audience?: Audience;
  /** Whose routes are given on as our own, where they are: a name that its owner gives meaning to. */
  readonly onBehalfOf?: string;
}

/** A neighbour is never a source of our own routes. */
export interface NeighbourSource extends Source {
  readonly kind: NeighbourKind;
}

/** Source indices are stored in 16-bit columns. */
export const MAX_SOURCES = 65_535;
