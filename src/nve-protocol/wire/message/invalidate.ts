import type { MessageRow } from '../message-row.ts';

/** Answers about these addresses are right no more, whatever their leases; who still needs them asks again. */
export interface Invalidate {
  readonly type: 'invalidate';
  readonly network: string;
  readonly addresses: readonly string[];
}

export const invalidate: MessageRow<Invalidate> = {
  type: 'invalidate',
  from: 'nva',
  decode: (read) => ({
    type: 'invalidate',
    network: read.name('network'),
    addresses: read.addresses('addresses'),
  }),
  encode: (message) => ({ type: message.type, network: message.network, addresses: message.addresses }),
};
