/** Finite State Machine Errors (RFC 4271 §6.6) with the subcodes and data of RFC 6608 §4. */
import { FsmSubcode, MessageType } from '../wire/constants.ts';
import type { FsmEvent, FsmEventName } from './event.ts';
import type { FsmOptions } from './options.ts';
import type { FsmState } from './state.ts';
import { fall, fsmError, type Step } from './transition.ts';

/** The message type behind an event; events of timers and administration have none. */
const messageTypes: Partial<Record<FsmEventName, number>> = {
  BGPOpen: MessageType.Open,
  BGPOpen_with_DelayOpenTimer_running: MessageType.Open,
  BGPOpenMsgErr: MessageType.Open,
  KeepAliveMsg: MessageType.Keepalive,
  UpdateMsg: MessageType.Update,
  UpdateMsgErr: MessageType.Update,
  RouteRefreshMsg: MessageType.RouteRefresh,
};

/** A message gets the subcode of the state it came in; anything else is Unspecified, without data. */
export function unexpected(state: FsmState, event: FsmEvent, options: FsmOptions, subcode: number): Step {
  const messageType = messageTypes[event.type];
  return fall(state, options, {
    cause: 'fsm-error',
    notification: fsmError(messageType === undefined ? FsmSubcode.Unspecified : subcode, messageType),
    detail: `${event.type} in ${state.name}`,
  });
}
