import type { Mapping } from '../../../nva/mapping.ts';
import { decodeMapping, encodeMapping } from '../mapping.ts';
import type { MessageRow } from '../message-row.ts';

/**
 * What is known of an address. A lease is how many milliseconds the answer may be used for, unless it is invalidated
 * before; with a lease of 0 it may be used once, and nothing will be heard of its end.
 *
 * - `found`
 * - `no-such-address`: nobody has it, for certain
 * - `cannot-say-yet`: the NVA does not know all yet; worth asking again after `retryAfter` milliseconds
 */
export type Resolution =
  | { readonly status: 'found'; readonly mapping: Mapping; readonly lease: number }
  | { readonly status: 'no-such-address'; readonly lease: number }
  | { readonly status: 'cannot-say-yet'; readonly retryAfter: number };

export type Answer = Resolution & {
  readonly type: 'answer';
  /** Of the `resolve`. */
  readonly id: number;
};

const statuses = ['found', 'no-such-address', 'cannot-say-yet'] as const;

export const answer: MessageRow<Answer> = {
  type: 'answer',
  from: 'nva',
  decode: (read) => {
    const type = 'answer';
    const id = read.id();
    const status = read.oneOf('status', statuses);
    switch (status) {
      case 'found': {
        // Where it is missing the reader has a fault, and this is thrown away.
        const mapping = read.part('mapping', decodeMapping) as Mapping;
        return { type, id, status, mapping, lease: read.milliseconds('lease') };
      }
      case 'no-such-address':
        return { type, id, status, lease: read.milliseconds('lease') };
      case 'cannot-say-yet':
        return { type, id, status, retryAfter: read.milliseconds('retryAfter') };
    }
  },
  encode: (message) => {
    const { type, id, status } = message;
    switch (message.status) {
      case 'found':
        return { type, id, status, mapping: encodeMapping(message.mapping), lease: message.lease };
      case 'no-such-address':
        return { type, id, status, lease: message.lease };
      case 'cannot-say-yet':
        return { type, id, status, retryAfter: message.retryAfter };
    }
  },
};
