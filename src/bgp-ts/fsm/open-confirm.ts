/** OpenConfirm (RFC 4271 §8.2.2): both OPENs are good, the peer's KEEPALIVE is awaited. */
import { FsmSubcode } from '../wire/constants.ts';
import type { FsmAction } from './action.ts';
import type { FsmEvent } from './event.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import { collisionCease, fall, holdTimerExpired, ignore, move, type Step, startTimer, stay } from './transition.ts';
import { unexpected } from './unexpected.ts';

export function openConfirm(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
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

    case 'KeepaliveTimer_Expires': // Event 11
      return stay(state, { type: 'send-keepalive' }, startTimer('keepalive', state.timers.keepaliveTime));

    case 'TcpConnection_Valid': // Event 14
    case 'Tcp_CR_Acked': // Event 16
    case 'TcpConnectionConfirmed': // Event 17
      return stay(state, { type: 'track' });

    case 'Tcp_CR_Invalid': // Event 15
    case 'StableTimer_Expires':
      return ignore(state);

    case 'TcpConnectionFails': // Event 18
      return fall(state, options, { cause: 'connection-failed', detail: event.detail });

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
      return fall(state, options, { cause: 'notification-received', received: event.notification });

    case 'KeepAliveMsg': // Event 26
      return move(state, 'Established', ...enter(state, options));

    default: // Events 9, 12–13, 19, 20, 27–29
      // Event 19 is where RFC 4271 looks for a collision. On one and the same connection a second OPEN collides
      // with nothing and is what RFC 6608 §4 calls unexpected.
      return unexpected(state, event, options, FsmSubcode.InOpenConfirm);
  }
}

function enter({ timers }: FsmState, { damping }: FsmOptions): readonly FsmAction[] {
  const actions: FsmAction[] = [];
  if (timers.holdTime > 0) actions.push(startTimer('hold', timers.holdTime));
  if (timers.sendHoldTime > 0) actions.push(startTimer('send-hold', timers.sendHoldTime)); // RFC 9687
  if (damping !== undefined) actions.push(startTimer('stable', damping.stableTime));
  actions.push({ type: 'established' });
  return actions;
}
