import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** The sender ends the connection, and nothing is wrong. */
export interface Goodbye {
  readonly type: 'goodbye';
  readonly reason: string;
  /** Milliseconds after which the sender may be connected to again. */
  readonly retryAfter?: number;
}

export const goodbye: MessageRow<Goodbye> = {
  type: 'goodbye',
  from: 'both',
  decode: (read) =>
    present({ type: 'goodbye', reason: read.reason(), retryAfter: read.optionalMilliseconds('retryAfter') }),
  encode: (message) => ({ type: message.type, reason: message.reason, retryAfter: message.retryAfter }),
};
