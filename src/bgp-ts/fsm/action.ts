/** What the state machine wants done. Values: the session carries them out, in the order given. */
import type { NotificationParts } from '../wire/fault.ts';

/**
 * `hold`, `keepalive`, `connect-retry`, `delay-open`, `idle-hold`: RFC 4271 §8; `send-hold`: RFC 9687.
 * `stable` ends the memory of earlier failures once a session has lasted.
 */
export type FsmTimer = 'connect-retry' | 'hold' | 'keepalive' | 'delay-open' | 'idle-hold' | 'send-hold' | 'stable';

/** Why a session, or an attempt at one, ended. */
export type DownCause =
  | 'manual-stop'
  | 'automatic-stop'
  | 'hold-timer-expired'
  | 'send-hold-timer-expired'
  | 'connection-failed'
  | 'connection-collision'
  | 'notification-received'
  | 'header-error'
  | 'open-error'
  | 'update-error'
  | 'fsm-error';

/** Why a session, or an attempt at one, ended, with the NOTIFICATION that went with it. */
export interface DownReason {
  /** The event of RFC 4271 §8.1 behind it, in words. */
  readonly cause: DownCause;
  /** The NOTIFICATION sent to the peer, if any was. */
  readonly sent?: NotificationParts;
  /** The NOTIFICATION that the peer sent. */
  readonly received?: NotificationParts;
  /** A sentence or an operating system's error code, for people. */
  readonly detail?: string;
}

export type FsmAction =
  /** Starts or restarts. `connect-retry` and `keepalive` are to be jittered (RFC 4271 §10). */
  | { readonly type: 'start-timer'; readonly timer: FsmTimer; readonly seconds: number }
  | { readonly type: 'stop-timer'; readonly timer: FsmTimer }
  /** Initiate a TCP connection to the peer. */
  | { readonly type: 'connect' }
  /** Close this machine's own TCP connection, after what was written. */
  | { readonly type: 'drop' }
  /** Refuse the connection that came with the event. */
  | { readonly type: 'reject' }
  /** Give the connection that came with the event a machine of its own (RFC 4271 §6.8). */
  | { readonly type: 'track' }
  | { readonly type: 'send-open' }
  | { readonly type: 'send-keepalive' }
  | { readonly type: 'send-notification'; readonly notification: NotificationParts }
  | { readonly type: 'process-update' }
  | { readonly type: 'process-route-refresh' }
  | { readonly type: 'established' }
  /** The session is over: delete all routes associated with this connection. */
  | { readonly type: 'down'; readonly reason: DownReason }
  /** An attempt is over that never reached Established. */
  | { readonly type: 'failed'; readonly reason: DownReason }
  /** Release all BGP resources: what was negotiated, and every timer but `connect-retry` and `idle-hold`. */
  | { readonly type: 'release' };
