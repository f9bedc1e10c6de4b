import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** Something was not done, or the connection ends. Never answered, least of all by another one. */
export interface ErrorMessage {
  readonly type: 'error';
  /** One of `errorCodes`; later versions have others. */
  readonly code: string;
  /** A sentence for people. */
  readonly reason: string;
  /** The sender ends the connection after this message. */
  readonly fatal: boolean;
  /** Of the request that it answers. */
  readonly id?: number;
  /** Type of the message that it is about. */
  readonly message?: string;
  /** Of that message. */
  readonly field?: string;
  /** Milliseconds after which it may be tried again. */
  readonly retryAfter?: number;
}

export const error: MessageRow<ErrorMessage> = {
  type: 'error',
  from: 'both',
  decode: (read) =>
    present({
      type: 'error',
      code: read.name('code'),
      reason: read.reason(),
      fatal: read.flag('fatal'),
      id: read.optionalInteger('id', 0, 0xffff_ffff),
      message: read.optionalText('message', protocolLimits.name),
      field: read.optionalText('field', protocolLimits.reason),
      retryAfter: read.optionalMilliseconds('retryAfter'),
    }),
  encode: (message) => ({
    type: message.type,
    code: message.code,
    reason: message.reason,
    fatal: message.fatal ? true : undefined,
    id: message.id,
    message: message.message,
    field: message.field,
    retryAfter: message.retryAfter,
  }),
};
