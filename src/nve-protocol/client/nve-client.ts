/**
 * The NVE's side of the NVE protocol (docs/nve-protocol.md). What is wanted is said once: networks that are joined and
 * tenant systems that are attached are so again after each lost connection, at whichever NVA there is. What was known
 * is kept meanwhile, and only differences are told.
 */
import type { NveIdentity } from '../../nva/authority.ts';
import type { Crossing } from '../../nva/crossing.ts';
import type { Mapping, MappingChange } from '../../nva/mapping.ts';
import type { Clock } from '../transport/clock.ts';
import type { NvaAddress, Transport } from '../transport/connection.ts';
import type { Resolution } from '../wire/message/answer.ts';
import type { NveAttachment } from '../wire/message/attach.ts';
import type { Crossings } from '../wire/message/crossings.ts';
import type { Hello } from '../wire/message/hello.ts';
import type { JoinMode } from '../wire/message/join.ts';
import type { Outcome, Refusal } from '../wire/message/outcome.ts';
import type { NetworkParameters } from '../wire/message/parameters.ts';
import type { Welcome } from '../wire/message/welcome.ts';
import type { NvaMessage } from '../wire/registry.ts';
import { Backoff, type BackoffOptions } from './backoff.ts';
import { HeldMappings } from './held-mappings.ts';
import { Link, type LinkEnd } from './link.ts';
import { Pulls, type Resolved } from './pulls.ts';

export interface NveClientOptions {
  readonly identity: NveIdentity;
  /** Replicas of the NVA, preferred first; at least one. */
  readonly nvas: readonly NvaAddress[];
  readonly token?: string;
  /** Mappings that an NVA may send ahead of what was taken; default 4,096. */
  readonly credit?: number;
  /** Default 100 ms to 10 s. */
  readonly backoff?: BackoffOptions;
  /** Milliseconds to connect and be welcomed; default 5 s. */
  readonly connectTime?: number;
  /** Milliseconds after which a question has waited long enough; default 5 s. */
  readonly requestTime?: number;
  /** Milliseconds until a network that could not be joined is tried again; default 5 s. */
  readonly rejoinTime?: number;
  /** Answers that are kept for each network, and questions that wait; default 65,536. */
  readonly leases?: number;
}

export interface NveClientModules {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly handler?: NveClientHandler;
  /** Numbers in [0, 1); default `Math.random`. */
  readonly random?: () => number;
}

export interface NveClientHandler {
  connected?(nva: { readonly remote: string; readonly epoch: string; readonly nve: string }): void;
  /** A connection has ended, or a try to make one has failed; the next is made after `wait` milliseconds. */
  disconnected?(end: LinkEnd & { readonly remote: string; readonly wait: number }): void;
  /** An NVA does not take an attachment that one has taken before; another one is asked all the same. */
  attachmentRefused?(network: string, id: string, refusal: Refusal): void;
  /** Where this NVE is a gateway to neighbour domains: all that there are, first and whenever they change. */
  crossings?(crossings: readonly Crossing[]): void;
}

/** What is told of one network. Calls come in the order of the protocol, never from within a call to the client. */
export interface NetworkHandler {
  parameters?(parameters: NetworkParameters): void;
  /** Differences to what was known; in pull mode of the flood list alone. */
  changed?(changes: readonly MappingChange[]): void;
  /** All is known that the NVA knows. */
  complete?(): void;
  /** A kept answer has changed; undefined when its lease is over, and nobody has asked for it again. */
  answerChanged?(address: string, answer: Resolution | undefined): void;
  /** It could not be joined, or the NVA has ended it. It is tried again. */
  refused?(refusal: Refusal): void;
}

/** The NVA's yes or no; `unreachable`: there was no NVA to say it, and the next that there is will be asked. */
export type AttachResult =
  | { readonly ok: true; readonly result: 'created' | 'changed' | 'unchanged' | 'deleted' }
  | { readonly ok: false; readonly refusal: Refusal };

interface Joined {
  readonly mode: JoinMode;
  readonly handler: NetworkHandler;
  readonly held: HeldMappings;
  readonly pulls: Pulls;
  /** `asked` with the id of the `join`. */
  state: 'idle' | 'asked' | 'joined';
  request: number;
  cancelRejoin: (() => void) | undefined;
}

interface Wanted {
  readonly network: string;
  readonly id: string;
  /** Undefined is to be detached. */
  readonly attachment: NveAttachment | undefined;
  /** Whether some NVA has said yes. */
  taken: boolean;
  /** In which the NVA has said yes. */
  epoch: string | undefined;
  readonly waiting: ((result: AttachResult) => void)[];
  request: number | undefined;
}

/** Milliseconds after which a connection counts as one that holds. */
const HOLDS = 5_000;

export class NveClient {
  readonly #options: NveClientOptions;
  #identity: NveIdentity;
  readonly #modules: NveClientModules;
  readonly #backoff: Backoff;
  readonly #networks = new Map<string, Joined>();
  readonly #wanted = new Map<string, Wanted>();
  /** By id of the request. */
  readonly #outcomes = new Map<number, Wanted>();
  readonly #joins = new Map<number, string>();
  readonly #asked = new Map<number, string>();
  /** Told so far of a list that is not at its end. */
  #crossings: readonly Crossing[] = [];
  #link: Link | undefined;
  #welcome: Welcome | undefined;
  #cancel: (() => void) | undefined;
  #cancelHolds: (() => void) | undefined;
  #running = false;
  #lastId = 0;
  #taken = 0;

  constructor(options: NveClientOptions, modules: NveClientModules) {
    if (options.nvas.length === 0) throw new Error('an NVE needs the address of at least one NVA');
    this.#options = options;
    this.#identity = options.identity;
    this.#modules = modules;
    this.#backoff = new Backoff(
      options.nvas,
      options.backoff ?? { least: 100, most: 10_000 },
      modules.random ?? Math.random,
    );
  }

  /** Whether there is an NVA that has welcomed us. */
  get connected(): boolean {
    return this.#welcome !== undefined;
  }

  /** Begins to connect, and goes on until {@link stop}. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#dial(this.#backoff.next().nva);
  }

  /** Takes leave of the NVA. What waits is answered as unreachable; what is known stays to be read. */
  stop(reason = 'The NVE stops.'): void {
    if (!this.#running) return;
    this.#running = false;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#link?.close(reason);
    this.#forgetConnection();
    for (const joined of this.#networks.values()) joined.pulls.end({ status: 'unreachable' });
    for (const wanted of this.#wanted.values()) this.#settle(wanted, unreachable);
  }

  /** What this NVE says of itself from now on. An NVA hears it in a hello, and so by a new connection. */
  identify(identity: NveIdentity): void {
    this.#identity = identity;
    const link = this.#link;
    if (link === undefined) return;
    const reason = 'The NVE has something else to say of itself.';
    link.close(reason);
    this.#ended(link, { code: 'goodbye', reason });
  }

  /** Takes part in a network from now on. Joining one again changes nothing. */
  join(network: string, mode: JoinMode, handler: NetworkHandler = {}): void {
    if (this.#networks.has(network)) return;
    const { requestTime = 5_000, leases = 65_536 } = this.#options;
    const pulls = new Pulls(
      { time: requestTime, most: leases },
      {
        clock: this.#modules.clock,
        ask: (address) => this.#ask(network, address),
        changed: (address, answer) => handler.answerChanged?.(address, answer),
      },
    );
    const joined: Joined = {
      mode,
      handler,
      held: new HeldMappings(),
      pulls,
      state: 'idle',
      request: 0,
      cancelRejoin: undefined,
    };
    this.#networks.set(network, joined);
    this.#sendJoin(network, joined);
  }

  /** Takes part no more, and forgets what it knew. */
  leave(network: string): void {
    const joined = this.#networks.get(network);
    if (joined === undefined) return;
    this.#networks.delete(network);
    joined.cancelRejoin?.();
    joined.pulls.end({ status: 'refused', code: 'not-joined', reason: `${network} was left.` });
    if (joined.state !== 'idle') this.#link?.send({ type: 'leave', id: this.#nextId(), network });
  }

  /** What is known of a joined network's mappings: all in push mode, the flood list in pull mode. */
  mappings(network: string): Iterable<Mapping> {
    return this.#networks.get(network)?.held ?? [];
  }

  /** Behind which NVE an address of a joined network is. Never rejects. */
  resolve(network: string, address: string): Promise<Resolved> {
    const joined = this.#networks.get(network);
    if (joined === undefined) {
      return Promise.resolve({ status: 'refused', code: 'not-joined', reason: `${network} is not joined.` });
    }
    if (!this.#running) return Promise.resolve({ status: 'unreachable' });
    return joined.pulls.resolve(address);
  }

  /** The answer that is kept, where one is and counts. */
  cached(network: string, address: string): Resolution | undefined {
    return this.#networks.get(network)?.pulls.cached(address);
  }

  /** A tenant system was plugged in, or what is known of it has changed. Never rejects. */
  attach(network: string, attachment: NveAttachment): Promise<AttachResult> {
    return this.#want(network, attachment.id, attachment);
  }

  /** It was unplugged. Never rejects. */
  detach(network: string, id: string): Promise<AttachResult> {
    return this.#want(network, id, undefined);
  }

  #dial(nva: NvaAddress): void {
    const { token, credit, connectTime = 5_000 } = this.#options;
    const hello: Hello = {
      type: 'hello',
      versions: [1],
      ...this.#identity,
      ...(token === undefined ? {} : { token }),
      ...(credit === undefined ? {} : { credit }),
    };
    const { transport, clock } = this.#modules;
    const link: Link = new Link(
      { hello, connectTime },
      {
        connection: transport.connect(nva),
        clock,
        handler: {
          welcomed: (welcome) => this.#welcomed(link, welcome),
          message: (message) => this.#message(message),
          ended: (end) => this.#ended(link, end),
        },
      },
    );
    this.#link = link;
  }

  #welcomed(link: Link, welcome: Welcome): void {
    this.#welcome = welcome;
    this.#taken = 0;
    this.#cancelHolds = this.#modules.clock.after(HOLDS, () => this.#backoff.succeeded());
    this.#modules.handler?.connected?.({ remote: link.remote, epoch: welcome.epoch, nve: welcome.nve });
    for (const wanted of this.#wanted.values()) if (wanted.epoch !== welcome.epoch) this.#sendWanted(wanted);
    for (const [network, joined] of this.#networks) this.#sendJoin(network, joined);
  }

  #ended(link: Link, end: LinkEnd): void {
    this.#forgetConnection();
    if (!this.#running) return;
    const { nva, wait } = this.#backoff.next();
    // The only one that there is says when it may be tried again.
    const patience = this.#options.nvas.length === 1 ? Math.max(wait, end.retryAfter ?? 0) : wait;
    this.#cancel = this.#modules.clock.after(patience, () => {
      this.#cancel = undefined;
      this.#dial(nva);
    });
    this.#modules.handler?.disconnected?.({ ...end, remote: link.remote, wait: patience });
  }

  #forgetConnection(): void {
    this.#cancelHolds?.();
    this.#cancelHolds = undefined;
    this.#link = undefined;
    this.#welcome = undefined;
    this.#crossings = [];
    this.#outcomes.clear();
    this.#joins.clear();
    this.#asked.clear();
    for (const joined of this.#networks.values()) {
      joined.state = 'idle';
      joined.cancelRejoin?.();
      joined.cancelRejoin = undefined;
      joined.pulls.disconnected();
    }
    for (const wanted of this.#wanted.values()) wanted.request = undefined;
  }

  #nextId(): number {
    this.#lastId = (this.#lastId + 1) >>> 0;
    return this.#lastId;
  }

  #sendJoin(network: string, joined: Joined): void {
    if (this.#welcome === undefined || joined.state !== 'idle') return;
    const id = this.#nextId();
    joined.state = 'asked';
    joined.request = id;
    this.#joins.set(id, network);
    const { since } = joined.held;
    const resume = since?.epoch === this.#welcome.epoch ? { since } : {};
    this.#link?.send({ type: 'join', id, network, mode: joined.mode, ...resume });
  }

  #ask(network: string, address: string): number | undefined {
    const { limits } = this.#welcome ?? {};
    if (limits === undefined || this.#asked.size >= limits.pulls) return undefined;
    if (this.#networks.get(network)?.state !== 'joined') return undefined;
    const id = this.#nextId();
    this.#asked.set(id, network);
    this.#link?.send({ type: 'resolve', id, network, address });
    return id;
  }

  #want(network: string, id: string, attachment: NveAttachment | undefined): Promise<AttachResult> {
    const key = JSON.stringify([network, id]);
    const before = this.#wanted.get(key);
    if (before !== undefined) {
      const reason = `Something else was asked for ${id} meanwhile.`;
      this.#settle(before, { ok: false, refusal: { code: 'superseded', reason } });
    }
    const wanted: Wanted = {
      network,
      id,
      attachment,
      taken: false,
      epoch: undefined,
      waiting: [],
      request: undefined,
    };
    this.#wanted.set(key, wanted);
    const { promise, resolve } = Promise.withResolvers<AttachResult>();
    wanted.waiting.push(resolve);
    const { requestTime = 5_000 } = this.#options;
    const cancel = this.#modules.clock.after(requestTime, () => this.#settle(wanted, unreachable));
    wanted.waiting.push(cancel);
    if (!this.#running) this.#settle(wanted, unreachable);
    else this.#sendWanted(wanted);
    return promise;
  }

  #sendWanted(wanted: Wanted): void {
    if (this.#welcome === undefined) return;
    const id = this.#nextId();
    wanted.request = id;
    this.#outcomes.set(id, wanted);
    const { network, attachment } = wanted;
    if (attachment === undefined) this.#link?.send({ type: 'detach', id, network, attachment: wanted.id });
    else this.#link?.send({ type: 'attach', id, network, attachment });
  }

  #settle(wanted: Wanted, result: AttachResult): void {
    for (const resolve of wanted.waiting.splice(0)) resolve(result);
  }

  #message(message: NvaMessage): void {
    switch (message.type) {
      case 'joined': {
        const joined = this.#networks.get(message.network);
        this.#joins.delete(message.id);
        if (joined === undefined || joined.request !== message.id) return;
        joined.state = 'joined';
        joined.pulls.connected();
        return;
      }
      case 'left':
        if (message.id === undefined) this.#removed(message.network, message.reason ?? 'The NVA says no more.');
        return;
      case 'parameters': {
        const { type: _type, network, ...parameters } = message;
        this.#networks.get(network)?.handler.parameters?.(parameters);
        return;
      }
      case 'snapshot-begin':
        this.#networks.get(message.network)?.held.begin();
        return;
      case 'mappings':
        this.#tell(message.network, (held) => held.mappings(message.mappings));
        this.#took(message.mappings.length);
        return;
      case 'snapshot-end':
        this.#networks.get(message.network)?.held.end(this.#since(message.version));
        return;
      case 'changes':
        this.#tell(message.network, (held) => held.changes(message.changes, this.#since(message.version)));
        this.#took(message.changes.length);
        return;
      case 'complete':
        this.#tell(message.network, (held) => held.complete());
        this.#networks.get(message.network)?.handler.complete?.();
        return;
      case 'answer': {
        const network = this.#asked.get(message.id);
        this.#asked.delete(message.id);
        if (network !== undefined) this.#networks.get(network)?.pulls.answered(message.id, message);
        return;
      }
      case 'invalidate':
        this.#networks.get(message.network)?.pulls.invalidated(message.addresses);
        return;
      case 'outcome':
        this.#outcome(message);
        return;
      case 'crossings':
        this.#crossed(message);
        return;
      case 'error':
        if (message.id !== undefined) this.#requestRefused(message.id, message);
        return;
      default:
        return;
    }
  }

  /** Of more crossings than networks can be joined, the rest is left out. */
  #crossed({ crossings, more }: Crossings): void {
    const all = [...this.#crossings, ...crossings].slice(0, this.#welcome?.limits.subscriptions ?? 0);
    this.#crossings = more ? all : [];
    if (!more) this.#modules.handler?.crossings?.(all);
  }

  #since(version: number): { readonly epoch: string; readonly version: number } {
    return { epoch: this.#welcome?.epoch ?? '', version };
  }

  #tell(network: string, take: (held: HeldMappings) => readonly MappingChange[]): void {
    const joined = this.#networks.get(network);
    if (joined === undefined) return;
    const changes = take(joined.held);
    if (changes.length > 0) joined.handler.changed?.(changes);
  }

  /** What was taken may come again; said for many at once. */
  #took(mappings: number): void {
    this.#taken += mappings;
    if (this.#taken === 0 || this.#taken * 2 < (this.#options.credit ?? 4_096)) return;
    this.#link?.send({ type: 'credit', mappings: this.#taken });
    this.#taken = 0;
  }

  /** The NVA has said that there is no such network any more: nothing in it is to be forwarded to. */
  #removed(network: string, reason: string): void {
    const joined = this.#networks.get(network);
    if (joined === undefined) return;
    joined.state = 'idle';
    joined.pulls.disconnected();
    this.#tell(network, (held) => held.clear());
    this.#rejoinLater(network, joined);
    joined.handler.refused?.({ code: 'no-such-network', reason });
  }

  #rejoinLater(network: string, joined: Joined): void {
    joined.cancelRejoin = this.#modules.clock.after(this.#options.rejoinTime ?? 5_000, () => {
      joined.cancelRejoin = undefined;
      this.#sendJoin(network, joined);
    });
  }

  #requestRefused(id: number, refusal: Refusal): void {
    const { code, reason } = refusal;
    const joining = this.#joins.get(id);
    const asking = this.#asked.get(id);
    const wanted = this.#outcomes.get(id);
    if (joining !== undefined) {
      this.#joins.delete(id);
      const joined = this.#networks.get(joining);
      if (joined === undefined || joined.request !== id) return;
      joined.state = 'idle';
      this.#rejoinLater(joining, joined);
      joined.handler.refused?.({ code, reason });
    } else if (asking !== undefined) {
      this.#asked.delete(id);
      this.#networks.get(asking)?.pulls.refused(id, code, reason);
    } else if (wanted !== undefined) {
      this.#outcome({ type: 'outcome', id, result: 'refused', refusal: { code, reason } });
    }
  }

  #outcome(message: Outcome): void {
    const wanted = this.#outcomes.get(message.id);
    this.#outcomes.delete(message.id);
    if (wanted === undefined || wanted.request !== message.id) return;
    wanted.request = undefined;
    const key = JSON.stringify([wanted.network, wanted.id]);
    if (message.result === 'refused') {
      const { refusal } = message;
      if (wanted.taken && wanted.attachment !== undefined) {
        // Another NVA may take it again.
        this.#modules.handler?.attachmentRefused?.(wanted.network, wanted.id, refusal);
      } else if (this.#wanted.get(key) === wanted) this.#wanted.delete(key);
      this.#settle(wanted, { ok: false, refusal });
      return;
    }
    wanted.taken = true;
    wanted.epoch = this.#welcome?.epoch;
    if (wanted.attachment === undefined && this.#wanted.get(key) === wanted) this.#wanted.delete(key);
    this.#settle(wanted, { ok: true, result: message.result });
  }
}

const unreachable: AttachResult = {
  ok: false,
  refusal: { code: 'unreachable', reason: 'There is no NVA to say yes or no; the next that there is will be asked.' },
};
