/** All promises about one input, in turn; the first that is broken is thrown as {@link Broken}. */
import { getHeapStatistics } from 'node:v8';
import { MessageType } from '../../../src/bgp-ts/wire/constants.ts';
import { decodeMessage } from '../../../src/bgp-ts/wire/message/message.ts';
import { emptyLayout, locateUpdate } from '../../../src/bgp-ts/wire/update-layout.ts';
import { contexts, type Input } from '../input.ts';
import { randomFrom } from '../random.ts';
import { Broken } from './broken.ts';
import { checkCodec } from './codec.ts';
import { checkIngest } from './ingest.ts';
import { checkExplanation, checkNegotiation } from './readers.ts';
import { Rig } from './rig.ts';
import { checkSplit } from './split.ts';
import { checkStream } from './stream.ts';
import { checkEncoder } from './values.ts';

/** What one input did. */
export interface Report {
  readonly messages: number;
  /** Messages decoded without any fault. */
  readonly accepted: number;
  /** Milliseconds that decoding and the way in took. */
  readonly time: number;
  /** Stable names of what the decoders found: for telling inputs apart that run the same branches. */
  readonly features: readonly string[];
}

/** Octets of heap that decoding, encoding and checking may take for each octet of input, and in any case. */
const HEAP_PER_OCTET = 20_000;
const HEAP_ANYWAY = 64 << 20;

export interface CheckerOptions {
  /** Explain every message, and not one in five: that costs more than all else together. */
  readonly thorough: boolean;
}

export class Checker {
  readonly #options: CheckerOptions;
  #rig: Rig | undefined;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** Checks `input`. Throws {@link Broken}, after which the next input meets a new table. */
  check(input: Input): Report {
    const rig = this.#rig ?? new Rig(1);
    this.#rig = undefined;
    const before = getHeapStatistics().total_allocated_bytes;
    const report = run(rig, input, this.#options);
    const taken = getHeapStatistics().total_allocated_bytes - before;
    if (taken > HEAP_ANYWAY + HEAP_PER_OCTET * input.bytes.length) {
      throw new Broken('memory', `${taken} octets of heap for ${input.bytes.length} octets of input`);
    }
    this.#rig = rig;
    return report;
  }
}

function run(rig: Rig, { bytes, context }: Input, { thorough }: CheckerOptions): Report {
  const ctx = contexts[context];
  // of the input alone, so that a find is found again
  const seed = bytes.reduce((sum, octet) => (Math.imul(sum, 31) + octet) | 0, bytes.length);
  const random = randomFrom(seed);
  const messages = checkStream(bytes, ctx.extendedMessages, random);
  const features = new Set<string>();
  let accepted = 0;
  let time = -rig.spent;
  // a stream that breaks off at once is still a message to the decoder
  for (const message of messages.length === 0 ? [bytes] : messages) {
    const { message: decoded, faults } = checkCodec(message, ctx);
    const start = performance.now();
    decodeMessage(message, ctx);
    time += performance.now() - start;
    for (const { code } of faults) features.add(`${context} ${code}`);
    if (message[18] === MessageType.Update && message.length >= 23) checkRoutes(message);
    if (thorough || random.chance(0.2)) checkExplanation(message, ctx);
    if (decoded === undefined || faults.length > 0) continue;
    accepted++;
    features.add(`${context} ${decoded.kind}`);
    if (decoded.kind === 'update')
      for (const key of Object.keys(decoded.value.attributes)) features.add(`${context} ${key}`);
    checkEncoder(decoded, ctx, random);
    checkNegotiation(decoded);
  }
  // a stream of its own: how many choices were made before depends on the options
  checkIngest(rig, messages, ctx, randomFrom(~seed));
  time += rig.spent;
  return { messages: messages.length, accepted, time, features: [...features] };
}

/** The EVPN fields of an UPDATE. */
function checkRoutes(bytes: Uint8Array): void {
  const layout = emptyLayout();
  locateUpdate(bytes, 0, bytes.length, layout);
  const { reachHeader, reachValue, reachEnd, unreachHeader, unreachValue, unreachEnd } = layout;
  if (unreachHeader >= 0 && unreachValue + 3 <= unreachEnd) checkSplit(bytes, unreachValue + 3, unreachEnd);
  if (reachHeader < 0 || reachValue + 4 > reachEnd) return;
  const nlri = reachValue + 5 + bytes[reachValue + 3];
  if (nlri <= reachEnd) checkSplit(bytes, nlri, reachEnd);
}
