import type { DownReason, FsmAction } from '../../../../src/bgp-ts/fsm/action.ts';
import { eventNumbers, type FsmEvent, type FsmEventName } from '../../../../src/bgp-ts/fsm/event.ts';
import { type FsmState, initialState } from '../../../../src/bgp-ts/fsm/state.ts';
import type { Step } from '../../../../src/bgp-ts/fsm/transition.ts';
import type { NotificationParts } from '../../../../src/bgp-ts/wire/fault.ts';

const cease: NotificationParts = { code: 6, subcode: 2, data: new Uint8Array(0) };
const localError: NotificationParts = { code: 9, subcode: 9, data: Uint8Array.of(0xab) };
const remoteError: NotificationParts = { code: 6, subcode: 4, data: new Uint8Array(0) };
const timers = { holdTime: 90, keepaliveTime: 30, sendHoldTime: 480 };

/** One instance of every event. */
export const events: { readonly [Name in FsmEventName]: FsmEvent } = {
  ManualStart: { type: 'ManualStart' },
  ManualStop: { type: 'ManualStop', notification: cease },
  AutomaticStart: { type: 'AutomaticStart' },
  ManualStart_with_PassiveTcpEstablishment: { type: 'ManualStart_with_PassiveTcpEstablishment' },
  AutomaticStart_with_PassiveTcpEstablishment: { type: 'AutomaticStart_with_PassiveTcpEstablishment' },
  AutomaticStart_with_DampPeerOscillations: { type: 'AutomaticStart_with_DampPeerOscillations' },
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: {
    type: 'AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment',
  },
  AutomaticStop: { type: 'AutomaticStop', notification: cease },
  ConnectRetryTimer_Expires: { type: 'ConnectRetryTimer_Expires' },
  HoldTimer_Expires: { type: 'HoldTimer_Expires' },
  KeepaliveTimer_Expires: { type: 'KeepaliveTimer_Expires' },
  DelayOpenTimer_Expires: { type: 'DelayOpenTimer_Expires' },
  IdleHoldTimer_Expires: { type: 'IdleHoldTimer_Expires' },
  TcpConnection_Valid: { type: 'TcpConnection_Valid' },
  Tcp_CR_Invalid: { type: 'Tcp_CR_Invalid' },
  Tcp_CR_Acked: { type: 'Tcp_CR_Acked' },
  TcpConnectionConfirmed: { type: 'TcpConnectionConfirmed' },
  TcpConnectionFails: { type: 'TcpConnectionFails', detail: 'ECONNRESET' },
  BGPOpen: { type: 'BGPOpen', timers },
  BGPOpen_with_DelayOpenTimer_running: { type: 'BGPOpen_with_DelayOpenTimer_running', timers },
  BGPHeaderErr: { type: 'BGPHeaderErr', notification: localError },
  BGPOpenMsgErr: { type: 'BGPOpenMsgErr', notification: localError },
  OpenCollisionDump: { type: 'OpenCollisionDump' },
  NotifMsgVerErr: { type: 'NotifMsgVerErr', notification: remoteError },
  NotifMsg: { type: 'NotifMsg', notification: remoteError },
  KeepAliveMsg: { type: 'KeepAliveMsg' },
  UpdateMsg: { type: 'UpdateMsg' },
  UpdateMsgErr: { type: 'UpdateMsgErr', notification: localError },
  SendHoldTimer_Expires: { type: 'SendHoldTimer_Expires' },
  RouteRefreshMsg: { type: 'RouteRefreshMsg' },
  StableTimer_Expires: { type: 'StableTimer_Expires' },
};
export const eventNames = Object.keys(eventNumbers) as FsmEventName[];

/** A machine in `name` that failed twice before and would be held 2 s the next time. */
export function stateOf(name: FsmState['name'], patch: Partial<FsmState> = {}): FsmState {
  const agreed = name === 'OpenConfirm' || name === 'Established';
  return {
    ...initialState,
    name,
    connectRetryCounter: 2,
    idleHoldTime: 2,
    ...(agreed ? { timers } : {}),
    ...patch,
  };
}

/** One line for an action: `start hold 240`, `notify 5/1 04`, `failed fsm-error sent 5/1 04 (…)`. */
function actionText(action: FsmAction): string {
  switch (action.type) {
    case 'start-timer':
      return `start ${action.timer} ${action.seconds}`;
    case 'stop-timer':
      return `stop ${action.timer}`;
    case 'send-notification':
      return `notify ${notificationText(action.notification)}`;
    case 'down':
    case 'failed':
      return `${action.type} ${reasonText(action.reason)}`;
    default:
      return action.type;
  }
}

function notificationText({ code, subcode, data }: NotificationParts): string {
  return `${code}/${subcode}${data.length === 0 ? '' : ` ${Buffer.from(data).toString('hex')}`}`;
}

function reasonText({ cause, sent, received, detail }: DownReason): string {
  return [
    cause,
    sent && `sent ${notificationText(sent)}`,
    received && `received ${notificationText(received)}`,
    detail && `(${detail})`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** `OpenSent counter 2 idle-hold 2 hold 90: a, b, c` split into its parts, for tables. */
export function stepText({ state, actions }: Step): { readonly next: string; readonly actions: readonly string[] } {
  const extras = [
    `counter ${state.connectRetryCounter}`,
    `idle-hold ${state.idleHoldTime}`,
    state.timers.holdTime > 0 && `hold ${state.timers.holdTime}`,
    state.delayOpen && 'delay-open',
  ].filter(Boolean);
  return { next: `${state.name}, ${extras.join(', ')}`, actions: actions.map(actionText) };
}
