import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../../src/bgp-ts/wire/fault.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { hex, toHex } from './hex.ts';

const marker = 'ff'.repeat(16);
const keepalive = `${marker}001304`;
const update = `${marker}00170200000000`;
const open = `${marker}001d0104fde8005ac0a8010100`;
const notification = `${marker}0015030602`;
const refresh = `${marker}00170500190046`;
const stream = hex(open + keepalive + update + refresh + notification);

interface Seen {
  readonly messages: string[];
  readonly fault: Fault | undefined;
}

function feed(framer: Framer, chunks: readonly Uint8Array[]): Seen {
  const messages: string[] = [];
  let fault: Fault | undefined;
  for (const chunk of chunks) {
    fault ??= framer.push(chunk, (bytes, start, end, type) => {
      expect(bytes[start + 18]).toBe(type);
      messages.push(toHex(bytes, start, end));
    });
  }
  return { messages, fault };
}

describe('a stream', () => {
  const expected = [open, keepalive, update, refresh, notification];

  it('is cut into its messages', () => {
    expect(feed(new Framer(), [stream])).toEqual({ messages: expected, fault: undefined });
  });

  it('gives the same messages split at any octet', () => {
    for (let at = 0; at <= stream.length; at++) {
      const seen = feed(new Framer(), [stream.subarray(0, at), stream.subarray(at)]);
      expect(seen, `split at ${at}`).toEqual({ messages: expected, fault: undefined });
    }
  });

  it('gives the same messages octet by octet and in threes', () => {
    for (const size of [1, 3, 20]) {
      const chunks = [];
      for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
      expect(feed(new Framer(), chunks)).toEqual({ messages: expected, fault: undefined });
    }
  });

  it('is reported in place where a message lies whole in its chunk', () => {
    const framer = new Framer();
    framer.push(stream, (bytes) => {
      expect(bytes).toBe(stream);
    });
    expect(framer.pending).toBe(0);
  });

  it('keeps no more than the cut message', () => {
    const framer = new Framer();
    expect(feed(framer, [hex(keepalive + update.slice(0, -2))]).messages).toEqual([keepalive]);
    expect(framer.pending).toBe(22);
  });

  it('holds a message larger than its first buffer', () => {
    const large = hex(`${marker}100002${'0000'}${'0000'}${'00'.repeat(4096 - 23)}`);
    for (const at of [18, 19, 700, 4095]) {
      const seen = feed(new Framer(), [large.subarray(0, at), large.subarray(at)]);
      expect(seen.messages).toEqual([toHex(large)]);
    }
  });

  it('ends where its reader says so', () => {
    for (const chunks of [[stream], [stream.subarray(0, 5), stream.subarray(5)]]) {
      const framer = new Framer();
      let count = 0;
      for (const chunk of chunks) framer.push(chunk, () => ++count < 1);
      expect(count).toBe(1);
      expect(framer.push(hex(keepalive), () => expect.unreachable())).toBeUndefined();
      expect(framer.pending).toBe(0);
    }
  });
});

describe('a bad header', () => {
  // code, octets, NOTIFICATION subcode, its data
  const cases: [string, string, number, string][] = [
    ['header-marker', `${'ff'.repeat(15)}fe001304`, 1, ''],
    ['header-marker', `00${'ff'.repeat(15)}001304`, 1, ''],
    ['header-length', `${marker}001204`, 2, '0012'], // below the header itself
    ['header-length', `${marker}001404ff`, 2, '0014'], // KEEPALIVE is its header
    ['header-length', `${marker}001c01`, 2, '001c'], // OPEN of 28
    ['header-length', `${marker}001602`, 2, '0016'], // UPDATE of 22
    ['header-length', `${marker}001403`, 2, '0014'], // NOTIFICATION of 20
    ['header-length', `${marker}100102`, 2, '1001'], // 4097 without extended messages
    ['header-length', `${marker}001209`, 2, '0012'], // the length before the type
    ['header-type', `${marker}001300`, 3, '00'],
    ['header-type', `${marker}001306`, 3, '06'],
    ['header-type', `${marker}0013ff`, 3, 'ff'],
  ];

  it.each(cases)('%s: %s is NOTIFICATION 1/%i with data %j', (code, octets, subcode, data) => {
    for (const at of [0, 10, 19]) {
      const bytes = hex(keepalive + octets);
      const seen = feed(new Framer(), [bytes.subarray(0, 19 + at), bytes.subarray(19 + at)]);
      expect(seen.messages).toEqual([keepalive]);
      expect(seen.fault?.code).toBe(code);
      expect(seen.fault?.outcome).toBe('session-reset');
      expect(seen.fault?.notification).toEqual({ code: 1, subcode, data: hex(data) });
    }
  });

  it('ends the stream', () => {
    const framer = new Framer();
    feed(framer, [hex('00'.repeat(19))]);
    expect(feed(framer, [hex(keepalive)])).toEqual({ messages: [], fault: undefined });
  });
});

describe('extended messages (RFC 8654 §4)', () => {
  const long = (type: string, length: number) => {
    const bytes = hex(`${marker}${length.toString(16).padStart(4, '0')}${type}${'00'.repeat(length - 19)}`);
    return bytes;
  };

  it.each(['02', '03', '05'])('type %s may have 65,535 octets', (type) => {
    const framer = new Framer();
    framer.extended = true;
    const bytes = long(type, 65535);
    expect(feed(framer, [bytes.subarray(0, 40000), bytes.subarray(40000)]).messages).toEqual([toHex(bytes)]);
  });

  it.each(['01', '04'])('type %s may not', (type) => {
    const framer = new Framer();
    framer.extended = true;
    expect(feed(framer, [long(type, 4097)]).fault?.notification).toEqual({ code: 1, subcode: 2, data: hex('1001') });
  });

  it('applies from the message after the one in which it was set', () => {
    const framer = new Framer();
    const bytes = hex(keepalive + toHex(long('02', 5000)));
    let count = 0;
    const fault = framer.push(bytes, () => {
      framer.extended = true;
      count++;
    });
    expect([count, fault]).toEqual([2, undefined]);
  });
});
