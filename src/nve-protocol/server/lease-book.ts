/**
 * The answers of one network that an NVE may still be using, so that it can be told when one is right no more. Follows the
 * network's changes with a cursor of its own, which credit does not hold up.
 */
import type { Mapping, MappingChange, MappingTable } from '../../nva/mapping.ts';
import { sameMapping } from '../wire/same-mapping.ts';
import { PrefixSet } from './prefix-set.ts';

interface Lease {
  readonly mapping: Mapping | undefined;
  readonly expires: number;
}

/** Changes looked at in a row. */
const STRIDE = 1024;

export class LeaseBook {
  readonly #most: number;
  readonly #leases = new Map<string, Lease>();
  /** Up to where changes have been looked at; means nothing while there are no leases. */
  #version = 0;
  /** No lease ends before it: a full book is not looked through for each answer. */
  #nextExpiry = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Whether the answer will be remembered: not when the book is full of others that still count. */
  note(address: string, mapping: Mapping | undefined, table: MappingTable, now: number, lease: number): boolean {
    if (this.#leases.size === 0) this.#version = table.version;
    else if (!this.#leases.delete(address) && this.#leases.size >= this.#most) {
      this.#expire(now);
      if (this.#leases.size >= this.#most) return false;
    }
    this.#leases.set(address, { mapping, expires: now + lease });
    this.#nextExpiry = Math.min(this.#nextExpiry, now + lease);
    return true;
  }

  /** Addresses whose answer has changed since they were noted; they are forgotten. */
  changed(table: MappingTable, now: number): readonly string[] {
    if (this.#leases.size === 0) return [];
    const concerned = new Set<string>();
    const prefixes = new PrefixSet();
    while (this.#version !== table.version) {
      const step = table.changesSince(this.#version, STRIDE);
      if (step === undefined) {
        for (const address of this.#leases.keys()) concerned.add(address);
        this.#version = table.version;
        break;
      }
      for (const change of step.changes) this.#collect(change, concerned, prefixes);
      if (step.version === this.#version) break;
      this.#version = step.version;
    }
    // One walk through the book, however many prefixes have changed.
    if (prefixes.size > 0)
      for (const address of this.#leases.keys()) if (prefixes.hold(address)) concerned.add(address);
    const changed: string[] = [];
    for (const address of concerned) {
      const lease = this.#leases.get(address);
      if (lease === undefined || sameMapping(table.find(address), lease.mapping)) continue;
      this.#leases.delete(address);
      if (lease.expires > now) changed.push(address);
    }
    return changed;
  }

  #collect(change: MappingChange, concerned: Set<string>, prefixes: PrefixSet): void {
    const mapping = 'set' in change ? change.set : change.gone;
    if (mapping.kind === 'host') {
      if (mapping.mac !== undefined && this.#leases.has(mapping.mac)) concerned.add(mapping.mac);
      if (mapping.ip !== undefined && this.#leases.has(mapping.ip)) concerned.add(mapping.ip);
    } else if (mapping.kind === 'prefix') {
      prefixes.add(mapping.prefix);
    }
  }

  #expire(now: number): void {
    if (now < this.#nextExpiry) return;
    this.#nextExpiry = Number.POSITIVE_INFINITY;
    for (const [address, { expires }] of this.#leases) {
      if (expires <= now) this.#leases.delete(address);
      else this.#nextExpiry = Math.min(this.#nextExpiry, expires);
    }
  }
}
