/** Every octet of every small input, changed by a little: what chance takes long to hit, order does at once. */
import type { Input } from './input.ts';
import type { Random } from './random.ts';

const changes: readonly ((octet: number) => number)[] = [
  (octet) => octet + 1,
  (octet) => octet - 1,
  () => 0,
  () => 255,
  (octet) => octet ^ 0x80,
  (octet) => octet ^ 0x10,
  (octet) => octet * 2 + 1,
];
/** Longer inputs have nothing that shorter ones have not. */
const MAX_LENGTH = 400;
const MARKER_LENGTH = 16;

/** One change after the other, each over all inputs, beginning anywhere among them. */
export function* sweep(inputs: readonly Input[], random: Random): Generator<Input> {
  const small = inputs.filter(({ bytes }) => bytes.length <= MAX_LENGTH);
  for (const change of changes) {
    const first = random.below(Math.max(1, small.length));
    for (let i = 0; i < small.length; i++) {
      const { bytes, context } = small[(first + i) % small.length];
      for (let at = MARKER_LENGTH; at < bytes.length; at++) {
        const octet = change(bytes[at]) & 255;
        if (octet !== bytes[at]) yield { context, bytes: bytes.with(at, octet) };
      }
    }
  }
}
