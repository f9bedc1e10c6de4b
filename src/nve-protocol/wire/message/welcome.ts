import type { MessageRow } from '../message-row.ts';

/** What the NVE may ask of this NVA on this connection. */
export interface WelcomeLimits {
  /** Octets of a payload that the NVA takes. */
  readonly payload: number;
  /** Networks joined at a time. */
  readonly subscriptions: number;
  /** `resolve` without an answer yet. */
  readonly pulls: number;
}

/** The NVA takes the NVE: what follows is in `version` of the protocol. */
export interface Welcome {
  readonly type: 'welcome';
  readonly version: number;
  /** Versions of mappings count within it; another one is another start of the NVA, or another NVA. */
  readonly epoch: string;
  /** What the NVA calls the NVE. */
  readonly nve: string;
  /** Milliseconds of silence after which a side sends `ping`; after three times as much it ends the connection. */
  readonly keepalive: number;
  readonly limits: WelcomeLimits;
}

export const welcome: MessageRow<Welcome> = {
  type: 'welcome',
  from: 'nva',
  decode: (read) => ({
    type: 'welcome',
    version: read.integer('version', 1, 0xffff),
    epoch: read.name('epoch'),
    nve: read.name('nve'),
    keepalive: read.integer('keepalive', 100, 3_600_000),
    limits: read.part('limits', (part) => ({
      payload: part.integer('payload', 1024, 0xffff_ffff),
      subscriptions: part.integer('subscriptions', 1, 0xffff_ffff),
      pulls: part.integer('pulls', 1, 0xffff_ffff),
    })) ?? { payload: 0, subscriptions: 0, pulls: 0 },
  }),
  encode: (message) => ({
    type: message.type,
    version: message.version,
    epoch: message.epoch,
    nve: message.nve,
    keepalive: message.keepalive,
    limits: {
      payload: message.limits.payload,
      subscriptions: message.limits.subscriptions,
      pulls: message.limits.pulls,
    },
  }),
};
