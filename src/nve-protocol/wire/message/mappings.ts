import type { Mapping } from '../../../nva/mapping.ts';
import { protocolLimits } from '../limits.ts';
import { decodeMapping, encodeMapping } from '../mapping.ts';
import type { MessageRow } from '../message-row.ts';

/** A part of a snapshot. */
export interface Mappings {
  readonly type: 'mappings';
  readonly network: string;
  readonly mappings: readonly Mapping[];
}

export const mappings: MessageRow<Mappings> = {
  type: 'mappings',
  from: 'nva',
  decode: (read) => ({
    type: 'mappings',
    network: read.name('network'),
    mappings: read.parts('mappings', protocolLimits.entries, decodeMapping),
  }),
  encode: (message) => ({
    type: message.type,
    network: message.network,
    mappings: message.mappings.map(encodeMapping),
  }),
};
