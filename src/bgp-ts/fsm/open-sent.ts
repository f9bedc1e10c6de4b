/** OpenSent (RFC 4271 §8.2.2): our OPEN is out, the peer's is awaited. */
import { FsmSubcode } from '../wire/constants.ts';
import type { FsmEvent } from './event.ts';
import { agreedTimers } from './opening.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import {
  collisionCease,
  fall,
  holdTimerExpired,
  ignore,
  move,
  type Step,
  startTimer,
  stay,
  stopTimer,
} from './transition.ts';
import { unexpected } from './unexpected.ts';

export function openSent(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
  switch (event.type) {
    case 'ManualStart': // Events 1, 3–7
    case 'AutomaticStart':
    case 'ManualStart_with_PassiveTcpEstablishment':
    case 'AutomaticStart_with_PassiveTcpEstablishment':
    case 'AutomaticStart_with_DampPeerOscillations':
    case 'AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment':
      return ignore(state);

    case 'ManualStop': // Event 2
      return fall(state, options, { cause: 'manual-stop', notification: event.notification, counter: 'reset' });

    case 'AutomaticStop': // Event 8
      return fall(state, options, { cause: 'automatic-stop', notification: event.notification });

    case 'HoldTimer_Expires': // Event 10
      return fall(state, options, { cause: 'hold-timer-expired', notification: holdTimerExpired });

    case 'TcpConnection_Valid': // Event 14
    case 'Tcp_CR_Acked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return stay(state, { type: 'track' });

    case 'Tcp_CR_Invalid': // Event 15
    case 'StableTimer_Expires':
      return ignore(state);

    case 'TcpConnectionFails': // Event 18
      // A HoldTimer left running would end the wait for the next connection: Event 10 in Active goes to Idle.
      return move(
        state,
        'Active',
        { type: 'failed', reason: { cause: 'connection-failed', ...(event.detail && { detail: event.detail }) } },
        { type: 'release' },
        { type: 'drop' },
        ...(options.passive ? [] : [startTimer('connect-retry', options.connectRetryTime)]),
      );

    case 'BGPOpen': // Event 19
      return move(
        { ...state, timers: event.timers },
        'OpenConfirm',
        stopTimer('delay-open'),
        stopTimer('connect-retry'),
        { type: 'send-keepalive' },
        ...agreedTimers(event.timers),
      );

    case 'BGPHeaderErr': // Event 21
    case 'BGPOpenMsgErr': // Event 22
      return fall(state, options, {
        cause: event.type === 'BGPHeaderErr' ? 'header-error' : 'open-error',
        notification: event.notification,
        detail: event.detail,
      });

    case 'OpenCollisionDump': // Event 23
      return fall(state, options, { cause: 'connection-collision', notification: collisionCease });

    case 'NotifMsgVerErr': // Event 24
      return fall(state, options, {
        cause: 'notification-received',
        received: event.notification,
        counter: 'keep',
      });

    case 'NotifMsg': // Event 25
      // RFC 4271 lists it among the events answered with a Finite State Machine Error. The peer has closed by
      // then, and §6.4 forbids answers to a NOTIFICATION: it is taken for what it is.
      return fall(state, options, { cause: 'notification-received', received: event.notification });

    default: // Events 9, 11–13, 20, 26–29
      return unexpected(state, event, options, FsmSubcode.InOpenSent);
  }
}
