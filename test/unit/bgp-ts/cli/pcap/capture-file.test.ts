import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCapture } from '../../../../../src/bgp-ts/cli/pcap/capture-file.ts';
import { type CaptureItem, formatTime } from '../../../../../src/bgp-ts/cli/pcap/packet.ts';
import { concat, u16, u32 } from '../../../../../src/bgp-ts/wire/bytes.ts';
import { hex, toHex } from '../../wire/hex.ts';
import { block, chunks, pcap, START } from './build.ts';

async function read(bytes: Uint8Array, size?: number): Promise<CaptureItem[]> {
  const items: CaptureItem[] = [];
  for await (const item of readCapture(chunks(bytes, size))) items.push(item);
  return items;
}

const gist = (items: readonly CaptureItem[]) =>
  items.map((item) =>
    'reason' in item
      ? `${item.offset}: ${item.reason}`
      : `${item.linkType} ${formatTime(item.time)} ${toHex(item.bytes)}`,
  );

const frames = [hex('aabbcc'), hex(''), hex('dd')];

describe('pcap', () => {
  it.each([
    { little: false, nanoseconds: false },
    { little: true, nanoseconds: false },
    { little: false, nanoseconds: true },
    { little: true, nanoseconds: true },
  ])('%j', async (options) => {
    const file = pcap(frames, { ...options, linkType: 1 });
    for (const size of [1, 7, file.length]) {
      expect(gist(await read(file, size))).toEqual([
        '1 2026-11-03T10:00:00.000000Z aabbcc',
        '1 2026-11-03T10:00:00.001000Z ',
        '1 2026-11-03T10:00:00.002000Z dd',
      ]);
    }
  });

  it('has nanoseconds where there are some', () => {
    expect(formatTime({ seconds: START, nanoseconds: 1 })).toBe('2026-11-03T10:00:00.000000001Z');
  });

  it('says how one is read that is compressed', async () => {
    expect(await read(gzipSync(pcap(frames)))).toEqual([
      { offset: 0, reason: 'this is compressed with gzip: zcat FILE | bgp-ts decode --pcap - reads it' },
    ]);
  });

  it('says where it is cut', async () => {
    const file = pcap(frames);
    const reasons: Record<number, string> = {};
    for (let end = 0; end < file.length; end++) {
      const last = (await read(file.subarray(0, end))).at(-1);
      if (last !== undefined && 'reason' in last) reasons[end] = `${last.offset}: ${last.reason}`;
    }
    expect(reasons[3]).toBe('0: this is neither pcap nor pcapng');
    expect(reasons[4]).toBe('0: the file header is cut');
    expect(reasons[23]).toBe('0: the file header is cut');
    expect(reasons[24]).toBeUndefined();
    expect(reasons[25]).toBe('24: a record header is cut');
    expect(reasons[40]).toBe('24: a record is cut');
    expect(reasons[43]).toBeUndefined();
    expect(reasons[file.length - 1]).toBe('59: a record is cut');
  });

  it('believes no length above what a capture can hold', async () => {
    const file = pcap([]);
    const record = Uint8Array.of(...u32(START), ...u32(0), ...u32(262145), ...u32(262145));
    expect(gist(await read(concat([file, record])))).toEqual(['24: a record says that it holds 262145 octets']);
  });
});

/** Section header, and an interface of link type 1 with the options given. */
const section = (little = false) => {
  const order = (octets: number[]) => (little ? [...octets].reverse() : octets);
  return block(
    0x0a0d0d0a,
    Uint8Array.of(...order(u32(0x1a2b3c4d)), ...order(u16(1)), ...order(u16(0)), ...hex('ffffffffffffffff')),
    little,
  );
};
const ethernetInterface = (options = '', snapLength = 0) =>
  block(1, concat([hex('0001 0000'), Uint8Array.from(u32(snapLength)), hex(options)]));

function enhanced(units: bigint, data: Uint8Array, number = 0): Uint8Array {
  const time = [...u32(Number(units >> 32n)), ...u32(Number(units & 0xffffffffn))];
  const head = Uint8Array.of(...u32(number), ...time, ...u32(data.length), ...u32(data.length));
  return block(6, concat([head, data]));
}

describe('pcapng', () => {
  it('reads packets of every kind, in units of every kind, and passes over what else there is', async () => {
    const simple = block(3, concat([Uint8Array.from(u32(3)), hex('aabbcc')]));
    const old = block(
      2,
      concat([hex('0001 0000'), Uint8Array.of(...u32(0), ...u32(64), ...u32(1), ...u32(1)), hex('ee')]),
    );
    const file = concat([
      section(),
      ethernetInterface('0002 0003 6c6f3000 0009 0001 09000000 0000 0000', 2),
      block(0xbad, hex('010203')),
      enhanced(BigInt(START) * 1_000_000_000n + 5n, hex('aabbcc')),
      simple,
      block(1, hex('0071 0000 00000000 0009 0001 86000000')),
      old,
      section(),
      ethernetInterface(),
      enhanced(BigInt(START) * 1_000_000n + 5n, hex('dd')),
    ]);
    for (const size of [1, 5, file.length]) {
      expect(gist(await read(file, size))).toEqual([
        '1 2026-11-03T10:00:00.000000005Z aabbcc',
        '1 1970-01-01T00:00:00.000000Z aabb',
        '113 1970-01-01T00:00:01.000000Z ee',
        '1 2026-11-03T10:00:00.000005Z dd',
      ]);
    }
  });

  it('reads the other byte order', async () => {
    const time = BigInt(START) * 1_000_000n;
    const little = (value: number) => [...u32(value)].reverse();
    const head = [
      ...little(0),
      ...little(Number(time >> 32n)),
      ...little(Number(time & 0xffffffffn)),
      ...little(1),
      ...little(1),
    ];
    const file = concat([
      section(true),
      block(1, hex('0100 0000 00000000'), true),
      block(6, concat([Uint8Array.from(head), hex('aa')]), true),
    ]);
    expect(gist(await read(file))).toEqual(['1 2026-11-03T10:00:00.000000Z aa']);
  });

  it('keeps within what a date can say', async () => {
    const file = concat([
      section(),
      block(1, hex('0001 0000 00000000 0009 0001 00000000')),
      enhanced(2n ** 64n - 1n, hex('aa')),
    ]);
    expect(gist(await read(file))).toEqual(['1 9999-12-31T23:59:59.000000Z aa']);
  });

  it.each([
    ['0a0d0d0a', '0: the section header has no byte order'],
    ['0a0d0d0a 0000001c 00000000', '0: the section header has no byte order'],
    ['0a0d0d0a 0000001c 1a2b3c4d', '0: the section header is cut'],
    ['0a0d0d0a 00000008 1a2b3c4d', '0: the section header is cut'],
  ])('%s', async (octets, reason) => {
    expect(gist(await read(hex(octets)))).toEqual([reason]);
  });

  it.each([
    ['0000', 'a block is cut'],
    ['00000006', 'a block is cut'],
    ['00000006 0000000d', 'a block has the length 13'],
    ['00000006 00000008', 'a block has the length 8'],
    ['00000006 00000010 0000', 'a block is cut'],
    ['00000006 7ffffffc', 'a block of type 6 says that it has 2147483644 octets'],
    ['00000bad 00000010 0000', 'a block is cut'],
    ['00000001 00000010 00010000 00000010', 'an interface description is cut'],
    ['00000006 00000010 00000000 00000010', 'a packet block of type 6 does not add up'],
    ['00000003 0000000c 0000000c', 'a packet block of type 3 does not add up'],
    ['00000003 00000010 00000009 00000010', 'a packet block of type 3 does not add up'],
    [`00000006 00000020 00000001 ${'00'.repeat(16)} 00000020`, 'a packet block of type 6 does not add up'],
    [
      `00000006 00000020 00000000 00000000 00000000 00000009 00000009 00000020`,
      'a packet block of type 6 does not add up',
    ],
  ])('%s: %s', async (octets, reason) => {
    const before = concat([section(), ethernetInterface()]);
    expect(gist(await read(concat([before, hex(octets)])))).toEqual([`${before.length}: ${reason}`]);
  });

  it('a simple packet needs an interface, and interfaces are not without number', async () => {
    expect(gist(await read(concat([section(), block(3, hex('00000001 aa'))])))).toEqual([
      '28: a packet block of type 3 does not add up',
    ]);
    const many = concat([section(), ...Array.from({ length: 4097 }, () => ethernetInterface())]);
    expect(gist(await read(many)).at(-1)).toMatch(/: there are too many interfaces$/);
  });
});

it('whatever the octets, a capture gives packets and at most one fault, which is the last', async () => {
  const seeds = [pcap(frames), concat([section(), ethernetInterface(), enhanced(1n, hex('aabb'))])];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }),
      fc.nat(),
      async (seed, changes, cut) => {
        const bytes = seed.slice(0, cut % (seed.length + 1));
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        const items = await read(bytes);
        expect(items.slice(0, -1).every((item) => !('reason' in item))).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
