/**
 * Connections without a welcome yet, from the TCP handshake on. There is always room for one more: who has waited longest
 * makes it, of the address that has most of them, so that whoever fills the room makes room for others.
 */
import { parseIp } from 'bgp-ts';

export interface Waiting {
  /** As the system says it, and what is at its other end. */
  readonly address: string;
  /** Ends it at once; it leaves the room by itself. */
  readonly end: () => void;
}

export class WaitingRoom {
  readonly #most: number;
  readonly #mostOfOne: number;
  /** Longest waiting first. */
  readonly #waiting = new Map<Waiting, string>();
  readonly #bySource = new Map<string, number>();

  constructor(bounds: { readonly most: number; readonly mostOfOne: number }) {
    this.#most = bounds.most;
    this.#mostOfOne = bounds.mostOfOne;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Lets it in; those that had to go for it were ended. */
  enter(one: Waiting): void {
    const source = sourceOf(one.address);
    while ((this.#bySource.get(source) ?? 0) >= this.#mostOfOne) this.#endOldest(source);
    while (this.#waiting.size >= this.#most) this.#endOldest(this.#busiest());
    this.#waiting.set(one, source);
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
  }

  /** Harmless when it has left. */
  leave(one: Waiting): void {
    const source = this.#waiting.get(one);
    if (source === undefined) return;
    this.#waiting.delete(one);
    const others = (this.#bySource.get(source) ?? 1) - 1;
    if (others === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, others);
  }

  #endOldest(source: string): void {
    for (const [one, of] of this.#waiting) {
      if (of !== source) continue;
      this.leave(one);
      one.end();
      return;
    }
  }

  /** Of several, the one that has waited longest. */
  #busiest(): string {
    let busiest = '';
    let most = 0;
    for (const source of this.#waiting.values()) {
      const count = this.#bySource.get(source) ?? 0;
      if (count > most) [busiest, most] = [source, count];
    }
    return busiest;
  }
}

/** An IPv4 address, or the /64 of an IPv6 address: a host has as many of these as it likes. */
function sourceOf(address: string): string {
  const octets = parseIp(address.split('%', 1)[0] ?? '');
  if (octets === undefined) return address;
  const isMapped = octets.length === 16 && octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255;
  return (isMapped ? octets.subarray(12) : octets.subarray(0, 8)).join('.');
}
