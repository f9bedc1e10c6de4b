/** Two BGP speakers as a capture shows them: both directions put together, each message with how it is to be read. */
import { negotiate } from '../../session/negotiate.ts';
import { HEADER_LENGTH, MessageType } from '../../wire/constants.ts';
import type { DecodeContext } from '../../wire/context.ts';
import { decodeMessage } from '../../wire/message/message.ts';
import type { Open } from '../../wire/message/open.ts';
import { contextOf } from '../question.ts';
import { MessageCutter } from './message-cutter.ts';
import type { Timestamp } from './packet.ts';
import { Reassembly } from './reassembly.ts';
import type { TcpSegment } from './tcp-segment.ts';

/** One message, a gap, or a stretch that is no message, in the direction from `from` to `to`. */
export type CaptureEvent = { readonly time: Timestamp; readonly from: string; readonly to: string } & (
  | {
      readonly kind: 'message';
      /** Only lent for the time of the call. */
      readonly bytes: Uint8Array;
      /** As the two OPENs have it; undefined where not both were seen. */
      readonly context: DecodeContext | undefined;
    }
  | { readonly kind: 'gap' | 'skipped'; readonly octets: number }
);

export type Side = 0 | 1;

interface Direction {
  readonly reassembly: Reassembly;
  readonly cutter: MessageCutter;
  /** Number of the SYN. */
  initial: number | undefined;
  open: Open | undefined;
}

const other = (side: Side): Side => (side === 0 ? 1 : 0);

/** OPENs are read alike whatever they agree on. */
const openContext = contextOf({ asn4: true, external: false, addPath: [] });

export class Conversation {
  readonly #ends: readonly [string, string];
  readonly #emit: (event: CaptureEvent) => void;
  readonly #directions: readonly [Direction, Direction];
  #time: Timestamp = { seconds: 0, nanoseconds: 0 };

  /** `ends` are the two sides, `address:port`, in the order in which {@link Side} counts them. */
  constructor(ends: readonly [string, string], emit: (event: CaptureEvent) => void) {
    this.#ends = ends;
    this.#emit = emit;
    this.#directions = [this.#direction(0), this.#direction(1)];
  }

  /** Whether `segment` begins another connection between the same two ports. */
  isSucceededBy(side: Side, { syn, sequence }: TcpSegment): boolean {
    const { initial } = this.#directions[side];
    return syn && initial !== undefined && initial !== sequence;
  }

  push(side: Side, { sequence, syn, data, missing }: TcpSegment, time: Timestamp): void {
    const direction = this.#directions[side];
    // SYN takes the first number of the space itself (RFC 9293 §3.4)
    const first = syn ? (sequence + 1) >>> 0 : sequence;
    if (syn && direction.initial === undefined) {
      direction.initial = sequence;
      direction.reassembly.begin(first);
    }
    this.#time = time;
    if (data.length > 0) direction.reassembly.push(first, data, time);
    if (missing > 0) direction.reassembly.lose((first + data.length) >>> 0, missing, time);
  }

  /** Nothing more comes. */
  end(): void {
    for (const { reassembly, cutter } of this.#directions) {
      reassembly.end();
      cutter.end();
    }
  }

  #direction(side: Side): Direction {
    const report = (kind: 'gap' | 'skipped', octets: number) =>
      this.#emit({ kind, octets, time: this.#time, from: this.#ends[side], to: this.#ends[other(side)] });
    const cutter = new MessageCutter({
      message: (bytes) => this.#message(side, bytes),
      skipped: (octets) => report('skipped', octets),
    });
    const reassembly = new Reassembly({
      data: (bytes, time) => {
        this.#time = time;
        cutter.push(bytes);
      },
      gap: (octets, time) => {
        this.#time = time;
        report('gap', octets);
        cutter.gap();
      },
    });
    return { reassembly, cutter, initial: undefined, open: undefined };
  }

  #message(side: Side, bytes: Uint8Array): void {
    if (bytes[HEADER_LENGTH - 1] === MessageType.Open) {
      const { message } = decodeMessage(bytes, openContext);
      if (message?.kind === 'open') this.#directions[side].open = message.value;
    }
    this.#emit({
      kind: 'message',
      bytes,
      context: this.#context(side),
      time: this.#time,
      from: this.#ends[side],
      to: this.#ends[other(side)],
    });
  }

  /** How the receiver reads what `side` sends. */
  #context(side: Side): DecodeContext | undefined {
    const [sender, receiver] = [this.#directions[side].open, this.#directions[other(side)].open];
    return sender === undefined || receiver === undefined ? undefined : negotiate(receiver, sender).decode;
  }
}
