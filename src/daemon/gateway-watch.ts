/**
 * Watches gateways by BFD (RFC 5883), so that one whose machine or link is gone is known to be within a second, and not when
 * its session times out.
 */
import { randomInt } from 'node:crypto';
import { type Clock, canonicalIp } from 'bgp-ts';
import { BfdService } from '../bfd/service.ts';
import { openNodeSocket } from '../bfd/socket.ts';
import type { BfdWatch } from '../bfd/watched.ts';
import type { BfdConfig } from '../config/config.ts';
import type { GatewayHealth } from '../federation/federation.ts';
import type { Logger } from './logging.ts';

const RANDOM_RANGE = 2 ** 47;

export class GatewayWatch implements GatewayHealth {
  readonly #config: BfdConfig;
  readonly #service: BfdService;
  readonly #logger: Logger;
  readonly #watches = new Map<string, BfdWatch>();
  /** Those that have answered since they are watched: of one that never did, nothing follows. */
  readonly #answered = new Set<string>();

  /** `changed`: what {@link of} says may be otherwise. */
  constructor(config: BfdConfig, modules: { clock: Clock; logger: Logger; changed: () => void }) {
    this.#config = config;
    this.#logger = modules.logger;
    this.#service = new BfdService(
      {
        clock: modules.clock,
        random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
        open: openNodeSocket,
        afterInput: setImmediate,
      },
      ({ kind, watch }) => {
        if (kind === 'up') this.#answered.add(watch.address);
        modules.changed();
      },
    );
  }

  become(addresses: Iterable<string>): void {
    const wanted = new Set([...addresses].map((address) => canonicalIp(address) ?? address));
    for (const [address, watch] of this.#watches) {
      if (wanted.has(address)) continue;
      watch.close();
      this.#watches.delete(address);
      this.#answered.delete(address);
    }
    const { address: local, interval, multiplier } = this.#config;
    for (const address of wanted) {
      if (this.#watches.has(address) || address.includes(':') !== local.includes(':')) continue;
      const result = this.#service.watch({ address, local, multihop: true, interval, multiplier });
      if (result.ok) this.#watches.set(address, result.watch);
      else this.#logger.warn({ gateway: address }, `gateway ${address} is not watched by BFD: ${result.reason}`);
    }
  }

  of(address: string): 'up' | 'down' | undefined {
    const watch = this.#watches.get(canonicalIp(address) ?? address);
    if (watch === undefined || !this.#answered.has(watch.address)) return undefined;
    return watch.state === 'Up' ? 'up' : 'down';
  }

  stop(): void {
    this.#service.stop();
  }
}
