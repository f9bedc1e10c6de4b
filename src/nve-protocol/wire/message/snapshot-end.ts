import type { MessageRow } from '../message-row.ts';

/** All of a snapshot was sent; changes are counted from `version`, from which the NVE may resume. */
export interface SnapshotEnd {
  readonly type: 'snapshot-end';
  readonly network: string;
  readonly version: number;
}

export const snapshotEnd: MessageRow<SnapshotEnd> = {
  type: 'snapshot-end',
  from: 'nva',
  decode: (read) => ({ type: 'snapshot-end', network: read.name('network'), version: read.version() }),
  encode: (message) => ({ type: message.type, network: message.network, version: message.version }),
};
