/** The hot path's look at EVPN NLRI and the decoder's see the same routes, the same faults and the same keys. */
import { isDeepStrictEqual } from 'node:util';
import { concat, toHex } from '../../../src/bgp-ts/wire/bytes.ts';
import { evpn } from '../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { joinEvpn, keyEvpn, splitEvpn } from '../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptySplit } from '../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../../../src/bgp-ts/wire/nlri/fault.ts';
import { Broken, mayNotThrow } from './broken.ts';

/** Walks the EVPN NLRI field `bytes[start, end)`. */
export function checkSplit(bytes: Uint8Array, start: number, end: number): void {
  const split = emptySplit();
  for (let at = start; at < end; ) {
    const code = mayNotThrow('split-throws', () => splitEvpn(bytes, at, end, split));
    const read = mayNotThrow('decode-throws', () => evpn.read(bytes, at, end));
    const nlri = toHex(bytes, at, Math.min(end, at + 80));
    const readCode = read.ok ? NlriFaultCode.None : read.code;
    if (code !== readCode) throw new Broken('split-judges', `fault ${code}, the decoder ${readCode}, for ${nlri}`);
    if (code === NlriFaultCode.Overrun) return;
    const { type, next, valueStart, midStart, midLength, tailStart, tailLength } = split;
    if (next !== read.next) throw new Broken('split-next', `next is ${next}, the decoder's ${read.next}, for ${nlri}`);
    if (code === NlriFaultCode.None) {
      const ordered =
        valueStart <= midStart && midStart + midLength <= tailStart && tailStart + tailLength === next && next <= end;
      if (!ordered) throw new Broken('split-order', `${JSON.stringify(split)} for ${nlri}`);
      const rider = concat([
        bytes.subarray(midStart, midStart + midLength),
        bytes.subarray(tailStart, tailStart + tailLength),
      ]);
      const joined = mayNotThrow('join-throws', () => joinEvpn(type, keyEvpn(bytes, at, next), rider));
      if (!isDeepStrictEqual(joined, bytes.slice(at, next)))
        throw new Broken('split-join', `${nlri} came back as ${toHex(joined)}`);
      if (read.ok) {
        const written = mayNotThrow('encode-accepted', () => evpn.write(read.nlri));
        if (!isDeepStrictEqual(written, bytes.slice(at, next))) {
          throw new Broken('nlri-reencoded', `${nlri} came back as ${toHex(written)}`);
        }
      }
    }
    at = next;
  }
}
