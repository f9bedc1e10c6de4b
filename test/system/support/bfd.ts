/** A BFD service of the test's own, in a namespace. */
import { randomInt } from 'node:crypto';
import { BfdService, type WatchOptions } from '../../../src/bfd/service.ts';
import { openNodeSocket } from '../../../src/bfd/socket.ts';
import type { BfdEvent, BfdWatch } from '../../../src/bfd/watched.ts';
import { systemClock } from '../../../src/bgp-ts/index.ts';
import type { Bench } from './bench.ts';
import type { Namespace } from './namespace.ts';
import { until } from './until.ts';

const RANDOM_RANGE = 2 ** 47;

interface SeenEvent {
  readonly kind: BfdEvent['kind'];
  readonly diagnostic: number;
  readonly remoteState: string;
}

export class BfdHere {
  readonly service: BfdService;
  readonly events: SeenEvent[] = [];
  readonly #namespace: Namespace;
  /** Events that were waited for, or passed over. */
  #seen = 0;

  constructor(bench: Bench, namespace: Namespace) {
    this.#namespace = namespace;
    this.service = new BfdService(
      {
        clock: systemClock,
        random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
        open: openNodeSocket,
        afterInput: setImmediate,
      },
      ({ kind, watch: { diagnostic, remoteState } }) => this.events.push({ kind, diagnostic, remoteState }),
    );
    bench.defer(() => this.service.stop());
  }

  watch(options: WatchOptions): BfdWatch {
    const result = this.#namespace.inside(() => this.service.watch(options));
    if (!result.ok) throw new Error(result.reason);
    return result.watch;
  }

  /**
   * Waits for the next event that is like this. Those before it are passed over: on a machine that is busy enough, somebody
   * may be silent for a Detection Time and come back.
   */
  async next(like: Partial<SeenEvent>): Promise<void> {
    const isLike = (event: SeenEvent) =>
      Object.entries(like).every(([key, value]) => event[key as keyof SeenEvent] === value);
    await until(
      () => {
        const found = this.events.findIndex((event, index) => index >= this.#seen && isLike(event));
        if (found < 0) return false;
        this.#seen = found + 1;
        return true;
      },
      {
        within: 20_000,
        every: 5,
        what: () => `BFD to tell ${JSON.stringify(like)}; it told ${JSON.stringify(this.events)}`,
      },
    );
  }
}
