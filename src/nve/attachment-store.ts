/** What a nved knows again after a restart: what is plugged in, and what the NVA said last of the networks. */
import type { Crossing } from '../nva/crossing.ts';
import type { LocalAttachment } from './local-attachment.ts';
import type { NetworkParameters } from './wanted.ts';

export interface HeldAttachment {
  readonly attachment: LocalAttachment;
  /** The NVA has said yes to it at least once. */
  readonly accepted: boolean;
}

export interface NveMemory {
  readonly attachments: readonly HeldAttachment[];
  readonly networks: readonly NetworkParameters[];
  /** Where this NVE is a gateway; absent is nowhere. */
  readonly crossings?: readonly Crossing[];
}

export interface AttachmentStore {
  /** Throws for a file that cannot be understood: nothing is begun anew silently. */
  load(): NveMemory;
  /** After it has returned, a restart finds it. Throws when it cannot be written. */
  save(memory: NveMemory): void;
}
