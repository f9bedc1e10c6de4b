/** Neighbours that take some routes, or several paths a route, against a model of plain maps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distributor } from '../../../../src/bgp-ts/egress/distributor.ts';
import {
  everything,
  type Interest,
  interestIn,
  interestInKeys,
  nothing,
  type TargetPrefix,
  targetKey,
  targetPrefix,
} from '../../../../src/bgp-ts/egress/interest.ts';
import type { Member, MemberSink } from '../../../../src/bgp-ts/egress/member.ts';
import { ClassIndex } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import { PathMirror } from '../../../../src/bgp-ts/rib/path-mirror.ts';
import { Requirement } from '../../../../src/bgp-ts/rib/requirements.ts';
import { RouteTable } from '../../../../src/bgp-ts/rib/route-table.ts';
import type { NeighbourKind, Source } from '../../../../src/bgp-ts/rib/source.ts';
import { endOfRib } from '../../../../src/bgp-ts/speaker/end-of-rib.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { Framer } from '../../../../src/bgp-ts/wire/framer.ts';
import { decodeUpdate, encodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { EvpnNlri } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { announcement, local, macIp, plain, rib, sourceOf, withdrawal } from '../rib/kit.ts';

const target = (n: number) => `0002fde8${n.toString(16).padStart(8, '0')}`;
const whole = (n: number): TargetPrefix => ({ bits: 64, octets: target(n) });
/** Targets of every encoding, near enough to each other that short prefixes lie over several. */
const encodings = [
  // RFC 4360: two-octet AS, IPv4 address; RFC 5668: four-octet AS; RFC 7432 §7.6: ES-Import
  ...['0002fde800000001', '0002fde800000002', '0002fde80000000a', '0002fde900000001'],
  ...['01020a0000010001', '01020a0000010002', '0202fde900010001', '0602020000000001'],
];
/** RFC 4684 §6 as it reads: bit for bit. */
const bitsOf = (octets: string) =>
  [...octets].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
const liesUnder = (one: string, { bits, of }: Asked) => bitsOf(one).slice(0, bits) === bitsOf(of).slice(0, bits);
/** A prefix by the target that it is of. */
interface Asked {
  readonly bits: number;
  readonly of: string;
}
const prefixOf = ({ bits, of }: Asked): TargetPrefix => {
  const digits =
    bitsOf(of)
      .slice(0, bits)
      .match(/.{1,4}/g) ?? [];
  return { bits, octets: digits.map((digit) => Number.parseInt(digit.padEnd(4, '0'), 2).toString(16)).join('') };
};
/** The last two octets of all of these are their VNIs, but for the last. */
const sameVni = (one: string, other: string) =>
  one === other || (!one.startsWith('06') && !other.startsWith('06') && one.slice(12) === other.slice(12));
/** What a member takes: routes with a target under a prefix, or of a VNI. */
type Wish = { readonly prefixes: readonly Asked[] } | { readonly vnisOf: readonly string[] };
const wishes = (target: string, wish: Wish) =>
  'prefixes' in wish
    ? wish.prefixes.some((asked) => liesUnder(target, asked))
    : wish.vnisOf.some((other) => sameVni(target, other));
function interestOf(wish: Wish): Interest {
  if ('vnisOf' in wish) return interestInKeys(new Set(wish.vnisOf.map(targetKey)));
  return wish.prefixes.length === 0 ? nothing : interestIn(wish.prefixes.map(prefixOf));
}
const IPV6_KEYS = 40;
/** Routes announced with this number have a tunnel end that some cannot take. */
const DEMANDING = 3;
const CANNOT = Requirement.Ipv6Originator | Requirement.Ipv6TunnelEnd;
const tunnel = { kind: 'ingress-replication', type: 6, endpoint: '2001:db8::9' } as const;

/** Key 40 and above are of type 3 with an IPv6 originator. */
function route(key: number): EvpnNlri {
  const mac = macIp(key);
  if (key < IPV6_KEYS || mac.kind !== 'mac-ip-advertisement') return mac;
  const originator = `2001:db8::${key.toString(16)}`;
  return { kind: 'inclusive-multicast', family: Family.Evpn, type: 3, rd: mac.rd, ethernetTag: 0, originator };
}
const keyOf = (nlri: EvpnNlri) =>
  nlri.type === 3
    ? Number.parseInt((nlri as { originator: string }).originator.slice(10), 16)
    : Number.parseInt((nlri as { mac: string }).mac.slice(-2), 16);

/** What a neighbour holds: by key and path identifier, the next hop of the route. */
class Reader implements MemberSink {
  readonly routes = new Map<string, string>();
  readonly events: string[] = [];
  open = true;
  readonly #framer = new Framer();
  readonly #context: DecodeContext;
  #taken: Uint8Array[] = [];
  constructor(addPath = false) {
    this.#context = { ...defaultContext, addPath: new Set(addPath ? [Family.Evpn] : []) };
  }
  get buffered(): number {
    return this.#taken.length;
  }
  write(bytes: Uint8Array): boolean {
    this.#taken.push(bytes);
    if (this.open) this.drain();
    return this.open;
  }
  writeRefresh(): boolean {
    return expect.unreachable();
  }
  drain(): void {
    for (const bytes of this.#taken.splice(0)) {
      const fault = this.#framer.push(bytes, (b, start, end) => this.#read(b.slice(start, end)));
      expect(fault).toBeUndefined();
    }
  }
  #read(bytes: Uint8Array): void {
    const { update, faults } = decodeUpdate(bytes, this.#context);
    expect(faults).toEqual([]);
    const { mpReachNlri, mpUnreachNlri } = update.attributes;
    if (mpReachNlri === undefined && mpUnreachNlri?.nlri.length === 0) this.events.push('end');
    for (const nlri of (mpUnreachNlri?.nlri ?? []) as EvpnNlri[]) {
      this.events.push(`-${keyOf(nlri)}`);
      this.routes.delete(`${keyOf(nlri)}/${nlri.pathId ?? ''}`);
    }
    for (const nlri of (mpReachNlri?.nlri ?? []) as EvpnNlri[]) {
      this.events.push(`+${keyOf(nlri)}`);
      this.routes.set(`${keyOf(nlri)}/${nlri.pathId ?? ''}`, mpReachNlri?.nextHop ?? '');
    }
  }
  take(): string[] {
    return this.events.splice(0);
  }
}

function setUp(logLimit = 1 << 20) {
  const t = rib();
  const common = {
    attributes: t.attributes,
    outbound: (set: Parameters<typeof outboundForm>[0], to: Parameters<typeof outboundForm>[1]) =>
      outboundForm(set, to, local),
    now: () => 0,
    hopeless: () => expect.unreachable(),
    classIndex: new ClassIndex(),
  };
  const options = { family: Family.Evpn, logLimit, walkCacheLimit: 2000 };
  const distributor = new Distributor(options, { ...common, table: t.table });
  const paths = new RouteTable(
    { capacity: 16, hashSeed: 3 },
    { order: t.attributes, riders: t.riders, seconds: () => 0 },
  );
  const all = new Distributor({ ...options, pathIds: true }, { ...common, table: paths });
  new PathMirror({ from: t.table, to: paths, riders: t.riders });
  const traits = { kind: 'client', asn4: true, maxMessage: 4096, localAsn: 65000 } as const;
  return {
    ...t,
    distributor,
    all,
    paths,
    join: (of: Source, reader: Reader, interest?: Interest, cannot = 0, holdEndOfRib = false): Member =>
      distributor.join(
        { ...traits, kind: of.kind as NeighbourKind },
        {
          source: of.index,
          endOfRib: endOfRib(Family.Evpn),
          selection: interest && { interest, cannot, holdEndOfRib },
        },
        reader,
      ),
    joinAll: (of: Source, reader: Reader): Member =>
      all.join(traits, { source: of.index, endOfRib: endOfRib(Family.Evpn) }, reader),
    announce: (from: Source, key: number, targets: readonly (number | string)[], n = 1) => {
      const extendedCommunities = targets.map((one) => (typeof one === 'string' ? one : target(one)));
      const attributes = {
        ...plain,
        ...(targets.length > 0 && { extendedCommunities }),
        ...(n === DEMANDING && { pmsiTunnel: { flags: 0, label: 100, tunnel } }),
      };
      expect(t.receive(from, announcement([route(key)], attributes, `10.0.${n}.${from.index}`)).fault).toBeUndefined();
    },
    withdraw: (from: Source, key: number) => void t.receive(from, withdrawal([route(key)])),
    turn: () => {
      while (distributor.distribute());
      while (all.distribute());
      while (distributor.pump());
      while (all.pump());
    },
  };
}

describe('interest', () => {
  const set = (...targets: number[]) => ({
    id: targets.reduce((a, b) => a * 100 + b, 1),
    targets: targets.map(target),
  });

  it('is in route targets, whole or by a prefix', () => {
    expect(interestIn([whole(1)]).wants(set(1))).toBe(true);
    expect(interestIn([whole(1)]).wants(set(2))).toBe(false);
    expect(interestIn([whole(1), whole(3)]).wants(set(2, 3))).toBe(true);
    // 2-octet AS 65000, any number of it
    expect(interestIn([{ bits: 32, octets: '0002fde8' }]).wants(set(7))).toBe(true);
    expect(interestIn([{ bits: 32, octets: '0002fde9' }]).wants(set(7))).toBe(false);
    // only the origin AS was named: every route that has a target at all
    expect(interestIn([{ bits: 0, octets: '' }]).wants(set(7))).toBe(true);
    expect(interestIn([{ bits: 0, octets: '' }]).wants(set())).toBe(false);
  });

  it('compares prefixes bit by bit', () => {
    expect(targetPrefix('0002fde80000000f', 62)).toBe('0002fde80000000c');
    expect(targetPrefix('0002fde80000000f', 61)).toBe('0002fde800000008');
    expect(targetPrefix('0002fde80000000f', 60)).toBe('0002fde80000000');
    const low = interestIn([{ bits: 62, octets: '0002fde80000000c' }]);
    expect([11, 12, 15, 16].map((n) => low.wants(set(n)))).toEqual([false, true, true, false]);
  });

  it('answers the same for sets whose numbers share a place in the cache', () => {
    const one = interestIn([whole(1)]);
    const [a, b] = [
      { id: 5, targets: [target(1)] },
      { id: 5 + 1024, targets: [target(2)] },
    ];
    expect([a, b, a, b, b, a].map((targets) => one.wants(targets))).toEqual([true, false, true, false, false, true]);
  });
});

describe('a member that takes some routes', () => {
  it('is sent what it asks for, and told to forget what it asks for no more', () => {
    const t = setUp();
    const [a, b] = [sourceOf(1), sourceOf(2)];
    t.announce(a, 1, [1]);
    t.announce(a, 2, [2]);
    t.announce(a, 3, [1, 2]);
    const reader = new Reader();
    const member = t.join(b, reader, nothing, 0, true);
    t.turn();
    expect(reader.take()).toEqual([]);
    member.setInterest(interestIn([whole(1)]));
    t.turn();
    expect(reader.take()).toEqual(['+1', '+3']);
    member.releaseEndOfRib();
    t.turn();
    expect(reader.take()).toEqual(['end']);
    member.setInterest(interestIn([whole(1), whole(2)]));
    t.turn();
    expect(reader.take()).toEqual(['+2']);
    member.setInterest(interestIn([whole(2)]));
    t.turn();
    expect(reader.take()).toEqual(['-1']);
    expect(t.distributor.sentTo(member)).toEqual({ routes: 2, heldBack: 0 });
    t.withdraw(a, 1);
    t.withdraw(a, 3);
    t.turn();
    expect(reader.take()).toEqual(['-3']);
  });

  it('is told of a route that loses the target it wanted, and of nothing when it never wanted it', () => {
    const t = setUp();
    const [a, b] = [sourceOf(1), sourceOf(2)];
    const [one, two] = [new Reader(), new Reader()];
    t.join(b, one, interestIn([whole(1)]));
    t.join(sourceOf(3), two, interestIn([whole(2)]));
    t.turn();
    t.announce(a, 1, [1]);
    t.turn();
    t.announce(a, 1, [2]);
    t.turn();
    t.announce(a, 1, [3]);
    t.turn();
    expect([one.take(), two.take()]).toEqual([
      ['end', '+1', '-1'],
      ['end', '+1', '-1'],
    ]);
  });

  it('that was left behind is told to forget what it may hold, and of nothing else', () => {
    const t = setUp(300);
    const reader = new Reader();
    const [a, b] = [sourceOf(1), sourceOf(2)];
    const member = t.join(b, reader, interestIn([whole(1)]));
    for (let key = 1; key <= 30; key++) t.announce(a, key, [key <= 2 ? 1 : 2]);
    t.turn();
    expect(new Set(reader.take())).toEqual(new Set(['end', '+1', '+2']));
    reader.open = false;
    t.announce(a, 2, [3]);
    t.turn();
    // More than the log holds: what it is told comes from the table.
    for (let key = 30; key > 0; key--) {
      t.withdraw(a, key);
      t.turn();
    }
    for (let key = 20; key <= 25; key++) t.announce(a, key, [key === 25 ? 1 : 2]);
    t.turn();
    reader.open = true;
    reader.drain();
    member.writable();
    t.turn();
    expect(member.resyncs).toBe(1);
    expect(new Set(reader.take())).toEqual(new Set(['-1', '-2', '+25']));
  });

  it('is told to forget a route that becomes one that it cannot take', () => {
    const t = setUp();
    const a = sourceOf(1);
    const reader = new Reader();
    const member = t.join(sourceOf(2), reader, everything, Requirement.Ipv6TunnelEnd);
    t.turn();
    t.announce(a, 1, []);
    t.turn();
    t.announce(a, 1, [], DEMANDING);
    t.turn();
    t.announce(a, 2, [], DEMANDING);
    t.turn();
    t.withdraw(a, 2);
    t.turn();
    expect(reader.take()).toEqual(['end', '+1', '-1']);
    expect(t.distributor.sentTo(member)).toEqual({ routes: 0, heldBack: 1 });
    expect(t.distributor.demandsOf(1, Requirement.Ipv6TunnelEnd)).toBe(true);
    t.announce(a, 1, []);
    t.turn();
    expect(reader.take()).toEqual(['+1']);
  });

  it('shares its class with members that take everything', () => {
    const t = setUp();
    const [a, b] = [sourceOf(1), sourceOf(2)];
    const [some, all] = [new Reader(), new Reader()];
    t.join(b, some, interestIn([whole(1)]));
    t.join(sourceOf(3), all);
    t.turn();
    t.announce(a, 1, [1]);
    t.announce(a, 2, [2]);
    t.turn();
    t.announce(a, 1, [2], 2);
    t.turn();
    t.withdraw(a, 1);
    t.turn();
    expect(some.take()).toEqual(['end', '+1', '-1']);
    expect(all.take()).toEqual(['end', '+1', '+2', '+1', '-1']);
  });

  it('is spared what it cannot take, until it can', () => {
    const t = setUp();
    const a = sourceOf(1);
    const reader = new Reader();
    const member = t.join(sourceOf(2), reader, everything, Requirement.Ipv6Originator);
    t.turn();
    t.announce(a, 1, []);
    t.announce(a, 44, []);
    t.turn();
    t.withdraw(a, 1);
    t.turn();
    expect(reader.take()).toEqual(['end', '+1', '-1']);
    expect(t.distributor.sentTo(member)).toEqual({ routes: 0, heldBack: 1 });
    expect([1, 2].map((source) => t.distributor.demandsOf(source, Requirement.Ipv6Originator))).toEqual([true, false]);
    member.allow(Requirement.Ipv6Originator);
    t.turn();
    expect(reader.take()).toEqual(['+44']);
    expect(t.distributor.sentTo(member)).toEqual({ routes: 1, heldBack: 0 });
  });
});

describe('a member that takes several paths', () => {
  it('is sent each path under an identifier of its own, and none of its own', () => {
    const t = setUp();
    const [a, b, c] = [sourceOf(1), sourceOf(2), sourceOf(3)];
    const readers = [new Reader(true), new Reader(true)];
    t.joinAll(c, readers[0] as Reader);
    t.joinAll(a, readers[1] as Reader);
    t.announce(a, 1, []);
    t.announce(b, 1, []);
    t.turn();
    const held = readers.map(({ routes }) => [...routes.values()].sort());
    expect(held).toEqual([['10.0.1.1', '10.0.1.2'], ['10.0.1.2']]);
    expect(new Set(readers[0]?.routes.keys()).size).toBe(2);
    t.withdraw(a, 1);
    t.turn();
    expect(readers.map(({ routes }) => [...routes.values()])).toEqual([['10.0.1.2'], ['10.0.1.2']]);
    t.drop(b);
    t.turn();
    expect(readers.map(({ routes }) => routes.size)).toEqual([0, 0]);
    expect([t.paths.tombstones, t.paths.paths, t.attributes.size, t.riders.size]).toEqual([0, 0, 0, 0]);
  });

  it('takes them in by their identifier', () => {
    const t = setUp();
    const a = sourceOf(1, 'client', { addPath: new Set([Family.Evpn]) });
    const context = { ...defaultContext, addPath: new Set([Family.Evpn]) };
    const say = (nextHop: string | undefined, pathId: number) => {
      const nlri = [{ ...macIp(1), pathId }];
      const family = Family.Evpn;
      const attributes =
        nextHop === undefined
          ? { mpUnreachNlri: { family, nlri } }
          : { ...plain, mpReachNlri: { family, nextHop, nlri } };
      expect(t.receive(a, encodeUpdate({ withdrawn: [], attributes, nlri: [] }, context)).fault).toBeUndefined();
      t.turn();
    };
    const [all, best] = [new Reader(true), new Reader()];
    t.joinAll(sourceOf(2), all);
    t.join(sourceOf(3), best);
    say('10.0.0.7', 7);
    say('10.0.0.9', 9);
    expect([...all.routes.values()]).toEqual(['10.0.0.7', '10.0.0.9']);
    expect([...best.routes.values()]).toEqual(['10.0.0.7']);
    say(undefined, 7);
    expect([...all.routes.values()]).toEqual(['10.0.0.9']);
    expect([...best.routes.values()]).toEqual(['10.0.0.9']);
    // one that was never announced (RFC 7911 §5)
    say(undefined, 8);
    say('10.0.0.5', 9);
    expect([...all.routes.values()]).toEqual(['10.0.0.5']);
    expect(t.table.pathsTo(0).map(({ pathId }) => pathId)).toEqual([9]);
  });
});

describe('whatever happens', () => {
  it('each member ends with exactly what it takes', () => {
    const operation = fc.record({
      kind: fc.constantFrom(
        ...([
          'announce',
          'announce',
          'announce',
          'withdraw',
          'turn',
          'toggle',
          'interest',
          'vnis',
          'vnis',
          'drop',
        ] as const),
        ...(['join', 'leave', 'refresh', 'end'] as const),
      ),
      who: fc.nat(3),
      key: fc.nat(50),
      n: fc.integer({ min: 1, max: 3 }),
      targets: fc.subarray(encodings),
      asked: fc.array(
        fc.record({
          bits: fc.oneof(fc.constant(64), fc.integer({ min: 32, max: 63 }), fc.integer({ min: 0, max: 31 })),
          of: fc.constantFrom(...encodings),
        }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 150 }),
        fc.constantFrom(300, 3000, 1 << 20),
        (operations, logLimit) => {
          const t = setUp(logLimit);
          const sources = [1, 2, 3, 4].map((index) => sourceOf(index));
          const held = sources.map(() => new Map<number, { n: number; targets: readonly string[] }>());
          // 0 and 1 take what they ask for, 2 everything; 1 and 2 but for what they cannot take. 3 takes all paths.
          const wanted: Wish[] = [{ prefixes: [] }, { prefixes: [] }];
          const members = new Map<number, { reader: Reader; member: Member }>();
          for (const { kind, who, key, n, targets, asked } of operations) {
            const source = sources[who] as Source;
            const entry = members.get(who);
            if (kind === 'announce') {
              t.announce(source, key, targets, n);
              held[who]?.set(key, { n, targets });
            } else if (kind === 'withdraw') {
              t.withdraw(source, key);
              held[who]?.delete(key);
            } else if (kind === 'drop') {
              t.drop(source);
              held[who]?.clear();
            } else if (kind === 'turn') t.turn();
            else if (kind === 'refresh') entry?.member.refresh();
            else if (kind === 'end') entry?.member.releaseEndOfRib();
            else if (kind === 'interest' && who < 2) {
              wanted[who] = { prefixes: asked };
              entry?.member.setInterest(interestOf(wanted[who]));
            } else if (kind === 'vnis' && who < 2) {
              // More of them than before, or others.
              const before = wanted[who];
              const kept = before !== undefined && 'vnisOf' in before && n > 1 ? before.vnisOf : [];
              wanted[who] = { vnisOf: [...kept, ...targets.slice(0, 2)] };
              entry?.member.setInterest(interestOf(wanted[who]));
            } else if (kind === 'toggle' && entry !== undefined) {
              entry.reader.open = !entry.reader.open;
              if (entry.reader.open) {
                entry.reader.drain();
                entry.member.writable();
              }
            } else if (kind === 'leave' && entry !== undefined) {
              (who === 3 ? t.all : t.distributor).leave(entry.member);
              members.delete(who);
            } else if (kind === 'join' && entry === undefined) {
              const reader = new Reader(who === 3);
              const interest = interestOf(wanted[who] ?? { prefixes: [] });
              const join = () => {
                if (who === 3) return t.joinAll(source, reader);
                if (who === 2) return t.join(source, reader, everything, CANNOT);
                return t.join(source, reader, interest, who === 1 ? CANNOT : 0, true);
              };
              members.set(who, { reader, member: join() });
            }
          }
          for (const { reader, member } of members.values()) {
            reader.open = true;
            reader.drain();
            member.writable();
            member.releaseEndOfRib();
          }
          t.turn();
          for (const [who, { reader, member }] of members) {
            const expected: string[] = [];
            for (let key = 0; key <= 50; key++) {
              const paths = sources
                .map(({ index }, i) => ({ index, path: held[i]?.get(key) }))
                .flatMap(({ index, path }) => (path === undefined ? [] : [{ ...path, index }]))
                // Lowest next hop (type 2), lowest originator (type 3).
                .sort((x, y) => (key < IPV6_KEYS ? x.n - y.n || x.index - y.index : x.index - y.index));
              for (const { n, targets, index } of who === 3 ? paths : paths.slice(0, 1)) {
                if (index === who + 1) continue;
                if (who < 2 && !targets.some((one) => wishes(one, wanted[who] as Wish))) continue;
                if ((who === 1 || who === 2) && (key >= IPV6_KEYS || n === DEMANDING)) continue;
                expected.push(`${key} 10.0.${n}.${index}`);
              }
            }
            const got = [...reader.routes].map(([key, nextHop]) => `${Number.parseInt(key, 10)} ${nextHop}`);
            expect(got.sort()).toEqual(expected.sort());
            expect(reader.events.filter((event) => event === 'end')).toEqual(['end']);
            if (who < 2) expect(t.distributor.sentTo(member)?.routes).toBe(expected.length);
            // Not even a withdrawal of what it cannot take.
            const keys = reader.events.map((event) => Number.parseInt(event.slice(1), 10));
            if (who === 1 || who === 2) expect(keys.filter((key) => key >= IPV6_KEYS)).toEqual([]);
          }
          for (const source of sources) t.drop(source);
          t.turn();
          expect([t.attributes.size, t.riders.size, t.attributes.targetSets.size]).toEqual([0, 0, 0]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
