/**
 * One client's routes, as the messages it received say: the octets are gone through one UPDATE after the other. Sets of
 * attributes are looked up as bytes, since there are few, and decoded when they are new, so that what remains for a
 * route is to compare its octets with those of the load.
 */
import { type Attribute, canonical, EVPN, REACH, UNREACH } from './attributes.ts';
import { ABSENT, type Forms } from './forms.ts';
import { hexOf } from './octets.ts';
import type { Population } from './population.ts';
import type { Routes } from './routes.ts';

const HEADER = 19;
const UPDATE = 2;
const EXTENDED_LENGTH = 0x10;

const u16At = (bytes: Uint8Array, at: number) => (bytes[at] << 8) | bytes[at + 1];
const isEvpn = (bytes: Uint8Array, at: number) => EVPN.every((octet, i) => bytes[at + i] === octet);

/** Attribute sets that were seen, by their octets; one for all clients of a run. */
export class SeenAttributes {
  readonly #forms: Forms;
  readonly #passedOver: (attribute: Attribute) => boolean;
  readonly #byOctets = new Map<string, number>();
  /** Canonical texts that no route of the load has, by the numbers given out for them. */
  readonly strange: string[] = [];

  /** @param passedOver attributes that may be there or not. */
  constructor(forms: Forms, passedOver: (attribute: Attribute) => boolean) {
    this.#forms = forms;
    this.#passedOver = passedOver;
  }

  /** The form; a negative number when no route of the load has these. `octets` identify what `attributes` decodes. */
  form(octets: string, attributes: () => readonly Attribute[]): number {
    const known = this.#byOctets.get(octets);
    if (known !== undefined) return known;
    const text = canonical(attributes().filter((attribute) => !this.#passedOver(attribute)));
    const form = this.#forms.find(text) ?? -this.strange.push(text);
    this.#byOctets.set(octets, form);
    return form;
  }
}

export class Replay {
  readonly #groups: Population['groups'];
  readonly #routes: Routes;
  readonly #seen: SeenAttributes;
  /** By route: the form in which it is held now. */
  readonly held: Int32Array;
  /** By route: whether the client is interested in it. */
  readonly #wanted: Uint8Array;
  /** Announcements and withdrawals of wanted routes that changed nothing, since this was last set to 0. */
  repeats = 0;
  /** Routes that cannot be of this load, and the first of them in words. */
  strange = 0;
  firstStrange = '';

  constructor({ groups }: Population, routes: Routes, seen: SeenAttributes) {
    this.#groups = groups;
    this.#routes = routes;
    this.#seen = seen;
    this.held = new Int32Array(routes.count);
    this.#wanted = new Uint8Array(routes.count);
  }

  /** Forgets everything, for the next client, which is in these networks. */
  clear(isIn: (network: number) => boolean): void {
    this.held.fill(ABSENT);
    for (const { first, count, network } of this.#groups) {
      this.#wanted.fill(isIn(network) ? 1 : 0, first, first + count);
    }
    this.repeats = 0;
    this.strange = 0;
    this.firstStrange = '';
  }

  /** Goes through whole messages in [at, end). */
  read(bytes: Buffer, at: number, end: number): void {
    for (let message = at; message < end; message += u16At(bytes, message + 16)) {
      if (bytes[message + 18] === UPDATE) this.#update(bytes, message, message + u16At(bytes, message + 16));
    }
  }

  #update(bytes: Buffer, message: number, end: number): void {
    const withdrawn = u16At(bytes, message + HEADER);
    const start = message + HEADER + 4 + withdrawn;
    const stop = start + u16At(bytes, start - 2);
    if (withdrawn !== 0 || stop !== end) this.#complain('routes of IPv4', bytes.subarray(message, end));
    let reachAt = -1;
    let reachValue = 0;
    let reachEnd = 0;
    for (let at = start; at < stop; ) {
      const extended = (bytes[at] & EXTENDED_LENGTH) !== 0;
      const value = at + (extended ? 4 : 3);
      const next = value + (extended ? u16At(bytes, at + 2) : bytes[at + 2]);
      if (bytes[at + 1] === REACH) {
        reachAt = at;
        reachValue = value;
        reachEnd = next;
      } else if (bytes[at + 1] === UNREACH && isEvpn(bytes, value)) this.#withdraw(bytes, value + EVPN.length, next);
      at = next;
    }
    if (reachAt < 0 || !isEvpn(bytes, reachValue)) return;
    const nlri = reachValue + 5 + bytes[reachValue + 3];
    const octets =
      bytes.toString('latin1', start, reachAt) +
      bytes.toString('latin1', reachValue, nlri) +
      bytes.toString('latin1', reachEnd, stop);
    const form = this.#seen.form(octets, () => attributesIn(bytes, start, stop));
    this.#announce(bytes, nlri, reachEnd, form);
  }

  #announce(bytes: Uint8Array, start: number, end: number, form: number): void {
    const { held } = this;
    for (let at = start; at < end; at += 2 + bytes[at + 1]) {
      const route = this.#routes.announcedAt(bytes, at, end);
      if (route < 0) {
        this.#complain('announced', bytes.subarray(at, at + 2 + bytes[at + 1]));
        continue;
      }
      if (held[route] === form) this.repeats += this.#wanted[route];
      held[route] = form;
    }
  }

  #withdraw(bytes: Uint8Array, start: number, end: number): void {
    const { held } = this;
    for (let at = start; at < end; at += 2 + bytes[at + 1]) {
      const route = this.#routes.withdrawnAt(bytes, at, end);
      if (route < 0) {
        this.#complain('withdrawn', bytes.subarray(at, at + 2 + bytes[at + 1]));
        continue;
      }
      if (held[route] === ABSENT) this.repeats += this.#wanted[route];
      held[route] = ABSENT;
    }
  }

  #complain(what: string, octets: Uint8Array): void {
    if (this.strange++ === 0) this.firstStrange = `${what}: ${hexOf(octets.subarray(0, 64))}`;
  }
}

/** Attributes of an UPDATE; of MP_REACH_NLRI the head alone. */
function attributesIn(bytes: Uint8Array, start: number, stop: number): readonly Attribute[] {
  const found: Attribute[] = [];
  for (let at = start; at < stop; ) {
    const flags = bytes[at];
    const code = bytes[at + 1];
    const extended = (flags & EXTENDED_LENGTH) !== 0;
    const value = at + (extended ? 4 : 3);
    const next = value + (extended ? u16At(bytes, at + 2) : bytes[at + 2]);
    const end = code === REACH ? value + 5 + bytes[value + 3] : next;
    found.push({ flags, code, value: bytes.subarray(value, end) });
    at = next;
  }
  return found;
}
