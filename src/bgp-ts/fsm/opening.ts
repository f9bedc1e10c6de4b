/** What Connect and Active have in common (RFC 4271 §8.2.2): a connection came up, an OPEN goes out. */
import type { FsmAction } from './action.ts';
import type { FsmEvent, SessionTimers } from './event.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import { fall, move, type Step, startTimer, stay, stopTimer } from './transition.ts';

/** Events 16 and 17: the connection is there. */
export function connected(state: FsmState, options: FsmOptions): Step {
  if (options.delayOpenTime > 0) {
    return stay(
      { ...state, delayOpen: true },
      stopTimer('connect-retry'),
      startTimer('delay-open', options.delayOpenTime),
    );
  }
  return move(
    state,
    'OpenSent',
    stopTimer('connect-retry'),
    { type: 'send-open' },
    startTimer('hold', options.openHoldTime),
  );
}

/** Event 12: the peer was given time to send its OPEN first, and did not. */
export function delayOver(state: FsmState, options: FsmOptions): Step {
  return move(
    state,
    'OpenSent',
    stopTimer('connect-retry'),
    stopTimer('delay-open'),
    { type: 'send-open' },
    startTimer('hold', options.openHoldTime),
  );
}

/** Event 20: the peer's OPEN came while ours was held back. */
export function openWhileDelaying(state: FsmState, timers: SessionTimers): Step {
  return move(
    { ...state, timers },
    'OpenConfirm',
    stopTimer('connect-retry'),
    stopTimer('delay-open'),
    { type: 'send-open' },
    { type: 'send-keepalive' },
    ...agreedTimers(timers),
  );
}

/** "Any other event" of Connect and Active: to Idle without a word, since no OPEN was sent. */
export function otherEvent(state: FsmState, event: FsmEvent, options: FsmOptions): Step {
  switch (event.type) {
    case 'AutomaticStop': // Event 8
      return fall(state, options, { cause: 'automatic-stop' });
    case 'OpenCollisionDump': // Event 23
      return fall(state, options, { cause: 'connection-collision' });
    case 'NotifMsg': // Event 25
      return fall(state, options, { cause: 'notification-received', received: event.notification });
    default: // Events 10, 11, 13, 19, 26–29
      return fall(state, options, { cause: 'fsm-error', detail: `${event.type} in ${state.name}` });
  }
}

/** RFC 4271 §4.2: a hold time of zero stops both timers. */
export function agreedTimers(timers: SessionTimers): readonly FsmAction[] {
  return timers.holdTime === 0
    ? [stopTimer('keepalive'), stopTimer('hold')]
    : [startTimer('keepalive', timers.keepaliveTime), startTimer('hold', timers.holdTime)];
}
