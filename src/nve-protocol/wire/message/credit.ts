import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';

/** Flow control: as many mappings and changes more may be sent to the NVE. */
export interface Credit {
  readonly type: 'credit';
  readonly mappings: number;
}

export const credit: MessageRow<Credit> = {
  type: 'credit',
  from: 'nve',
  decode: (read) => ({ type: 'credit', mappings: read.integer('mappings', 1, protocolLimits.credit) }),
  encode: (message) => ({ type: message.type, mappings: message.mappings }),
};
