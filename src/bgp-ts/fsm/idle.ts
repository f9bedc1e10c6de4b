/**
 * Idle (RFC 4271 §8.2.2): refuses every connection, holds nothing, waits for a start.
 *
 * Left to the implementation by the RFC: the damped starts (Events 6, 7, 13) keep the ConnectRetryCounter, and
 * after the idle hold the peer listens first and dials when ConnectRetryTime is over, so that no failure, however
 * quick, makes a loop.
 */
import type { FsmEvent } from './event.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import { ignore, move, type Step, startTimer, stay, stopTimer } from './transition.ts';

export function idle(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
  switch (event.type) {
    case 'ManualStart': // Event 1
    case 'AutomaticStart': // Event 3
      return dial({ ...state, connectRetryCounter: 0, idleHoldTime: 0 }, options);

    case 'ManualStart_with_PassiveTcpEstablishment': // Event 4
    case 'AutomaticStart_with_PassiveTcpEstablishment': // Event 5
      return listen({ ...state, connectRetryCounter: 0, idleHoldTime: 0 }, options);

    case 'AutomaticStart_with_DampPeerOscillations': // Event 6
      return options.damping === undefined ? ignore(state) : dial(state, options);

    case 'AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment': // Event 7
      return options.damping === undefined ? ignore(state) : listen(state, options);

    case 'IdleHoldTimer_Expires': // Event 13
      return listen(state, options);

    case 'ManualStop': // Event 2
      // The RFC ignores it here. What it must end is the coming automatic start.
      return stay({ ...state, connectRetryCounter: 0, idleHoldTime: 0 }, stopTimer('idle-hold'));

    case 'TcpConnection_Valid': // Event 14
    case 'Tcp_CR_Invalid': // Event 15
    case 'Tcp_CR_Acked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      // "In this state, BGP FSM refuses all incoming BGP connections for this peer."
      return stay(state, { type: 'reject' });

    default: // Events 8–12, 18–29
      return ignore(state);
  }
}

function dial(state: FsmState, options: FsmOptions): Step {
  return move(state, 'Connect', stopTimer('idle-hold'), startTimer('connect-retry', options.connectRetryTime), {
    type: 'connect',
  });
}

function listen(state: FsmState, options: FsmOptions): Step {
  // RFC 4271 starts the ConnectRetryTimer here too. A peer that is passive for good has nothing to do when it
  // expires, so it is left alone.
  return options.passive
    ? move(state, 'Active', stopTimer('idle-hold'))
    : move(state, 'Active', stopTimer('idle-hold'), startTimer('connect-retry', options.connectRetryTime));
}
