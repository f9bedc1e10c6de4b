import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** The NVA's no, and why. */
export interface Refusal {
  /** `not-registered`, `no-such-network` and others of the NVA's; later versions have more. */
  readonly code: string;
  /** Of the attachment, where one is to blame. */
  readonly field?: string;
  readonly reason: string;
}

/** The NVA's yes or no to an `attach` or a `detach`. */
export type Outcome = { readonly type: 'outcome'; readonly id: number } & (
  | { readonly result: (typeof done)[number] }
  | { readonly result: 'refused'; readonly refusal: Refusal }
);

const done = ['created', 'changed', 'unchanged', 'deleted'] as const;

export const outcome: MessageRow<Outcome> = {
  type: 'outcome',
  from: 'nva',
  decode: (read) => {
    const type = 'outcome';
    const id = read.id();
    const result = read.oneOf('result', [...done, 'refused']);
    if (result !== 'refused') return { type, id, result };
    const refusal = read.part('refusal', (part) =>
      present({
        code: part.name('code'),
        field: part.optionalText('field', protocolLimits.reason),
        reason: part.reason(),
      }),
    );
    return { type, id, result, refusal: refusal ?? { code: '', reason: '' } };
  },
  encode: (message) => {
    const { type, id, result } = message;
    if (message.result !== 'refused') return { type, id, result };
    const { code, field, reason } = message.refusal;
    return { type, id, result, refusal: { code, field, reason } };
  },
};
