/**
 * One NVE's connection, from its `hello` to its end (docs/nve-protocol.md). Octets, time and the end of the connection come
 * in by calls; what is to be said is collected and written once a turn. It answers to nobody but its own connection:
 * whatever an NVE sends costs that NVE's connection at most.
 */
import type { NveAuthority, NveIdentity, NveRefusal } from '../../nva/authority.ts';
import type { Crossing } from '../../nva/crossing.ts';
import type { Actor, ApplyResult, Change } from '../../nva/model.ts';
import type { Clock } from '../transport/clock.ts';
import type { Connection } from '../transport/connection.ts';
import { Batch } from '../wire/batch.ts';
import { decodeFromNve } from '../wire/codec.ts';
import { type ErrorCode, isFatal, type WireFault } from '../wire/fault.ts';
import { Framer } from '../wire/framer.ts';
import { protocolLimits } from '../wire/limits.ts';
import type { Attach } from '../wire/message/attach.ts';
import type { Detach } from '../wire/message/detach.ts';
import type { Hello } from '../wire/message/hello.ts';
import type { Join } from '../wire/message/join.ts';
import type { Leave } from '../wire/message/leave.ts';
import type { Outcome } from '../wire/message/outcome.ts';
import type { Resolve } from '../wire/message/resolve.ts';
import type { NvaMessage, NveMessage } from '../wire/registry.ts';
import type { NveServerCounts, NveServerEvent } from './events.ts';
import type { NveServerLimits, NveServerTimes } from './limits.ts';
import { RateGate } from './rate-gate.ts';
import { Subscription } from './subscription.ts';

/** The version of the protocol that this is. */
const PROTOCOL_VERSION = 1;

/** Milliseconds that a connection has to take the message that ends it. */
const LINGER = 1_000;
/** Credit of an NVE that says none. */
const DEFAULT_CREDIT = 4_096;
/** Octets that one session says in a row before others have their turn. */
const TURN_OCTETS = 131_072;
/** Pulls that are answered as they come; more wait for the session's turn. */
const AT_ONCE = 64;

export interface SessionOptions {
  readonly limits: NveServerLimits;
  readonly times: NveServerTimes;
}

export interface SessionModules {
  readonly connection: Connection;
  readonly authority: NveAuthority;
  readonly clock: Clock;
  readonly counts: NveServerCounts;
  readonly log: (event: NveServerEvent) => void;
  /** Asks for a {@link NveSession.turn}; may be called often. */
  readonly wake: () => void;
  /** Whether the connection may be this NVE's; where it may, the name is its own until it has ended. */
  readonly admit: (identity: NveIdentity, token: string | undefined) => Denial | undefined;
  /** It is over, and was said to the authority. */
  readonly ended: () => void;
}

export interface Denial {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly retryAfter?: number;
}

export class NveSession {
  readonly #limits: NveServerLimits;
  readonly #times: NveServerTimes;
  readonly #modules: SessionModules;
  readonly #framer: Framer;
  readonly #batch = new Batch();
  readonly #gate: RateGate;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #unwatch = new Map<string, () => void>();
  /** Networks of which something has changed since the last turn. */
  readonly #dirty = new Set<string>();
  #pulls: Resolve[] = [];
  /** Of crossings: those that have changed since they were told, and what is still to be told of a list that was begun. */
  #crossingsDue = false;
  #crossings: readonly Crossing[] | undefined;
  #unwatchCrossings: (() => void) | undefined;
  #state: 'new' | 'up' | 'over' = 'new';
  #nve = '';
  #credit = DEFAULT_CREDIT;
  #lastHeard: number;
  #lastTaken: number;
  #pings = 0;
  #paused = false;
  #cancelTick: () => void;
  #cancelConvergence: (() => void) | undefined;
  #cancelGate: (() => void) | undefined;
  #lastMalformed = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions, modules: SessionModules) {
    this.#limits = options.limits;
    this.#times = options.times;
    this.#modules = modules;
    this.#framer = new Framer(options.limits.payload);
    const now = modules.clock.now();
    this.#gate = new RateGate(options.limits.rate, now);
    this.#lastHeard = now;
    this.#lastTaken = now;
    this.#cancelTick = modules.clock.after(options.limits.helloTime, () =>
      this.#fail('hello-timeout', `No hello came within ${options.limits.helloTime} ms.`),
    );
    modules.connection.setHandler({
      data: (bytes) => this.#received(bytes),
      drained: () => this.#drained(),
      closed: (error) => this.#over('closed', error ?? 'The NVE closed the connection.'),
    });
  }

  /** Empty until it is known. */
  get nve(): string {
    return this.#nve;
  }

  get remote(): string {
    return this.#modules.connection.remote;
  }

  /** Nothing more is heard or said. */
  get over(): boolean {
    return this.#state === 'over';
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Says what is to be said, and writes it. True when there is more to say at once. */
  turn(): boolean {
    if (this.#state !== 'up') {
      this.#flush();
      return false;
    }
    const budget = Math.min(TURN_OCTETS, this.#limits.unread - this.#modules.connection.buffered);
    let more = false;
    try {
      more = this.#say(budget);
    } catch (thrown) {
      this.#internal(thrown);
      return false;
    }
    this.#flush();
    // A full connection says itself when it can take more.
    return more && this.#modules.connection.buffered < this.#limits.unread;
  }

  /** Ends it for a reason that is nobody's fault. */
  goodbye(reason: string, retryAfter?: number): void {
    if (this.#state === 'over') return;
    this.#batch.add({ type: 'goodbye', reason, ...(retryAfter === undefined ? {} : { retryAfter }) });
    this.#end('goodbye', reason);
  }

  /** Ends it at once, without a word. */
  cut(code: string, reason: string): void {
    this.#modules.connection.destroy();
    this.#over(code, reason);
  }

  /** Another connection of the same NVE has taken its place. */
  replaced(): void {
    this.#fail('replaced', 'Another connection of this NVE has come in.');
  }

  /** Ends it with an `error`, as when it must not go on. */
  refuse(denial: Denial): void {
    this.#fail(denial.code, denial.reason, denial.retryAfter);
  }

  #received(bytes: Uint8Array): void {
    if (this.#state === 'over') return;
    this.#lastHeard = this.#modules.clock.now();
    const fault = this.#framer.push(bytes, (chunk, start, end) => {
      const decoded = decodeFromNve(chunk, start, end);
      this.#modules.counts.messages++;
      this.#gate.take();
      if (decoded.ok) this.#handle(decoded.value);
      else this.#malformed(decoded.fault);
      return !this.over;
    });
    if (fault !== undefined) this.#malformed(fault);
    if (this.over) return;
    const wait = this.#gate.wait(this.#lastHeard);
    if (wait > 0 && this.#cancelGate === undefined) {
      this.#cancelGate = this.#modules.clock.after(wait, () => {
        this.#cancelGate = undefined;
        this.#regulate();
      });
    }
    this.#regulate();
    // Who asks waits for a packet, and is not to wait for what others have sent meanwhile, which may take longer.
    const isShort = this.#pulls.length > 0 && this.#pulls.length <= AT_ONCE;
    if (!isShort || this.turn()) this.#modules.wake();
  }

  /** Whether the connection is read: not while it is ahead of its rate, or leaves unread what it is told. */
  #regulate(): void {
    if (this.#state === 'over') return;
    const paused = this.#cancelGate !== undefined || this.#unread >= this.#limits.unread;
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#modules.connection.pause();
    else this.#modules.connection.resume();
  }

  get #unread(): number {
    return this.#batch.length + this.#modules.connection.buffered;
  }

  #drained(): void {
    this.#lastTaken = this.#modules.clock.now();
    this.#regulate();
    this.#modules.wake();
  }

  #malformed(fault: WireFault): void {
    this.#modules.counts.faults++;
    const { code, reason, id, type, field } = fault;
    if (isFatal(fault) || this.#state === 'new') {
      this.#fail(code, reason);
      return;
    }
    this.#batch.add({
      type: 'error',
      code,
      reason,
      fatal: false,
      ...(id === undefined ? {} : { id }),
      ...(type === undefined ? {} : { message: type }),
      ...(field === undefined ? {} : { field }),
    });
    const now = this.#modules.clock.now();
    if (now - this.#lastMalformed < 60_000) return;
    this.#lastMalformed = now;
    this.#modules.log({ kind: 'malformed', nve: this.#nve, remote: this.remote, code, reason });
  }

  #handle(message: NveMessage): void {
    if (this.#state === 'new' && message.type !== 'hello' && message.type !== 'error' && message.type !== 'goodbye') {
      this.#fail('unexpected-message', `The first message is a hello, not ${message.type}.`);
      return;
    }
    try {
      this.#act(message);
    } catch (thrown) {
      this.#internal(thrown);
    }
  }

  #act(message: NveMessage): void {
    switch (message.type) {
      case 'hello':
        this.#hello(message);
        return;
      case 'ping':
        this.#batch.add({ type: 'pong', id: message.id });
        return;
      case 'pong':
        return;
      case 'credit':
        this.#credit = Math.min(this.#credit + message.mappings, protocolLimits.credit);
        for (const name of this.#subscriptions.keys()) this.#dirty.add(name);
        return;
      case 'join':
        this.#join(message);
        return;
      case 'leave':
        this.#leave(message);
        return;
      case 'resolve':
        if (this.#pulls.length < this.#limits.pulls) this.#pulls.push(message);
        else this.#refuseRequest(message, 'too-many-requests', `More than ${this.#limits.pulls} pulls are unanswered.`);
        return;
      case 'attach':
        this.#attach(message);
        return;
      case 'detach':
        this.#detach(message);
        return;
      case 'goodbye':
        this.#end('goodbye', message.reason);
        return;
      case 'error':
        if (message.fatal) this.#end(message.code, message.reason);
        return;
    }
  }

  #hello(message: Hello): void {
    if (this.#state !== 'new') {
      this.#refuseRequest({ type: 'hello' }, 'unexpected-message', 'There was a hello before.');
      return;
    }
    if (!message.versions.includes(PROTOCOL_VERSION)) {
      this.#fail('version', `Versions ${message.versions.join(', ')} were offered; this is ${PROTOCOL_VERSION}.`);
      return;
    }
    const identity: NveIdentity = {
      name: message.name,
      tunnelAddress: message.tunnelAddress,
      encapsulations: message.encapsulations,
      ...(message.routerMac === undefined ? {} : { routerMac: message.routerMac }),
      ...(message.legs === undefined ? {} : { legs: message.legs }),
    };
    const { admit, authority, connection, log } = this.#modules;
    const denial = admit(identity, message.token);
    const known = denial === undefined ? authority.hello(identity) : undefined;
    const refusal: Denial | NveRefusal | undefined = denial ?? (known?.ok === false ? known.refusal : undefined);
    if (refusal !== undefined || known?.ok !== true) {
      const { code, reason } = refusal ?? { code: 'internal', reason: 'The NVA gave no answer.' };
      this.#nve = '';
      this.#fail(code, reason, undefined, message.name);
      return;
    }
    this.#state = 'up';
    this.#nve = known.nve.name;
    this.#credit = message.credit ?? DEFAULT_CREDIT;
    this.#cancelTick();
    this.#tick();
    const { payload, subscriptions, pulls } = this.#limits;
    this.#batch.add({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      epoch: authority.epoch,
      nve: this.#nve,
      keepalive: this.#times.keepalive,
      limits: { payload, subscriptions, pulls },
    });
    // Who has no leg may be of an earlier version, and is spared a message that says nothing.
    this.#crossingsDue = (message.legs ?? []).length > 0 || authority.crossings(this.#nve).length > 0;
    this.#unwatchCrossings = authority.watchCrossings(this.#nve, () => {
      this.#crossingsDue = true;
      this.#modules.wake();
    });
    log({ kind: 'connected', nve: this.#nve, remote: connection.remote });
  }

  /** Tells where the NVE is a gateway, each list to its end; true when there is more than `budget` octets take. */
  #sayCrossings(budget: number): boolean {
    while (this.#crossings !== undefined || this.#crossingsDue) {
      if (this.#batch.length >= budget) return true;
      if (this.#crossings === undefined) {
        this.#crossingsDue = false;
        // More networks than these cannot be joined.
        this.#crossings = this.#modules.authority.crossings(this.#nve).slice(0, this.#limits.subscriptions);
      }
      const crossings = this.#crossings.slice(0, protocolLimits.crossings);
      const rest = this.#crossings.slice(protocolLimits.crossings);
      this.#crossings = rest.length > 0 ? rest : undefined;
      this.#batch.add({ type: 'crossings', crossings, more: rest.length > 0 });
    }
    return false;
  }

  #join(message: Join): void {
    const { authority } = this.#modules;
    if (this.#subscriptions.has(message.network)) {
      this.#refuseRequest(message, 'already-joined', `${message.network} is joined already.`);
      return;
    }
    if (this.#subscriptions.size >= this.#limits.subscriptions) {
      const reason = `No more than ${this.#limits.subscriptions} networks may be joined at a time.`;
      this.#refuseRequest(message, 'too-many-subscriptions', reason);
      return;
    }
    const network = authority.network(message.network);
    const table = network === undefined ? undefined : authority.mappings(this.#nve, message.network);
    if (network === undefined || table === undefined) {
      this.#refuseRequest(message, 'no-such-network', `There is no network ${message.network} for ${this.#nve}.`);
      return;
    }
    const { since } = message;
    // A version that was never reached is not one of this table.
    const resumable =
      since !== undefined &&
      since.epoch === authority.epoch &&
      since.version <= table.version &&
      table.changesSince(since.version, 1) !== undefined;
    const subscription = new Subscription(
      {
        network,
        mode: message.mode,
        since: resumable ? since.version : undefined,
        leases: this.#limits.leases,
      },
      { table },
    );
    this.#subscriptions.set(network.name, subscription);
    const unwatch = authority.watch(network.name, () => {
      this.#dirty.add(network.name);
      this.#modules.wake();
    });
    const unsubscribe = authority.subscribe(this.#nve, network.name);
    this.#unwatch.set(network.name, () => {
      unwatch();
      unsubscribe();
    });
    this.#dirty.add(network.name);
    if (!resumable) this.#modules.counts.snapshots++;
    this.#batch.add({ type: 'joined', id: message.id, network: network.name, resumed: resumable });
  }

  #leave(message: Leave): void {
    if (!this.#subscriptions.has(message.network)) {
      this.#refuseRequest(message, 'not-joined', `${message.network} is not joined.`);
      return;
    }
    this.#drop(message.network);
    this.#batch.add({ type: 'left', id: message.id, network: message.network });
  }

  #drop(network: string): void {
    this.#unwatch.get(network)?.();
    this.#unwatch.delete(network);
    this.#subscriptions.delete(network);
    this.#dirty.delete(network);
  }

  #attach(message: Attach): void {
    const value = { ...message.attachment, network: message.network, nve: this.#nve };
    this.#apply(message.id, { op: 'put', kind: 'attachment', value });
  }

  /**
   * What NVEs are believed in goes with them; what an orchestrator has registered stays registered, so that it can be
   * plugged in again.
   */
  #detach(message: Detach): void {
    const { authority } = this.#modules;
    const { network, attachment: id } = message;
    const attachment = authority.attachment(network, id);
    if (attachment === undefined) {
      this.#outcome(message.id, 'no-such-attachment', `There is no attachment ${id} in ${network}.`);
    } else if (attachment.nve !== this.#nve) {
      this.#outcome(message.id, 'not-allowed', `${id} is attached to ${attachment.nve}.`);
    } else if (authority.network(network)?.trust === 'nve') {
      this.#apply(message.id, { op: 'delete', kind: 'attachment', network, id });
    } else {
      this.#apply(message.id, { op: 'put', kind: 'attachment', value: { ...attachment, state: 'detached' } });
    }
  }

  #outcome(id: number, code: string, reason: string): void {
    this.#batch.add({ type: 'outcome', id, result: 'refused', refusal: { code, reason } });
  }

  #apply(id: number, change: Change): void {
    const by: Actor = { name: this.#nve, via: 'nve-protocol' };
    this.#batch.add(outcomeOf(id, this.#modules.authority.apply([change], by)));
  }

  /** True when there is more to say than `budget` octets. */
  #say(budget: number): boolean {
    const { authority, clock } = this.#modules;
    const now = clock.now();
    for (const name of this.#dirty) {
      const subscription = this.#subscriptions.get(name);
      if (subscription !== undefined) this.#look(subscription, now);
    }
    if (this.#sayCrossings(budget) || this.#answer(budget, now)) return true;
    for (const name of this.#dirty) {
      const subscription = this.#subscriptions.get(name);
      const converged = authority.hasConverged(name);
      while (subscription !== undefined) {
        if (this.#batch.length >= budget) {
          // The others have their turn first next time.
          this.#dirty.delete(name);
          this.#dirty.add(name);
          return true;
        }
        const message = subscription.next(this.#credit, converged);
        if (message === undefined) break;
        this.#credit -= entriesOf(message);
        if (message.type === 'changes') this.#modules.counts.changes += message.changes.length;
        this.#batch.add(message);
      }
      if (subscription?.awaitsConvergence === true && !converged) this.#awaitConvergence();
      this.#dirty.delete(name);
    }
    return false;
  }

  /** Whether the network is still there, its parameters, and the answers that were given about it. */
  #look(subscription: Subscription, now: number): void {
    const { name } = subscription;
    const network = this.#modules.authority.network(name);
    if (network === undefined) {
      this.#drop(name);
      this.#batch.add({ type: 'left', network: name, reason: `There is no network ${name} any more.` });
      return;
    }
    subscription.seen(network);
    const changed = subscription.leases.changed(subscription.table, now);
    this.#modules.counts.invalidated += changed.length;
    for (let at = 0; at < changed.length; at += protocolLimits.entries) {
      const addresses = changed.slice(at, at + protocolLimits.entries);
      this.#batch.add({ type: 'invalidate', network: name, addresses });
    }
  }

  /** Answers pulls; true when there are more than `budget` octets take. */
  #answer(budget: number, now: number): boolean {
    const pulls = this.#pulls;
    if (pulls.length === 0) return false;
    const { counts } = this.#modules;
    let answered = 0;
    while (answered < pulls.length && this.#batch.length < budget) {
      const pull = pulls[answered++]!;
      const subscription = this.#subscriptions.get(pull.network);
      counts.pulls++;
      if (subscription === undefined) {
        this.#refuseRequest(pull, 'not-joined', `${pull.network} is not joined.`);
        continue;
      }
      const { table, leases } = subscription;
      const mapping = table.find(pull.address);
      const { id } = pull;
      if (mapping !== undefined) {
        const lease = leases.note(pull.address, mapping, table, now, this.#times.lease) ? this.#times.lease : 0;
        counts.found++;
        this.#batch.add({ type: 'answer', id, status: 'found', mapping, lease });
      } else if (this.#modules.authority.hasConverged(pull.network)) {
        const noted = leases.note(pull.address, undefined, table, now, this.#times.negativeLease);
        counts.noSuchAddress++;
        this.#batch.add({
          type: 'answer',
          id,
          status: 'no-such-address',
          lease: noted ? this.#times.negativeLease : 0,
        });
      } else {
        // Noted all the same, so that the NVE hears of it when it comes before it asks again.
        leases.note(pull.address, undefined, table, now, this.#times.retryAfter);
        counts.cannotSayYet++;
        this.#batch.add({ type: 'answer', id, status: 'cannot-say-yet', retryAfter: this.#times.retryAfter });
      }
    }
    this.#pulls = answered === pulls.length ? [] : pulls.slice(answered);
    return this.#pulls.length > 0;
  }

  #refuseRequest(request: { readonly type: string; readonly id?: number }, code: ErrorCode, reason: string): void {
    this.#batch.add({
      type: 'error',
      code,
      reason,
      fatal: false,
      ...(request.id === undefined ? {} : { id: request.id }),
      message: request.type,
    });
  }

  /** The authority does not say when it has converged; nothing else would make a turn. */
  #awaitConvergence(): void {
    if (this.#cancelConvergence !== undefined) return;
    this.#cancelConvergence = this.#modules.clock.after(100, () => {
      this.#cancelConvergence = undefined;
      for (const [name, subscription] of this.#subscriptions) {
        if (subscription.awaitsConvergence) this.#dirty.add(name);
      }
      this.#modules.wake();
    });
  }

  /** Whether the NVE is there, and takes what it is told. */
  #tick(): void {
    const { clock } = this.#modules;
    const { keepalive } = this.#times;
    this.#cancelTick = clock.after(Math.max(50, keepalive / 2), () => {
      const now = clock.now();
      if (this.#modules.connection.buffered === 0) this.#lastTaken = now;
      const silent = now - this.#lastHeard;
      if (now - this.#lastTaken > this.#limits.unreadTime) {
        this.cut('slow-reader', `Nothing was taken for ${this.#limits.unreadTime} ms.`);
      } else if (silent >= 3 * keepalive && !this.#paused) {
        this.#fail('silent', `Nothing was heard for ${Math.round(silent)} ms.`);
      } else {
        if (silent >= keepalive && this.#unread === 0) {
          this.#pings = (this.#pings + 1) >>> 0;
          this.#batch.add({ type: 'ping', id: this.#pings });
          this.#modules.wake();
        }
        this.#tick();
      }
    });
  }

  #internal(thrown: unknown): void {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    this.#fail('internal', 'The NVA has failed at this; its log says how.', undefined, undefined, reason);
  }

  /** `shown` is what the log says instead of `reason`. */
  #fail(code: ErrorCode, reason: string, retryAfter?: number, name?: string, shown = reason): void {
    if (this.#state === 'over') return;
    this.#batch.add({ type: 'error', code, reason, fatal: true, ...(retryAfter === undefined ? {} : { retryAfter }) });
    this.#end(code, shown, name);
  }

  /** Sends what there is, and ends. */
  #end(code: string, reason: string, name?: string): void {
    if (this.#state === 'over') return;
    const { connection, clock } = this.#modules;
    this.#flush();
    connection.end();
    this.#over(code, reason, name);
    clock.after(LINGER, () => connection.destroy());
  }

  #over(code: string, reason: string, name?: string): void {
    if (this.#state === 'over') return;
    const wasUp = this.#state === 'up';
    this.#state = 'over';
    this.#cancelTick();
    this.#cancelConvergence?.();
    this.#cancelGate?.();
    this.#unwatchCrossings?.();
    for (const unwatch of this.#unwatch.values()) unwatch();
    this.#unwatch.clear();
    this.#subscriptions.clear();
    this.#pulls = [];
    const { authority, log, ended } = this.#modules;
    const nve = this.#nve;
    if (wasUp) {
      try {
        authority.goodbye(nve);
      } finally {
        ended();
        log({ kind: 'ended', nve, remote: this.remote, code, reason });
      }
      return;
    }
    ended();
    this.#modules.counts.refused++;
    log({ kind: 'refused', remote: this.remote, code, reason, ...(name === undefined ? {} : { name }) });
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    if (this.#modules.connection.buffered === 0) this.#lastTaken = this.#modules.clock.now();
    this.#modules.connection.write(this.#batch.take());
    this.#regulate();
  }
}

function entriesOf(message: NvaMessage): number {
  if (message.type === 'mappings') return message.mappings.length;
  return message.type === 'changes' ? message.changes.length : 0;
}

function outcomeOf(id: number, result: ApplyResult): Outcome {
  if (result.ok) return { type: 'outcome', id, result: result.outcomes[0] ?? 'unchanged' };
  const [first] = result.refusals;
  const { code, reason, field } = first ?? { code: 'refused', reason: 'The NVA gave no reason.' };
  return {
    type: 'outcome',
    id,
    result: 'refused',
    refusal: { code, reason, ...(field === undefined ? {} : { field }) },
  };
}
