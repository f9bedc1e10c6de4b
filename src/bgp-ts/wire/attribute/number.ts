import { readU32, u32 } from '../bytes.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import type { AttributeCodec } from './codec.ts';
import { wrongLength } from './malformed.ts';

/** An attribute that is one unsigned 32-bit number; `name` begins the code of its fault. */
export function numberAttribute(name: string): AttributeCodec<number> {
  return {
    decode(bytes, start, end) {
      return end - start === 4 ? ok(readU32(bytes, start)) : wrongLength(name, start, end, 4);
    },
    encode(value) {
      return Uint8Array.from(u32(checkUint(name, value, 0xffffffff)));
    },
  };
}
