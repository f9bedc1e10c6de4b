/** What nved needs of the NVA, by whatever protocol. */
import type { Mapping, MappingChange } from '../nva/mapping.ts';
import type { VirtualNetwork } from '../nva/model.ts';
import type { LocalAttachment } from './wanted.ts';

/** The NVA's word on an attachment; `unreachable` when none has it. */
export type NvaAnswer =
  | { readonly answer: 'yes' }
  | { readonly answer: 'no'; readonly reason: string }
  | { readonly answer: 'unreachable' };

export type Resolution =
  /** Seconds for which it is good, unless it is invalidated before. */
  | { readonly answer: 'mapping'; readonly mapping: Mapping; readonly lease: number }
  /** Nobody has the address; good for so many seconds. */
  | { readonly answer: 'none'; readonly lease: number }
  /** It may become known. */
  | { readonly answer: 'unknown' };

export interface NvaListener {
  connected(nva: string): void;
  disconnected(reason: string): void;
  /** A network's parameters, first or changed; undefined when there is no such network any more. */
  parameters(network: string, parameters: VirtualNetwork | undefined): void;
  /** All mappings of a network, in place of what was known. */
  snapshot(network: string, mappings: Iterable<Mapping>): void;
  changes(network: string, changes: readonly MappingChange[]): void;
  /** What was said of these addresses is not so any more. */
  invalidate(network: string, addresses: readonly string[]): void;
}

export interface NvaSession {
  /** Goes to the NVA, and again whenever it is lost, until it is stopped. */
  start(listener: NvaListener): void;
  attach(attachment: LocalAttachment): Promise<NvaAnswer>;
  detach(network: string, id: string): Promise<NvaAnswer>;
  /** Wants a network's parameters, and its mappings unless they are asked for one by one. */
  join(network: string): void;
  leave(network: string): void;
  resolve(network: string, address: string): Promise<Resolution>;
  stop(): Promise<void>;
}
