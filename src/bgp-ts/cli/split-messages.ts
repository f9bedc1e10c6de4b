import { HEADER_LENGTH } from '../wire/constants.ts';
import { messageLength } from '../wire/message/header.ts';

const MARKER_LENGTH = 16;

/**
 * The messages that stand one behind the other in `bytes`. One ends where its length says so and the marker of the next
 * follows, so that a single message with a wrong length stays whole and is explained as such.
 */
export function splitMessages(bytes: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  let start = 0;
  for (let next = nextMessage(bytes, start); next !== undefined; next = nextMessage(bytes, start)) {
    messages.push(bytes.subarray(start, next));
    start = next;
  }
  return [...messages, bytes.subarray(start)];
}

function nextMessage(bytes: Uint8Array, start: number): number | undefined {
  if (bytes.length - start < HEADER_LENGTH) return undefined;
  const length = messageLength(bytes, start);
  const next = start + length;
  if (length < HEADER_LENGTH || next + MARKER_LENGTH > bytes.length) return undefined;
  return bytes.subarray(next, next + MARKER_LENGTH).every((octet) => octet === 0xff) ? next : undefined;
}
