/** pcap files (draft-ietf-opsawg-pcap): both byte orders, times in microseconds or nanoseconds. */
import type { ByteQueue } from './byte-queue.ts';
import { bigEndian, type Integers, littleEndian } from './integers.ts';
import { type CaptureItem, MAX_CAPTURED } from './packet.ts';

const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
/** Octets of the file's header behind its magic number. */
const HEADER_REST = 20;
const RECORD_HEADER = 16;

/** How to read the file that begins with these four octets, if it is one. */
export function pcapFormat(magic: Uint8Array): { integers: Integers; perUnit: number } | undefined {
  for (const integers of [bigEndian, littleEndian]) {
    const number = integers.u32(magic, 0);
    if (number === MICROSECONDS) return { integers, perUnit: 1000 };
    if (number === NANOSECONDS) return { integers, perUnit: 1 };
  }
  return undefined;
}

/** The packets behind the magic number, which was taken from `queue`. */
export async function* readPcap(
  queue: ByteQueue,
  { integers, perUnit }: { integers: Integers; perUnit: number },
): AsyncGenerator<CaptureItem> {
  const header = await queue.take(HEADER_REST);
  if (header.length < HEADER_REST) return yield { offset: 0, reason: 'the file header is cut' };
  // the upper bits say whether frames end in a checksum, which no reader of IP needs
  const linkType = integers.u32(header, 16) & 0xffff;
  for (;;) {
    const offset = queue.position;
    const record = await queue.take(RECORD_HEADER);
    if (record.length === 0) return;
    if (record.length < RECORD_HEADER) return yield { offset, reason: 'a record header is cut' };
    const captured = integers.u32(record, 8);
    if (captured > MAX_CAPTURED) return yield { offset, reason: `a record says that it holds ${captured} octets` };
    const bytes = await queue.take(captured);
    if (bytes.length < captured) return yield { offset, reason: 'a record is cut' };
    const nanoseconds = integers.u32(record, 4) * perUnit;
    yield {
      linkType,
      time: { seconds: integers.u32(record, 0) + Math.floor(nanoseconds / 1e9), nanoseconds: nanoseconds % 1e9 },
      bytes,
    };
  }
}
