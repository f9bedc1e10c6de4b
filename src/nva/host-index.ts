/**
 * Hosts of one network by each of their addresses. There may be millions, so addresses are numbers where they can be: V8 keeps
 * every text that is the key of a Map in a table of its own, which it goes through, with everybody waiting, in each large
 * collection of garbage.
 */
import { ipv4ToNumber } from 'bgp-ts';
import type { HostMapping } from './mapping.ts';

/** A MAC address from 0 on, an IPv4 address below that, an IPv6 address as text. */
type AddressKey = number | string;
/** Of a host that has not both. */
const NONE = '';

/** Those that share an address: mostly one or two; where there are many, by their other address. */
type Sharing<Entry> = Entry | readonly Entry[] | Map<AddressKey, Entry>;
const MANY = 8;

/** Entries are hosts that have a MAC address, an IP address or both, each pair once. */
export class HostIndex<Entry extends object> {
  readonly #hostOf: (entry: Entry) => HostMapping;
  readonly #byAddress = new Map<AddressKey, Sharing<Entry>>();
  /** IP addresses of hosts that have more than one MAC address. */
  readonly #sharedIps = new Set<string>();

  constructor(hostOf: (entry: Entry) => HostMapping) {
    this.#hostOf = hostOf;
  }

  /** Those with a MAC or an IP address, in canonical text. */
  of(address: string): Iterable<Entry> {
    return each(this.#byAddress.get(keyOf(address)));
  }

  /** The one with this MAC address and this IP address; undefined for one that it has not. */
  find(mac: string | undefined, ip: string | undefined): Entry | undefined {
    const address = mac ?? ip;
    const sharing = address === undefined ? undefined : this.#byAddress.get(keyOf(address));
    if (sharing instanceof Map) return sharing.get(mac === undefined || ip === undefined ? NONE : keyOf(ip));
    for (const entry of each(sharing)) {
      const host = this.#hostOf(entry);
      if (host.mac === mac && host.ip === ip) return entry;
    }
    return undefined;
  }

  /** Adds one that is not there. */
  add(entry: Entry): void {
    const { mac, ip } = this.#hostOf(entry);
    if (mac !== undefined) this.#add(mac, entry);
    if (ip !== undefined && this.#add(ip, entry)) this.#sharedIps.add(ip);
  }

  /** Takes away one that is there. */
  delete(entry: Entry): void {
    const { mac, ip } = this.#hostOf(entry);
    if (mac !== undefined) this.#delete(mac, entry);
    if (ip !== undefined && !this.#delete(ip, entry)) this.#sharedIps.delete(ip);
  }

  /** IP addresses that hosts with different MAC addresses have. */
  get sharedIps(): Iterable<string> {
    return this.#sharedIps;
  }

  /** Whether the address has more than one now. */
  #add(address: string, entry: Entry): boolean {
    const key = keyOf(address);
    const sharing = this.#byAddress.get(key);
    if (sharing === undefined) {
      this.#byAddress.set(key, entry);
      return false;
    }
    if (sharing instanceof Map) sharing.set(this.#otherOf(entry, key), entry);
    else {
      const all = [...each(sharing), entry];
      const byOther = () => new Map(all.map((one) => [this.#otherOf(one, key), one]));
      this.#byAddress.set(key, all.length < MANY ? all : byOther());
    }
    return true;
  }

  /** Whether the address still has more than one. */
  #delete(address: string, entry: Entry): boolean {
    const key = keyOf(address);
    const sharing = this.#byAddress.get(key);
    if (sharing instanceof Map) {
      sharing.delete(this.#otherOf(entry, key));
      if (sharing.size >= MANY / 2) return true;
    }
    const left = [...each(sharing)].filter((other) => other !== entry);
    const [first] = left;
    if (first === undefined) this.#byAddress.delete(key);
    else this.#byAddress.set(key, left.length === 1 ? first : left);
    return left.length > 1;
  }

  #otherOf(entry: Entry, key: AddressKey): AddressKey {
    const { mac, ip } = this.#hostOf(entry);
    if (mac === undefined || ip === undefined) return NONE;
    const other = keyOf(mac);
    return other === key ? keyOf(ip) : other;
  }
}

function each<Entry extends object>(sharing: Sharing<Entry> | undefined): Iterable<Entry> {
  if (sharing === undefined) return [];
  if (sharing instanceof Map) return sharing.values();
  return Array.isArray(sharing) ? (sharing as readonly Entry[]) : [sharing as Entry];
}

const COLON = 0x3a;
const DIGIT_0 = 0x30;
const LETTER_A = 0x61;
const MAC_TEXT = 17;

function keyOf(address: string): AddressKey {
  if (address.length === MAC_TEXT) {
    const mac = macNumber(address);
    if (mac >= 0) return mac;
  }
  const ipv4 = ipv4ToNumber(address);
  return ipv4 === undefined ? address : -1 - ipv4;
}

/** The number that a MAC address in canonical text is; -1 for any other text. */
function macNumber(text: string): number {
  let value = 0;
  for (let i = 0; i < MAC_TEXT; i++) {
    const code = text.charCodeAt(i);
    if (i % 3 === 2) {
      if (code !== COLON) return -1;
      continue;
    }
    const digit = code < LETTER_A ? code - DIGIT_0 : code - LETTER_A + 10;
    if (digit < 0 || digit > 15 || (code < LETTER_A && digit > 9)) return -1;
    value = value * 16 + digit;
  }
  return value;
}
