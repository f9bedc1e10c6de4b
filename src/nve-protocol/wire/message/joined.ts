import type { MessageRow } from '../message-row.ts';

/** The NVE is in; `parameters` follow, then a snapshot unless it was resumed, then changes. */
export interface Joined {
  readonly type: 'joined';
  readonly id: number;
  readonly network: string;
  /** What the NVE knew is what changes are counted from; otherwise a snapshot comes. */
  readonly resumed: boolean;
}

export const joined: MessageRow<Joined> = {
  type: 'joined',
  from: 'nva',
  decode: (read) => ({
    type: 'joined',
    id: read.id(),
    network: read.name('network'),
    resumed: read.boolean('resumed'),
  }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    resumed: message.resumed,
  }),
};
