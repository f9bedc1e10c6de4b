import type { MessageRow } from '../message-row.ts';

/**
 * `mappings` follow, then `snapshot-end`. What changes meanwhile may or may not be in them already, and is sent again as
 * `changes` afterwards.
 */
export interface SnapshotBegin {
  readonly type: 'snapshot-begin';
  readonly network: string;
}

export const snapshotBegin: MessageRow<SnapshotBegin> = {
  type: 'snapshot-begin',
  from: 'nva',
  decode: (read) => ({ type: 'snapshot-begin', network: read.name('network') }),
  encode: (message) => ({ type: message.type, network: message.network }),
};
