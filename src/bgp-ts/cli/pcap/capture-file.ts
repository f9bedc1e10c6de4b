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
  }
  yield { offset: 0, reason: 'this is neither pcap nor pcapng' };
}
