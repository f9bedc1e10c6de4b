import { ByteQueue } from './byte-queue.ts';
import type { CaptureItem } from './packet.ts';
import { pcapFormat, readPcap } from './pcap-file.ts';
import { isPcapng, readPcapng } from './pcapng-file.ts';

/** The packets of a capture in either format, told by its first four octets. A fault is the last item. */
export async function* readCapture(source: AsyncIterable<Uint8Array>): AsyncGenerator<CaptureItem> {
  const queue = new ByteQueue(source);
  const magic = await queue.take(4);
  if (magic.length === 4) {
    const format = pcapFormat(magic);
    if (format !== undefined) return yield* readPcap(queue, format);
    if (isPcapng(magic)) return yield* readPcapng(queue);
    if (isGzip(magic)) {
      yield { offset: 0, reason: 'this is compressed with gzip: zcat FILE | bgp-ts decode --pcap - reads it' };
      return;
    }
  }
  yield { offset: 0, reason: 'this is neither pcap nor pcapng' };
}

/** RFC 1952 §2.3.1. */
function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}
