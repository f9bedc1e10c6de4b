/** Answers NVAs that ask by BFD whether this machine lives (RFC 5883), on the tunnel address, in the passive role. */
import { randomInt } from 'node:crypto';
import { systemClock, type Timer } from 'bgp-ts';
import { BfdService, type WatchOptions } from '../bfd/service.ts';
import { openNodeSocket } from '../bfd/socket.ts';
import type { BfdEvent } from '../bfd/watched.ts';

export interface BfdAnswersOptions {
  readonly tunnelAddress: string;
  /** Addresses of the NVA's replicas. Nobody else is answered. */
  readonly nvas: readonly string[];
  /** Milliseconds. */
  readonly interval: number;
  readonly multiplier: number;
}

interface Log {
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
}

/** Milliseconds until a socket is tried again that could not be opened: the tunnel address may not be there yet. */
const RETRY = 5000;
const RANDOM_RANGE = 2 ** 47;

export class BfdAnswers {
  readonly #service: BfdService;
  readonly #log: Log;
  readonly #retries = new Map<string, Timer>();

  constructor({ tunnelAddress, nvas, interval, multiplier }: BfdAnswersOptions, modules: { readonly log: Log }) {
    this.#log = modules.log;
    this.#service = new BfdService(
      {
        clock: systemClock,
        random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
        open: openNodeSocket,
        afterInput: setImmediate,
      },
      (event) => this.#told(event),
    );
    for (const address of new Set(nvas))
      this.#answer({ address, local: tunnelAddress, multihop: true, passive: true, interval, multiplier });
  }

  stop(): void {
    for (const retry of this.#retries.values()) retry.cancel();
    this.#service.stop();
  }

  #answer(options: WatchOptions): void {
    const { address } = options;
    const result = this.#service.watch(options);
    const again = this.#retries.delete(address);
    if (result.ok) return;
    // Said once; the others are the same again.
    if (!again) this.#log.warn({ nva: address, reason: result.reason }, 'this NVA will get no answer by BFD');
    if (result.code !== 'socket') return;
    const retry = systemClock.setTimer(RETRY, () => this.#answer(options));
    this.#retries.set(address, retry);
  }

  #told({ kind, watch: { address, diagnostic, remoteState } }: BfdEvent): void {
    if (kind === 'up') this.#log.info({ nva: address }, 'the NVA watches this machine by BFD');
    else
      this.#log.info({ nva: address, diagnostic, remoteState }, 'the NVA does not watch this machine by BFD any more');
  }
}
