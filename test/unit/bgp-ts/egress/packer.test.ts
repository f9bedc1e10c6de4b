import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concerns, type EncodedBatch, NOTHING, RUN } from '../../../../src/bgp-ts/egress/encoded-batch.ts';
import type { NeighbourClass } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import { Packer } from '../../../../src/bgp-ts/egress/packer.ts';
import type { Source } from '../../../../src/bgp-ts/rib/source.ts';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { EvpnNlri } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { keyEvpn } from '../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { encodeNlri } from '../../../../src/bgp-ts/wire/nlri/registry.ts';
import { announcement, local, macIp, plain, rib, sourceOf, updateOf, withdrawal } from '../rib/kit.ts';
import { hex, toHex } from '../wire/hex.ts';
import { announcedRoute } from '../wire/nlri/arbitrary.ts';

const clients: NeighbourClass = { kind: 'client', asn4: true, maxMessage: 4096, localAsn: 65000, index: 0 };
const large: NeighbourClass = { ...clients, maxMessage: 65_535, index: 1 };
const replicas: NeighbourClass = { ...clients, kind: 'non-client', index: 2 };

function setUp() {
  const t = rib();
  const packer = new Packer({ family: Family.Evpn }, { ...t, outbound: (set, to) => outboundForm(set, to, local) });
  const changes = { destinations: new Int32Array(4096), oldSets: new Int32Array(4096), length: 0 };
  return {
    ...t,
    packer,
    /** One decision, encoded for these classes. */
    decided(...classes: NeighbourClass[]): EncodedBatch[] {
      t.table.decide(4096, changes);
      const { oldSets, length } = changes;
      const batches = classes.map((to) => packer.packChanges(to, t.table.version, changes));
      for (let i = 0; i < length; i++) if ((oldSets[i] as number) >= 0) t.attributes.release(oldSets[i] as number);
      return batches;
    },
  };
}

interface Sent {
  readonly audience: number;
  readonly bytes: Uint8Array;
}

/** Messages with who reads them; checks that runs cover the batch and count its messages. */
function messages({ bytes, runs }: EncodedBatch): Sent[] {
  const found: Sent[] = [];
  let at = 0;
  for (let run = 0; run < runs.length; run += RUN) {
    const [start, end, audience, count] = [...runs.subarray(run, run + RUN)] as [number, number, number, number];
    expect(start).toBe(at);
    const before = found.length;
    while (at < end) {
      const length = ((bytes[at + 16] as number) << 8) | (bytes[at + 17] as number);
      found.push({ audience, bytes: bytes.slice(at, at + length) });
      at += length;
    }
    expect(at).toBe(end);
    expect(found.length - before).toBe(count);
  }
  expect(at).toBe(bytes.length);
  return found;
}

/** What the neighbour with this index reads: `+key` and `-key` by the last octet of the MAC. */
function read(batch: EncodedBatch, source: number): string[] {
  const name = (route: object) => Number.parseInt((route as { mac: string }).mac.slice(-2), 16);
  return messages(batch)
    .filter(({ audience }) => concerns(audience, source))
    .flatMap(({ bytes }) => {
      const { update, faults } = decodeUpdate(bytes, defaultContext);
      expect(faults).toEqual([]);
      const { mpReachNlri, mpUnreachNlri } = update.attributes;
      return [
        ...(mpUnreachNlri?.nlri ?? []).map((route) => `-${name(route)}`),
        ...(mpReachNlri?.nlri ?? []).map((route) => `+${name(route)}`),
      ];
    });
}

const [a, b] = [sourceOf(1), sourceOf(2)];
const at = (source: Source, keys: number[], attributes: PathAttributes = plain) =>
  announcement(
    keys.map((key) => macIp(key)),
    attributes,
    `10.1.0.${source.index}`,
  );

describe('a packed message', () => {
  it('announces, octet for octet', () => {
    const t = setUp();
    t.receive(a, at(a, [1, 2]));
    const [batch] = t.decided(clients) as [EncodedBatch];
    expect(toHex(batch.bytes)).toBe(
      toHex(
        hex(`
          ffffffffffffffffffffffffffffffff 0086 02   ; header
          0000 006f                                  ; no IPv4 withdrawals, 111 octets of attributes
          90 0e 004f                                 ; MP_REACH_NLRI, with a length of two octets
            0019 46 04 0a010001 00                   ; L2VPN EVPN, next hop 10.1.0.1, reserved
            02 21 0000fde800000007                   ; MAC/IP advertisement, RD 65000:7
              00000000000000000000 00000000          ; ESI, Ethernet tag
              30 020000000001 00 000064              ; MAC address, no IP address, label
            02 21 0000fde800000007
              00000000000000000000 00000000
              30 020000000002 00 000064
          40 01 01 00                                ; ORIGIN IGP
          40 02 00                                   ; AS_PATH, empty
          40 05 04 00000064                          ; LOCAL_PREF 100
          80 09 04 0a000001                          ; ORIGINATOR_ID: the source
          80 0a 04 0a000064                          ; CLUSTER_LIST: ourselves
        `),
      ),
    );
    expect([batch.version, batch.announced, batch.withdrawn]).toEqual([1, 2, 0]);
    // Everyone but the source.
    expect([...batch.runs]).toEqual([0, batch.bytes.length, 1, 1, -1]);
  });

  it('withdraws, octet for octet, with the labels of the last announcement', () => {
    const t = setUp();
    t.receive(a, at(a, [1]));
    t.decided();
    t.receive(a, withdrawal([macIp(1, 0)]));
    const [batch] = t.decided(clients) as [EncodedBatch];
    expect(toHex(batch.bytes)).toBe(
      toHex(
        hex(`
          ffffffffffffffffffffffffffffffff 0041 02
          0000 002a
          90 0f 0026 0019 46                         ; MP_UNREACH_NLRI, L2VPN EVPN
            02 21 0000fde800000007
              00000000000000000000 00000000
              30 020000000001 00 000064
        `),
      ),
    );
    expect([batch.version, batch.announced, batch.withdrawn]).toEqual([2, 0, 1]);
    expect([...batch.runs]).toEqual([0, 65, 1, 1, -1]);
  });
});

describe('changes', () => {
  it('that share attributes share messages, wherever they lie between others', () => {
    const t = setUp();
    for (let key = 1; key < 7; key++) t.receive(a, at(a, [key], { ...plain, localPref: 100 + (key % 2) }));
    const [batch] = t.decided(clients) as [EncodedBatch];
    expect(messages(batch)).toHaveLength(2);
    expect(read(batch, 9)).toEqual(['+1', '+3', '+5', '+2', '+4', '+6']);
    expect(read(batch, 1)).toEqual([]);
  });

  it('go to whom they concern when the best path moves from one neighbour to another', () => {
    const t = setUp();
    t.receive(b, at(b, [1]));
    t.decided();
    t.receive(a, at(a, [1]));
    const [batch] = t.decided(clients) as [EncodedBatch];
    expect([1, 2, 9].map((source) => read(batch, source))).toEqual([['-1'], ['+1'], ['+1']]);
    t.drop(a);
    const [back] = t.decided(clients) as [EncodedBatch];
    expect([1, 2, 9].map((source) => read(back, source))).toEqual([['+1'], ['-1'], ['+1']]);
    t.drop(b);
    const [gone] = t.decided(clients) as [EncodedBatch];
    expect([1, 2, 9].map((source) => read(gone, source))).toEqual([['-1'], [], ['-1']]);
  });

  it('from a non-client to a client are told to other non-clients, and back are taken from them', () => {
    const t = setUp();
    const replica = sourceOf(1, 'non-client');
    t.receive(replica, at(replica, [1]));
    expect(t.decided(replicas).map(({ bytes }) => bytes.length)).toEqual([0]);
    t.receive(sourceOf(0), announcement([macIp(1)], plain, '10.0.9.9'));
    const [told] = t.decided(replicas) as [EncodedBatch];
    expect([1, 9].map((source) => read(told, source))).toEqual([['+1'], ['+1']]);
    t.drop(sourceOf(0));
    const [taken, known] = t.decided(replicas, clients) as [EncodedBatch, EncodedBatch];
    expect([1, 9].map((source) => read(taken, source))).toEqual([['-1'], ['-1']]);
    expect([1, 9].map((source) => read(known, source))).toEqual([['-1'], ['+1']]);
  });

  it('to a route that may not be advertised any more are withdrawals', () => {
    const t = setUp();
    const externals: NeighbourClass = { ...clients, kind: 'ebgp', index: 3 };
    t.receive(a, at(a, [1]));
    t.decided();
    t.receive(a, at(a, [1], { ...plain, communities: [0xffffff01] }));
    const [kept, told] = t.decided(externals, clients) as [EncodedBatch, EncodedBatch];
    expect([read(kept, 9), read(told, 9)]).toEqual([['-1'], ['+1']]);
    t.receive(a, at(a, [1], { ...plain, communities: [0xffffff02] }));
    const [none, taken] = t.decided(externals, clients) as [EncodedBatch, EncodedBatch];
    expect([read(none, 9), read(taken, 9)]).toEqual([[], ['-1']]);
  });
});

describe('a range of the table', () => {
  it('is every route for a reader that holds nothing', () => {
    const t = setUp();
    t.receive(a, at(a, [1, 2, 3]));
    t.decided();
    t.receive(a, withdrawal([macIp(2)]));
    t.receive(b, at(b, [4]));
    t.decided();
    const batch = t.packer.packRange(clients, 0, t.table.end, NOTHING);
    expect([1, 2, 9].map((source) => read(batch, source))).toEqual([['+4'], ['+1', '+3'], ['+1', '+3', '+4']]);
    expect([batch.version, batch.announced, batch.withdrawn]).toEqual([2, 3, 0]);
  });

  it('is what changed since for a reader that was left behind', () => {
    const t = setUp();
    t.receive(a, at(a, [1, 2, 3]));
    t.decided();
    t.receive(a, withdrawal([macIp(2)]));
    t.receive(b, at(b, [4]));
    t.decided();
    const batch = t.packer.packRange(clients, 0, t.table.end, 1);
    expect([1, 2, 9].map((source) => read(batch, source))).toEqual([
      ['-2', '+4'],
      ['-2', '-4'],
      ['-2', '+4'],
    ]);
    const [none] = messages(t.packer.packRange(clients, 0, t.table.end, 2));
    expect(none).toBeUndefined();
    // A reader that came when the table was empty may hold any of it by now.
    expect(read(t.packer.packRange(clients, 0, t.table.end, 0), 9)).toEqual(['-2', '+1', '+3', '+4']);
  });

  it('ends where it is said to end', () => {
    const t = setUp();
    t.receive(a, at(a, [1, 2, 3, 4]));
    t.decided();
    expect(read(t.packer.packRange(clients, 1, 3, NOTHING), 9)).toEqual(['+2', '+3']);
  });
});

describe('size', () => {
  const opaque = (octets: number, fill: number): EvpnNlri => ({
    kind: 'opaque-evpn',
    family: Family.Evpn,
    type: 200,
    octets: fill.toString(16).padStart(2, '0').repeat(octets),
  });
  /** Header, lengths, MP_REACH_NLRI up to its NLRI. */
  const before = 23 + 4 + 9;
  /** ORIGIN, AS_PATH, LOCAL_PREF, ORIGINATOR_ID, CLUSTER_LIST. */
  const ours = 4 + 3 + 7 + 7 + 7;
  /** Attributes that take `octets` octets in all on their way out, of which ours are 28. */
  const padded = (octets: number): PathAttributes => ({
    ...plain,
    unknown: [{ flags: 0xc0, code: 99, value: new Uint8Array(octets - ours - 4) }],
  });
  it('of a full message is the limit, to the octet', () => {
    const t = setUp();
    const room = 4096 - before - ours;
    // Fifteen of 257 octets and one that fills what is left.
    const last = room - 15 * 257 - 2;
    const routes = [...new Array(15).keys()].map((i) => opaque(255, i));
    for (const route of [...routes, opaque(last, 99), opaque(1, 1)]) t.receive(a, announcement([route]));
    const [batch] = t.decided(clients) as [EncodedBatch];
    expect(messages(batch).map(({ bytes }) => bytes.length)).toEqual([4096, before + ours + 3]);
    expect(batch.announced).toBe(17);
  });

  it('of the attributes decides whether a route can be sent at all', () => {
    const t = setUp();
    const fits = 4096 - before - 258;
    t.receive(a, announcement([macIp(1)], padded(fits), '10.1.0.1', { extendedMessages: true }));
    t.receive(a, announcement([macIp(2)], padded(fits + 1), '10.1.0.1', { extendedMessages: true }));
    const [small, big] = t.decided(clients, large) as [EncodedBatch, EncodedBatch];
    expect([read(small, 9), t.packer.oversized]).toEqual([['+1'], 1]);
    expect(read(big, 9)).toEqual(['+1', '+2']);
    expect(messages(small).map(({ bytes }) => bytes.length)).toEqual([4096 - 258 + 35]);
  });

  it('that an attribute cannot have on its way out keeps its routes back, and nothing else', () => {
    const t = setUp();
    // 125 × 255 AS numbers of two octets would need 127,750 octets as numbers of four.
    const context = { asn4: false, extendedMessages: true };
    const segment = { type: 'sequence', asns: new Array(255).fill(64_512) } as const;
    const long = { ...plain, asPath: new Array(125).fill(segment) };
    t.receive(sourceOf(1, 'client', context), announcement([macIp(1)], long, '10.1.0.1', context));
    t.receive(b, at(b, [2]));
    const [four, two] = t.decided(large, { ...large, asn4: false, index: 4 }) as [EncodedBatch, EncodedBatch];
    expect([read(four, 9), t.packer.oversized]).toEqual([['+2'], 1]);
    expect(messages(two).map(({ bytes }) => bytes.length > 60_000)).toEqual([true, false]);
  });

  it('that grows too large takes the route back', () => {
    const t = setUp();
    t.receive(a, at(a, [1]));
    t.decided();
    t.receive(a, announcement([macIp(1)], padded(5000), '10.1.0.1', { extendedMessages: true }));
    const [small, big] = t.decided(clients, large) as [EncodedBatch, EncodedBatch];
    expect([read(small, 9), read(big, 9), t.packer.oversized]).toEqual([['-1'], ['+1'], 1]);
    expect(read(t.packer.packRange(clients, 0, t.table.end, NOTHING), 9)).toEqual([]);
  });

  it('of a message of 65,535 octets needs its length octets both', () => {
    const t = setUp();
    for (let i = 0; i < 300; i++) {
      const octets = ((i * 0x010203) & 0xffffff).toString(16).padStart(6, '0').repeat(85);
      t.receive(a, announcement([{ kind: 'opaque-evpn', family: Family.Evpn, type: 200, octets }]));
    }
    const [batch] = t.decided(large) as [EncodedBatch];
    const sizes = messages(batch).map(({ bytes }) => bytes.length);
    expect(sizes[0]).toBe(before + ours + 254 * 257);
    expect(batch.announced).toBe(300);
    t.drop(a);
    const [gone] = t.decided(large) as [EncodedBatch];
    expect(messages(gone).map(({ bytes }) => bytes.length)[0]).toBe(30 + 254 * 257);
    expect(gone.withdrawn).toBe(300);
  });

  it('of withdrawals is within the limit of each class', () => {
    const t = setUp();
    for (let i = 0; i < 40; i++) t.receive(a, announcement([opaque(255, i)]));
    t.decided();
    t.drop(a);
    const [batch] = t.decided(clients) as [EncodedBatch];
    const full = Math.floor((4096 - 30) / 257);
    expect(messages(batch).map(({ bytes }) => bytes.length)).toEqual([
      30 + full * 257,
      30 + full * 257,
      30 + (40 - 2 * full) * 257,
    ]);
  });
});

describe('for any routes and attributes', () => {
  const attributes: fc.Arbitrary<PathAttributes> = fc.record(
    {
      communities: fc.array(fc.nat(0xfffffeff), { minLength: 1, maxLength: 3 }),
      multiExitDisc: fc.nat(),
      unknown: fc
        .record({ code: fc.constantFrom(99, 200), value: fc.uint8Array({ maxLength: 600 }) })
        .map((u) => [{ ...u, flags: 0xc0 }]),
    },
    { requiredKeys: [] },
  );
  const batchOf = fc.record({
    who: fc.nat(2),
    routes: fc.array(announcedRoute, { minLength: 1, maxLength: 5 }),
    attributes: attributes.map((more) => ({ ...plain, ...more })),
  });

  it('every message reads back without a fault, within its size, and all together say what the table holds', () => {
    fc.assert(
      fc.property(fc.array(batchOf, { maxLength: 25 }), fc.constantFrom(clients, large, replicas), (all, to) => {
        const t = setUp();
        const sources = [sourceOf(1), sourceOf(2), sourceOf(3, 'non-client')];
        for (const { who, routes, attributes: carried } of all) {
          t.receive(sources[who] as Source, announcement(routes, carried));
        }
        const [batch] = t.decided(to) as [EncodedBatch];
        const told = new Map<string, PathAttributes>();
        for (const { bytes } of messages(batch)) {
          expect(bytes.length).toBeLessThanOrEqual(to.maxMessage);
          const { update, faults } = decodeUpdate(bytes, { ...defaultContext, extendedMessages: to.maxMessage > 4096 });
          expect(faults).toEqual([]);
          const { mpReachNlri, ...rest } = update.attributes;
          for (const route of mpReachNlri?.nlri ?? []) {
            const octets = encodeNlri(Family.Evpn, [route as EvpnNlri], { addPath: false });
            const key = `${octets[0]}/${toHex(keyEvpn(octets, 0, octets.length))}`;
            expect(told.has(key)).toBe(false);
            told.set(key, rest);
          }
        }
        let expected = 0;
        for (let destination = 0; destination < t.table.end; destination++) {
          const set = t.attributes.get(t.table.sentSet(destination));
          if (to.kind === 'non-client' && set.source.kind === 'non-client') continue;
          expected++;
          const keyAt = t.table.keyAt(destination);
          const { arena } = t.table;
          const key = toHex(arena.bytes, arena.start(keyAt), arena.start(keyAt) + arena.length(keyAt));
          const rest = told.get(`${arena.type(keyAt)}/${key}`);
          expect(rest?.originatorId).toBe(set.source.address);
          expect(rest?.clusterList).toEqual(['10.0.0.100']);
          expect(rest?.multiExitDisc ?? 0).toBe(set.rank.med);
        }
        expect(told.size).toBe(expected);
        expect(batch.announced).toBe(expected);
      }),
      { numRuns: 200 },
    );
  });
});

it('an UPDATE of 23 octets is none of ours', () => {
  const t = setUp();
  t.receive(a, updateOf(''));
  expect(t.decided(clients).map(({ bytes, runs }) => [bytes.length, runs.length])).toEqual([[0, 0]]);
});
