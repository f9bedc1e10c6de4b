/** The moves that the states have in common. */
import { CeaseSubcode, NotificationCode } from '../wire/constants.ts';
import type { NotificationParts } from '../wire/fault.ts';
import type { DownCause, DownReason, FsmAction, FsmTimer } from './action.ts';
import type { DampingOptions, FsmOptions } from './options.ts';
import { type FsmState, type FsmStateName, noTimers } from './state.ts';

export interface Step {
  readonly state: FsmState;
  readonly actions: readonly FsmAction[];
}

const noActions: readonly FsmAction[] = [];
const noData = new Uint8Array(0);

export const startTimer = (timer: FsmTimer, seconds: number): FsmAction => ({ type: 'start-timer', timer, seconds });
export const stopTimer = (timer: FsmTimer): FsmAction => ({ type: 'stop-timer', timer });
const notify = (notification: NotificationParts): FsmAction => ({ type: 'send-notification', notification });

/** RFC 4486 §3: subcode 7. */
export const collisionCease: NotificationParts = {
  code: NotificationCode.Cease,
  subcode: CeaseSubcode.ConnectionCollisionResolution,
  data: noData,
};
/** RFC 4271 §6.5. */
export const holdTimerExpired: NotificationParts = {
  code: NotificationCode.HoldTimerExpired,
  subcode: 0,
  data: noData,
};
/** RFC 9687 §6. */
export const sendHoldTimerExpired: NotificationParts = {
  code: NotificationCode.SendHoldTimerExpired,
  subcode: 0,
  data: noData,
};

/** RFC 4271 §6.6, RFC 6608 §4: the data is the type of the unexpected message; none when no message was. */
export function fsmError(subcode: number, messageType?: number): NotificationParts {
  return {
    code: NotificationCode.FiniteStateMachine,
    subcode,
    data: messageType === undefined ? noData : Uint8Array.of(messageType),
  };
}

/** The event changes nothing. */
export function ignore(state: FsmState): Step {
  return { state, actions: noActions };
}

export function stay(state: FsmState, ...actions: readonly FsmAction[]): Step {
  return { state, actions };
}

export function move(state: FsmState, name: FsmStateName, ...actions: readonly FsmAction[]): Step {
  return { state: { ...state, name, delayOpen: false }, actions };
}

/** How an attempt or a session ends. */
export interface Ending {
  readonly cause: DownCause;
  /** To be sent before the connection is dropped. */
  readonly notification?: NotificationParts | undefined;
  readonly received?: NotificationParts | undefined;
  readonly detail?: string | undefined;
  /**
   * Absent: the ConnectRetryCounter goes up by one, and the failure counts as an oscillation; `undamped`: only the
   * former.
   */
  readonly counter?: 'keep' | 'reset' | 'undamped' | undefined;
}

/**
 * To Idle, as RFC 4271 §8.2.2 spells it out for each state: NOTIFICATION, ConnectRetryTimer to zero, release,
 * drop, counter, damping. Unless the operator stopped it (`counter: 'reset'`), the IdleHoldTimer then brings the
 * peer back; without damping, or for what is no oscillation, it is set to 0.
 */
export function fall(state: FsmState, options: FsmOptions, ending: Ending): Step {
  const { cause, notification, received, detail, counter } = ending;
  const reason: DownReason = {
    cause,
    ...(notification === undefined ? {} : { sent: notification }),
    ...(received === undefined ? {} : { received }),
    ...(detail === undefined ? {} : { detail }),
  };
  const actions: FsmAction[] = [];
  if (notification !== undefined) actions.push(notify(notification));
  actions.push(stopTimer('connect-retry'));
  if (state.delayOpen) actions.push(stopTimer('delay-open'));
  actions.push({ type: state.name === 'Established' ? 'down' : 'failed', reason });
  actions.push({ type: 'release' }, { type: 'drop' });

  const damping = counter === undefined ? options.damping : undefined;
  if (counter !== 'reset' && options.automaticStart) {
    actions.push(startTimer('idle-hold', damping === undefined ? 0 : state.idleHoldTime));
  }
  return {
    state: {
      name: 'Idle',
      connectRetryCounter: counter === 'reset' ? 0 : state.connectRetryCounter + (counter === 'keep' ? 0 : 1),
      delayOpen: false,
      timers: noTimers,
      idleHoldTime: counter === 'reset' ? 0 : nextIdleHold(state.idleHoldTime, damping),
    },
    actions,
  };
}

function nextIdleHold(current: number, damping: DampingOptions | undefined): number {
  if (damping === undefined) return current;
  return Math.min(current === 0 ? damping.initialTime : current * 2, damping.maximumTime);
}
