/** The session attributes of RFC 4271 §8 and §8.1.1. Times are seconds. */
export interface FsmOptions {
  /** AllowAutomaticStart: after a failure, start again when the idle hold is over. */
  readonly automaticStart: boolean;
  /** PassiveTcpEstablishment, for good: never initiate a connection, not even when ConnectRetryTime is over. */
  readonly passive: boolean;
  /** ConnectRetryTime. */
  readonly connectRetryTime: number;
  /** The "large value" of the HoldTimer before the hold time is negotiated; the RFC suggests 240. */
  readonly openHoldTime: number;
  /** DelayOpenTime; 0 = DelayOpen is FALSE. */
  readonly delayOpenTime: number;
  /** DampPeerOscillations; absent = FALSE. */
  readonly damping?: DampingOptions;
  /** SendNOTIFICATIONwithoutOPEN. */
  readonly notifyWithoutOpen: boolean;
  /** CollisionDetectEstablishedState. */
  readonly collisionDetectEstablished: boolean;
}

/**
 * Exponential damping: the first failure costs nothing, the second `initialTime`, each next one twice the one
 * before up to `maximumTime`; a session that lasts `stableTime` is forgiven everything.
 */
export interface DampingOptions {
  readonly initialTime: number;
  readonly maximumTime: number;
  readonly stableTime: number;
}

export const defaultFsmOptions: FsmOptions = {
  automaticStart: true,
  passive: false,
  connectRetryTime: 120,
  openHoldTime: 240,
  delayOpenTime: 0,
  damping: { initialTime: 1, maximumTime: 60, stableTime: 60 },
  notifyWithoutOpen: false,
  collisionDetectEstablished: false,
};
