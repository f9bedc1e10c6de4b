import type { MessageRow } from '../message-row.ts';

/** Answers a `ping`. */
export interface Pong {
  readonly type: 'pong';
  readonly id: number;
}

export const pong: MessageRow<Pong> = {
  type: 'pong',
  from: 'both',
  decode: (read) => ({ type: 'pong', id: read.id() }),
  encode: (message) => ({ type: message.type, id: message.id }),
};
