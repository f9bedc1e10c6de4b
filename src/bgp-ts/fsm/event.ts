/**
 * The inputs of the state machine, under the names and numbers of RFC 4271 §8.1, and three that came later or
 * that the RFC leaves to the implementation.
 */
import type { NotificationParts } from '../wire/fault.ts';

/** What two OPENs agree on; seconds, 0 = the timer is not used (RFC 4271 §4.2, RFC 9687 §3). */
export interface SessionTimers {
  readonly holdTime: number;
  readonly keepaliveTime: number;
  readonly sendHoldTime: number;
}

/** RFC 4271 §8.1.2–8.1.5; 29 is RFC 9687 §3. Those above 100 have no number in any RFC. */
export const eventNumbers = {
  ManualStart: 1,
  ManualStop: 2,
  AutomaticStart: 3,
  ManualStart_with_PassiveTcpEstablishment: 4,
  AutomaticStart_with_PassiveTcpEstablishment: 5,
  AutomaticStart_with_DampPeerOscillations: 6,
  AutomaticStart_with_DampPeerOscillations_and_PassiveTcpEstablishment: 7,
  AutomaticStop: 8,
  ConnectRetryTimer_Expires: 9,
  HoldTimer_Expires: 10,
  KeepaliveTimer_Expires: 11,
  DelayOpenTimer_Expires: 12,
  IdleHoldTimer_Expires: 13,
  TcpConnection_Valid: 14,
  Tcp_CR_Invalid: 15,
  Tcp_CR_Acked: 16,
  TcpConnectionConfirmed: 17,
  TcpConnectionFails: 18,
  BGPOpen: 19,
  BGPOpen_with_DelayOpenTimer_running: 20,
  BGPHeaderErr: 21,
  BGPOpenMsgErr: 22,
  OpenCollisionDump: 23,
  NotifMsgVerErr: 24,
  NotifMsg: 25,
  KeepAliveMsg: 26,
  UpdateMsg: 27,
  UpdateMsgErr: 28,
  SendHoldTimer_Expires: 29,
  /** A ROUTE-REFRESH, which RFC 2918 added without an event; RFC 6608 §4 says where it is unexpected. */
  RouteRefreshMsg: 101,
  /** The session has been up for `damping.stableTime`: the peer does not oscillate any more. */
  StableTimer_Expires: 102,
} as const;
export type FsmEventName = keyof typeof eventNumbers;

/** Events that say nothing but that they happened. */
type PlainEventName = Exclude<
  FsmEventName,
  | 'ManualStop'
  | 'AutomaticStop'
  | 'TcpConnectionFails'
  | 'BGPOpen'
  | 'BGPOpen_with_DelayOpenTimer_running'
  | 'BGPHeaderErr'
  | 'BGPOpenMsgErr'
  | 'NotifMsgVerErr'
  | 'NotifMsg'
  | 'UpdateMsgErr'
>;

export type FsmEvent =
  | { readonly type: PlainEventName }
  /** `notification`: the Cease to send, where there is somebody to send it to. */
  | { readonly type: 'ManualStop'; readonly notification: NotificationParts }
  | { readonly type: 'AutomaticStop'; readonly notification: NotificationParts; readonly detail?: string }
  /** `detail`: what the operating system said, for people; absent when the peer just closed. */
  | { readonly type: 'TcpConnectionFails'; readonly detail?: string }
  | { readonly type: 'BGPOpen' | 'BGPOpen_with_DelayOpenTimer_running'; readonly timers: SessionTimers }
  /** `notification`: the answer that RFC 4271 §6 names for the error. */
  | {
      readonly type: 'BGPHeaderErr' | 'BGPOpenMsgErr' | 'UpdateMsgErr';
      readonly notification: NotificationParts;
      readonly detail?: string;
    }
  /** `notification`: what the peer sent. */
  | { readonly type: 'NotifMsgVerErr' | 'NotifMsg'; readonly notification: NotificationParts };
