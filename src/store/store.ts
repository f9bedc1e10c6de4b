import type { MaintenanceStore } from '../federation/maintenance.ts';
import type { PolicyStore } from '../federation/policy/history.ts';
import type { NvaStore } from '../nva/nva-store.ts';

/**
 * What nvad remembers over a restart. Routes are not among it: they are learnt again. The addresses of NVEs that came
 * in by a prefix are: an NVE that was refused once may not dial again for minutes (FRR: 120 s), so a restarted nvad
 * dials those it knew. And so is what tells it that it has restarted: when it was last alive, and its sessions then.
 */
export interface KnownNve {
  /** Canonical text. */
  readonly address: string;
  /** Milliseconds since the epoch when its session was last established. */
  readonly seen: number;
}

export interface Store {
  /** Networks, NVEs, attachments and events. */
  readonly nva: NvaStore;
  /** Policies that were applied. */
  readonly policies: PolicyStore;
  /** Neighbour domains that are frozen or drained. */
  readonly maintenance: MaintenanceStore;
  /** Those seen last first, at most `limit`. */
  knownNves(limit: number): readonly KnownNve[];
  /** Adds or renews one; fractions of a millisecond are dropped. Throws when it cannot be written. */
  rememberNve(nve: KnownNve): void;
  forgetNve(address: string): void;
  /** Neighbours whose session is up, or was when the process before this one ended. */
  sessionsUp(): readonly string[];
  sessionUp(address: string): void;
  sessionDown(address: string): void;
  /** Milliseconds since the epoch of the last {@link alive}; undefined when there was none. */
  lastAlive(): number | undefined;
  alive(at: number): void;
  close(): void;
}

/** Why a store cannot be used; nothing was changed in it. */
export interface StoreFault {
  readonly code: 'cannot-open' | 'in-use' | 'not-ours' | 'newer-version' | 'corrupt';
  /** A sentence for people. */
  readonly reason: string;
  readonly suggestion: string;
}

export type OpenedStore =
  | { readonly ok: true; readonly store: Store }
  | { readonly ok: false; readonly fault: StoreFault };
