/**
 * A source of routes of our own beside the first one: what a speaker gives on of somebody's routes in a form of its own, or
 * one of several views of the same. Each has a place of its own in the table, so that all of it can go at once, or be told
 * anew with what is not told again taken back (as a neighbour does by RFC 7313).
 */
import type { Audience, Source } from '../rib/source.ts';
import type { Fault } from '../wire/fault.ts';

/** Who hears of a source of our own, and for whom it speaks. */
export interface OwnSourceOptions {
  /** Everybody when absent. */
  readonly audience?: Audience;
  /** Whose routes these are in truth; see {@link Source.onBehalfOf}. */
  readonly onBehalfOf?: string;
}

/** See {@link Speaker.openSource}. */
export interface OwnSource {
  /** As the route table and attribute sets name it. */
  readonly source: Source;
  /** As {@link Speaker.originate}, under this source. UPDATEs may be as long as their length field lets them. */
  originate(update: Uint8Array): Fault | undefined;
  /** Everything is about to be told again: what is not by {@link endRefresh} is withdrawn then. */
  beginRefresh(): void;
  /** Withdraws, in the background, what was not told again since {@link beginRefresh}. */
  endRefresh(): void;
  /** Withdraws all its routes, in the background; it is not to be used any more. */
  close(): void;
}
