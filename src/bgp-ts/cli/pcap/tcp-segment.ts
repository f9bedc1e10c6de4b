/** The TCP header (RFC 9293 §3.1), as far as a stream is put together by it. */
import { readU16, readU32 } from '../../wire/bytes.ts';
import type { TcpPayload } from './ip-packet.ts';

export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
  /** Data that was captured; `missing` octets more were sent behind it. */
  readonly data: Uint8Array;
  readonly missing: number;
}

const HEADER = 20;

/** The segment, or a few words on why there is none. */
export function tcpSegment(bytes: Uint8Array, { start, end, wholeEnd }: TcpPayload): TcpSegment | string {
  if (start + HEADER > end) return 'cut';
  const headerLength = (bytes[start + 12] >> 4) * 4;
  if (headerLength < HEADER) return 'malformed TCP header';
  const data = Math.min(start + headerLength, end);
  const flags = bytes[start + 13];
  return {
    sourcePort: readU16(bytes, start),
    destinationPort: readU16(bytes, start + 2),
    sequence: readU32(bytes, start + 4),
    fin: (flags & 0x01) !== 0,
    syn: (flags & 0x02) !== 0,
    rst: (flags & 0x04) !== 0,
    data: bytes.subarray(data, end),
    missing: Math.max(0, wholeEnd - Math.max(end, start + headerLength)),
  };
}
