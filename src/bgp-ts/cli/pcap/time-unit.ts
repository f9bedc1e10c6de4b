import type { Timestamp } from './packet.ts';

/** Units of a timestamp in one second. */
export type TimeUnit = bigint;

export const microseconds: TimeUnit = 1_000_000n;

/** Of an interface's if_tsresol: a negative power of ten, or of two where the highest bit is set. */
export function timeUnit(resolution: number): TimeUnit {
  const exponent = BigInt(resolution & 0x7f);
  return (resolution & 0x80) === 0 ? 10n ** exponent : 2n ** exponent;
}

/** The last second of the year 9999: what is later has no date in four digits, and was hardly captured then. */
const LATEST = 253_402_300_799n;

export function timeOf(high: number, low: number, unit: TimeUnit): Timestamp {
  const count = (BigInt(high) << 32n) | BigInt(low);
  const seconds = count / unit;
  const nanoseconds = Number(((count % unit) * 1_000_000_000n) / unit);
  return { seconds: Number(seconds > LATEST ? LATEST : seconds), nanoseconds };
}
