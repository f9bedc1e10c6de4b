import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NeighbourClass } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundAttributes, outboundForm } from '../../../../src/bgp-ts/egress/outbound.ts';
import type { Source } from '../../../../src/bgp-ts/rib/source.ts';
import { decodeAttributes } from '../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../src/bgp-ts/wire/attribute/encode.ts';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { concat } from '../../../../src/bgp-ts/wire/bytes.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { announcement, local, macIp, plain, rib, sourceOf, updateOf } from '../rib/kit.ts';
import { hex, toHex } from '../wire/hex.ts';

const toward = (kind: NeighbourClass['kind'], patch: Partial<NeighbourClass> = {}): NeighbourClass => ({
  kind,
  asn4: true,
  maxMessage: 4096,
  localAsn: 65000,
  index: 0,
  ...patch,
});

const reach = '800e0d 0019 46 04 0a010001 00 6302abcd';
const pmsi = 'c01609 00 06 0004c1 0a010001';
const rt = 'c01008 0002fde8000004c1';
const inside = `40010100 400200 400504000000c8 ${rt} ${pmsi}`;

/** What becomes of an attribute field on its way from a source to a class, in hexadecimal. */
function sent(attributes: string, from: Source, to: NeighbourClass): string {
  const t = rib();
  const bytes = updateOf(reach + attributes);
  t.receive(from, bytes);
  t.decide();
  const set = t.attributes.get(t.table.sentSet(0));
  const form = outboundForm(set, to, local);
  expect(outboundForm(set, to, local)).toBe(form);
  expect(form.size).toBe(form.reach.length + form.others.length);
  return toHex(form.others);
}

const is = (text: string) => toHex(hex(text));
const client = sourceOf(9);
const external = sourceOf(9, 'ebgp');

describe('towards internal neighbours', () => {
  it('adds ORIGINATOR_ID and CLUSTER_LIST to what came from inside, and leaves the rest as it came (RFC 4456 §8)', () => {
    const expected = `40010100 400200 400504000000c8 8009040a000009 800a040a000064 ${rt} ${pmsi}`;
    expect(sent(inside, client, toward('client'))).toBe(is(expected));
    expect(sent(inside, sourceOf(9, 'non-client'), toward('client'))).toBe(is(expected));
  });

  it('keeps an ORIGINATOR_ID and stands first in the CLUSTER_LIST', () => {
    const came = '40010100 400200 40050400000064 8009040a000077 800a08 0a000063 0a000062';
    const goes = '40010100 400200 40050400000064 8009040a000077 800a0c 0a000064 0a000063 0a000062';
    expect(sent(came, client, toward('client'))).toBe(is(goes));
  });

  it('gives a CLUSTER_LIST of more than 255 octets a length of two', () => {
    const came = `40010100 400200 40050400000064 8009040a000077 800afc ${'0a000063'.repeat(63)}`;
    const goes = `40010100 400200 40050400000064 8009040a000077 900a0100 0a000064 ${'0a000063'.repeat(63)}`;
    expect(sent(came, client, toward('client'))).toBe(is(goes));
  });

  it('gives what came from outside a LOCAL_PREF, keeps its MED, and marks nothing', () => {
    const came = '40010100 400206 0201 0000fde9 800404 00000005';
    expect(sent(came, external, toward('client'))).toBe(is(`${came} 40050400000064`));
    // LOCAL_PREF from outside is discarded (RFC 7606 §7.5).
    expect(sent(`${came} 400504000003e8`, external, toward('client'))).toBe(is(`${came} 40050400000064`));
  });

  it('tells what is our own as we say it, once it has a LOCAL_PREF and nothing that does not go out', () => {
    const own = sourceOf(9, 'local');
    expect(sent(inside, own, toward('client'))).toBe(is(inside));
    const without = `40010100 400200 ${rt} ${pmsi}`;
    const withPreference = `40010100 400200 40050400000064 ${rt} ${pmsi}`;
    expect(sent(without, own, toward('client'))).toBe(is(withPreference));
    expect(sent(`40010100 400200 4003040a000001 40050400000064 ${rt}`, own, toward('client'))).toBe(
      is(`40010100 400200 40050400000064 ${rt}`),
    );
    expect(sent(`40010100 400200 40050400000064 ${rt} c06303010203 80640101`, own, toward('client'))).toBe(
      is(`40010100 400200 40050400000064 ${rt} e06303010203`),
    );
    const path = '400206 0201 0000fde9';
    expect(sent(`40010100 ${path} 40050400000064 ${rt}`, own, toward('client', { asn4: false }))).toBe(
      is(`40010100 400204 0201 fde9 40050400000064 ${rt}`),
    );
  });

  it('leaves out what was discarded, NEXT_HOP, and what is unknown and not transitive', () => {
    const came = `40010100 400200 4003040a000001 40050400000064 c00703010203 80630101 ${rt}`;
    expect(sent(came, client, toward('client'))).toBe(
      is(`40010100 400200 40050400000064 8009040a000009 800a040a000064 ${rt}`),
    );
  });

  it('passes on what is unknown and transitive, marked as partial (RFC 4271 §5)', () => {
    const came = `40010100 400200 40050400000064 ${rt} c06303010203`;
    expect(sent(came, client, toward('client'))).toBe(
      is(`40010100 400200 40050400000064 8009040a000009 800a040a000064 ${rt} e06303010203`),
    );
  });

  it('keeps the Partial bit that a known attribute came with', () => {
    const came = `40010100 400200 40050400000064 ${rt.replace('c0', 'e0')}`;
    expect(sent(came, client, toward('client'))).toContain(is(rt.replace('c0', 'e0')));
  });
});

describe('towards external neighbours', () => {
  it('puts our AS first and leaves out what is for the inside (RFC 4271 §5.1, RFC 4456 §8, RFC 4360 §6, RFC 7311 §3.3)', () => {
    const notTransitive = '4300000000000007';
    const came = [
      '40010100 40020a 0202 0000fdea 0000fdeb 80040400000007 40050400000064',
      `8009040a000077 800a040a000063 c01010 0002fde8000004c1 ${notTransitive} 801a0b 01000b0000000000000005 ${pmsi}`,
    ].join('');
    expect(sent(came, client, toward('ebgp'))).toBe(
      is(`40010100 40020e 0203 0000fde8 0000fdea 0000fdeb ${rt} ${pmsi}`),
    );
  });

  it('has no EXTENDED COMMUNITIES left when none is transitive', () => {
    expect(sent('40010100 400200 40050400000064 c01008 4300000000000007', client, toward('ebgp'))).toBe(
      is('40010100 400206 0201 0000fde8'),
    );
  });

  it.each([
    ['an empty path', '400200', '400206 0201 0000fde8'],
    ['a set first', '400206 0101 0000fdea', '40020c 0201 0000fde8 0101 0000fdea'],
    ['confederation segments first', '40020c 0301 0000fc00 0201 0000fdea', '40020a 0202 0000fde8 0000fdea'],
    [
      'a full sequence first',
      `500203fe 02ff ${'0000fdea'.repeat(255)}`,
      `50020404 0201 0000fde8 02ff ${'0000fdea'.repeat(255)}`,
    ],
  ])('prepends to %s', (_, came, goes) => {
    expect(sent(`40010100 ${came} 40050400000064`, client, toward('ebgp'))).toBe(is(`40010100 ${goes}`));
  });
});

describe('towards clients of a route server (RFC 7947 §2.2)', () => {
  const to = toward('ebgp', { isRouteServerClient: true });
  const path = '40020a 0202 0000fdea 0000fdeb';

  it('leaves AS_PATH, MED, communities and the unknown as they came', () => {
    const came = `40010100 ${path} 80040400000007 c00804 fde80001 ${rt} ${pmsi}`;
    expect(sent(came, external, to)).toBe(is(came));
  });

  it('leaves out what is for the inside all the same', () => {
    const came = `40010100 ${path} 80040400000007 40050400000064 8009040a000077 800a040a000063 ${rt}`;
    expect(sent(came, client, to)).toBe(is(`40010100 ${path} 80040400000007 ${rt}`));
    const confederate = `40010100 400210 0301 0000fc00 0202 0000fdea 0000fdeb 40050400000064`;
    expect(sent(confederate, client, to)).toBe(is(`40010100 ${path}`));
  });

  it('names our AS before what begins in it', () => {
    expect(sent('40010100 400200 80040400000007 40050400000064', client, to)).toBe(is('40010100 400206 0201 0000fde8'));
  });
});

describe('AS numbers of two octets', () => {
  const wide = '40010100 40020a 0202 0003000d 0000fdea';

  it('come to such a neighbour with AS_TRANS and AS4_PATH (RFC 6793 §4.2.2)', () => {
    expect(sent(wide, external, toward('client', { asn4: false }))).toBe(
      is('40010100 400206 0202 5ba0 fdea 40050400000064 c0110a 0202 0003000d 0000fdea'),
    );
    expect(sent(wide, external, toward('ebgp', { asn4: false, localAsn: 200000 }))).toBe(
      is('40010100 400208 0203 5ba0 5ba0 fdea c0110e 0203 00030d40 0003000d 0000fdea'),
    );
  });

  it('of such a neighbour become four, AS4_PATH merged (RFC 6793 §4.2.3)', () => {
    const old = sourceOf(9, 'ebgp', { asn4: false });
    const came = '40010100 400206 0202 5ba0 fdea c0110a 0202 0003000d 0000fdea';
    expect(sent(came, old, toward('client'))).toBe(is(`${wide} 40050400000064`));
  });

  it('that grow beyond what an attribute holds make a form that fits no message', () => {
    const t = rib();
    const old = sourceOf(9, 'client', { asn4: false, extendedMessages: true });
    const segment = { type: 'sequence', asns: new Array(255).fill(64512) } as const;
    const attributes = { ...plain, asPath: new Array(125).fill(segment) };
    const context = { asn4: false, extendedMessages: true };
    const bytes = announcement([macIp(1)], attributes, '10.1.0.1', context);
    expect(bytes.length).toBeGreaterThan(60_000);
    expect(t.receive(old, bytes).fault).toBeUndefined();
    t.decide();
    const set = t.attributes.get(t.table.sentSet(0));
    expect(set.rank.asPathLength).toBe(125 * 255);
    expect(outboundForm(set, toward('client', { maxMessage: 65_535 }), local).size).toBe(Number.POSITIVE_INFINITY);
    expect(outboundForm(set, toward('client', { maxMessage: 65_535, asn4: false, index: 1 }), local).size).toBeLessThan(
      65_000,
    );
  });
});

it('MP_REACH_NLRI keeps its next hop; the reserved octet is zero', () => {
  const t = rib();
  t.receive(client, updateOf(`${reach.replace(' 00 63', ' 07 63')}${inside}`));
  t.receive(client, updateOf(`800e19 0019 46 10 20010db8000000000000000000000005 00 6302eeee${inside}`));
  t.decide();
  const forms = [0, 1].map((at) => outboundForm(t.attributes.get(t.table.sentSet(at)), toward('client'), local));
  expect(forms.map(({ reach: head }) => toHex(head))).toEqual([
    is('0019 46 04 0a010001 00'),
    is('0019 46 10 20010db8000000000000000000000005 00'),
  ]);
});

describe('for any attributes', () => {
  const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const one = (flags: string, code: string, value: fc.Arbitrary<Uint8Array>) =>
    value.map((v) => concat([hex(flags + code), Uint8Array.of(v.length), v]));
  const list = (length: number) => fc.integer({ min: 1, max: 8 }).chain((count) => octets(length * count));
  const anything = fc.uint8Array({ maxLength: 60 });
  const some = fc
    .tuple(
      fc.shuffledSubarray([
        one('c0', '08', list(4)),
        one('c0', '10', list(8)),
        one('c0', '20', list(12)),
        one('c0', '19', list(20)),
        one('c0', '16', anything),
        one('c0', '17', anything),
        one('c0', '28', anything),
        one('c0', '24', anything),
        one('80', '1a', anything),
        one('c0', '07', octets(8)),
        one('80', '04', octets(4)),
        one('80', '09', octets(4)),
        one('80', '0a', list(4)),
        one('c0', '63', anything),
        one('80', '64', anything),
        one('e0', '65', anything),
      ]),
    )
    .chain(([attributes]) => fc.tuple(...attributes))
    .map((parts) => concat([hex('40010100 400206 0201 0000fdea'), ...parts]));
  const classes = [
    toward('client'),
    toward('non-client', { asn4: false }),
    toward('ebgp'),
    toward('ebgp', { asn4: false }),
  ];

  it('what goes out reads back without a fault as what was meant', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...classes), fc.constantFrom(client, external), (block, to, from) => {
        const { attributes } = decodeAttributes(block, 0, block.length, from.decode);
        const meant: PathAttributes = outboundAttributes(attributes, from, to, local);
        const wire = encodeAttributes(meant, { asn4: to.asn4, addPath: new Set(), extendedMessages: false });
        const session = to.kind === 'ebgp' ? 'ebgp' : 'ibgp';
        const back = decodeAttributes(wire, 0, wire.length, { ...defaultContext, asn4: to.asn4, session });
        expect(back.faults).toEqual([]);
        expect(back.attributes).toEqual(meant);
      }),
      { numRuns: 2000 },
    );
  });
});
