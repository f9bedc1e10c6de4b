/** Routes on their way into a speaker, put together into UPDATEs: those with one set of attributes share one. */
import { AttributeCode, AttributeFlag, Family, HEADER_LENGTH, MessageType, type OwnSource } from 'bgp-ts';

/** Octets of an UPDATE at most: it goes into a table of ours, not over a wire. */
const MAX_UPDATE = 65_535;
/** Two lengths of fields, and the header of an attribute with a length of two octets. */
const FIELDS = 2 + 2 + 4;
const VALUE = HEADER_LENGTH + FIELDS;
const CAPACITY = 1 << 16;

/** What routes in one UPDATE share: one object for all that are to be together. */
export interface Attributes {
  /** MP_REACH_NLRI up to its NLRI. */
  readonly reach: Uint8Array;
  /** All others, with their headers. */
  readonly others: Uint8Array;
}

/** Octets of NLRI in {@link Outbox}'s arena, where they begin and end, in turn: each no more than fit into one UPDATE. */
type Pieces = number[];

export class Outbox {
  #arena: Uint8Array = new Uint8Array(CAPACITY);
  #end = 0;
  readonly #announced = new Map<Attributes, { readonly source: OwnSource; readonly pieces: Pieces }>();
  readonly #withdrawn = new Map<OwnSource, Pieces>();

  /** The first `length` octets of `nlri`, which are copied. */
  announce(source: OwnSource, attributes: Attributes, nlri: Uint8Array, length: number): void {
    let entry = this.#announced.get(attributes);
    if (entry === undefined) {
      entry = { source, pieces: [] };
      this.#announced.set(attributes, entry);
    }
    this.#keep(entry.pieces, nlri, length, roomFor(attributes.reach, attributes.others));
  }

  withdraw(source: OwnSource, nlri: Uint8Array, length: number): void {
    let pieces = this.#withdrawn.get(source);
    if (pieces === undefined) {
      pieces = [];
      this.#withdrawn.set(source, pieces);
    }
    this.#keep(pieces, nlri, length, roomFor(unreachHead, NO_OCTETS));
  }

  /** Into the speakers: what is new before what is gone, so that nobody is without a route in between. */
  flush(): void {
    for (const [{ reach, others }, { source, pieces }] of this.#announced) {
      this.#send(source, pieces, AttributeCode.MpReachNlri, reach, others);
    }
    for (const [source, pieces] of this.#withdrawn) {
      this.#send(source, pieces, AttributeCode.MpUnreachNlri, unreachHead, NO_OCTETS);
    }
    this.#announced.clear();
    this.#withdrawn.clear();
    this.#end = 0;
  }

  #keep(pieces: Pieces, nlri: Uint8Array, length: number, room: number): void {
    if (this.#end + length > this.#arena.length) {
      const grown = new Uint8Array(2 * this.#arena.length);
      grown.set(this.#arena);
      this.#arena = grown;
    }
    for (let i = 0; i < length; i++) this.#arena[this.#end + i] = nlri[i];
    const last = pieces.length - 1;
    // What comes one after the other is copied in one go.
    if (pieces[last] === this.#end && this.#end + length - pieces[last - 1] <= room) pieces[last] += length;
    else pieces.push(this.#end, this.#end + length);
    this.#end += length;
  }

  #send(source: OwnSource, pieces: Pieces, code: number, head: Uint8Array, others: Uint8Array): void {
    const room = roomFor(head, others);
    for (let from = 0; from < pieces.length; ) {
      let octets = 0;
      let to = from;
      for (; to < pieces.length; to += 2) {
        const length = pieces[to + 1] - pieces[to];
        if (octets + length > room) break;
        octets += length;
      }
      if (to === from) return;
      const update = new Uint8Array(VALUE + head.length + octets + others.length);
      let at = writeHeader(update, code, head.length + octets, others.length);
      update.set(head, at);
      at += head.length;
      for (let i = from; i < to; i += 2) {
        update.set(this.#arena.subarray(pieces[i], pieces[i + 1]), at);
        at += pieces[i + 1] - pieces[i];
      }
      update.set(others, at);
      source.originate(update);
      from = to;
    }
  }
}

const NO_OCTETS = new Uint8Array(0);
/** AFI and SAFI, with which MP_UNREACH_NLRI begins (RFC 4760 §4). */
const unreachHead = Uint8Array.of(0, Family.Evpn >>> 8, Family.Evpn & 0xff);

/** Octets of NLRI in one UPDATE. */
const roomFor = (head: Uint8Array, others: Uint8Array): number => MAX_UPDATE - VALUE - head.length - others.length;

function writeHeader(update: Uint8Array, code: number, valueLength: number, othersLength: number): number {
  update.fill(0xff, 0, 16);
  update[16] = update.length >>> 8;
  update[17] = update.length;
  update[18] = MessageType.Update;
  const attributes = 4 + valueLength + othersLength;
  update[HEADER_LENGTH + 2] = attributes >>> 8;
  update[HEADER_LENGTH + 3] = attributes;
  update[HEADER_LENGTH + 4] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
  update[HEADER_LENGTH + 5] = code;
  update[HEADER_LENGTH + 6] = valueLength >>> 8;
  update[HEADER_LENGTH + 7] = valueLength;
  return VALUE;
}
