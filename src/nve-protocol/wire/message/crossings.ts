import type { Crossing } from '../../../nva/crossing.ts';
import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';

/** Where the NVE is a gateway to neighbour domains: all that there are, each time, in one or more messages. */
export interface Crossings {
  readonly type: 'crossings';
  readonly crossings: readonly Crossing[];
  /** The next `crossings` has more of them. */
  readonly more: boolean;
}

export const crossings: MessageRow<Crossings> = {
  type: 'crossings',
  from: 'nva',
  decode: (read) => ({
    type: 'crossings',
    crossings: read.parts('crossings', protocolLimits.crossings, (part) => ({
      network: part.name('network'),
      domain: part.name('domain'),
      outside: part.name('outside'),
      floods: part.boolean('floods'),
    })),
    more: read.flag('more'),
  }),
  encode: (message) => ({
    type: message.type,
    crossings: message.crossings.map(({ network, domain, outside, floods }) => ({ network, domain, outside, floods })),
    more: message.more ? true : undefined,
  }),
};
