/** BGP in a capture: from packets to the messages of every TCP connection on a port. */
import { type CaptureEvent, Conversation, type Side } from './conversation.ts';
import { tcpPayload } from './ip-packet.ts';
import { ipOffset } from './link-layer.ts';
import type { Packet } from './packet.ts';
import { tcpSegment } from './tcp-segment.ts';

/** Connections followed at the same time; the one that was silent longest makes room. */
const MAX_CONVERSATIONS = 4096;

export class Capture {
  readonly #port: number;
  readonly #emit: (event: CaptureEvent) => void;
  /** In the order of their last segment. */
  readonly #conversations = new Map<string, Conversation>();
  /** Packets that were passed over, by the reason in a few words. */
  readonly passedOver = new Map<string, number>();
  packets = 0;

  constructor(port: number, emit: (event: CaptureEvent) => void) {
    this.#port = port;
    this.#emit = emit;
  }

  push(packet: Packet): void {
    this.packets++;
    const reason = this.#take(packet);
    if (reason !== undefined) this.passedOver.set(reason, (this.passedOver.get(reason) ?? 0) + 1);
  }

  /** Nothing more comes. */
  end(): void {
    for (const conversation of this.#conversations.values()) conversation.end();
    this.#conversations.clear();
  }

  /** Why the packet was passed over, if it was. */
  #take({ linkType, bytes, time }: Packet): string | undefined {
    const at = ipOffset(linkType, bytes);
    if (typeof at === 'string') return at;
    const payload = tcpPayload(bytes, at);
    if (typeof payload === 'string') return payload;
    const segment = tcpSegment(bytes, payload);
    if (typeof segment === 'string') return segment;
    const { sourcePort, destinationPort } = segment;
    if (sourcePort !== this.#port && destinationPort !== this.#port) return `not on port ${this.#port}`;
    const source = endText(payload.source, sourcePort);
    const destination = endText(payload.destination, destinationPort);
    const side: Side = source < destination ? 0 : 1;
    const ends = side === 0 ? ([source, destination] as const) : ([destination, source] as const);
    const key = ends.join(' ');

    let conversation = this.#conversations.get(key);
    this.#conversations.delete(key);
    if (conversation?.isSucceededBy(side, segment)) {
      conversation.end();
      conversation = undefined;
    }
    conversation ??= new Conversation(ends, this.#emit);
    this.#conversations.set(key, conversation);
    if (this.#conversations.size > MAX_CONVERSATIONS) this.#endOldest();
    conversation.push(side, segment, time);
    return undefined;
  }

  #endOldest(): void {
    const [oldest] = this.#conversations;
    oldest[1].end();
    this.#conversations.delete(oldest[0]);
  }
}

function endText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
