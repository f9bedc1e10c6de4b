import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageCutter } from '../../../../../src/bgp-ts/cli/pcap/message-cutter.ts';
import { Reassembly } from '../../../../../src/bgp-ts/cli/pcap/reassembly.ts';
import { concat } from '../../../../../src/bgp-ts/wire/bytes.ts';
import { hex, toHex } from '../../wire/hex.ts';
import { keepalive, marker, message } from './build.ts';

const at = (seconds: number) => ({ seconds, nanoseconds: 0 });

function stream() {
  const seen: string[] = [];
  const reassembly = new Reassembly({
    data: (bytes) => seen.push(toHex(bytes)),
    gap: (octets) => seen.push(`gap ${octets}`),
  });
  return { reassembly, seen };
}

describe('a direction put together', () => {
  it('leaves out what came before, and takes what is new of an overlap', () => {
    const { reassembly, seen } = stream();
    reassembly.begin(0xfffffffe);
    reassembly.push(0xfffffffe, hex('0102'), at(0));
    reassembly.push(0xfffffffe, hex('0102'), at(0));
    reassembly.push(0xffffffff, hex('ff0304'), at(0));
    reassembly.push(0, hex('ff'), at(0));
    expect(seen).toEqual(['0102', '0304']);
  });

  it('lets wait what comes too early', () => {
    const { reassembly, seen } = stream();
    reassembly.begin(10);
    reassembly.push(14, hex('05'), at(0));
    reassembly.push(12, hex('0304'), at(0));
    reassembly.push(12, hex('03'), at(0));
    reassembly.push(12, hex('030405'), at(0));
    expect(seen).toEqual([]);
    reassembly.push(10, hex('0102'), at(0));
    expect(seen.join('')).toBe('0102030405');
    reassembly.end();
    expect(seen.join('')).toBe('0102030405');
  });

  it('begins with the first segment where no SYN was seen', () => {
    const { reassembly, seen } = stream();
    reassembly.push(1000, hex('01'), at(0));
    reassembly.push(999, hex('00'), at(0));
    expect(seen).toEqual(['01']);
  });

  it('goes on behind a gap that nobody fills in five seconds', () => {
    const { reassembly, seen } = stream();
    reassembly.begin(0);
    reassembly.push(3, hex('04'), at(10));
    reassembly.push(4, hex('05'), at(15));
    expect(seen).toEqual([]);
    reassembly.push(5, hex('06'), at(16));
    expect(seen).toEqual(['gap 3', '04', '05', '06']);
  });

  it('goes on when too much waits', () => {
    for (const [segments, size] of [
      [1025, 1],
      [17, 65536],
    ]) {
      const { reassembly, seen } = stream();
      reassembly.begin(0);
      for (let i = 0; i < segments; i++) reassembly.push(1 + i * size, new Uint8Array(size), at(0));
      expect(seen[0]).toBe('gap 1');
      expect(seen.slice(1).join('').length).toBe(2 * segments * size);
    }
  });

  it('gives out at the end what waits', () => {
    const { reassembly, seen } = stream();
    reassembly.begin(0);
    reassembly.push(9, hex('0a'), at(0));
    reassembly.push(5, hex('06'), at(0));
    reassembly.end();
    expect(seen).toEqual(['gap 5', '06', 'gap 3', '0a']);
  });

  it('is told what was sent and not captured', () => {
    const { reassembly, seen } = stream();
    reassembly.lose(0, 0, at(0));
    reassembly.push(0, hex('01'), at(0));
    reassembly.push(4, hex('05'), at(0));
    reassembly.lose(2, 1, at(0));
    expect(seen).toEqual(['01']);
    reassembly.lose(1, 3, at(0));
    expect(seen).toEqual(['01', 'gap 3', '05']);
  });

  it('is the same for every order, every cut and every repetition of its segments', () => {
    const whole = Uint8Array.from({ length: 60 }, (_, i) => i);
    const pieces = fc.array(fc.tuple(fc.nat(59), fc.integer({ min: 1, max: 12 })), { maxLength: 30 });
    fc.assert(
      fc.property(pieces, fc.nat(0xffffffff), (extra, initial) => {
        const { reassembly, seen } = stream();
        reassembly.begin(initial);
        const all = [...extra, ...Array.from({ length: 10 }, (_, i): [number, number] => [54 - 6 * i, 6])];
        for (const [start, length] of all) {
          reassembly.push((initial + start) >>> 0, whole.subarray(start, start + length), at(0));
        }
        reassembly.end();
        expect(seen.join('')).toBe(toHex(whole));
      }),
    );
  });
});

function cutter() {
  const seen: string[] = [];
  const cut = new MessageCutter({
    message: (bytes) => seen.push(toHex(bytes, 18)),
    skipped: (octets) => seen.push(`skipped ${octets}`),
  });
  return { cut, seen };
}

describe('messages cut from a stream', () => {
  const update = message(2, '0000 0000');
  const both = concat([keepalive, update, keepalive]);

  it('however it is split', () => {
    for (let size = 1; size <= both.length; size++) {
      const { cut, seen } = cutter();
      for (let i = 0; i < both.length; i += size) cut.push(both.subarray(i, i + size));
      cut.end();
      expect(seen).toEqual(['04', '0200000000', '04']);
    }
  });

  it('go on at the next marker where a header is none', () => {
    const { cut, seen } = cutter();
    cut.push(concat([keepalive, hex('00112233'), keepalive, hex(`${marker} 0012 04`), hex('ffff'), update]));
    cut.end();
    expect(seen).toEqual(['04', 'skipped 4', '04', 'skipped 21', '0200000000']);
  });

  it('begin with the first whole one, whatever is before it and however it is split', () => {
    const tail = update.subarray(7);
    const octets = concat([tail, keepalive, update]);
    for (let size = 1; size <= octets.length; size++) {
      const { cut, seen } = cutter();
      for (let i = 0; i < octets.length; i += size) cut.push(octets.subarray(i, i + size));
      expect(seen).toEqual([`skipped ${tail.length}`, '04', '0200000000']);
    }
  });

  it('go on behind a gap', () => {
    const { cut, seen } = cutter();
    cut.push(update.subarray(0, 20));
    cut.gap();
    cut.push(hex('abcdef'));
    cut.push(keepalive);
    cut.push(update.subarray(0, 9));
    cut.end();
    expect(seen).toEqual(['skipped 23', '04', 'skipped 9']);
  });

  it('a header of a type that nobody knows is one in a stream, and none in the middle of octets', () => {
    const strange = message(77, '');
    const { cut, seen } = cutter();
    cut.push(concat([strange, hex('00'), strange, keepalive]));
    expect(seen).toEqual(['4d', 'skipped 20', '04']);
  });
});
