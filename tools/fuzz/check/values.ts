/** Encoders refuse what has no encoding with an EncodeError and nothing else, and what they write can be read. */
import type { DecodeContext } from '../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../src/bgp-ts/wire/encode-error.ts';
import { decodeMessage, encodeMessage, type Message } from '../../../src/bgp-ts/wire/message/message.ts';
import type { Random } from '../random.ts';
import { Broken, mayNotThrow } from './broken.ts';
import { show } from './show.ts';

const numbers = [-1, 0.5, Number.NaN, 2 ** 32, 2 ** 53, Infinity, 255, 256, 65_535, 65_536, 0, 0xffffffff];
const texts = [
  '',
  'x',
  '0',
  '::',
  '10.0.0.1',
  '1.2.3',
  'fe80::1%eth0',
  '00',
  '0g',
  '10.0.0.0/33',
  'aa:bb',
  '1:2',
  '\u0000',
  '4294967296:1',
];

/** `value` with one leaf exchanged for one of its own type; what tells variants apart is left alone. */
function disturbed(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return random.pick(numbers);
  if (typeof value === 'string') return random.pick(texts);
  if (typeof value === 'boolean' || value === null || value === undefined) return value;
  if (value instanceof Uint8Array) return random.octets(random.below(300));
  if (Array.isArray(value)) {
    if (value.length === 0 || random.chance(0.1)) return [];
    if (random.chance(0.1)) return Array.from({ length: 300 }, () => value[0]);
    const at = random.below(value.length);
    return value.with(at, disturbed(value[at], random));
  }
  const keys = Object.keys(value).filter((key) => key !== 'kind' && key !== 'type' && key !== 'family');
  if (keys.length === 0) return value;
  const key = random.pick(keys);
  return { ...value, [key]: disturbed((value as Record<string, unknown>)[key], random) };
}

/** Tries encoding `message` with one value in it that may be impossible. */
export function checkEncoder(message: Message, ctx: DecodeContext, random: Random): void {
  if (message.kind === 'keepalive') return;
  // of the right shape, and of types that a caller in JavaScript can get wrong no more than one in TypeScript
  const wrong = { kind: message.kind, value: disturbed(message.value, random) } as Message;
  let octets: Uint8Array;
  try {
    octets = encodeMessage(wrong, ctx);
  } catch (error) {
    if (error instanceof EncodeError) return;
    throw new Broken('encoder-throws', `${(error as Error).stack} for ${show(wrong)}`);
  }
  mayNotThrow('decode-throws', () => decodeMessage(octets, ctx));
}
