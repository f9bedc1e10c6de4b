import type { MessageRow } from '../message-row.ts';

/** A tenant system was unplugged. */
export interface Detach {
  readonly type: 'detach';
  readonly id: number;
  readonly network: string;
  /** Its id. */
  readonly attachment: string;
}

export const detach: MessageRow<Detach> = {
  type: 'detach',
  from: 'nve',
  decode: (read) => ({
    type: 'detach',
    id: read.id(),
    network: read.name('network'),
    attachment: read.name('attachment'),
  }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    attachment: message.attachment,
  }),
};
