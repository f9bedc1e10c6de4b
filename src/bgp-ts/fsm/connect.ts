/** Connect (RFC 4271 §8.2.2): our own TCP connection is on its way. */
import type { FsmEvent } from './event.ts';
import { connected, delayOver, openWhileDelaying, otherEvent } from './opening.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import { fall, ignore, move, type Step, startTimer, stay, stopTimer } from './transition.ts';

export function connect(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
  switch (event.type) {
    case 'ManualStart': // Events 1, 3–7
    case 'AutomaticStart':
    case 'ManualStart_with_PassiveTcpEstablishment':
    case 'AutomaticStart_with_PassiveTcpEstablishment':
    case 'AutomaticStart_with_DampPeerOscillations':
    case 'AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment':
      return ignore(state);

    case 'ManualStop': // Event 2
      return fall(state, options, { cause: 'manual-stop', counter: 'reset' });

    case 'ConnectRetryTimer_Expires': // Event 9
      return stay(
        { ...state, delayOpen: false },
        { type: 'drop' },
        startTimer('connect-retry', options.connectRetryTime),
        stopTimer('delay-open'),
        { type: 'connect' },
      );

    case 'DelayOpenTimer_Expires': // Event 12
      return delayOver(state, options);

    case 'TcpConnection_Valid': // Event 14
    case 'StableTimer_Expires':
      return ignore(state);

    case 'Tcp_CR_Invalid': // Event 15
      return stay(state, { type: 'reject' });

    case 'Tcp_CR_Acked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return connected(state, options);

    case 'TcpConnectionFails': // Event 18
      if (state.delayOpen) {
        return move(state, 'Active', startTimer('connect-retry', options.connectRetryTime), stopTimer('delay-open'), {
          type: 'drop',
        });
      }
      // No NOTIFICATION, no count, no damping: the peer is not there yet, which is no oscillation.
      return fall(state, options, { cause: 'connection-failed', counter: 'keep', detail: event.detail });

    case 'BGPOpen_with_DelayOpenTimer_running': // Event 20
      return openWhileDelaying(state, event.timers);

    case 'BGPHeaderErr': // Event 21
    case 'BGPOpenMsgErr': // Event 22
      return fall(state, options, {
        cause: event.type === 'BGPHeaderErr' ? 'header-error' : 'open-error',
        notification: options.notifyWithoutOpen ? event.notification : undefined,
        detail: event.detail,
      });

    case 'NotifMsgVerErr': // Event 24
      return fall(state, options, {
        cause: 'notification-received',
        received: event.notification,
        counter: state.delayOpen ? 'keep' : undefined,
      });

    default: // Events 8, 10–11, 13, 19, 23, 25–29
      return otherEvent(state, event, options);
  }
}
