import type { MessageRow } from '../message-row.ts';

/**
 * The NVA has said all that there is to know of the network: what the NVE has from before, and was not told again, is
 * gone. Once after each snapshot and each resumed join, as soon as it is so.
 */
export interface Complete {
  readonly type: 'complete';
  readonly network: string;
}

export const complete: MessageRow<Complete> = {
  type: 'complete',
  from: 'nva',
  decode: (read) => ({ type: 'complete', network: read.name('network') }),
  encode: (message) => ({ type: message.type, network: message.network }),
};
