/** A stream gives the same messages, and the same fault, wherever it is cut. */
import { isDeepStrictEqual } from 'node:util';
import { toHex } from '../../../src/bgp-ts/wire/bytes.ts';
import { MAX_EXTENDED_MESSAGE_LENGTH } from '../../../src/bgp-ts/wire/constants.ts';
import type { Fault } from '../../../src/bgp-ts/wire/fault.ts';
import { Framer } from '../../../src/bgp-ts/wire/framer.ts';
import type { Random } from '../random.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { show } from './show.ts';

interface Framed {
  readonly messages: Uint8Array[];
  readonly fault: Pick<Fault, 'code' | 'notification'> | undefined;
}

function frame(chunks: readonly Uint8Array[], extended: boolean): Framed {
  const framer = new Framer();
  framer.extended = extended;
  const messages: Uint8Array[] = [];
  for (const chunk of chunks) {
    const fault = framer.push(chunk, (bytes, start, end) => {
      messages.push(bytes.slice(start, end));
    });
    if (framer.pending > MAX_EXTENDED_MESSAGE_LENGTH) throw new Broken('framer-hoards', `${framer.pending} octets`);
    if (fault !== undefined) return { messages, fault: { code: fault.code, notification: fault.notification } };
  }
  return { messages, fault: undefined };
}

/** Answers the messages of the stream. */
export function checkStream(bytes: Uint8Array, extended: boolean, random: Random): readonly Uint8Array[] {
  const whole = mayNotThrow('framer-throws', () => frame([bytes], extended));
  const chunks: Uint8Array[] = [];
  const step = random.chance(0.2) && bytes.length < 400 ? 1 : 1 + random.below(Math.max(1, bytes.length));
  for (let at = 0; at < bytes.length; ) {
    const next = Math.min(bytes.length, at + (step === 1 ? 1 : 1 + random.below(step)));
    chunks.push(bytes.subarray(at, next));
    at = next;
  }
  const cut = mayNotThrow('framer-throws', () => frame(chunks, extended));
  if (!isDeepStrictEqual(whole, cut)) {
    const lengths = chunks.map((chunk) => chunk.length).join('+');
    const brief = ({ messages, fault }: Framed) =>
      show([messages.map((message) => toHex(message.subarray(0, 40))), fault]);
    throw new Broken('framer-cuts', `cut as ${lengths}: ${brief(cut)} instead of ${brief(whole)}`);
  }
  return whole.messages;
}
