/**
 * The EVPN routes of a load, as octets: type 2 (RFC 7432 §7.2) or type 5 (RFC 9136 §3.1). All of a load have the same
 * length, and each carries its number where it is cheaply read: in the MAC address or in the prefix.
 */
import { identifier } from './addresses.ts';
import { u16, u24, u32 } from './octets.ts';
import { type Group, type Population, routeCount } from './population.ts';

const FIRST_VNI = 1000;
/** ESI: behind type, length and route distinguisher. It is no part of the key, and neither is the label at the end. */
const ESI_START = 10;
const ESI_END = 20;
const LABEL_LENGTH = 3;
const MAX_ROUTES = 1 << 24;

export const vniOf = (network: number): number => FIRST_VNI + network;

const zeros = (count: number): readonly number[] => Array<number>(count).fill(0);

/** An address of any kind: a prefix, zeros, and the number of the route in the lowest 24 bits. */
const numbered = (prefix: readonly number[], length: number, route: number): readonly number[] => [
  ...prefix,
  ...zeros(length - prefix.length - 3),
  ...u24(route),
];
const macOf = (route: number) => numbered([2], 6, route);
const ipOf = (route: number, ip: 4 | 6) => (ip === 4 ? numbered([10], 4, route) : numbered([0xfd, 0x10], 16, route));

function octetsOf(route: number, { network, announcers }: Group, { ip, type }: Population): readonly number[] {
  const bits = ip === 4 ? 32 : 128;
  const head = [0, 1, ...identifier(announcers[0] as number), ...u16(network), ...zeros(10), ...u32(0)];
  const label = u24(vniOf(network));
  const value =
    type === 2
      ? [...head, 48, ...macOf(route), bits, ...ipOf(route, ip), ...label]
      : [...head, bits, ...ipOf(route, ip), ...zeros(bits / 8), ...label];
  return [type, value.length, ...value];
}

/** Offsets of the number in a route: of a type 2, in the MAC address first. */
function numberOffsets({ ip, type }: Population): readonly number[] {
  // Type, length, RD, ESI, tag and the length of what follows.
  const start = 25;
  const address = ip === 4 ? 4 : 16;
  return type === 2 ? [start + 6 - 3, start + 6 + 1 + address - 3] : [start + address - 3];
}

/** All routes of a population. */
export class Routes {
  readonly count: number;
  /** Octets of each. */
  readonly size: number;
  readonly octets: Uint8Array;
  readonly #numberAt: number;

  constructor(population: Population) {
    this.count = routeCount(population);
    if (this.count > MAX_ROUTES) throw new RangeError(`${this.count} routes cannot be numbered`);
    const { groups } = population;
    const [sample] = groups;
    this.size = sample === undefined ? 0 : octetsOf(0, sample, population).length;
    this.octets = new Uint8Array(this.count * this.size);
    const offsets = numberOffsets(population);
    this.#numberAt = offsets[0] as number;
    for (const group of groups) {
      // Routes of a group differ in their number alone.
      const route = Uint8Array.from(octetsOf(group.first, group, population));
      for (let number = group.first; number < group.first + group.count; number++) {
        for (const at of offsets) route.set(u24(number), at);
        this.octets.set(route, number * this.size);
      }
    }
  }

  /** Number of the route announced at `at`, octet by octet the one of this load; else -1. */
  announcedAt(bytes: Uint8Array, at: number, end: number): number {
    const route = this.#numberIn(bytes, at, end);
    return route >= 0 && this.#same(route, bytes, at, 0, this.size) ? route : -1;
  }

  /** The same for a withdrawal, in which what is no part of the key may be anything. */
  withdrawnAt(bytes: Uint8Array, at: number, end: number): number {
    const route = this.#numberIn(bytes, at, end);
    if (route < 0) return -1;
    const isSame =
      this.#same(route, bytes, at, 0, ESI_START) && this.#same(route, bytes, at, ESI_END, this.size - LABEL_LENGTH);
    return isSame ? route : -1;
  }

  #numberIn(bytes: Uint8Array, at: number, end: number): number {
    if (at + this.size > end) return -1;
    const number = at + this.#numberAt;
    const route = (bytes[number] << 16) | (bytes[number + 1] << 8) | bytes[number + 2];
    return route < this.count ? route : -1;
  }

  #same(route: number, bytes: Uint8Array, at: number, from: number, to: number): boolean {
    const { octets } = this;
    const own = route * this.size;
    for (let i = from; i < to; i++) if (octets[own + i] !== bytes[at + i]) return false;
    return true;
  }
}
