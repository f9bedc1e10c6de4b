/**
 * The answers of one network that an NVE may still be using, so that it can be told when one is right no more. Follows the
 * network's changes with a cursor of its own, which credit does not hold up.
 */
import type { Mapping, MappingChange, MappingTable } from '../../nva/mapping.ts';
import { sameMapping } from '../wire/same-mapping.ts';
import { PrefixSet } from './prefix-set.ts';

/** Changes looked at in a row. */
const STRIDE = 1024;

/**
 * Columns instead of an object for each lease: what lives longer than a collection of the young generation is copied by it, and
 * nobody is answered meanwhile.
 */
export class LeaseBook {
  readonly #most: number;
  /** Place of each address in the columns. */
  readonly #places = new Map<string, number>();
  readonly #mappings: (Mapping | undefined)[] = [];
  #expires = new Float64Array(16);
  /** Places that are free again, below the columns' length. */
  readonly #free: number[] = [];
  /** Up to where changes have been looked at; means nothing while there are no leases. */
  #version = 0;
  /** No lease ends before it: a full book is not looked through for each answer. */
  #nextExpiry = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Whether the answer will be remembered: not when the book is full of others that still count. */
  note(address: string, mapping: Mapping | undefined, table: MappingTable, now: number, lease: number): boolean {
    if (this.#places.size === 0) this.#version = table.version;
    let place = this.#places.get(address);
    if (place === undefined) {
      if (this.#places.size >= this.#most) this.#expire(now);
      if (this.#places.size >= this.#most) return false;
      place = this.#take();
      this.#places.set(sharedText(address, mapping), place);
    }
    this.#mappings[place] = mapping;
    this.#expires[place] = now + lease;
    this.#nextExpiry = Math.min(this.#nextExpiry, now + lease);
    return true;
  }

  /** Addresses whose answer has changed since they were noted; they are forgotten. */
  changed(table: MappingTable, now: number): readonly string[] {
    if (this.#places.size === 0) return [];
    const concerned = new Set<string>();
    const prefixes = new PrefixSet();
    while (this.#version !== table.version) {
      const step = table.changesSince(this.#version, STRIDE);
      if (step === undefined) {
        for (const address of this.#places.keys()) concerned.add(address);
        this.#version = table.version;
        break;
      }
      for (const change of step.changes) this.#collect(change, concerned, prefixes);
      if (step.version === this.#version) break;
      this.#version = step.version;
    }
    // One walk through the book, however many prefixes have changed.
    if (prefixes.size > 0)
      for (const address of this.#places.keys()) if (prefixes.hold(address)) concerned.add(address);
    const changed: string[] = [];
    for (const address of concerned) {
      const place = this.#places.get(address);
      if (place === undefined || sameMapping(table.find(address), this.#mappings[place])) continue;
      if (this.#expires[place]! > now) changed.push(address);
      this.#drop(address, place);
    }
    return changed;
  }

  #collect(change: MappingChange, concerned: Set<string>, prefixes: PrefixSet): void {
    const mapping = 'set' in change ? change.set : change.gone;
    if (mapping.kind === 'host') {
      if (mapping.mac !== undefined && this.#places.has(mapping.mac)) concerned.add(mapping.mac);
      if (mapping.ip !== undefined && this.#places.has(mapping.ip)) concerned.add(mapping.ip);
    } else if (mapping.kind === 'prefix') {
      prefixes.add(mapping.prefix);
    }
  }

  #expire(now: number): void {
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const [address, place] of this.#places) {
      const expires = this.#expires[place]!;
      if (expires <= now) this.#drop(address, place);
      else this.#nextExpiry = Math.min(this.#nextExpiry, expires);
    }
  }

  /** A free place; grows the columns where there is none. */
  #take(): number {
    const place = this.#free.pop() ?? this.#mappings.push(undefined) - 1;
    if (place >= this.#expires.length) {
      const larger = new Float64Array(2 * this.#expires.length);
      larger.set(this.#expires);
      this.#expires = larger;
    }
    return place;
  }

  #drop(address: string, place: number): void {
    this.#places.delete(address);
    this.#mappings[place] = undefined;
    this.#free.push(place);
  }
}

/** The address as the mapping has it, so that the text that came in need not be kept beside it. */
function sharedText(address: string, mapping: Mapping | undefined): string {
  if (mapping?.kind !== 'host') return address;
  if (mapping.ip === address) return mapping.ip;
  return mapping.mac === address ? mapping.mac : address;
}
