/** The route that is being judged: what of it costs something to read is read once, however many rules look at it. */
import { AddressReader } from './block.ts';
import { macHalf } from './mac-mask.ts';
import type { CrossingRoute } from './route.ts';

export class Subject {
  route!: CrossingRoute;
  /** Whole seconds since it came; 0 where it came in the future, as after a clock was set back. */
  age = 0;
  macHigh = 0;
  macLow = 0;
  #mac: string | undefined;
  #macRead = false;
  #ipRead = false;
  #prefixRead = false;
  #hasIp = false;
  #hasPrefix = false;
  readonly #ip = new AddressReader();
  readonly #prefix = new AddressReader();

  /** Takes a route up. `now` is in seconds since the epoch; undefined where no rule asks for the age. */
  take(route: CrossingRoute, now: number | undefined): this {
    this.route = route;
    this.age = now === undefined ? 0 : Math.max(0, Math.floor(now - route.since));
    this.#macRead = false;
    this.#ipRead = false;
    this.#prefixRead = false;
    return this;
  }

  /** The MAC address, whose halves are then in `macHigh` and `macLow`; undefined where the route has none. */
  mac(): string | undefined {
    if (this.#macRead) return this.#mac;
    this.#macRead = true;
    this.#mac = this.route.mac;
    if (this.#mac !== undefined) {
      this.macHigh = macHalf(this.#mac, 0);
      this.macLow = macHalf(this.#mac, 9);
    }
    return this.#mac;
  }

  /** Undefined where the route has none. */
  ip(): AddressReader | undefined {
    if (!this.#ipRead) {
      this.#ipRead = true;
      const { ip } = this.route;
      this.#hasIp = ip !== undefined;
      if (ip !== undefined) this.#ip.read(ip);
    }
    return this.#hasIp ? this.#ip : undefined;
  }

  /** Undefined where the route has none. */
  prefix(): AddressReader | undefined {
    if (!this.#prefixRead) {
      this.#prefixRead = true;
      const { prefix } = this.route;
      this.#hasPrefix = prefix !== undefined;
      if (prefix !== undefined) this.#prefix.read(prefix);
    }
    return this.#hasPrefix ? this.#prefix : undefined;
  }
}
