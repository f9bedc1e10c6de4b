import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

export const joinModes = ['push', 'pull'] as const;
/** Whether all mappings of the network are sent, or the flood list alone and the others when they are asked for. */
export type JoinMode = (typeof joinModes)[number];

/** Up to where the NVE knows a network's mappings. */
export interface Since {
  readonly epoch: string;
  readonly version: number;
}

/** The NVE takes part in a network: it wants its parameters and mappings, and takes flooded frames. */
export interface Join {
  readonly type: 'join';
  readonly id: number;
  readonly network: string;
  readonly mode: JoinMode;
  /** Changes from there on are enough. */
  readonly since?: Since;
}

export const join: MessageRow<Join> = {
  type: 'join',
  from: 'nve',
  decode: (read) =>
    present({
      type: 'join',
      id: read.id(),
      network: read.name('network'),
      mode: read.oneOf('mode', joinModes),
      since: read.optionalPart('since', (part) => ({ epoch: part.name('epoch'), version: part.version() })),
    }),
  encode: (message) => ({
    type: message.type,
    id: message.id,
    network: message.network,
    mode: message.mode,
    since: message.since === undefined ? undefined : { epoch: message.since.epoch, version: message.since.version },
  }),
};
