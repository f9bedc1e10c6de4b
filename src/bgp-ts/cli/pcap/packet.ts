/** A packet as it was captured. */
export interface Packet {
  readonly linkType: number;
  /** Seconds since 1970, and nanoseconds of the second. */
  readonly time: Timestamp;
  /** What was captured of it, from its link-layer header on. */
  readonly bytes: Uint8Array;
}

export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** The longest capture of one packet that is read: what libpcap allows. */
export const MAX_CAPTURED = 262144;

/** Why a capture cannot be read on, and where. */
export interface CaptureFault {
  readonly offset: number;
  readonly reason: string;
}

/** Either a packet, or what ends the capture before its end. */
export type CaptureItem = Packet | CaptureFault;

/** `2026-11-03T10:00:00.000123456Z`; without the last three digits where they are zero. */
export function formatTime({ seconds, nanoseconds }: Timestamp): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(nanoseconds).padStart(9, '0').replace(/000$/, '');
  return `${whole}.${fraction}Z`;
}
