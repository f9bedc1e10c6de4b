/** What nved needs of the NVA, by whatever protocol. */
import type { Crossing } from '../nva/crossing.ts';
import type { Mapping, MappingChange } from '../nva/mapping.ts';
import type { LocalAttachment } from './local-attachment.ts';
import type { NetworkParameters } from './wanted.ts';

/** The NVA's word on an attachment; `unreachable` when none has it. */
export type NvaAnswer =
  | { readonly answer: 'yes' }
  | { readonly answer: 'no'; readonly reason: string }
  | { readonly answer: 'unreachable' };

/** Leases are in milliseconds; the NVA says so when what it has said is not so any more. */
export type Resolution =
  | { readonly answer: 'mapping'; readonly mapping: Mapping; readonly lease: number }
  /** Nobody has the address. */
  | { readonly answer: 'none'; readonly lease: number }
  /** It may become known; no NVA could say. */
  | { readonly answer: 'unknown' };

/** Why an NVA is lost, or could not be had. */
export interface NvaTrouble {
  /** Its address and port. */
  readonly nva: string;
  /** Of the NVE protocol's errors, `goodbye`, or `closed` where the connection itself failed. */
  readonly code: string;
  readonly reason: string;
}

export interface NvaListener {
  connected(nva: string): void;
  /** A connection has ended, or a try to make one has failed; the next is made. */
  disconnected(trouble: NvaTrouble): void;
  /** First or changed. */
  parameters(network: string, parameters: NetworkParameters): void;
  /** To what was said before; in pull mode of the flood list alone. */
  changes(network: string, changes: readonly MappingChange[]): void;
  /** These are all that there are, and what is known beside them is not so. */
  complete(network: string, mappings: Iterable<Mapping>): void;
  /** The NVA does not let the network be joined, or has ended it. It is tried again. */
  refused(network: string, reason: string): void;
  /** The NVA does not take an attachment any more that it had taken. */
  attachmentRefused(network: string, id: string, reason: string): void;
  /** What was resolved of this address is not so any more; what is, unless it is to be asked for again. */
  resolved(network: string, address: string, resolution: Resolution | undefined): void;
  /** Where this NVE is a gateway to neighbour domains: these are all that there are. */
  crossings(crossings: readonly Crossing[]): void;
}

/** An end in the underlay of a neighbour domain. */
export interface LegEnd {
  readonly domain: string;
  readonly tunnelAddress: string;
}

export interface NvaSession {
  /** These are all the legs that there are from now on, which the NVA is told, with a new connection where there is one. */
  legs(legs: readonly LegEnd[]): void;
  /** Goes to the NVA, and again whenever it is lost, until it is stopped. */
  start(listener: NvaListener): void;
  attach(attachment: LocalAttachment): Promise<NvaAnswer>;
  detach(network: string, id: string): Promise<NvaAnswer>;
  /** Wants a network's parameters, and its mappings unless these are asked for one by one: `pull`. */
  join(network: string, pull: boolean): void;
  leave(network: string): void;
  resolve(network: string, address: string): Promise<Resolution>;
  stop(): void;
}
