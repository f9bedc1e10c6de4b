/**
 * Established (RFC 4271 §8.2.2): routes are exchanged.
 *
 * One departure: a header error (Event 21) is answered with the Message Header Error that §6.1 demands, where §8.2.2 has
 * it under "any other event". As there, lost connections and received NOTIFICATIONs (Events 18, 24, 25) are counted but
 * not damped: a peer that restarts is welcome at once.
 */
import { FsmSubcode } from '../wire/constants.ts';
import type { FsmEvent } from './event.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import {
  collisionCease,
  fall,
  holdTimerExpired,
  ignore,
  type Step,
  sendHoldTimerExpired,
  startTimer,
  stay,
} from './transition.ts';
import { unexpected } from './unexpected.ts';

export function established(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
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
      return fall(state, options, {
        cause: 'automatic-stop',
        notification: event.notification,
        detail: event.detail,
      });

    case 'HoldTimer_Expires': // Event 10
      return fall(state, options, { cause: 'hold-timer-expired', notification: holdTimerExpired });

    case 'KeepaliveTimer_Expires': // Event 11
      return state.timers.holdTime === 0
        ? stay(state, { type: 'send-keepalive' })
        : stay(state, { type: 'send-keepalive' }, startTimer('keepalive', state.timers.keepaliveTime));

    case 'TcpConnection_Valid': // Event 14
    case 'Tcp_CR_Acked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return stay(state, { type: 'track' });

    case 'Tcp_CR_Invalid': // Event 15
      return ignore(state);

    case 'TcpConnectionFails': // Event 18
      return fall(state, options, { cause: 'connection-failed', detail: event.detail, counter: 'undamped' });

    case 'BGPHeaderErr': // Event 21
      return fall(state, options, {
        cause: 'header-error',
        notification: event.notification,
        detail: event.detail,
      });

    case 'OpenCollisionDump': // Event 23
      // §6.8: an established session wins over a newer connection unless configured otherwise.
      return options.collisionDetectEstablished
        ? fall(state, options, { cause: 'connection-collision', notification: collisionCease })
        : ignore(state);

    case 'NotifMsgVerErr': // Event 24
    case 'NotifMsg': // Event 25
      return fall(state, options, {
        cause: 'notification-received',
        received: event.notification,
        counter: 'undamped',
      });

    case 'KeepAliveMsg': // Event 26
      return stay(state, ...restartHold(state));

    case 'UpdateMsg': // Event 27
      return stay(state, { type: 'process-update' }, ...restartHold(state));

    case 'RouteRefreshMsg':
      // RFC 4271 §4.4 counts only KEEPALIVE, UPDATE and NOTIFICATION; whoever asks for routes is alive all the same.
      return stay(state, { type: 'process-route-refresh' }, ...restartHold(state));

    case 'UpdateMsgErr': // Event 28
      return fall(state, options, {
        cause: 'update-error',
        notification: event.notification,
        detail: event.detail,
      });

    case 'SendHoldTimer_Expires': // Event 29 (RFC 9687)
      return fall(state, options, { cause: 'send-hold-timer-expired', notification: sendHoldTimerExpired });

    case 'StableTimer_Expires':
      return stay({ ...state, idleHoldTime: 0 });

    default: // Events 9, 12–13, 19, 20, 22
      return unexpected(state, event, options, FsmSubcode.InEstablished);
  }
}

function restartHold({ timers }: FsmState) {
  return timers.holdTime === 0 ? [] : [startTimer('hold', timers.holdTime)];
}
