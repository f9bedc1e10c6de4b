import type { MappingChange } from '../../../nva/mapping.ts';
import { protocolLimits } from '../limits.ts';
import { decodeChange, encodeChange } from '../mapping.ts';
import type { MessageRow } from '../message-row.ts';

/** What changed, in order. May be empty: nothing that concerns this NVE led to `version`. */
export interface Changes {
  readonly type: 'changes';
  readonly network: string;
  /** That the changes lead to, from which the NVE may resume. */
  readonly version: number;
  readonly changes: readonly MappingChange[];
}

export const changes: MessageRow<Changes> = {
  type: 'changes',
  from: 'nva',
  decode: (read) => ({
    type: 'changes',
    network: read.name('network'),
    version: read.version(),
    changes: read.parts('changes', protocolLimits.entries, decodeChange),
  }),
  encode: (message) => ({
    type: message.type,
    network: message.network,
    version: message.version,
    changes: message.changes.map(encodeChange),
  }),
};
