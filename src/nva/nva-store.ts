/**
 * What the NVA must not lose (networks, NVEs, attachments, mobility sequence numbers, events), as the core asks for it. The
 * embedded store and a replicated one fit behind it, and one contract test says what it must do.
 */
import type { Attachment, NvaEvent, Nve, VirtualNetwork } from './model.ts';

/** An attachment with what nvad adds to it. */
export interface StoredAttachment {
  readonly attachment: Attachment;
  /** Of its MAC address in MAC mobility (RFC 7432 §15); never goes down. */
  readonly sequence: number;
  /** The orchestrator said so, the NVE did, or both. */
  readonly registered: boolean;
  readonly attached: boolean;
}

export interface NvaTransaction {
  readonly networks: readonly ({ readonly put: VirtualNetwork } | { readonly delete: string })[];
  readonly nves: readonly ({ readonly put: Nve } | { readonly delete: string })[];
  readonly attachments: readonly (
    | { readonly put: StoredAttachment }
    | { readonly delete: { readonly network: string; readonly id: string } }
  )[];
  readonly events: readonly NvaEvent[];
}

export interface NvaStore {
  networks(): Iterable<VirtualNetwork>;
  nves(): Iterable<Nve>;
  attachments(): Iterable<StoredAttachment>;
  /** Id of the last event ever made, 0 for none. */
  lastEvent(): number;
  /** Those after an id, oldest first. Older ones than the store keeps are left out. */
  events(after: number, limit: number): readonly NvaEvent[];
  /** Id of the oldest event kept; one more than the last where none is. */
  firstEvent(): number;
  /** All of it or nothing, and all of it is there after kill -9 once this has returned. Throws when it cannot be written. */
  commit(transaction: NvaTransaction): void;
}
