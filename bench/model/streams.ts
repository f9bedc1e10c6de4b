/** Prepared octets for the generator: UPDATE messages of at most 4,096 octets, one client's after another's. */

import { asn } from './addresses.ts';
import {
  type Attribute,
  attributeOctets,
  EVPN,
  REACH,
  RT_CONSTRAIN,
  reachHead,
  routeTarget,
  UNREACH,
} from './attributes.ts';
import { u16, u32 } from './octets.ts';
import type { ClientIndex } from './population.ts';
import type { Routes } from './routes.ts';

const HEADER = 19;
const MAX_MESSAGE = 4096;
const MessageType = { update: 2, routeRefresh: 5 } as const;
const OPTIONAL_EXTENDED = 0x90;

/** A stretch of what was written. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Consecutive routes. */
export interface Range {
  readonly first: number;
  readonly count: number;
}

export class Streams {
  readonly #routes: Routes;
  readonly #ip: 4 | 6;
  #octets = new Uint8Array(1 << 20);
  #end = 0;

  constructor(routes: Routes, ip: 4 | 6) {
    this.#routes = routes;
    this.#ip = ip;
  }

  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#end);
  }

  /** The span of what `write` writes. */
  span(write: () => void): Span {
    const offset = this.#end;
    write();
    return { offset, length: this.#end - offset };
  }

  announce(client: ClientIndex, { first, count }: Range, attributes: readonly Attribute[]): void {
    const others = attributes.flatMap((attribute) => [...attributeOctets(attribute)]);
    const head = reachHead(client, this.#ip);
    const { size } = this.#routes;
    const most = Math.floor((MAX_MESSAGE - HEADER - 4 - 4 - head.length - others.length) / size);
    for (let at = first; at < first + count; at += most) {
      const routes = this.#octetsOf(at, Math.min(most, first + count - at));
      this.#update([REACH, head, routes], others);
    }
  }

  withdraw({ first, count }: Range): void {
    const most = Math.floor((MAX_MESSAGE - HEADER - 4 - 4 - EVPN.length) / this.#routes.size);
    for (let at = first; at < first + count; at += most) {
      this.#update([UNREACH, EVPN, this.#octetsOf(at, Math.min(most, first + count - at))], []);
    }
  }

  /** Route target memberships (RFC 4684 §4), with the attributes that every route has. */
  memberships(client: ClientIndex, networks: readonly number[], attributes: readonly Attribute[]): void {
    const others = attributes.flatMap((attribute) => [...attributeOctets(attribute)]);
    const nlri = networks.flatMap((network) => [96, ...u32(asn), ...routeTarget(network)]);
    const head = [...RT_CONSTRAIN, ...reachHead(client, this.#ip).slice(EVPN.length)];
    this.#update([REACH, head, Uint8Array.from(nlri)], others);
    this.endOfRib(RT_CONSTRAIN);
  }

  /** RFC 4724 §2. */
  endOfRib(family: readonly number[]): void {
    this.#update([UNREACH, family, new Uint8Array(0)], []);
  }

  /** RFC 2918 §3. */
  routeRefresh(): void {
    const [high = 0, low = 0, safi = 0] = EVPN;
    this.#message(MessageType.routeRefresh, [[high, low, 0, safi]]);
  }

  /** Octets as they are. */
  raw(octets: Uint8Array): void {
    this.#put([octets]);
  }

  /** What is written next begins at a multiple of this. */
  align(octets: number): void {
    this.raw(new Uint8Array((octets - (this.#end % octets)) % octets));
  }

  #octetsOf(first: number, count: number): Uint8Array {
    const { octets, size } = this.#routes;
    return octets.subarray(first * size, (first + count) * size);
  }

  #update([code, head, routes]: readonly [number, readonly number[], Uint8Array], others: readonly number[]): void {
    const multiprotocol = [OPTIONAL_EXTENDED, code, ...u16(head.length + routes.length), ...head];
    const attributes = multiprotocol.length + routes.length + others.length;
    this.#message(MessageType.update, [[0, 0, ...u16(attributes), ...multiprotocol], routes, others]);
  }

  #message(type: number, parts: readonly (readonly number[] | Uint8Array)[]): void {
    const length = HEADER + parts.reduce((sum, part) => sum + part.length, 0);
    if (length > MAX_MESSAGE) throw new RangeError(`a message of ${length} octets`);
    this.#put([[...Array<number>(16).fill(0xff), ...u16(length), type], ...parts]);
  }

  #put(parts: readonly (readonly number[] | Uint8Array)[]): void {
    for (const part of parts) {
      while (this.#end + part.length > this.#octets.length) this.#grow();
      this.#octets.set(part, this.#end);
      this.#end += part.length;
    }
  }

  #grow(): void {
    const bigger = new Uint8Array(this.#octets.length * 2);
    bigger.set(this.#octets);
    this.#octets = bigger;
  }
}
