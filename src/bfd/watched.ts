/** A session in time: its timers around the pure function, and what is told of it. */
import type { Clock, Timer } from 'bgp-ts';
import { dueAt, type Session, type SessionEvent, type SessionOptions, startSession, stepSession } from './session.ts';
import { type ControlPacket, encodeControl, type SessionState } from './wire.ts';

/** A session, for whoever asked for it. */
export interface BfdWatch {
  /** The other side's, in canonical text. */
  readonly address: string;
  readonly state: SessionState;
  /** Why the session last changed its state; RFC 5880 §4.1. */
  readonly diagnostic: number;
  /** What the other side last said of itself. AdminDown: it does not want to be watched, which says nothing of its health. */
  readonly remoteState: SessionState;
  /** Tells the other side AdminDown for a Detection Time, and ends. No event follows. */
  close(): void;
}

/** A session has come up, or one that was up is not any more. */
export type BfdEvent =
  | { readonly kind: 'up'; readonly watch: BfdWatch }
  /** @property diagnostic see {@link diagnostics} of `wire.ts`. */
  | { readonly kind: 'down'; readonly watch: BfdWatch; readonly diagnostic: number };

export interface WatchedModules {
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  readonly afterInput: (then: () => void) => void;
  readonly send: (bytes: Uint8Array) => void;
  readonly tell: (event: BfdEvent) => void;
  /** Called once, when nothing will be sent any more. */
  readonly ended: () => void;
}

export class Watched implements BfdWatch {
  readonly address: string;
  readonly #modules: WatchedModules;
  #session: Session;
  #timer: Timer | undefined;
  #goodbye: Timer | undefined;
  #life: 'watched' | 'closing' | 'ended' = 'watched';

  constructor(address: string, options: SessionOptions, modules: WatchedModules) {
    this.address = address;
    this.#modules = modules;
    this.#session = startSession(options, this.#moment());
    this.#schedule();
  }

  get discriminator(): number {
    return this.#session.discriminator;
  }

  get state(): SessionState {
    return this.#session.state;
  }

  get diagnostic(): number {
    return this.#session.diagnostic;
  }

  get remoteState(): SessionState {
    return this.#session.remote.state;
  }

  get closing(): boolean {
    return this.#life !== 'watched';
  }

  receive(packet: ControlPacket): void {
    this.#step({ kind: 'packet', packet });
  }

  close(): void {
    if (this.closing) return;
    this.#life = 'closing';
    this.#step({ kind: 'disable' });
    // Who was never heard, or not for long, does not have to be told.
    const { multiplier, desiredMinTx, remote } = this.#session;
    const detectionTime = remote.discriminator === 0 ? 0 : (multiplier * Math.max(desiredMinTx, remote.minRx)) / 1000;
    this.#goodbye = this.#modules.clock.setTimer(detectionTime, () => this.end());
  }

  /** Ends at once; after {@link close}, whoever has missed its first packet will find out by the Detection Time. */
  end(): void {
    if (this.#life === 'ended') return;
    this.#life = 'ended';
    this.#timer?.cancel();
    this.#goodbye?.cancel();
    this.#modules.ended();
  }

  #step(event: SessionEvent): void {
    if (this.#life === 'ended') return;
    const { session, actions } = stepSession(this.#session, event, this.#moment());
    this.#session = session;
    this.#schedule();
    for (const action of actions) {
      if (action.kind === 'send') this.#modules.send(encodeControl(action.packet));
      else if (!this.closing) this.#modules.tell({ ...action, watch: this });
    }
  }

  #schedule(): void {
    this.#timer?.cancel();
    const at = dueAt(this.#session);
    const { clock } = this.#modules;
    this.#timer = at === undefined ? undefined : clock.setTimer(Math.max(0, at - clock.now()), () => this.#wake());
  }

  #wake(): void {
    const { clock, afterInput } = this.#modules;
    const { expiresAt } = this.#session;
    const step = () => this.#step({ kind: 'due' });
    // When it was us who stood still, packets wait in the socket: they are heard before anybody is called dead.
    if (expiresAt !== undefined && clock.now() >= expiresAt) afterInput(step);
    else step();
  }

  #moment() {
    return { now: this.#modules.clock.now(), jitter: this.#modules.random() };
  }
}
