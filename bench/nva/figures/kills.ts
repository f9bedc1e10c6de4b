/**
 * nvad killed at random instants while many ask it for changes at once, and started again: everything that was acknowledged
 * is there, nothing is there in part, ids of events are given once, and no sequence number of an attachment goes down.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../../test/system/support/until.ts';
import type { ApiConnection } from '../api-connection.ts';
import { type Comparison, together } from '../model.ts';
import { good, type Site } from '../site.ts';

export interface KillOptions {
  readonly kills: number;
  /** Of the random choices; printed, so that a run can be made again. */
  readonly seed: number;
  /** Milliseconds that a start may take until everybody knows everything. */
  readonly within: number;
}

export interface KillFigures {
  readonly kills: number;
  readonly seed: number;
  /** Transactions that were acknowledged, and that were under way when nvad was killed. */
  readonly acknowledged: number;
  readonly unanswered: number;
  /** Of those that were under way, how many were there afterwards. */
  readonly keptUnanswered: number;
  readonly events: number;
  readonly comparison: Comparison;
}

/** One who asks for changes of attachments that are nobody else's. */
const WORKERS = 8;
/** Most changes of one transaction. */
const MOST = 40;
/** Milliseconds of load before the kill, at most. */
const LONGEST = 400;

/** Events that are heard twice. */
const AGAIN = 200;

/** What a change makes of an attachment: the NVE that it is at, or that it is gone. */
interface Wish {
  readonly i: number;
  readonly nve: number | undefined;
}

interface Known {
  readonly nve: number;
  readonly sequence: number;
}

interface Listed {
  readonly id: string;
  readonly nve: string;
  readonly mac: string;
  readonly ips: readonly string[];
  readonly status: { readonly sequence: number };
}

export async function killAgain(site: Site, { kills, seed, within }: KillOptions): Promise<KillFigures> {
  const { model, daemon } = site;
  const { attachments, nves } = model.shape;
  const random = randomFrom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const comparisons: Comparison[] = [];
  const events = new EventLog();
  let acknowledged = 0;
  let unanswered = 0;
  let keptUnanswered = 0;

  for (let kill = 0; kill < kills; kill++) {
    /** Of each worker, what was under way. */
    const open: Wish[][] = [];
    let over = false;
    let lastEvent = events.last;
    const work = async (worker: number) => {
      const api = site.connect();
      const mine = Math.floor(attachments / WORKERS);
      try {
        while (!over) {
          const wishes = new Map<number, Wish>();
          const count = random() < 0.5 ? 1 : 1 + below(MOST);
          for (let n = 0; n < count; n++) {
            const i = worker + WORKERS * below(mine);
            // One that is not there cannot be detached.
            const gone = model.place(i) >= 0 && random() < 0.3;
            wishes.set(i, { i, nve: gone ? undefined : below(nves) });
          }
          open[worker] = [...wishes.values()];
          const event = await ask(api, open[worker]);
          for (const { i, nve } of open[worker]) {
            if (nve === undefined) model.detach(i);
            else model.attach(i, nve);
          }
          open[worker] = [];
          acknowledged++;
          lastEvent = Math.max(lastEvent, event);
        }
      } catch (error) {
        if (!over) throw error;
      }
    };
    const follower = events.follow(site.connect());
    const workers = Array.from({ length: WORKERS }, (_, worker) => work(worker));
    const loaded = Promise.all(workers);
    await Promise.race([loaded, delay(random() * LONGEST)]);
    over = true;
    await daemon.kill();
    await loaded;
    follower();

    daemon.start();
    site.bgp?.destroy();
    await Promise.all([daemon.ready(within), site.joinBgpSoon(within)]);
    const api = site.connect();
    const found = await listAll(api, site);
    const left = open.filter((wishes) => wishes.length > 0);
    unanswered += left.length;
    const settled = settle(site, found, left);
    keptUnanswered += settled.kept;
    comparisons.push(settled.comparison, await events.check(api, site.connect(), lastEvent));
    api.close();
    await site.told(within);
    await until(() => site.push.every((nve) => nve.client.connected), { within, what: 'NVEs that are back' });
    comparisons.push(await site.compare());
  }
  const comparison = together(comparisons);
  return { kills, seed, acknowledged, unanswered, keptUnanswered, events: events.last, comparison };

  async function ask(api: ApiConnection, wishes: readonly Wish[]): Promise<number> {
    const [first] = wishes;
    if (wishes.length === 1 && first !== undefined) {
      const path = `/v1/virtual-networks/${model.network(first.i).name}/attachments/${model.id(first.i)}`;
      if (first.nve === undefined) {
        const { text } = good(await api.request('DELETE', path));
        return (JSON.parse(text) as { readonly event: number }).event;
      }
      good(await api.request('PUT', path, model.body(first.i, first.nve)));
      return 0;
    }
    const changes = wishes.map(({ i, nve }) => (nve === undefined ? model.remove(i) : model.put(i, nve)));
    const { text } = good(await api.request('POST', '/v1/apply', { changes }));
    return (JSON.parse(text) as { readonly event: number | null }).event ?? 0;
  }
}

/** What is there, by attachment. */
async function listAll(api: ApiConnection, { model }: Site): Promise<Map<number, Known>> {
  const found = new Map<number, Known>();
  for (const { name } of model.networks) {
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { text } = good(await api.request('GET', `/v1/virtual-networks/${name}/attachments?limit=1000${from}`));
      const page = JSON.parse(text) as { readonly attachments: readonly Listed[]; readonly next: string | null };
      for (const { id, nve, mac, ips, status } of page.attachments) {
        const i = Number(id.slice(2));
        const isWhole = mac === model.mac(i) && ips.length === 1 && ips[0] === model.ip(i);
        found.set(i, { nve: isWhole ? Number(nve.slice(3)) : -1, sequence: status.sequence });
      }
      cursor = page.next;
    }
  }
  return found;
}

/**
 * What was found, against what was acknowledged; of what was under way all of a transaction or nothing may be there. The model
 * goes on from what was found.
 */
function settle(site: Site, found: ReadonlyMap<number, Known>, open: readonly (readonly Wish[])[]) {
  const { model } = site;
  let wrong = 0;
  let kept = 0;
  const examples: string[] = [];
  const complain = (sentence: string) => {
    if (wrong++ < 5) examples.push(sentence);
  };
  const said = (known: Known | undefined) => (known === undefined ? 'gone' : `${known.nve} ${known.sequence}`);
  const before = (i: number): Known | undefined =>
    model.place(i) < 0 ? undefined : { nve: model.place(i), sequence: model.sequence(i) };
  const after = ({ i, nve }: Wish): Known | undefined => {
    const was = before(i);
    if (nve === undefined) return undefined;
    return { nve, sequence: was === undefined ? 0 : was.sequence + (was.nve === nve ? 0 : 1) };
  };
  const underWay = new Set<number>();
  for (const wishes of open) {
    for (const { i } of wishes) underWay.add(i);
    const isDone = wishes.every((wish) => said(found.get(wish.i)) === said(after(wish)));
    const isUndone = wishes.every(({ i }) => said(found.get(i)) === said(before(i)));
    if (!isDone && !isUndone) complain(`a transaction of ${wishes.length} changes is there in part`);
    if (isDone && !isUndone) kept++;
  }
  for (let i = 0; i < model.shape.attachments; i++) {
    if (!underWay.has(i) && said(found.get(i)) !== said(before(i))) {
      complain(`${model.id(i)} is ${said(found.get(i))}, and ${said(before(i))} was acknowledged`);
    }
  }
  for (const i of underWay) {
    const known = found.get(i);
    if (known === undefined) model.detach(i);
    else model.found(i, known.nve, known.sequence);
  }
  return { kept, comparison: { compared: model.shape.attachments, wrong, examples } };
}

/** What was heard of events, over all starts. */
class EventLog {
  readonly #heard = new Map<number, string>();
  #wrong = 0;
  readonly #examples: string[] = [];
  last = 0;

  /** Listens until the answer is called; the newest that were heard are heard again, so that they are seen to be the same. */
  follow(api: ApiConnection): () => void {
    return api.stream(`/v1/events?after=${Math.max(0, this.last - AGAIN)}`, (id, data) => this.#hear(id, data));
  }

  /** Hears all that there are now; `acknowledged` is the highest id that an answer had. */
  async check(api: ApiConnection, stream: ApiConnection, acknowledged: number): Promise<Comparison> {
    const { last } = this;
    const { text } = good(await api.request('GET', '/v1/virtual-networks/net0/attachments?limit=1'));
    const now = (JSON.parse(text) as { readonly event: number }).event;
    if (now < Math.max(acknowledged, last)) {
      this.#complain(`the last event is ${now}; there was ${Math.max(acknowledged, last)} before`);
    }
    const end = this.follow(stream);
    await until(() => this.last >= now, { within: 20_000, what: () => `event ${now}, after ${this.last}` });
    end();
    const told = { compared: now - Math.max(0, last - AGAIN), wrong: this.#wrong, examples: [...this.#examples] };
    this.#wrong = 0;
    this.#examples.length = 0;
    return told;
  }

  #hear(id: number, data: string): void {
    const before = this.#heard.get(id);
    if (before !== undefined && before !== data) this.#complain(`event ${id} was ${before}, and is ${data}`);
    if (before === undefined && id !== this.last + 1 && this.last > 0)
      this.#complain(`event ${id} came after ${this.last}`);
    this.#heard.set(id, data);
    this.last = Math.max(this.last, id);
  }

  #complain(sentence: string): void {
    if (this.#wrong++ < 5) this.#examples.push(sentence);
  }
}

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word = (word + Math.imul(word ^ (word >>> 7), word | 61)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
