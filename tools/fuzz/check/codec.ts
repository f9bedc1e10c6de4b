/** Promises of the codec about one message, whatever its octets. */
import { isDeepStrictEqual } from 'node:util';
import { decodeAttributes } from '../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../src/bgp-ts/wire/attribute/encode.ts';
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../src/bgp-ts/wire/encode-error.ts';
import { hardest, type Outcome, outcomes } from '../../../src/bgp-ts/wire/fault.ts';
import {
  type DecodedMessage,
  decodeMessage,
  encodeMessage,
  type Message,
} from '../../../src/bgp-ts/wire/message/message.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { show } from './show.ts';

/** Octets that a fault's NOTIFICATION may add to what it quotes. */
const QUOTE_SLACK = 2;

/** Decodes `bytes`, and checks what came of it. */
export function checkCodec(bytes: Uint8Array, ctx: DecodeContext): DecodedMessage {
  const before = bytes.slice();
  const decoded = mayNotThrow('decode-throws', () => decodeMessage(bytes, ctx));
  if (!isDeepStrictEqual(before, bytes)) throw new Broken('decode-writes', 'the octets were changed by decoding');
  checkFaults(bytes, decoded);
  const { message, faults } = decoded;
  if (message === undefined) {
    if (faults.length === 0) throw new Broken('decode-silent', 'neither a message nor a fault');
  } else if (faults.length === 0) {
    checkAccepted(message, ctx, bytes.length);
  } else if (message.kind === 'update' && leavesRoutes(hardest(faults))) {
    checkDiscarded(message.value.attributes, ctx);
  }
  return decoded;
}

/** Whether an UPDATE's routes are used, with the attributes that were not discarded or passed over. */
function leavesRoutes(outcome: Outcome | undefined): boolean {
  return outcome === 'ignore' || outcome === 'attribute-discard';
}

function checkFaults(bytes: Uint8Array, { faults }: DecodedMessage): void {
  for (const fault of faults) {
    const { code, outcome, offset, notification, reason } = fault;
    const dataLimit = bytes.length + QUOTE_SLACK;
    const sound =
      /^[a-z0-9-]+$/.test(code) &&
      outcomes.includes(outcome) &&
      Number.isInteger(offset) &&
      offset >= 0 &&
      offset <= Math.max(bytes.length, 19) &&
      reason.length > 0 &&
      reason.length < 500 &&
      notification.data.length <= dataLimit;
    if (!sound) throw new Broken('fault-unsound', show(fault));
    const named = notification.code >= 1 && notification.code <= 8;
    if (!named && code !== 'notification-unrecognized') throw new Broken('fault-notification', show(fault));
  }
}

/** What was accepted has an encoding, which means the same and is its own encoding. */
function checkAccepted(message: Message, ctx: DecodeContext, length: number): void {
  const octets = encoded('encode-accepted', message, ctx, length);
  if (octets === undefined) return;
  const again = mayNotThrow('decode-throws', () => decodeMessage(octets, ctx));
  if (again.faults.length > 0) throw new Broken('reencoded-faulty', `${show(again.faults[0])} in ${show(message)}`);
  if (!isDeepStrictEqual(again.message, message)) {
    throw new Broken('reencoded-differs', `${show(message)} came back as ${show(again.message)}`);
  }
  const twice = encodeMessage(message, ctx);
  if (!isDeepStrictEqual(twice, octets)) throw new Broken('encode-unstable', show(message));
}

/** Undefined when the message is longer than it was and so longer than the session allows. */
function encoded(check: string, message: Message, ctx: DecodeContext, length: number): Uint8Array | undefined {
  try {
    return encodeMessage(message, ctx);
  } catch (error) {
    // AS_PATH and AS4_PATH merged are written anew, which may take more room than what came
    const outgrown = error instanceof EncodeError && /exceeds|Attribute Length|length of attribute/.test(error.message);
    if (outgrown && length > 2048) return undefined;
    throw new Broken(check, `${(error as Error).stack} for ${show(message)}`);
  }
}

/** RFC 7606 §2, attribute discard: the others go on, and so must re-parse. */
function checkDiscarded(attributes: Parameters<typeof encodeAttributes>[0], ctx: DecodeContext): void {
  const octets = mayNotThrow('encode-discarded', () => encodeAttributes(attributes, ctx));
  const again = mayNotThrow('decode-throws', () => decodeAttributes(octets, 0, octets.length, ctx));
  if (again.faults.length > 0) throw new Broken('discarded-faulty', `${show(again.faults[0])} in ${show(attributes)}`);
  if (!isDeepStrictEqual(again.attributes, attributes)) {
    throw new Broken('discarded-differs', `${show(attributes)} came back as ${show(again.attributes)}`);
  }
}
