import type { MessageRow } from '../message-row.ts';

/** The NVE takes part in a network no more. */
export interface Leave {
  readonly type: 'leave';
  readonly id: number;
  readonly network: string;
}

export const leave: MessageRow<Leave> = {
  type: 'leave',
  from: 'nve',
  decode: (read) => ({ type: 'leave', id: read.id(), network: read.name('network') }),
  encode: (message) => ({ type: message.type, id: message.id, network: message.network }),
};
