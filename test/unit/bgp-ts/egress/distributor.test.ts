import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distributor } from '../../../../src/bgp-ts/egress/distributor.ts';
import type { Member, MemberSink } from '../../../../src/bgp-ts/egress/member.ts';
import { ClassIndex } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import { assess } from '../../../../src/bgp-ts/rib/assess.ts';
import { AttributeStore } from '../../../../src/bgp-ts/rib/attribute-store.ts';
import { evpnFamily } from '../../../../src/bgp-ts/rib/held-family.ts';
import { emptyCounts, Ingest } from '../../../../src/bgp-ts/rib/ingest.ts';
import { RiderStore } from '../../../../src/bgp-ts/rib/rider-store.ts';
import { RouteTable } from '../../../../src/bgp-ts/rib/route-table.ts';
import type { NeighbourKind, Source } from '../../../../src/bgp-ts/rib/source.ts';
import { decodeAttributes } from '../../../../src/bgp-ts/wire/attribute/decode.ts';
import { toHex } from '../../../../src/bgp-ts/wire/bytes.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { splitEvpn } from '../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptySplit } from '../../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { emptyLayout, locateUpdate } from '../../../../src/bgp-ts/wire/update-layout.ts';

const local = { asn: 65000, routerId: 0x0a000001, clusterId: 0x0a000001 };
const endOfRib = Uint8Array.from([...new Array(16).fill(255), 0, 29, 2, 0, 0, 0, 6, 0x80, 15, 3, 0, 25, 70]);

/** A MAC/IP advertisement; `label` is not part of its key. */
function nlri(key: number, label: number): number[] {
  const rd = [0, 0, 0, 0, 0, 1, 0, 7];
  const mac = [2, 0, 0, 0, key >> 8, key & 255];
  return [2, 33, ...rd, ...new Array(10).fill(0), 0, 0, 0, 0, 48, ...mac, 0, 0, 0, label];
}

function message(attributes: number[]): Uint8Array {
  const length = 23 + attributes.length;
  return Uint8Array.from([
    ...new Array(16).fill(255),
    ...[length >> 8, length & 255, 2, 0, 0, attributes.length >> 8, attributes.length & 255],
    ...attributes,
  ]);
}

/** ORIGIN, AS_PATH, LOCAL_PREF and one route; `n` goes into LOCAL_PREF and the next hop. */
function announcement(n: number, routes: number[][]): Uint8Array {
  const body = routes.flat();
  const reach = [0, 25, 70, 4, 10, 0, 1, n, 0, ...body];
  return message([
    ...[0x90, 14, reach.length >> 8, reach.length & 255, ...reach],
    ...[0x40, 1, 1, 0, 0x40, 2, 0, 0x40, 5, 4, 0, 0, 0, n],
  ]);
}

function withdrawal(routes: number[][]): Uint8Array {
  const body = [0, 25, 70, ...routes.flat()];
  return message([0x90, 15, body.length >> 8, body.length & 255, ...body]);
}

/** A neighbour that reads what it is sent: socket, session and table of its own, in the plainest way. */
class Reader implements MemberSink {
  /** MAC key → next hop's last octet and label, with the attributes that came along. */
  readonly routes = new Map<number, string>();
  readonly events: string[] = [];
  endsOfRib = 0;
  messages = 0;
  open = true;
  #taken: Uint8Array[] = [];
  readonly framer = new Framer();
  get buffered(): number {
    return this.#taken.length;
  }
  write(bytes: Uint8Array): boolean {
    this.#taken.push(bytes);
    if (this.open) this.drain();
    return this.open;
  }
  writeRefresh(bytes: Uint8Array): boolean {
    return this.write(bytes);
  }
  drain(): void {
    for (const bytes of this.#taken.splice(0)) {
      expect(this.framer.push(bytes, (b, start, end) => this.#read(b.slice(start, end)))).toBeUndefined();
    }
  }
  #read(bytes: Uint8Array): void {
    this.messages++;
    if (toHex(bytes) === toHex(endOfRib)) {
      this.endsOfRib++;
      this.events.push('end-of-rib');
      return;
    }
    const layout = emptyLayout();
    expect(locateUpdate(bytes, 0, bytes.length, layout)).toBe(0);
    const split = emptySplit();
    const each = (start: number, end: number, visit: (key: number, label: number) => void) => {
      for (let at = start; at < end; at = split.next) {
        expect(splitEvpn(bytes, at, end, split)).toBe(0);
        visit((bytes[at + 29] << 8) | bytes[at + 30], bytes[at + 34]);
      }
    };
    if (layout.unreachHeader >= 0) {
      each(layout.unreachValue + 3, layout.unreachEnd, (key) => {
        this.events.push(`-${key}`);
        this.routes.delete(key);
      });
    }
    if (layout.reachHeader >= 0) {
      const { attributes, faults } = decodeAttributes(
        bytes,
        layout.attributesStart,
        layout.attributesEnd,
        defaultContext,
      );
      expect(faults).toEqual([]);
      const { originatorId, clusterList } = attributes;
      each(layout.reachValue + 9, layout.reachEnd, (key, label) => {
        this.events.push(`+${key}`);
        this.routes.set(
          key,
          `${attributes.mpReachNlri?.nextHop}/${label}/${originatorId ?? ''}/${clusterList?.join(',') ?? ''}`,
        );
      });
    }
  }
}

function setUp(options: { logLimit?: number; walkCacheLimit?: number; tombstoneLimit?: number } = {}) {
  const attributes = new AttributeStore({ hashSeed: 1 }, { assess: (block, source) => assess(block, source, local) });
  const riders = new RiderStore({ hashSeed: 1 });
  const table = new RouteTable({ capacity: 16, hashSeed: 1 }, { order: attributes, riders, seconds: () => 0 });
  const ingest = new Ingest({ families: [evpnFamily(table)], attributes, riders });
  const hopeless: number[] = [];
  let now = 0;
  const distributor = new Distributor(
    { family: Family.Evpn, ...options },
    {
      table,
      attributes,
      outbound: (set, to) => outboundForm(set, to, local),
      now: () => now,
      hopeless: (source) => hopeless.push(source),
      classIndex: new ClassIndex(),
    },
  );
  const counts = emptyCounts();
  const source = (index: number, kind: NeighbourKind = 'client'): Source & { readonly kind: NeighbourKind } => ({
    index,
    kind,
    routerId: 0x0a0000f0 + index,
    asn: kind === 'ebgp' ? 65001 : 65000,
    address: `10.0.0.${index}`,
    addressBytes: Uint8Array.from([...new Array(15).fill(0), index]),
    decode: { ...defaultContext, session: kind === 'ebgp' ? 'ebgp' : 'ibgp' },
    families: new Set([Family.Evpn]),
  });
  return {
    table,
    attributes,
    riders,
    distributor,
    hopeless,
    counts,
    source,
    now: () => now,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    receive: (from: Source, bytes: Uint8Array) => {
      expect(ingest.update(from, counts, bytes, 0, bytes.length)).toBeUndefined();
    },
    join: (of: Source & { readonly kind: NeighbourKind }, sink: MemberSink, maxMessage = 4096): Member =>
      distributor.join(
        { kind: of.kind, asn4: true, maxMessage, localAsn: 65000 },
        { source: of.index, endOfRib },
        sink,
      ),
    decide: () => {
      while (distributor.distribute());
    },
    turn: () => {
      while (distributor.distribute());
      while (distributor.pump());
    },
  };
}

describe('Distributor', () => {
  it('tells a change to the others while a newcomer is still being told everything', () => {
    const t = setUp();
    const [a, b, c] = [t.source(1), t.source(2), t.source(3)];
    // More than a member is handed in one turn.
    const all = 6000;
    for (let first = 1; first <= all; first += 100) {
      t.receive(
        a,
        announcement(
          1,
          [...new Array(100).keys()].map((n) => nlri(first + n, 9)),
        ),
      );
    }
    const [readerB, readerC] = [new Reader(), new Reader()];
    t.join(b, readerB);
    t.turn();
    t.join(c, readerC);
    t.receive(a, withdrawal([nlri(all, 0)]));
    t.decide();
    expect(t.distributor.pump()).toBe(true);
    expect(readerB.events.at(-1)).toBe(`-${all}`);
    expect(readerC.endsOfRib).toBe(0);
    t.turn();
    expect(readerC.endsOfRib).toBe(1);
    expect(readerC.routes.size).toBe(all - 1);
  });

  it('lets the others read in the next turn when the time for this one is over', () => {
    const t = setUp();
    const sources = [1, 2, 3, 4].map((index) => t.source(index));
    const readers = sources.map(() => new Reader());
    sources.forEach((source, i) => {
      t.join(source, readers[i] as Reader);
    });
    t.turn();
    t.receive(sources[0] as Source, announcement(1, [nlri(1, 9)]));
    t.decide();
    for (const reader of readers) {
      reader.events.length = 0;
      const write = reader.write.bind(reader);
      reader.write = (bytes) => {
        t.pass(10);
        return write(bytes);
      };
    }
    const heard = () => readers.filter(({ events }) => events.length > 0).length;
    const now = t.now();
    expect([t.distributor.pump(now + 15), heard()]).toEqual([true, 2]);
    expect([t.distributor.pump(now + 1000), heard()]).toEqual([false, 3]);
    expect(readers.map(({ events }) => events)).toEqual([[], ['+1'], ['+1'], ['+1']]);
  });

  it('asks for no other turn where the time is over and nobody has anything left to read', () => {
    const t = setUp();
    const sources = [1, 2, 3, 4].map((index) => t.source(index));
    for (const source of sources) t.join(source, new Reader());
    t.turn();
    expect(t.distributor.pump(t.now())).toBe(false);
    t.receive(sources[0] as Source, announcement(1, [nlri(1, 9)]));
    t.decide();
    const turns = sources.map(() => t.distributor.pump(t.now()));
    expect(turns).toEqual([true, true, true, false]);
  });

  it('sends a client every route but its own, marked as reflected, and End-of-RIB after the last', () => {
    const t = setUp();
    const [a, b] = [t.source(1), t.source(2)];
    t.receive(a, announcement(1, [nlri(1, 9), nlri(2, 9)]));
    t.receive(b, announcement(2, [nlri(3, 9)]));
    t.decide();
    const [readerA, readerB] = [new Reader(), new Reader()];
    t.join(a, readerA);
    t.join(b, readerB);
    t.turn();
    expect(readerA.events).toEqual(['+3', 'end-of-rib']);
    expect(readerB.events).toEqual(['+1', '+2', 'end-of-rib']);
    expect(readerB.routes.get(1)).toBe('10.0.1.1/9/10.0.0.241/10.0.0.1');
    t.receive(a, withdrawal([nlri(1, 0)]));
    t.turn();
    expect(readerA.events).toEqual(['+3', 'end-of-rib']);
    expect(readerB.events).toEqual(['+1', '+2', 'end-of-rib', '-1']);
  });

  it('packs routes with the same attributes into full messages', () => {
    const t = setUp();
    const a = t.source(1);
    const reader = new Reader();
    t.join(t.source(2), reader);
    const big = new Reader();
    big.framer.extended = true;
    t.join(t.source(3), big, 65535);
    t.turn();
    for (let key = 0; key < 1000; key++) t.receive(a, announcement(1, [nlri(key, 9)]));
    t.turn();
    expect(reader.routes.size).toBe(1000);
    // 35 octets a route, 58 octets around them and what reflection adds.
    expect(reader.messages).toBe(1 + Math.ceil(1000 / Math.floor((4096 - 23 - 4 - 9 - 14 - 14) / 35)));
    expect(big.messages).toBe(2);
    expect(big.routes).toEqual(reader.routes);
  });

  it('keeps the rules of reflection between clients, non-clients and external neighbours', () => {
    const t = setUp();
    const kinds = ['client', 'client', 'non-client', 'non-client', 'ebgp'] as const;
    const sources = kinds.map((kind, i) => t.source(i + 1, kind));
    const readers = sources.map((source) => {
      const reader = new Reader();
      t.join(source, reader);
      return reader;
    });
    for (const source of sources) {
      const n = source.index;
      const external = [0x90, 14, 0, 44, 0, 25, 70, 4, 10, 0, 1, n, 0, ...nlri(n, 9)];
      const path = [0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9];
      if (source.kind === 'ebgp') t.receive(source, message([...external, ...path]));
      else t.receive(source, announcement(n, [nlri(n, 9)]));
    }
    t.turn();
    expect(readers.map((reader) => [...reader.routes.keys()].sort())).toEqual([
      [2, 3, 4, 5],
      [1, 3, 4, 5],
      [1, 2, 5],
      [1, 2, 5],
      [1, 2, 3, 4],
    ]);
    // RFC 4456 §8: only what came from inside is marked; RFC 4271 §5.1: and never outside.
    expect(readers[0].routes.get(5)).toBe('10.0.1.5/9//');
    expect(readers[4].routes.get(1)).toBe('10.0.1.1/9//');
  });

  it('withdraws from a neighbour whose own route has become the best', () => {
    const t = setUp();
    const [a, b, c] = [t.source(1), t.source(2), t.source(3)];
    const readers = [a, b, c].map((source) => {
      const reader = new Reader();
      t.join(source, reader);
      return reader;
    });
    const seen = () => readers.map((reader) => reader.events.splice(0));
    t.turn();
    seen();
    t.receive(b, announcement(50, [nlri(7, 1)]));
    t.turn();
    expect(seen()).toEqual([['+7'], [], ['+7']]);
    // MAC mobility is equal, so the lower next hop decides.
    t.receive(a, announcement(20, [nlri(7, 1)]));
    t.turn();
    expect(seen()).toEqual([['-7'], ['+7'], ['+7']]);
    t.receive(a, withdrawal([nlri(7, 0)]));
    t.turn();
    expect(seen()).toEqual([['+7'], ['-7'], ['+7']]);
  });

  it('keeps no more for a neighbour that reads nothing than a log, and brings it to the last state', () => {
    const t = setUp({ logLimit: 2000 });
    const [a, slow] = [t.source(1), t.source(2)];
    const reader = new Reader();
    const member = t.join(slow, reader);
    t.turn();
    reader.open = false;
    for (let round = 1; round <= 100; round++) {
      t.receive(a, announcement(round, [nlri(round % 7, round)]));
      if (round % 10 === 0) t.receive(a, withdrawal([nlri(3, 0)]));
      t.turn();
      expect(reader.buffered).toBeLessThanOrEqual(2);
    }
    reader.open = true;
    reader.drain();
    member.writable();
    t.turn();
    const expected = new Map<number, string>();
    for (let round = 1; round <= 100; round++) {
      expected.set(round % 7, `10.0.1.${round}/${round}/10.0.0.241/10.0.0.1`);
      if (round % 10 === 0) expected.delete(3);
    }
    expect(new Map([...reader.routes].sort())).toEqual(new Map([...expected].sort()));
    expect(member.resyncs).toBeGreaterThan(0);
    expect(t.table.tombstones).toBe(0);
  });

  it('takes back what a neighbour was told in its first dump, though it came when the table was empty', () => {
    const t = setUp({ logLimit: 300 });
    const a = t.source(1);
    const reader = new Reader();
    const member = t.join(t.source(2), reader);
    reader.open = false;
    t.receive(a, announcement(1, [nlri(1, 1)]));
    t.turn();
    t.receive(a, withdrawal([nlri(1, 0)]));
    t.turn();
    // The log leaves it behind before its first dump is through.
    for (let key = 2; key < 12; key++) {
      t.receive(a, announcement(1, [nlri(key, 1)]));
      t.turn();
    }
    reader.open = true;
    reader.drain();
    member.writable();
    t.turn();
    expect([...reader.routes.keys()].sort((x, y) => x - y)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([reader.endsOfRib, t.table.tombstones]).toEqual([1, 0]);
  });

  it('gives up a neighbour for which too many withdrawals would have to be remembered', () => {
    const t = setUp({ logLimit: 500, tombstoneLimit: 50 });
    const a = t.source(1);
    const reader = new Reader();
    t.join(t.source(2), reader);
    t.turn();
    reader.open = false;
    for (let key = 0; key < 60; key++) {
      t.receive(a, announcement(1, [nlri(key, 1)]));
      t.turn();
    }
    expect(t.hopeless).toEqual([]);
    for (let key = 0; key < 60; key++) {
      t.receive(a, withdrawal([nlri(key, 1)]));
      t.turn();
    }
    expect(t.hopeless[0]).toBe(2);
  });

  it('asks for a pause only while most of those who read are behind', () => {
    const t = setUp({ logLimit: 4000 });
    const a = t.source(1);
    const readers = [2, 3, 4].map((index) => {
      const reader = new Reader();
      t.join(t.source(index), reader);
      return reader;
    });
    t.turn();
    for (const reader of readers.slice(0, 2)) reader.open = false;
    const burst = () => {
      for (let key = 0; key < 45; key++) t.receive(a, announcement(1 + (key % 200), [nlri(key, Math.random() * 200)]));
      t.turn();
    };
    burst();
    expect(t.distributor.congested).toBe(false);
    burst();
    expect(t.distributor.congested).toBe(true);
    // Both stand still: the third sets the pace.
    t.pass(1000);
    expect(t.distributor.congested).toBe(false);
  });

  it('sends everything again on a refresh, and loses no withdrawal by it', () => {
    const t = setUp();
    const a = t.source(1);
    const reader = new Reader();
    const member = t.join(t.source(2), reader);
    t.receive(a, announcement(1, [nlri(1, 1), nlri(2, 1)]));
    t.turn();
    reader.open = false;
    t.receive(a, announcement(1, [nlri(3, 1)]));
    t.turn();
    t.receive(a, withdrawal([nlri(1, 1)]));
    t.decide();
    member.refresh();
    reader.open = true;
    reader.drain();
    member.writable();
    reader.events.length = 0;
    t.turn();
    expect(reader.events).toEqual(['-1', '+2', '+3']);
    expect([...reader.routes.keys()]).toEqual([2, 3]);
  });

  it('brings every neighbour to what a plain model says, whatever its pace', () => {
    const operation = fc.record({
      kind: fc.constantFrom(
        'announce',
        'announce',
        'announce',
        'withdraw',
        'turn',
        'toggle',
        'join',
        'leave',
        'refresh',
      ),
      who: fc.integer({ min: 0, max: 5 }),
      n: fc.integer({ min: 1, max: 3 }),
      keys: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 120 }),
        fc.constantFrom(300, 3000, 1 << 20),
        (operations, logLimit) => {
          const t = setUp({ logLimit, walkCacheLimit: 2000 });
          const kinds = ['client', 'client', 'client', 'client', 'non-client', 'non-client'] as const;
          const sources = kinds.map((kind, i) => t.source(i + 1, kind));
          const members = new Map<number, { reader: Reader; member: Member }>();
          const held = sources.map(() => new Map<number, number>());
          for (const { kind, who, n, keys } of operations) {
            const entry = members.get(who);
            const pref = who * 10 + n;
            if (kind === 'announce') {
              t.receive(
                sources[who],
                announcement(
                  pref,
                  keys.map((key) => nlri(key, pref)),
                ),
              );
              for (const key of keys) held[who].set(key, pref);
            } else if (kind === 'withdraw') {
              t.receive(sources[who], withdrawal(keys.map((key) => nlri(key, 0))));
              for (const key of keys) held[who].delete(key);
            } else if (kind === 'turn') t.turn();
            else if (kind === 'refresh') entry?.member.refresh();
            else if (kind === 'leave') {
              if (entry !== undefined) t.distributor.leave(entry.member);
              members.delete(who);
            } else if (kind === 'join' && entry === undefined) {
              const reader = new Reader();
              members.set(who, { reader, member: t.join(sources[who], reader) });
            } else if (kind === 'toggle' && entry !== undefined) {
              entry.reader.open = !entry.reader.open;
              if (entry.reader.open) {
                entry.reader.drain();
                entry.member.writable();
              }
            }
          }
          for (const { reader, member } of members.values()) {
            reader.open = true;
            reader.drain();
            member.writable();
          }
          t.turn();
          for (const [who, { reader }] of members) {
            const expected = new Map<number, string>();
            for (let key = 0; key <= 60; key++) {
              // Lowest next hop wins (RFC 7432 §15.1), which here is the lowest preference.
              const best = sources
                .map((source, i) => ({ source, pref: held[i].get(key) }))
                .filter((path) => path.pref !== undefined)
                .sort((x, y) => (x.pref as number) - (y.pref as number))[0];
              if (best === undefined || best.source.index === who + 1) continue;
              if (best.source.kind === 'non-client' && kinds[who] === 'non-client') continue;
              const originator = `10.0.0.${240 + best.source.index}`;
              expected.set(key, `10.0.1.${best.pref}/${best.pref}/${originator}/10.0.0.1`);
            }
            expect(new Map([...reader.routes].sort((x, y) => x[0] - y[0]))).toEqual(expected);
            expect(reader.endsOfRib).toBe(1);
          }
          expect(t.table.tombstones).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
