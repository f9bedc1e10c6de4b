import type { MessageRow } from '../message-row.ts';

/** Asks for a `pong` with the same id: whether the other side is there. */
export interface Ping {
  readonly type: 'ping';
  readonly id: number;
}

export const ping: MessageRow<Ping> = {
  type: 'ping',
  from: 'both',
  decode: (read) => ({ type: 'ping', id: read.id() }),
  encode: (message) => ({ type: message.type, id: message.id }),
};
