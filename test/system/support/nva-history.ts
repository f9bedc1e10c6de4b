/** A history of transactions that is the same for everybody who asks, so that a state says up to where it was written. */
import type { NvaStore, NvaTransaction, StoredAttachment } from '../../../src/nva/nva-store.ts';
import { attachment, event, network, nve, stored, transaction } from '../../unit/store/nva-values.ts';

/** Attachments that transactions are about, and how many each one touches at most. */
const POPULATION = 400;
const MOST = 40;

/** A number for two numbers, spread well (a step of PCG's output function). */
function mixed(a: number, b: number): number {
  let word = Math.imul(a + 1, 747796405) ^ Math.imul(b + 1, 2891336453);
  word = Math.imul((word >>> ((word >>> 28) + 4)) ^ word, 277803737);
  return ((word >>> 22) ^ word) >>> 0;
}

/** Transaction number `step`, from 1 on; its last event has this number of its own. */
export function transactionOf(step: number): NvaTransaction {
  const attachments = Array.from({ length: 1 + (mixed(step, 0) % MOST) }, (_, i) => {
    const number = mixed(step, i + 1) % POPULATION;
    const { network: name, id } = attachment(number);
    return mixed(step, i + 1001) % 3 === 0
      ? ({ delete: { network: name, id } } as const)
      : ({ put: stored(number, { sequence: step }) } as const);
  });
  return transaction({
    networks: [{ put: network('web', 100, { mtu: 1000 + (step % 400) }) }],
    nves: [step % 5 === 0 ? { delete: 'nve7' } : { put: nve(7, { tunnelAddress: `10.9.${step % 250}.7` }) }],
    attachments,
    events: [event(step)],
  });
}

/** What a store must hold; it only goes on. */
export class NvaModel {
  readonly #attachments = new Map<string, StoredAttachment>();
  #step = 0;

  /** What {@link stateOf} tells of a store in which transactions 1 to `step` were done. */
  stateAfter(step: number): string {
    let last = transactionOf(this.#step);
    while (this.#step < step) {
      last = transactionOf(++this.#step);
      for (const change of last.attachments) {
        if ('put' in change) this.#attachments.set(change.put.attachment.id, change.put);
        else this.#attachments.delete(change.delete.id);
      }
    }
    const puts = (changes: NvaTransaction['networks'] | NvaTransaction['nves']) =>
      changes.flatMap((change) => ('put' in change ? [change.put] : []));
    return told(puts(last.networks), puts(last.nves), this.#attachments.values());
  }
}

export function stateOf(store: NvaStore): string {
  return told(store.networks(), store.nves(), store.attachments());
}

function told(networks: Iterable<unknown>, nves: Iterable<unknown>, attachments: Iterable<StoredAttachment>): string {
  const byId = [...attachments].sort((a, b) => (a.attachment.id < b.attachment.id ? -1 : 1));
  return JSON.stringify([[...networks], [...nves], byId]);
}
