/**
 * Attachments that are moved by the API at a steady rate, and how long it is from the moment a move was due to the moment an
 * NVE that is far from both places knows the new one, for the MAC address and for the IP address.
 */
import { until } from '../../../test/system/support/until.ts';
import { cpuSecondsOf } from '../../run/process-figures.ts';
import type { ApiConnection } from '../api-connection.ts';
import type { Comparison } from '../model.ts';
import { pace } from '../pace.ts';
import { ownDelay, type Percentiles, percentilesOf } from '../percentiles.ts';
import { good, type Site } from '../site.ts';

export interface MoveOptions {
  readonly perSecond: number;
  /** Seconds at the same rate before that: nvad has not been asked for this before, and its code is not compiled. */
  readonly warmUp: number;
  readonly seconds: number;
  /** Moves of one transaction: 1 puts the attachment itself. */
  readonly batch: number;
  readonly connections: number;
  /** Milliseconds that the last one may take. */
  readonly within: number;
}

/** Milliseconds. */
export interface MoveFigures {
  readonly moves: number;
  /** Until the API has said yes. */
  readonly acknowledged: Percentiles;
  /** By observer. */
  readonly seen: Readonly<Record<string, Percentiles>>;
  /** The same of the moves before. */
  readonly early: Readonly<Record<string, Percentiles>>;
  /** How late the process was that asked and observed, which is in the figures before. */
  readonly ownDelay: Omit<Percentiles, 'count'>;
  /** Of one core. */
  readonly cpu: number;
  readonly comparison: Comparison;
}

/** A move that somebody has yet to hear of. */
interface Pending {
  readonly due: number;
  readonly tunnel: string;
  /** Of its two addresses, those that were not heard of. */
  left: number;
}

/** One of those who wait for moves. */
class Watcher {
  readonly seen: number[] = [];
  /** Of moves that were due before the figures begin. */
  readonly early: number[] = [];
  begins = 0;
  readonly pending = new Map<number, Pending>();

  expect(i: number, due: number, tunnel: string): void {
    this.pending.set(i, { due, tunnel, left: 2 });
  }

  hear(i: number, tunnel: string): void {
    const move = this.pending.get(i);
    if (move === undefined || move.tunnel !== tunnel || --move.left > 0) return;
    this.pending.delete(i);
    (move.due < this.begins ? this.early : this.seen).push(performance.now() - move.due);
  }
}

export async function moveAll(site: Site, options: MoveOptions): Promise<MoveFigures> {
  const { model, daemon } = site;
  const { attachments, nves } = model.shape;
  const { batch } = options;
  const watchers: Record<string, Watcher> = { bgp: new Watcher() };
  for (const nve of site.push) {
    const watcher = new Watcher();
    watchers[nve.name] = watcher;
    nve.heard = (mapping) => {
      if (mapping.kind === 'host' && mapping.mac !== undefined) watcher.hear(model.ofMac(mapping.mac), mapping.nve);
    };
  }
  const { bgp } = site;
  if (bgp !== undefined) {
    const watcher = watchers['bgp'] as Watcher;
    bgp.heard = (_, { nlri, nextHop }) => {
      // Type, length, RD, ESI and Ethernet tag, the length of the MAC address; then its lower four octets.
      if (nlri.startsWith('02')) watcher.hear(Number.parseInt(nlri.slice(54, 62), 16), addressOf(nextHop));
    };
  }
  const all = Object.values(watchers);
  const acknowledged: number[] = [];
  const free: ApiConnection[] = Array.from({ length: options.connections }, () => site.connect());
  const connections = [...free];
  const queue: { readonly due: number; readonly moved: readonly number[] }[] = [];
  const under = new Set<number>();
  const failures: unknown[] = [];
  const send = () => {
    while (queue.length > 0 && free.length > 0) {
      // In turn: nvad ends a connection that nobody uses for five seconds.
      const api = free.shift() as ApiConnection;
      const { due, moved } = queue.shift() as (typeof queue)[number];
      const [first = 0] = moved;
      const request =
        batch === 1
          ? api.request(
              'PUT',
              `/v1/virtual-networks/${model.network(first).name}/attachments/${model.id(first)}`,
              model.body(first, model.place(first)),
            )
          : api.request('POST', '/v1/apply', { changes: moved.map((i) => model.put(i, model.place(i))) });
      request
        .then((answer) => {
          good(answer);
          if (due >= begins) acknowledged.push(performance.now() - due);
        })
        .catch((error: unknown) => failures.push(error))
        .finally(() => {
          for (const i of moved) under.delete(i);
          free.push(api);
          send();
        });
    }
  };
  let next = 0;
  const pick = () => {
    // The next in a fixed stride, so that none is moved again before it was seen.
    do next = (next + 7919) % attachments;
    while (under.has(next) || all.some(({ pending }) => pending.has(next)));
    return next;
  };
  const cpu = cpuSecondsOf(daemon.pid);
  const late = ownDelay();
  const began = performance.now();
  const begins = began + 1000 * options.warmUp;
  for (const watcher of all) watcher.begins = begins;
  await pace(options.perSecond / batch, options.warmUp + options.seconds, (due) => {
    const moved: number[] = [];
    for (let n = 0; n < batch; n++) {
      const i = pick();
      const to = (model.place(i) + 1 + (i % (nves - 1))) % nves;
      model.attach(i, to);
      under.add(i);
      for (const watcher of all) watcher.expect(i, due, model.tunnel(to));
      moved.push(i);
    }
    queue.push({ due, moved });
    send();
  });
  const delayed = late();
  const share = (cpuSecondsOf(daemon.pid) - cpu) / ((performance.now() - began) / 1000);
  // What is not seen by then is told below.
  const allSeen = () => failures.length > 0 || all.every(({ pending }) => pending.size === 0);
  await until(allSeen, { within: options.within }).catch(() => undefined);
  for (const api of connections) api.close();
  if (failures.length > 0) throw failures[0];
  await site.told(options.within);
  const unseen = all.reduce((sum, { pending }) => sum + pending.size, 0);
  const comparison = await site.compare();
  return {
    moves: Math.round((options.perSecond / batch) * options.seconds) * batch,
    acknowledged: percentilesOf(acknowledged),
    seen: Object.fromEntries(Object.entries(watchers).map(([name, { seen }]) => [name, percentilesOf(seen)])),
    early: Object.fromEntries(Object.entries(watchers).map(([name, { early }]) => [name, percentilesOf(early)])),
    ownDelay: delayed,
    cpu: share,
    comparison:
      unseen === 0
        ? comparison
        : {
            ...comparison,
            wrong: comparison.wrong + unseen,
            examples: [...comparison.examples, `${unseen} moves were never seen`],
          },
  };
}

const addressOf = (hex: string) => (hex.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16)).join('.');
