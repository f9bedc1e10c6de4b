import { describe, expect, it } from 'vitest';
import { eventNumbers, type FsmEventName } from '../../../../src/bgp-ts/fsm/event.ts';
import { defaultFsmOptions, type FsmOptions } from '../../../../src/bgp-ts/fsm/options.ts';
import type { FsmState } from '../../../../src/bgp-ts/fsm/state.ts';
import { step } from '../../../../src/bgp-ts/fsm/step.ts';
import { eventNames, events, stateOf, stepText } from './describe-step.ts';

/** [next state, ...actions]. */
type Row = readonly [string, ...(readonly string[])];
/** Every event has a row: a table that leaves one out does not compile. */
type Table = { readonly [Name in FsmEventName]: Row };

/** RFC 4271 §8.2.2's words for "to Idle": the parts every failure has, in order. */
const stopped = (reason: string, ...notify: readonly string[]): Row => [
  'Idle, counter 0, idle-hold 0',
  ...notify,
  'stop connect-retry',
  reason,
  'release',
  'drop',
];
const failed = (reason: string, ...notify: readonly string[]): Row => [
  'Idle, counter 3, idle-hold 4',
  ...notify,
  'stop connect-retry',
  `failed ${reason}`,
  'release',
  'drop',
  'start idle-hold 2',
];
const down = (reason: string, ...notify: readonly string[]): Row => [
  'Idle, counter 3, idle-hold 4',
  ...notify,
  'stop connect-retry',
  `down ${reason}`,
  'release',
  'drop',
  'start idle-hold 2',
];
/** To Idle without counting. */
const uncounted = (reason: string): Row => [
  'Idle, counter 2, idle-hold 2',
  'stop connect-retry',
  `failed ${reason}`,
  'release',
  'drop',
  'start idle-hold 0',
];

const same = 'Idle, counter 2, idle-hold 2';
const idleTable: Table = {
  ManualStart: ['Connect, counter 0, idle-hold 0', 'stop idle-hold', 'start connect-retry 120', 'connect'],
  ManualStop: ['Idle, counter 0, idle-hold 0', 'stop idle-hold'],
  AutomaticStart: ['Connect, counter 0, idle-hold 0', 'stop idle-hold', 'start connect-retry 120', 'connect'],
  ManualStart_with_PassiveTcpEstablishment: [
    'Active, counter 0, idle-hold 0',
    'stop idle-hold',
    'start connect-retry 120',
  ],
  AutomaticStart_with_PassiveTcpEstablishment: [
    'Active, counter 0, idle-hold 0',
    'stop idle-hold',
    'start connect-retry 120',
  ],
  AutomaticStart_with_DampPeerOscillations: [
    'Connect, counter 2, idle-hold 2',
    'stop idle-hold',
    'start connect-retry 120',
    'connect',
  ],
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: [
    'Active, counter 2, idle-hold 2',
    'stop idle-hold',
    'start connect-retry 120',
  ],
  AutomaticStop: [same],
  ConnectRetryTimer_Expires: [same],
  HoldTimer_Expires: [same],
  KeepaliveTimer_Expires: [same],
  DelayOpenTimer_Expires: [same],
  IdleHoldTimer_Expires: ['Active, counter 2, idle-hold 2', 'stop idle-hold', 'start connect-retry 120'],
  TcpConnection_Valid: [same, 'reject'],
  Tcp_CR_Invalid: [same, 'reject'],
  Tcp_CR_Acked: [same, 'reject'],
  TcpConnectionConfirmed: [same, 'reject'],
  TcpConnectionFails: [same],
  BGPOpen: [same],
  BGPOpen_with_DelayOpenTimer_running: [same],
  BGPHeaderErr: [same],
  BGPOpenMsgErr: [same],
  OpenCollisionDump: [same],
  NotifMsgVerErr: [same],
  NotifMsg: [same],
  KeepAliveMsg: [same],
  UpdateMsg: [same],
  UpdateMsgErr: [same],
  SendHoldTimer_Expires: [same],
  RouteRefreshMsg: [same],
  StableTimer_Expires: [same],
};

const connecting = 'Connect, counter 2, idle-hold 2';
const startsIgnored = (state: string) => ({
  ManualStart: [state] as Row,
  AutomaticStart: [state] as Row,
  ManualStart_with_PassiveTcpEstablishment: [state] as Row,
  AutomaticStart_with_PassiveTcpEstablishment: [state] as Row,
  AutomaticStart_with_DampPeerOscillations: [state] as Row,
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: [state] as Row,
});
const connectTable: Table = {
  ...startsIgnored(connecting),
  ManualStop: stopped('failed manual-stop'),
  AutomaticStop: failed('automatic-stop'),
  ConnectRetryTimer_Expires: [connecting, 'drop', 'start connect-retry 120', 'stop delay-open', 'connect'],
  HoldTimer_Expires: failed('fsm-error (HoldTimer_Expires in Connect)'),
  KeepaliveTimer_Expires: failed('fsm-error (KeepaliveTimer_Expires in Connect)'),
  DelayOpenTimer_Expires: [
    'OpenSent, counter 2, idle-hold 2',
    'stop connect-retry',
    'stop delay-open',
    'send-open',
    'start hold 240',
  ],
  IdleHoldTimer_Expires: failed('fsm-error (IdleHoldTimer_Expires in Connect)'),
  TcpConnection_Valid: [connecting],
  Tcp_CR_Invalid: [connecting, 'reject'],
  Tcp_CR_Acked: ['OpenSent, counter 2, idle-hold 2', 'stop connect-retry', 'send-open', 'start hold 240'],
  TcpConnectionConfirmed: ['OpenSent, counter 2, idle-hold 2', 'stop connect-retry', 'send-open', 'start hold 240'],
  TcpConnectionFails: uncounted('connection-failed (ECONNRESET)'),
  BGPOpen: failed('fsm-error (BGPOpen in Connect)'),
  BGPOpen_with_DelayOpenTimer_running: [
    'OpenConfirm, counter 2, idle-hold 2, hold 90',
    'stop connect-retry',
    'stop delay-open',
    'send-open',
    'send-keepalive',
    'start keepalive 30',
    'start hold 90',
  ],
  BGPHeaderErr: failed('header-error'),
  BGPOpenMsgErr: failed('open-error'),
  OpenCollisionDump: failed('connection-collision'),
  NotifMsgVerErr: failed('notification-received received 6/4'),
  NotifMsg: failed('notification-received received 6/4'),
  KeepAliveMsg: failed('fsm-error (KeepAliveMsg in Connect)'),
  UpdateMsg: failed('fsm-error (UpdateMsg in Connect)'),
  UpdateMsgErr: failed('fsm-error (UpdateMsgErr in Connect)'),
  SendHoldTimer_Expires: failed('fsm-error (SendHoldTimer_Expires in Connect)'),
  RouteRefreshMsg: failed('fsm-error (RouteRefreshMsg in Connect)'),
  StableTimer_Expires: [connecting],
};

const listening = 'Active, counter 2, idle-hold 2';
const activeTable: Table = {
  ...startsIgnored(listening),
  ManualStop: stopped('failed manual-stop'),
  AutomaticStop: failed('automatic-stop'),
  ConnectRetryTimer_Expires: ['Connect, counter 2, idle-hold 2', 'start connect-retry 120', 'connect'],
  HoldTimer_Expires: failed('fsm-error (HoldTimer_Expires in Active)'),
  KeepaliveTimer_Expires: failed('fsm-error (KeepaliveTimer_Expires in Active)'),
  DelayOpenTimer_Expires: [
    'OpenSent, counter 2, idle-hold 2',
    'stop connect-retry',
    'stop delay-open',
    'send-open',
    'start hold 240',
  ],
  IdleHoldTimer_Expires: failed('fsm-error (IdleHoldTimer_Expires in Active)'),
  TcpConnection_Valid: [listening],
  Tcp_CR_Invalid: [listening, 'reject'],
  Tcp_CR_Acked: ['OpenSent, counter 2, idle-hold 2', 'stop connect-retry', 'send-open', 'start hold 240'],
  TcpConnectionConfirmed: ['OpenSent, counter 2, idle-hold 2', 'stop connect-retry', 'send-open', 'start hold 240'],
  TcpConnectionFails: failed('connection-failed (ECONNRESET)'),
  BGPOpen: failed('fsm-error (BGPOpen in Active)'),
  BGPOpen_with_DelayOpenTimer_running: [
    'OpenConfirm, counter 2, idle-hold 2, hold 90',
    'stop connect-retry',
    'stop delay-open',
    'send-open',
    'send-keepalive',
    'start keepalive 30',
    'start hold 90',
  ],
  BGPHeaderErr: failed('header-error'),
  BGPOpenMsgErr: failed('open-error'),
  OpenCollisionDump: failed('connection-collision'),
  NotifMsgVerErr: failed('notification-received received 6/4'),
  NotifMsg: failed('notification-received received 6/4'),
  KeepAliveMsg: failed('fsm-error (KeepAliveMsg in Active)'),
  UpdateMsg: failed('fsm-error (UpdateMsg in Active)'),
  UpdateMsgErr: failed('fsm-error (UpdateMsgErr in Active)'),
  SendHoldTimer_Expires: failed('fsm-error (SendHoldTimer_Expires in Active)'),
  RouteRefreshMsg: failed('fsm-error (RouteRefreshMsg in Active)'),
  StableTimer_Expires: [listening],
};

/** RFC 6608 §4: subcode and data of an unexpected message; subcode 0 without data for other events. */
const fsmError = (event: string, state: string, error: string) => ({
  notify: `notify ${error}`,
  reason: `fsm-error sent ${error} (${event} in ${state})`,
});
const failedWithFsmError = (event: string, state: string, error: string): Row => {
  const { notify, reason } = fsmError(event, state, error);
  return failed(reason, notify);
};
const downWithFsmError = (event: string, error: string): Row => {
  const { notify, reason } = fsmError(event, 'Established', error);
  return down(reason, notify);
};

const openSent = 'OpenSent, counter 2, idle-hold 2';
const openSentTable: Table = {
  ...startsIgnored(openSent),
  ManualStop: stopped('failed manual-stop sent 6/2', 'notify 6/2'),
  AutomaticStop: failed('automatic-stop sent 6/2', 'notify 6/2'),
  ConnectRetryTimer_Expires: failedWithFsmError('ConnectRetryTimer_Expires', 'OpenSent', '5/0'),
  HoldTimer_Expires: failed('hold-timer-expired sent 4/0', 'notify 4/0'),
  KeepaliveTimer_Expires: failedWithFsmError('KeepaliveTimer_Expires', 'OpenSent', '5/0'),
  DelayOpenTimer_Expires: failedWithFsmError('DelayOpenTimer_Expires', 'OpenSent', '5/0'),
  IdleHoldTimer_Expires: failedWithFsmError('IdleHoldTimer_Expires', 'OpenSent', '5/0'),
  TcpConnection_Valid: [openSent, 'track'],
  Tcp_CR_Invalid: [openSent],
  Tcp_CR_Acked: [openSent, 'track'],
  TcpConnectionConfirmed: [openSent, 'track'],
  TcpConnectionFails: [
    'Active, counter 2, idle-hold 2',
    'failed connection-failed (ECONNRESET)',
    'release',
    'drop',
    'start connect-retry 120',
  ],
  BGPOpen: [
    'OpenConfirm, counter 2, idle-hold 2, hold 90',
    'stop delay-open',
    'stop connect-retry',
    'send-keepalive',
    'start keepalive 30',
    'start hold 90',
  ],
  BGPOpen_with_DelayOpenTimer_running: failedWithFsmError('BGPOpen_with_DelayOpenTimer_running', 'OpenSent', '5/1 01'),
  BGPHeaderErr: failed('header-error sent 9/9 ab', 'notify 9/9 ab'),
  BGPOpenMsgErr: failed('open-error sent 9/9 ab', 'notify 9/9 ab'),
  OpenCollisionDump: failed('connection-collision sent 6/7', 'notify 6/7'),
  NotifMsgVerErr: uncounted('notification-received received 6/4'),
  NotifMsg: failed('notification-received received 6/4'),
  KeepAliveMsg: failedWithFsmError('KeepAliveMsg', 'OpenSent', '5/1 04'),
  UpdateMsg: failedWithFsmError('UpdateMsg', 'OpenSent', '5/1 02'),
  UpdateMsgErr: failedWithFsmError('UpdateMsgErr', 'OpenSent', '5/1 02'),
  SendHoldTimer_Expires: failedWithFsmError('SendHoldTimer_Expires', 'OpenSent', '5/0'),
  RouteRefreshMsg: failedWithFsmError('RouteRefreshMsg', 'OpenSent', '5/1 05'),
  StableTimer_Expires: [openSent],
};

const openConfirm = 'OpenConfirm, counter 2, idle-hold 2, hold 90';
const openConfirmTable: Table = {
  ...startsIgnored(openConfirm),
  ManualStop: stopped('failed manual-stop sent 6/2', 'notify 6/2'),
  AutomaticStop: failed('automatic-stop sent 6/2', 'notify 6/2'),
  ConnectRetryTimer_Expires: failedWithFsmError('ConnectRetryTimer_Expires', 'OpenConfirm', '5/0'),
  HoldTimer_Expires: failed('hold-timer-expired sent 4/0', 'notify 4/0'),
  KeepaliveTimer_Expires: [openConfirm, 'send-keepalive', 'start keepalive 30'],
  DelayOpenTimer_Expires: failedWithFsmError('DelayOpenTimer_Expires', 'OpenConfirm', '5/0'),
  IdleHoldTimer_Expires: failedWithFsmError('IdleHoldTimer_Expires', 'OpenConfirm', '5/0'),
  TcpConnection_Valid: [openConfirm, 'track'],
  Tcp_CR_Invalid: [openConfirm],
  Tcp_CR_Acked: [openConfirm, 'track'],
  TcpConnectionConfirmed: [openConfirm, 'track'],
  TcpConnectionFails: failed('connection-failed (ECONNRESET)'),
  BGPOpen: failedWithFsmError('BGPOpen', 'OpenConfirm', '5/2 01'),
  BGPOpen_with_DelayOpenTimer_running: failedWithFsmError(
    'BGPOpen_with_DelayOpenTimer_running',
    'OpenConfirm',
    '5/2 01',
  ),
  BGPHeaderErr: failed('header-error sent 9/9 ab', 'notify 9/9 ab'),
  BGPOpenMsgErr: failed('open-error sent 9/9 ab', 'notify 9/9 ab'),
  OpenCollisionDump: failed('connection-collision sent 6/7', 'notify 6/7'),
  NotifMsgVerErr: uncounted('notification-received received 6/4'),
  NotifMsg: failed('notification-received received 6/4'),
  KeepAliveMsg: [
    'Established, counter 2, idle-hold 2, hold 90',
    'start hold 90',
    'start send-hold 480',
    'start stable 60',
    'established',
  ],
  UpdateMsg: failedWithFsmError('UpdateMsg', 'OpenConfirm', '5/2 02'),
  UpdateMsgErr: failedWithFsmError('UpdateMsgErr', 'OpenConfirm', '5/2 02'),
  SendHoldTimer_Expires: failedWithFsmError('SendHoldTimer_Expires', 'OpenConfirm', '5/0'),
  RouteRefreshMsg: failedWithFsmError('RouteRefreshMsg', 'OpenConfirm', '5/2 05'),
  StableTimer_Expires: [openConfirm],
};

/** As {@link down}, but no oscillation: the peer may come back at once. */
const downUndamped = (reason: string): Row => [
  'Idle, counter 3, idle-hold 2',
  'stop connect-retry',
  `down ${reason}`,
  'release',
  'drop',
  'start idle-hold 0',
];

const established = 'Established, counter 2, idle-hold 2, hold 90';
const establishedTable: Table = {
  ...startsIgnored(established),
  ManualStop: stopped('down manual-stop sent 6/2', 'notify 6/2'),
  AutomaticStop: down('automatic-stop sent 6/2', 'notify 6/2'),
  ConnectRetryTimer_Expires: downWithFsmError('ConnectRetryTimer_Expires', '5/0'),
  HoldTimer_Expires: down('hold-timer-expired sent 4/0', 'notify 4/0'),
  KeepaliveTimer_Expires: [established, 'send-keepalive', 'start keepalive 30'],
  DelayOpenTimer_Expires: downWithFsmError('DelayOpenTimer_Expires', '5/0'),
  IdleHoldTimer_Expires: downWithFsmError('IdleHoldTimer_Expires', '5/0'),
  TcpConnection_Valid: [established, 'track'],
  Tcp_CR_Invalid: [established],
  Tcp_CR_Acked: [established, 'track'],
  TcpConnectionConfirmed: [established, 'track'],
  TcpConnectionFails: downUndamped('connection-failed (ECONNRESET)'),
  BGPOpen: downWithFsmError('BGPOpen', '5/3 01'),
  BGPOpen_with_DelayOpenTimer_running: downWithFsmError('BGPOpen_with_DelayOpenTimer_running', '5/3 01'),
  BGPHeaderErr: down('header-error sent 9/9 ab', 'notify 9/9 ab'),
  BGPOpenMsgErr: downWithFsmError('BGPOpenMsgErr', '5/3 01'),
  OpenCollisionDump: [established],
  NotifMsgVerErr: downUndamped('notification-received received 6/4'),
  NotifMsg: downUndamped('notification-received received 6/4'),
  KeepAliveMsg: [established, 'start hold 90'],
  UpdateMsg: [established, 'process-update', 'start hold 90'],
  UpdateMsgErr: down('update-error sent 9/9 ab', 'notify 9/9 ab'),
  SendHoldTimer_Expires: down('send-hold-timer-expired sent 8/0', 'notify 8/0'),
  RouteRefreshMsg: [established, 'process-route-refresh', 'start hold 90'],
  StableTimer_Expires: ['Established, counter 2, idle-hold 0, hold 90'],
};

const tables: readonly (readonly [FsmState['name'], Table])[] = [
  ['Idle', idleTable],
  ['Connect', connectTable],
  ['Active', activeTable],
  ['OpenSent', openSentTable],
  ['OpenConfirm', openConfirmTable],
  ['Established', establishedTable],
];

function run(state: FsmState, event: FsmEventName, options: FsmOptions = defaultFsmOptions): Row {
  const { next, actions } = stepText(step(state, events[event], options));
  return [next, ...actions];
}

describe.each(tables)('%s (RFC 4271 §8.2.2)', (name, table) => {
  it.each(eventNames.map((event) => ({ event, number: eventNumbers[event] })))('Event $number, $event', ({ event }) => {
    expect(run(stateOf(name), event)).toEqual(table[event]);
  });
});

describe('DelayOpen', () => {
  const delaying = { ...defaultFsmOptions, delayOpenTime: 10 };

  it.each(['Connect', 'Active'] as const)('in %s holds the OPEN back once connected', (name) => {
    const row = [`${name}, counter 2, idle-hold 2, delay-open`, 'stop connect-retry', 'start delay-open 10'];
    expect(run(stateOf(name), 'Tcp_CR_Acked', delaying)).toEqual(row);
    expect(run(stateOf(name), 'TcpConnectionConfirmed', delaying)).toEqual(row);
  });

  it('loses the connection in Connect: listens, the ConnectRetryTimer runs', () => {
    expect(run(stateOf('Connect', { delayOpen: true }), 'TcpConnectionFails', delaying)).toEqual([
      'Active, counter 2, idle-hold 2',
      'start connect-retry 120',
      'stop delay-open',
      'drop',
    ]);
  });

  it('loses the connection in Active: to Idle, counted', () => {
    expect(run(stateOf('Active', { delayOpen: true }), 'TcpConnectionFails', delaying)).toEqual([
      'Idle, counter 3, idle-hold 4',
      'stop connect-retry',
      'stop delay-open',
      'failed connection-failed (ECONNRESET)',
      'release',
      'drop',
      'start idle-hold 2',
    ]);
  });

  it.each(['Connect', 'Active'] as const)('in %s does not count a version error', (name) => {
    expect(run(stateOf(name, { delayOpen: true }), 'NotifMsgVerErr', delaying)).toEqual([
      'Idle, counter 2, idle-hold 2',
      'stop connect-retry',
      'stop delay-open',
      'failed notification-received received 6/4',
      'release',
      'drop',
      'start idle-hold 0',
    ]);
  });

  it('redials in Connect without the delay of the connection before', () => {
    expect(run(stateOf('Connect', { delayOpen: true }), 'ConnectRetryTimer_Expires', delaying)[0]).toBe(
      'Connect, counter 2, idle-hold 2',
    );
  });
});

describe('SendNOTIFICATIONwithoutOPEN', () => {
  const notifying = { ...defaultFsmOptions, notifyWithoutOpen: true };

  it.each(['Connect', 'Active'] as const)('in %s answers header and OPEN errors', (name) => {
    expect(run(stateOf(name), 'BGPHeaderErr', notifying)).toEqual(failed('header-error sent 9/9 ab', 'notify 9/9 ab'));
    expect(run(stateOf(name), 'BGPOpenMsgErr', notifying)).toEqual(failed('open-error sent 9/9 ab', 'notify 9/9 ab'));
  });

  it('ceases in Active only while the DelayOpenTimer runs', () => {
    expect(run(stateOf('Active', { delayOpen: true }), 'ManualStop', notifying)).toEqual([
      'Idle, counter 0, idle-hold 0',
      'notify 6/2',
      'stop connect-retry',
      'stop delay-open',
      'failed manual-stop sent 6/2',
      'release',
      'drop',
    ]);
    expect(run(stateOf('Active'), 'ManualStop', notifying)).toEqual(stopped('failed manual-stop'));
  });
});

describe('PassiveTcpEstablishment', () => {
  const passive = { ...defaultFsmOptions, passive: true };

  it('never sets the ConnectRetryTimer and never dials', () => {
    expect(run(stateOf('Idle'), 'ManualStart_with_PassiveTcpEstablishment', passive)).toEqual([
      'Active, counter 0, idle-hold 0',
      'stop idle-hold',
    ]);
    expect(run(stateOf('Active'), 'ConnectRetryTimer_Expires', passive)).toEqual(['Active, counter 2, idle-hold 2']);
    expect(run(stateOf('OpenSent'), 'TcpConnectionFails', passive)).toEqual([
      'Active, counter 2, idle-hold 2',
      'failed connection-failed (ECONNRESET)',
      'release',
      'drop',
    ]);
  });
});

describe('hold time 0 (RFC 4271 §4.2)', () => {
  const none = { holdTime: 0, keepaliveTime: 0, sendHoldTime: 0 };
  const zero = (name: FsmState['name']) => stateOf(name, { timers: none });

  it('starts no timer on OPEN', () => {
    const { next, actions } = stepText(step(stateOf('OpenSent'), { type: 'BGPOpen', timers: none }, defaultFsmOptions));
    expect([next, ...actions]).toEqual([
      'OpenConfirm, counter 2, idle-hold 2',
      'stop delay-open',
      'stop connect-retry',
      'send-keepalive',
      'stop keepalive',
      'stop hold',
    ]);
  });

  it('starts none when established, and restarts none afterwards', () => {
    expect(run(zero('OpenConfirm'), 'KeepAliveMsg')).toEqual([
      'Established, counter 2, idle-hold 2',
      'start stable 60',
      'established',
    ]);
    expect(run(zero('Established'), 'KeepAliveMsg')).toEqual(['Established, counter 2, idle-hold 2']);
    expect(run(zero('Established'), 'UpdateMsg')).toEqual(['Established, counter 2, idle-hold 2', 'process-update']);
    expect(run(zero('Established'), 'KeepaliveTimer_Expires')).toEqual([
      'Established, counter 2, idle-hold 2',
      'send-keepalive',
    ]);
  });
});

describe('DampPeerOscillations', () => {
  const { damping: _, ...undamped } = defaultFsmOptions;
  const noAutomaticStart = { ...defaultFsmOptions, automaticStart: false };

  it('doubles the idle hold up to its maximum, the first failure being free', () => {
    const held: number[] = [];
    let state = stateOf('Established', { idleHoldTime: 0 });
    for (let failure = 0; failure < 9; failure++) {
      const fallen = step({ ...state, name: 'Established' }, events.UpdateMsgErr, defaultFsmOptions);
      for (const action of fallen.actions) if (action.type === 'start-timer') held.push(action.seconds);
      state = fallen.state;
    }
    expect(held).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('off: restarts at once, counts all the same, and ignores the damped starts', () => {
    expect(run(stateOf('Established'), 'TcpConnectionFails', undamped)).toEqual([
      'Idle, counter 3, idle-hold 2',
      'stop connect-retry',
      'down connection-failed (ECONNRESET)',
      'release',
      'drop',
      'start idle-hold 0',
    ]);
    expect(run(stateOf('Idle'), 'AutomaticStart_with_DampPeerOscillations', undamped)).toEqual([same]);
    expect(
      run(stateOf('Idle'), 'AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment', undamped),
    ).toEqual([same]);
    expect(run(stateOf('OpenConfirm'), 'KeepAliveMsg', undamped)).toEqual([
      'Established, counter 2, idle-hold 2, hold 90',
      'start hold 90',
      'start send-hold 480',
      'established',
    ]);
  });

  it('without AllowAutomaticStart stays in Idle', () => {
    expect(run(stateOf('Established'), 'NotifMsg', noAutomaticStart)).toEqual([
      'Idle, counter 3, idle-hold 2',
      'stop connect-retry',
      'down notification-received received 6/4',
      'release',
      'drop',
    ]);
  });
});

describe('CollisionDetectEstablishedState', () => {
  it('lets a collision end an established session', () => {
    const detecting = { ...defaultFsmOptions, collisionDetectEstablished: true };
    expect(run(stateOf('Established'), 'OpenCollisionDump', detecting)).toEqual(
      down('connection-collision sent 6/7', 'notify 6/7'),
    );
  });
});

it('reports a lost connection without a detail where the peer just closed', () => {
  const { actions } = step(stateOf('OpenSent'), { type: 'TcpConnectionFails' }, defaultFsmOptions);
  expect(actions[0]).toEqual({ type: 'failed', reason: { cause: 'connection-failed' } });
});
