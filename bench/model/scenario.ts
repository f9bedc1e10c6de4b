/**
 * A load, ready to be run: the octets that each client sends in each step, how many routes it has to receive for its
 * part of the step to be over, and what everybody must hold afterwards.
 */
import { announcedAttributes } from './attributes.ts';
import { ABSENT, Forms } from './forms.ts';
import type { Load, Step } from './load.ts';
import type { ClientIndex, Group, Population } from './population.ts';
import { Routes } from './routes.ts';
import { type Span, Streams } from './streams.ts';

/** Routes of others that a client must be told of; what it is not interested in is not counted. */
export interface Expected {
  readonly reach: number;
  readonly unreach: number;
}

export interface PreparedStep {
  readonly step: Step;
  /** By client: what it sends. */
  readonly spans: readonly (Span | undefined)[];
  readonly expected: readonly Expected[];
  /** Where the list of changes is, for churn. */
  readonly changes?: Span;
  /**
   * Counting does not tell when it is over, since the same route may be announced or withdrawn more than once on the
   * way: it is over with the last UPDATE.
   */
  readonly endsWithLast: boolean;
  /** By route: the form in which those hold it who are to have it. */
  readonly forms: Int32Array;
}

export interface Scenario {
  readonly load: Load;
  readonly routes: Routes;
  readonly forms: Forms;
  readonly streams: Uint8Array;
  /** Memberships of each client, with End-of-RIB; for those who speak RT-Constrain. */
  readonly memberships: readonly (Span | undefined)[];
  readonly steps: readonly PreparedStep[];
}

const none: Expected = { reach: 0, unreach: 0 };
/** Octets of an entry in the list of changes: client, length, offset. */
const CHANGE = 16;

/** Whether a client is in a network, for all clients and networks. */
export function interestOf({ interest }: Population): (client: ClientIndex, network: number) => boolean {
  if (interest === undefined) return () => true;
  const sets = new Map<ClientIndex, Set<number>>();
  return (client, network) => {
    let set = sets.get(client);
    if (set === undefined) {
      set = new Set(interest(client));
      sets.set(client, set);
    }
    return set.has(network);
  };
}

export function prepare(load: Load): Scenario {
  const { population } = load;
  const routes = new Routes(population);
  const streams = new Streams(routes, population.ip);
  const preparation = new Preparation(population, routes, streams);
  const memberships = preparation.memberships();
  const steps = load.steps.map((step) => withoutWaiting(preparation.step(step), load));
  return { load, routes, forms: preparation.forms, streams: streams.octets, memberships, steps };
}

/** A slow reader is waited for when it catches up, and not before. */
function withoutWaiting(prepared: PreparedStep, { slow }: Load): PreparedStep {
  if (slow === undefined || prepared.step.kind === 'catch-up') return prepared;
  return { ...prepared, expected: prepared.expected.map((told, client) => (client === slow.client ? none : told)) };
}

class Preparation {
  readonly forms: Forms;
  readonly #population: Population;
  readonly #streams: Streams;
  readonly #clients: readonly ClientIndex[];
  readonly #isIn: (client: ClientIndex, network: number) => boolean;
  /** By route, as after the last step that was prepared. */
  #held: Int32Array;
  #gone = new Set<ClientIndex>();

  constructor(population: Population, routes: Routes, streams: Streams) {
    this.#population = population;
    this.#streams = streams;
    this.forms = new Forms(population.ip);
    this.#clients = Array.from({ length: population.clients }, (_, client) => client);
    this.#isIn = interestOf(population);
    this.#held = new Int32Array(routes.count);
  }

  memberships(): readonly (Span | undefined)[] {
    const { interest } = this.#population;
    return this.#clients.map((client) => {
      if (interest === undefined) return undefined;
      // Attributes that every route has; a membership has no communities.
      const attributes = announcedAttributes({ client, network: 0, sequence: 0 }).slice(0, -1);
      return this.#streams.span(() => this.#streams.memberships(client, interest(client), attributes));
    });
  }

  step(step: Step): PreparedStep {
    this.#held = this.#held.slice();
    const prepared = this.#prepare(step);
    return { step, spans: [], endsWithLast: false, forms: this.#held, ...prepared };
  }

  #prepare(step: Step): Partial<PreparedStep> & Pick<PreparedStep, 'expected'> {
    switch (step.kind) {
      case 'announce':
        return this.#announce();
      case 'withdraw':
        return this.#withdraw();
      case 'refresh': {
        const spans = this.#clients.map(() => this.#streams.span(() => this.#streams.routeRefresh()));
        return { spans, expected: this.#told('reach', this.#population.groups) };
      }
      case 'leave':
        return this.#leave(step.client);
      case 'churn':
        return this.#churn(step.changes);
      case 'catch-up':
        return { expected: this.#told('reach', this.#population.groups) };
    }
  }

  #announce() {
    const { groups } = this.#population;
    for (const group of groups) {
      this.#hold(group, this.forms.of({ client: owner(group), network: group.network, sequence: 0 }));
    }
    const spans = this.#spans((client, group) => {
      const attributes = announcedAttributes({ client, network: group.network, sequence: 0 });
      this.#streams.announce(client, group, attributes);
    });
    return { spans, expected: this.#told('reach', groups) };
  }

  #withdraw() {
    const { groups } = this.#population;
    for (const group of groups) this.#hold(group, ABSENT);
    const spans = this.#spans((_, group) => this.#streams.withdraw(group));
    const endsWithLast = groups.some(({ announcers }) => announcers.length > 1);
    return { spans, endsWithLast, expected: this.#told('unreach', groups) };
  }

  #leave(client: ClientIndex) {
    const lost = this.#population.groups.filter(({ announcers }) => announcers.includes(client));
    if (lost.some(({ announcers }) => announcers.length > 1)) throw new RangeError('its routes have other paths');
    for (const group of lost) this.#hold(group, ABSENT);
    this.#gone.add(client);
    return { expected: this.#told('unreach', lost) };
  }

  /** Clients take turns, and each goes through its routes. */
  #churn(count: number) {
    const own = this.#clients.map((client) =>
      this.#population.groups
        .filter(({ announcers }) => announcers.includes(client))
        .flatMap((group) => Array.from({ length: group.count }, (_, i) => ({ group, route: group.first + i }))),
    );
    const list = Buffer.alloc(count * CHANGE);
    for (let change = 0; change < count; change++) {
      const client = change % this.#clients.length;
      const routes = own[client] ?? [];
      const chosen = routes[Math.floor(change / this.#clients.length) % routes.length];
      if (chosen === undefined) throw new RangeError(`client ${client} has no routes to change`);
      const origin = { client, network: chosen.group.network, sequence: change + 1 };
      const { offset, length } = this.#streams.span(() =>
        this.#streams.announce(client, { first: chosen.route, count: 1 }, announcedAttributes(origin)),
      );
      this.#held[chosen.route] = this.forms.of(origin);
      list.writeUInt32LE(client, change * CHANGE);
      list.writeUInt32LE(length, change * CHANGE + 4);
      list.writeBigUInt64LE(BigInt(offset), change * CHANGE + 8);
    }
    this.#streams.align(CHANGE);
    return { changes: this.#streams.span(() => this.#streams.raw(list)), expected: this.#clients.map(() => none) };
  }

  #hold({ first, count }: Group, form: number): void {
    this.#held.fill(form, first, first + count);
  }

  #spans(write: (client: ClientIndex, group: Group) => void): readonly (Span | undefined)[] {
    const byClient = this.#clients.map((): Group[] => []);
    for (const group of this.#population.groups) {
      for (const announcer of group.announcers) byClient[announcer]?.push(group);
    }
    return byClient.map((groups, client) =>
      groups.length === 0
        ? undefined
        : this.#streams.span(() => {
            for (const group of groups) write(client, group);
          }),
    );
  }

  /** That each client is told of these once, but for its own. */
  #told(how: keyof Expected, groups: readonly Group[]): readonly Expected[] {
    return this.#clients.map((client) => {
      if (this.#gone.has(client)) return none;
      let count = 0;
      for (const group of groups) {
        if (owner(group) !== client && this.#isIn(client, group.network)) count += group.count;
      }
      return { ...none, [how]: count };
    });
  }
}

/** The announcer whose path is best, and whose identifier is in the route distinguisher. */
const owner = ({ announcers }: Group): ClientIndex => announcers[0] as ClientIndex;

/** Changes that a step means for all clients together. */
export const adverts = ({ expected }: PreparedStep): number =>
  expected.reduce((sum, { reach, unreach }) => sum + reach + unreach, 0);
