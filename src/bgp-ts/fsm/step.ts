/**
 * The BGP finite state machine of RFC 4271 §8, with the error subcodes of RFC 6608, the send hold timer of
 * RFC 9687 and exponential damping for DampPeerOscillations: a pure function from (state, event) to
 * (state, actions). Clock, randomness and sockets belong to the session, which carries the actions out.
 *
 * One state is one file, in the order and with the event numbers of §8.2.2; where a file departs from the RFC it
 * says so at the branch.
 */
import { active } from './active.ts';
import { connect } from './connect.ts';
import { established } from './established.ts';
import type { FsmEvent } from './event.ts';
import { idle } from './idle.ts';
import { openConfirm } from './open-confirm.ts';
import { openSent } from './open-sent.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState, FsmStateName } from './state.ts';
import type { Step } from './transition.ts';

const states = {
  Idle: idle,
  Connect: connect,
  Active: active,
  OpenSent: openSent,
  OpenConfirm: openConfirm,
  Established: established,
} satisfies Record<FsmStateName, (state: FsmState, event: FsmEvent, options: FsmOptions) => Step>;

/** What `event` does to a machine in `state`: its next state, and what is to be done, in order. Never throws. */
export function step(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
  return states[state.name](state, event, options);
}
