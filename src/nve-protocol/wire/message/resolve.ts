import type { MessageRow } from '../message-row.ts';

/** Behind which NVE is this address of a network that the NVE has joined? */
export interface Resolve {
  readonly type: 'resolve';
  readonly id: number;
  readonly network: string;
  /** MAC or IP. */
  readonly address: string;
}

export const resolve: MessageRow<Resolve> = {
  type: 'resolve',
  from: 'nve',
  decode: (read) => ({
    type: 'resolve',
    id: read.id(),
    network: read.name('network'),
    address: read.address('address'),
  }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    address: message.address,
  }),
};
