import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCounts } from '../../../../src/bgp-ts/rib/ingest.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { hardest } from '../../../../src/bgp-ts/wire/fault.ts';
import { decodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { EvpnNlri } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { keyEvpn } from '../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { encodeNlri } from '../../../../src/bgp-ts/wire/nlri/registry.ts';
import { toHex } from '../wire/hex.ts';
import { announcedRoute, evpnRoute } from '../wire/nlri/arbitrary.ts';
import { announcement, macIp, plain, rib, sourceOf, updateOf, withdrawal } from './kit.ts';

const route = (octets: string) => `63${(octets.length / 2).toString(16).padStart(2, '0')}${octets}`;
const reach = (nlri: string) => attribute('80', '0e', `001946040a01000100${nlri}`);
const unreach = (nlri: string) => attribute('80', '0f', `001946${nlri}`);
const attribute = (flags: string, code: string, value: string) =>
  flags + code + (value.length / 2).toString(16).padStart(2, '0') + value;
const mandatory = '40010100400200';
const [A, B] = [route('aaaa'), route('bbbb')];

/** What the source holds after these UPDATEs, and what was counted. */
function feed(...updates: Uint8Array[]) {
  const t = rib();
  const source = sourceOf(1);
  const counts = emptyCounts();
  const faults = updates.map((bytes) => t.receive(source, bytes, counts).fault);
  t.decide();
  const held: string[] = [];
  for (let at = 0; at < t.table.end; at++) {
    if (!t.table.isUsed(at) || t.table.pathsTo(at).length === 0) continue;
    const keyAt = t.table.keyAt(at);
    const start = t.table.arena.start(keyAt);
    held.push(toHex(t.table.arena.bytes, start, start + t.table.arena.length(keyAt)));
  }
  return { ...t, counts, faults, held: held.sort() };
}

const announceA = updateOf(reach(A) + mandatory);

describe('an UPDATE', () => {
  it('announces, and counts what it did', () => {
    const { held, counts } = feed(updateOf(reach(A + B) + mandatory));
    expect(held).toEqual(['aaaa', 'bbbb']);
    expect(counts).toEqual({ ...emptyCounts(), updates: 1, announced: 2 });
  });

  it('withdraws what is held, and counts that alone', () => {
    const { held, counts } = feed(announceA, updateOf(unreach(A + B)));
    expect(held).toEqual([]);
    expect(counts).toMatchObject({ updates: 2, withdrawn: 1, endsOfRib: new Set() });
  });

  it.each([
    ['behind', reach(B) + mandatory + unreach(A)],
    ['before', unreach(A) + mandatory + reach(B)],
  ])('does both at once, MP_UNREACH_NLRI %s', (_, attributes) => {
    expect(feed(announceA, updateOf(attributes)).held).toEqual(['bbbb']);
  });

  it('announces a route that it names in both', () => {
    const { held, counts } = feed(announceA, updateOf(unreach(A) + reach(A) + mandatory));
    expect(held).toEqual(['aaaa']);
    expect(counts).toMatchObject({ announced: 2, withdrawn: 1 });
  });

  it('is End-of-RIB with an empty MP_UNREACH_NLRI and nothing else (RFC 4724 §2)', () => {
    expect(feed(updateOf('800f03001946')).counts.endsOfRib).toEqual(new Set([Family.Evpn]));
    expect(feed(updateOf('900f0003001946')).counts.endsOfRib).toEqual(new Set([Family.Evpn]));
    expect(feed(updateOf(`800f03001946${mandatory}`)).counts.endsOfRib).toEqual(new Set());
    expect(feed(updateOf(`800f03001946${reach(A)}${mandatory}`)).counts.endsOfRib).toEqual(new Set());
  });

  it('of another family is counted and changes nothing', () => {
    const vpls = attribute('80', '0e', '001941040a01000100') + mandatory;
    const ended = feed(announceA, updateOf(''), updateOf(vpls), updateOf('800f03000201'));
    expect(ended.held).toEqual(['aaaa']);
    expect(ended.faults).toEqual([undefined, undefined, undefined, undefined]);
    expect(ended.counts).toMatchObject({ otherFamily: 3, endsOfRib: new Set() });
  });

  it('with IPv4 routes beside counts for its EVPN routes', () => {
    const { held, counts } = feed(updateOf(`${reach(A)}${mandatory}4003040a000001`, '180a0000', '180a0001'));
    expect(held).toEqual(['aaaa']);
    expect(counts).toMatchObject({ announced: 1, otherFamily: 0, faults: new Map() });
  });

  it('with a NEXT_HOP that is no address counts all the same (RFC 4760 §3)', () => {
    expect(feed(updateOf(`${reach(A)}${mandatory}40030400000000`)).held).toEqual(['aaaa']);
    expect(feed(updateOf(`${reach(A)}${mandatory}40030400000000`, '180a0000')).held).toEqual(['aaaa']);
  });
});

/** Name, attribute field, outcome, and what is held of A (announced before) and B (announced here). */
const faulty: readonly [string, string, string, string[], Record<string, number>][] = [
  ['a missing ORIGIN', `${reach(B)}400200`, 'treat-as-withdraw', ['aaaa'], { 'attribute-missing': 1 }],
  ['a bad ORIGIN', `${reach(A + B)}40010109400200`, 'treat-as-withdraw', [], { 'origin-value': 1 }],
  [
    'a bad AGGREGATOR',
    `${reach(B)}${mandatory}c00703010203`,
    'attribute-discard',
    ['aaaa', 'bbbb'],
    { 'aggregator-length': 1 },
  ],
  [
    'an attribute twice',
    `${reach(B)}${mandatory}40010100`,
    'attribute-discard',
    ['aaaa', 'bbbb'],
    { 'attribute-repeated': 1 },
  ],
  [
    'an attribute that is cut',
    `${reach(A + B)}${mandatory}c00809`,
    'treat-as-withdraw',
    [],
    { 'attribute-overrun': 1 },
  ],
  [
    'a MAC/IP advertisement without room',
    `${reach(`${B}0203010203`)}${mandatory}`,
    'treat-as-withdraw',
    ['aaaa'],
    { 'evpn-length': 1 },
  ],
  [
    'a bad withdrawal beside good routes',
    `${unreach(`0203010203${A}`)}${reach(B)}${mandatory}`,
    'treat-as-withdraw',
    [],
    { 'evpn-length': 1 },
  ],
  [
    'MP_REACH_NLRI with wrong flags',
    `${attribute('c0', '0e', `001946040a01000100${B}`)}${mandatory}`,
    'session-reset',
    ['aaaa'],
    { 'attribute-flags': 1 },
  ],
  ['MP_REACH_NLRI twice', `${reach(B)}${reach(B)}${mandatory}`, 'session-reset', ['aaaa'], { 'attribute-repeated': 1 }],
  ['an NLRI that is cut', `${reach(`${B}6305aa`)}${mandatory}`, 'session-reset', ['aaaa'], { 'nlri-overrun': 1 }],
  [
    'a next hop of five octets',
    `${attribute('80', '0e', `001946050a0100010000${B}`)}${mandatory}`,
    'session-reset',
    ['aaaa'],
    { 'mp-reach-next-hop-length': 1 },
  ],
  [
    'an unrecognised well-known attribute',
    `${reach(B)}${mandatory}406300`,
    'session-reset',
    ['aaaa'],
    { 'attribute-unrecognized': 1 },
  ],
  [
    'a fault without a route (RFC 7606 §5.2)',
    `${unreach(A)}40010109`,
    'session-reset',
    ['aaaa'],
    { 'origin-value': 1, 'update-no-reachable-nlri': 1 },
  ],
  [
    'a fault with MP_REACH_NLRI without a route',
    `${reach('')}40010109400200`,
    'session-reset',
    ['aaaa'],
    { 'origin-value': 1, 'update-no-reachable-nlri': 1 },
  ],
];

/** A type-5 route of 198.51.100.0/24 with RD 65000:1, from its ESI, gateway address and label. */
const prefix = (esi: string, gateway: string, label: string) =>
  `05220000fde800000001${esi}0000000018c6336400${gateway}${label}`;
const [noEsi, someEsi, noGateway, someGateway, noLabel, someLabel] = [
  '00'.repeat(10),
  '00112233445566778899',
  '00000000',
  'c0000201',
  '000000',
  '000064',
];
const community = (octets: string) => attribute('c0', '10', octets);
const goodMac = '0603020000000001';
/** SRv6 L3 Service with SID 2001:db8::, of which 16 bits are in the label. */
const srv6 = attribute(
  'c0',
  '28',
  `05002200 01001e 00 20010db8${'00'.repeat(12)} 000013 00 0100062010 1000 1030`.replaceAll(' ', ''),
);

/** Type-5 routes by RFC 9136 §3.1 and §3.2: what is announced, what stands beside it, and the fault that this is. */
const prefixes: readonly [string, string, string, string | undefined][] = [
  ['ESI and gateway address', prefix(someEsi, someGateway, someLabel), '', 'evpn-overlay-indexes'],
  ['ESI and gateway address, no label', prefix(someEsi, someGateway, noLabel), '', 'evpn-overlay-indexes'],
  ['neither label nor overlay index', prefix(noEsi, noGateway, noLabel), '', 'evpn-overlay-index-missing'],
  [
    'the same beside others',
    prefix(noEsi, noGateway, noLabel),
    community('030c000000000008'),
    'evpn-overlay-index-missing',
  ],
  ["a multicast Router's MAC", prefix(noEsi, noGateway, someLabel), community('060301005e000001'), 'evpn-router-mac'],
  ["a broadcast Router's MAC", prefix(noEsi, noGateway, noLabel), community('0603ffffffffffff'), 'evpn-router-mac'],
  ["a zero Router's MAC", prefix(noEsi, noGateway, someLabel), community('0603000000000000'), 'evpn-router-mac'],
  [
    "a good and a bad Router's MAC",
    prefix(noEsi, noGateway, someLabel),
    community(`${goodMac}060301005e000001`),
    'evpn-router-mac',
  ],
  [
    "an ESI and a bad Router's MAC",
    prefix(someEsi, noGateway, noLabel),
    community('060301005e000001'),
    'evpn-router-mac',
  ],
  [
    "a gateway address and a bad Router's MAC, which is ignored",
    prefix(noEsi, someGateway, noLabel),
    community('060301005e000001'),
    undefined,
  ],
  ['an ESI', prefix(someEsi, noGateway, noLabel), '', undefined],
  ['a gateway address', prefix(noEsi, someGateway, noLabel), '', undefined],
  ["a Router's MAC", prefix(noEsi, noGateway, noLabel), community(goodMac), undefined],
  ["a label and a Router's MAC", prefix(noEsi, noGateway, someLabel), community(goodMac), undefined],
  ['a label', prefix(noEsi, noGateway, someLabel), '', undefined],
  ['VNI 1, whose upper 20 bits are zero', prefix(noEsi, noGateway, '000001'), '', undefined],
  ['a label field that is part of a SID', prefix(noEsi, noGateway, noLabel), srv6, undefined],
];

describe('a type-5 route (RFC 9136 §3)', () => {
  it.each(prefixes)('with %s', (_, nlri, beside, code) => {
    const octets = updateOf(`${reach(A + nlri)}${mandatory}${beside}`);
    const { held, counts } = feed(announceA, octets);
    expect(held.length).toBe(code === undefined ? 2 : 0);
    expect(Object.fromEntries(counts.faults)).toEqual(code === undefined ? {} : { [code]: 1 });
    expect(counts.withdrawnByError).toBe(code === undefined ? 0 : 1);
    const { faults } = decodeUpdate(octets, sourceOf(1).decode);
    expect(faults).toMatchObject(
      code === undefined
        ? []
        : [{ code, outcome: 'treat-as-withdraw', attribute: 14, notification: { code: 3, subcode: 9 } }],
    );
    // the route's own place, behind MP_REACH_NLRI's head and route A
    if (code !== undefined) expect(faults[0]?.offset).toBe(23 + 3 + 9 + A.length / 2);
  });

  it.each(prefixes)('withdrawn as if with %s, is not judged', (_, nlri) => {
    const announced = updateOf(`${reach(prefix(noEsi, noGateway, someLabel))}${mandatory}`);
    const { held, counts } = feed(announced, updateOf(unreach(nlri)));
    expect(held).toEqual([]);
    expect(counts).toMatchObject({ announced: 1, withdrawn: 1, withdrawnByError: 0, faults: new Map() });
    expect(decodeUpdate(updateOf(unreach(nlri)), sourceOf(1).decode).faults).toEqual([]);
  });

  it('is judged behind its path identifier, too (RFC 7911 §3)', () => {
    const addPath = new Set([Family.Evpn]);
    const t = rib();
    const source = sourceOf(1, 'client', { addPath });
    const bad = updateOf(`${reach(`00000007${prefix(noEsi, noGateway, noLabel)}`)}${mandatory}`);
    const { counts } = t.receive(source, bad);
    expect(Object.fromEntries(counts.faults)).toEqual({ 'evpn-overlay-index-missing': 1 });
    expect(decodeUpdate(bad, source.decode).faults).toMatchObject([{ offset: 23 + 3 + 9 + 4 }]);
    expect(t.table.paths).toBe(0);
  });

  it('takes back what was held of it', () => {
    const good = updateOf(`${reach(prefix(noEsi, noGateway, someLabel))}${mandatory}`);
    const bad = updateOf(`${reach(prefix(someEsi, someGateway, someLabel))}${mandatory}`);
    expect(feed(good, bad)).toMatchObject({
      held: [],
      counts: { announced: 1, withdrawn: 0, withdrawnByError: 1, treatedAsWithdrawn: 1 },
    });
  });
});

describe('a next hop that is no host’s address', () => {
  it.each(['0400000000', '04e0000001', '04ffffffff', `10${'00'.repeat(16)}`, `10ff02${'00'.repeat(13)}01`])(
    '%s costs the routes',
    (hop) => {
      const octets = updateOf(`${attribute('80', '0e', `001946${hop}00${A}${B}`)}${mandatory}`);
      const { held, counts } = feed(announceA, octets);
      expect(held).toEqual([]);
      expect(Object.fromEntries(counts.faults)).toEqual({ 'mp-reach-next-hop-address': 1 });
      expect(counts.withdrawnByError).toBe(1);
      expect(decodeUpdate(octets, sourceOf(1).decode).faults).toMatchObject([
        { code: 'mp-reach-next-hop-address', outcome: 'treat-as-withdraw' },
      ]);
    },
  );

  it.each(['047f000001', `10${'00'.repeat(15)}01`])('unlike loopback, %s', (hop) => {
    const octets = updateOf(`${attribute('80', '0e', `001946${hop}00${A}${B}`)}${mandatory}`);
    expect(feed(octets)).toMatchObject({ held: ['aaaa', 'bbbb'], counts: { faults: new Map() } });
  });
});

describe('an UPDATE with a fault costs what RFC 7606 says', () => {
  it.each(faulty)('%s', (_, attributes, outcome, held, codes) => {
    const found = feed(announceA, updateOf(attributes));
    expect(found.held).toEqual(held);
    expect(found.faults[1]?.outcome).toBe(outcome === 'session-reset' ? outcome : undefined);
    expect(Object.fromEntries(found.counts.faults)).toEqual(codes);
    expect(hardest(decodeUpdate(updateOf(attributes), sourceOf(1).decode).faults)).toBe(outcome);
  });

  it('counts the routes that a fault withdrew', () => {
    expect(feed(announceA, updateOf(`${reach(A + B)}40010109400200`)).counts).toMatchObject({
      announced: 1,
      withdrawn: 0,
      withdrawnByError: 1,
      treatedAsWithdrawn: 2,
    });
  });

  it('resets the session for fields that run past the message, however short it is', () => {
    const short = updateOf('');
    for (const [at, value] of [
      [20, 1],
      [22, 1],
    ] as const) {
      const bytes = Uint8Array.from(short);
      bytes[at] = value;
      const { faults, counts } = feed(bytes);
      expect(faults[0]).toMatchObject({ code: 'update-length', outcome: 'session-reset' });
      expect(counts.otherFamily).toBe(0);
    }
  });

  it('holds no reference to a set that is not used', () => {
    for (const [, attributes] of faulty) {
      const t = rib();
      t.receive(sourceOf(1), updateOf(attributes));
      t.drop(sourceOf(1));
      t.decide();
      t.table.reclaim(t.table.version);
      expect([t.attributes.size, t.riders.size, t.table.paths]).toEqual([0, 0, 0]);
    }
  });

  it('is told of as it came, with what was wrong and what became of it; one that is right is not', () => {
    const told: unknown[] = [];
    const t = rib(({ index }, { faults, outcome, octets }) =>
      told.push([index, outcome, faults.map(({ code }) => code), toHex(octets)]),
    );
    const counts = emptyCounts();
    for (const bytes of [announceA, updateOf(unreach(A))]) t.receive(sourceOf(1), bytes, counts);
    expect(told).toEqual([]);
    for (const [, attributes] of faulty) {
      const bytes = updateOf(attributes);
      const { counts } = t.receive(sourceOf(1), bytes);
      const [last] = told.splice(0);
      const { faults } = decodeUpdate(bytes, sourceOf(1).decode);
      const outcome = hardest(faults);
      const codes = [...counts.faults.keys()];
      expect(last).toEqual([1, outcome === 'afi-disable' ? 'session-reset' : outcome, expect.any(Array), toHex(bytes)]);
      expect([...new Set((last as string[][])[2])]).toEqual(codes);
    }
  });

  it('counts no more than 64 codes by name', () => {
    const t = rib();
    const counts = emptyCounts();
    for (let i = 0; i < 64; i++) counts.faults.set(`code-${i}`, 1);
    t.receive(sourceOf(1), updateOf(`${reach(B)}400200`), counts);
    expect(counts.faults.size).toBe(65);
    expect(counts.faults.get('other')).toBe(1);
  });
});

/** Key of a route in hexadecimal, type first. */
const keyOf = (nlri: EvpnNlri) => {
  const octets = encodeNlri(Family.Evpn, [nlri], { addPath: false });
  return toHex(octets.subarray(0, 1)) + toHex(keyEvpn(octets, 0, octets.length));
};

describe('any stream of UPDATEs', () => {
  it('leaves the table as a plain model does that decodes everything', () => {
    const routes = fc.array(evpnRoute, { minLength: 1, maxLength: 8 });
    const few = fc.array(
      fc.nat(6).map((key) => macIp(key)),
      { minLength: 1, maxLength: 4 },
    );
    const announced = fc.oneof(fc.array(announcedRoute, { minLength: 1, maxLength: 8 }), few);
    const update = fc.record({
      who: fc.nat(1),
      announced,
      withdrawn: fc.oneof(routes, few),
      kind: fc.constantFrom('announce', 'announce', 'withdraw', 'discard', 'bad'),
      pref: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(update, { maxLength: 40 }), (stream) => {
        const t = rib();
        const sources = [sourceOf(1), sourceOf(2)];
        const model = sources.map(() => new Map<string, { nlri: EvpnNlri; pref: number }>());
        for (const { who, announced, withdrawn, kind, pref } of stream) {
          const held = model[who] as Map<string, { nlri: EvpnNlri; pref: number }>;
          const attributes = { ...plain, localPref: pref };
          const bytes = kind === 'withdraw' ? withdrawal(withdrawn) : announcement(announced, attributes);
          // ORIGIN stands behind MP_REACH_NLRI: 3 is none of its values, and a type of 7 for it an empty AGGREGATOR.
          const origin = bytes.length - 4 - 7 - 3;
          if (kind === 'bad') bytes[origin + 3] = 3;
          const { update: decoded, faults } = decodeUpdate(bytes, (sources[who] as (typeof sources)[0]).decode);
          const outcome = hardest(faults);
          expect(outcome).toBe(kind === 'bad' ? 'treat-as-withdraw' : undefined);
          for (const nlri of decoded.attributes.mpUnreachNlri?.nlri ?? []) held.delete(keyOf(nlri as EvpnNlri));
          for (const nlri of decoded.attributes.mpReachNlri?.nlri ?? []) {
            if (outcome === undefined) held.set(keyOf(nlri as EvpnNlri), { nlri: nlri as EvpnNlri, pref });
            else held.delete(keyOf(nlri as EvpnNlri));
          }
          expect(t.receive(sources[who] as (typeof sources)[0], bytes).fault).toBeUndefined();
        }
        t.decide();
        const found = sources.map(() => new Map<string, string>());
        for (let at = 0; at < t.table.end; at++) {
          if (!t.table.isUsed(at)) continue;
          const keyAt = t.table.keyAt(at);
          const { arena } = t.table;
          const start = arena.start(keyAt);
          const key = toHex(Uint8Array.of(arena.type(keyAt))) + toHex(arena.bytes, start, start + arena.length(keyAt));
          for (const { source, set, rider } of t.table.pathsTo(at)) {
            found[source - 1]?.set(key, `${t.attributes.get(set).rank.localPref}/${toHex(t.riders.get(rider).bytes)}`);
          }
        }
        for (const [i, held] of model.entries()) {
          expect([...(found[i]?.keys() ?? [])].sort()).toEqual([...held.keys()].sort());
          for (const [key, { nlri, pref }] of held) {
            const octets = encodeNlri(Family.Evpn, [nlri], { addPath: false });
            const keyOctets = (key.length - 2) / 2;
            expect(found[i]?.get(key)?.split('/')[0]).toBe(String(pref));
            expect((found[i]?.get(key)?.split('/')[1]?.length ?? -1) / 2).toBe(octets.length - 2 - keyOctets);
          }
          expect(t.table.pathsOf(i + 1)).toBe(held.size);
        }
      }),
    );
  });

  it('never makes it throw, and agrees with the full decoder on what ends the session', () => {
    const t = rib();
    const source = sourceOf(1);
    const valid = fc.array(evpnRoute, { minLength: 1, maxLength: 4 }).map((nlri) => announcement(nlri));
    const mutated = fc
      .tuple(valid, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }))
      .map(([bytes, changes]) => {
        const copy = Uint8Array.from(bytes);
        for (const [at, value] of changes) copy[19 + (at % (copy.length - 19))] = value;
        return copy;
      });
    fc.assert(
      fc.property(mutated, (bytes) => {
        const { fault } = t.receive(source, bytes);
        const { faults } = decodeUpdate(bytes, source.decode);
        expect(fault?.outcome).toBe(hardest(faults) === 'session-reset' ? 'session-reset' : undefined);
      }),
      { numRuns: 3000 },
    );
    t.drop(source);
    t.decide();
    t.table.reclaim(t.table.version);
    expect([t.attributes.size, t.riders.size, t.table.paths, t.table.tombstones]).toEqual([0, 0, 0, 0]);
  });
});
