import type { SessionTimers } from './event.ts';

/** RFC 4271 §8.2.2. */
export const stateNames = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established'] as const;
export type FsmStateName = (typeof stateNames)[number];

/** Everything one state machine remembers between events. Immutable: a step makes a new one. */
export interface FsmState {
  readonly name: FsmStateName;
  /** ConnectRetryCounter (RFC 4271 §8): failures since the last start by hand. */
  readonly connectRetryCounter: number;
  /** Whether the DelayOpenTimer runs: a connection is there, our OPEN is held back (Connect and Active only). */
  readonly delayOpen: boolean;
  /** What the OPENs agreed on, in seconds; all zero before OpenConfirm. */
  readonly timers: SessionTimers;
  /** Seconds the next failure will keep the peer in Idle (IdleHoldTime, DampPeerOscillations). */
  readonly idleHoldTime: number;
}

export const noTimers: SessionTimers = { holdTime: 0, keepaliveTime: 0, sendHoldTime: 0 };

/** RFC 4271 §8.2.2: "Initially, the BGP peer FSM is in the Idle state". */
export const initialState: FsmState = {
  name: 'Idle',
  connectRetryCounter: 0,
  delayOpen: false,
  timers: noTimers,
  idleHoldTime: 0,
};
