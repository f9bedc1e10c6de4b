import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** The NVE is out: because it asked to be, or, without `id`, because the NVA says so. */
export interface Left {
  readonly type: 'left';
  /** Of the `leave`. */
  readonly id?: number;
  readonly network: string;
  /** Why, where the NVE did not ask: a sentence. */
  readonly reason?: string;
}

export const left: MessageRow<Left> = {
  type: 'left',
  from: 'nva',
  decode: (read) =>
    present({
      type: 'left',
      id: read.optionalInteger('id', 0, 0xffff_ffff),
      network: read.name('network'),
      reason: read.optionalText('reason', protocolLimits.reason),
    }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    reason: message.reason,
  }),
};
