/**
 * One network that an NVE has joined: what it is to be told next. Holds a place in the network's mapping table, never a
 * queue, so that an NVE that reads slowly costs nothing: who falls too far behind gets a snapshot again.
 */
import type { Mapping, MappingTable } from '../../nva/mapping.ts';
import type { VirtualNetwork } from '../../nva/model.ts';
import type { JoinMode } from '../wire/message/join.ts';
import type { NvaMessage } from '../wire/registry.ts';
import { LeaseBook } from './lease-book.ts';

/** Entries of one message. */
const ENTRIES = 128;

export interface SubscriptionOptions {
  readonly network: VirtualNetwork;
  readonly mode: JoinMode;
  /** From where changes are enough; undefined begins with a snapshot. */
  readonly since: number | undefined;
  /** Answers whose changes are told. */
  readonly leases: number;
}

export class Subscription {
  readonly name: string;
  readonly mode: JoinMode;
  readonly table: MappingTable;
  readonly leases: LeaseBook;
  #network: VirtualNetwork;
  #parametersDue = true;
  /** Where the NVE is, once it has the snapshot. */
  #version: number;
  #snapshot: Iterator<Mapping> | 'due' | undefined;
  #completeDue = true;

  constructor(options: SubscriptionOptions, modules: { readonly table: MappingTable }) {
    this.name = options.network.name;
    this.mode = options.mode;
    this.table = modules.table;
    this.leases = new LeaseBook(options.leases);
    this.#network = options.network;
    this.#version = options.since ?? 0;
    this.#snapshot = options.since === undefined ? 'due' : undefined;
  }

  /** The network as it is now, for its parameters. */
  seen(network: VirtualNetwork): void {
    if (network === this.#network) return;
    this.#network = network;
    this.#parametersDue = true;
  }

  /** All has been said but that it is all, which waits for the NVA to know it. */
  get awaitsConvergence(): boolean {
    return this.#completeDue && this.#snapshot === undefined;
  }

  /**
   * What is to be said next, with at most `credit` mappings; undefined when there is nothing, or nothing without more
   * credit.
   */
  next(credit: number, converged: boolean): NvaMessage | undefined {
    if (this.#parametersDue) return this.#parameters();
    if (this.#snapshot !== undefined) return this.#nextOfSnapshot(credit);
    while (this.#version !== this.table.version) {
      if (credit === 0) return undefined;
      const step = this.table.changesSince(this.#version, Math.min(ENTRIES, credit));
      if (step === undefined) {
        this.#snapshot = 'due';
        this.#completeDue = true;
        return this.#nextOfSnapshot(credit);
      }
      if (step.version === this.#version) break;
      this.#version = step.version;
      const changes =
        this.mode === 'push'
          ? step.changes
          : step.changes.filter((change) => ('set' in change ? change.set : change.gone).kind === 'flood');
      if (changes.length > 0) return { type: 'changes', network: this.name, version: step.version, changes };
    }
    if (!this.#completeDue || !converged) return undefined;
    this.#completeDue = false;
    return { type: 'complete', network: this.name };
  }

  #nextOfSnapshot(credit: number): NvaMessage | undefined {
    if (this.#snapshot === 'due' || this.#snapshot === undefined) {
      this.#version = this.table.version;
      const all = this.mode === 'push' ? this.table.snapshot() : this.table.floods();
      this.#snapshot = all[Symbol.iterator]();
      return { type: 'snapshot-begin', network: this.name };
    }
    if (credit === 0) return undefined;
    const mappings: Mapping[] = [];
    const most = Math.min(ENTRIES, credit);
    while (mappings.length < most) {
      const next = this.#snapshot.next();
      if (next.done === true) {
        if (mappings.length > 0) break;
        this.#snapshot = undefined;
        return { type: 'snapshot-end', network: this.name, version: this.#version };
      }
      mappings.push(next.value);
    }
    return { type: 'mappings', network: this.name, mappings };
  }

  #parameters(): NvaMessage {
    this.#parametersDue = false;
    const { name, vni, service, l3, mtu, qos, acl, flooding, encapsulations, unknownUnicast } = this.#network;
    return {
      type: 'parameters',
      network: name,
      vni,
      service,
      ...(l3 === undefined ? {} : { l3 }),
      ...(mtu === undefined ? {} : { mtu }),
      ...(qos === undefined ? {} : { qos }),
      acl,
      flooding,
      encapsulations,
      unknownUnicast,
    };
  }
}
