import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assess } from '../../../../src/bgp-ts/rib/assess.ts';
import { AttributeStore, mobilityDecides } from '../../../../src/bgp-ts/rib/attribute-store.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { emptyLayout, locateUpdate } from '../../../../src/bgp-ts/wire/update-layout.ts';
import { toHex } from '../wire/hex.ts';
import { local, sourceOf, updateOf } from './kit.ts';

const reach = '900e000d 0019 46 04 0a010001 00';
const reachWith = (nlri: string) =>
  `800e${(9 + nlri.length / 2).toString(16).padStart(2, '0')}0019 46 04 0a010001 00${nlri}`;
const unreach = '800f07 0019 46 63 02 abcd';
const origin = '40010100';
const asPath = '40020602010000fde9';
const block = '900e0009 0019 46 04 0a010001 00'.replaceAll(' ', '');

function store() {
  const assessed: string[] = [];
  const attributes = new AttributeStore(
    { hashSeed: 5 },
    {
      assess: (octets, source) => {
        assessed.push(toHex(octets));
        return assess(octets, source, local);
      },
    },
  );
  const intern = (field: string, source = sourceOf(1)) => {
    const bytes = updateOf(field);
    const layout = emptyLayout();
    expect(locateUpdate(bytes, 0, bytes.length, layout)).toBe(0);
    return attributes.intern(source, bytes, layout, layout.reachValue + 9);
  };
  return { attributes, intern, assessed };
}

describe('AttributeStore', () => {
  it('puts MP_REACH_NLRI first, without its NLRI, and the other attributes behind it as they came', () => {
    const { intern, assessed } = store();
    const set = intern(`${origin}${reach}63021234${asPath}`);
    expect(toHex(set.block)).toBe(`${block}${origin}${asPath}`);
    expect(set.family).toBe(Family.Evpn);
    expect(assessed).toEqual([`${block}${origin}${asPath}`]);
  });

  it('takes for one set whatever differs in NLRI, in MP_UNREACH_NLRI or in where these two stand', () => {
    const { attributes, intern, assessed } = store();
    const source = sourceOf(1);
    const fields = [
      `${reachWith('63021234')}${origin}${asPath}`,
      `${origin}${reachWith('6302123463025678')}${asPath}`,
      `${origin}${asPath}${reachWith('6300')}`,
      `${unreach}${origin}${reach}63021234${asPath}`,
      `${origin}${reach}63021234${unreach}${asPath}`,
      `${origin}${unreach}${asPath}${reach}63021234`,
      `${reach}63021234${origin}${asPath}${unreach}`,
    ];
    const ids = fields.map((field) => intern(field, source).id);
    expect(ids).toEqual(new Array(fields.length).fill(ids[0]));
    expect(assessed).toHaveLength(1);
    expect([attributes.size, attributes.blockBytes]).toEqual([1, 13 + 4 + 9]);
    for (const id of ids.slice(1)) attributes.release(id);
    expect(attributes.size).toBe(1);
    attributes.release(ids[0] as number);
    expect([attributes.size, attributes.blockBytes]).toEqual([0, 0]);
  });

  it('tells apart next hops, values, orders and sources', () => {
    const { attributes, intern } = store();
    const [one, again] = [sourceOf(1), sourceOf(1)];
    const ids = [
      intern(`${reach}63021234${origin}${asPath}`, one).id,
      intern(`${reach.replace('0a010001', '0a010002')}63021234${origin}${asPath}`, one).id,
      intern(`${reach}63021234${origin.replace(/00$/, '01')}${asPath}`, one).id,
      intern(`${reach}63021234${asPath}${origin}`, one).id,
      intern(`${reach}63021234${origin}${asPath}`, again).id,
    ];
    expect(new Set(ids).size).toBe(5);
    expect(attributes.size).toBe(5);
    expect(attributes.source(ids[4] as number)).toBe(1);
  });

  it('does not take octets that only flow together for the same set', () => {
    const { intern } = store();
    const source = sourceOf(1);
    const ids = [
      // The same octets before and behind MP_UNREACH_NLRI, cut elsewhere, are the same attributes …
      intern(`${origin}${unreach}${asPath}${reach}63021234`, source).id,
      intern(`${origin}${asPath}${unreach}${reach}63021234`, source).id,
      // … an attribute more is not.
      intern(`${origin}${asPath}${origin}${unreach}${reach}63021234`, source).id,
    ];
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('agrees with a map of octets, whatever stands where', () => {
    const others = fc.shuffledSubarray([origin, asPath, '40050400000064', '80040400000001']);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(others, fc.nat(5), fc.nat(5), fc.boolean(), fc.nat(2)), { maxLength: 30 }),
        (all) => {
          const { attributes, intern } = store();
          const sources = [sourceOf(1), sourceOf(2), sourceOf(3)];
          const known = new Map<string, number>();
          for (const [list, at, other, withdraws, who] of all) {
            const field = [...list];
            field.splice(at, 0, `${reach}63021234`);
            if (withdraws) field.splice(other, 0, unreach);
            const { id } = intern(field.join(''), sources[who]);
            const name = `${who}/${list.join('')}`;
            expect(known.get(name) ?? id).toBe(id);
            known.set(name, id);
          }
          expect(attributes.size).toBe(known.size);
          expect(new Set(known.values()).size).toBe(known.size);
        },
      ),
    );
  });

  it('orders sets by the decision process, and says which of them a lower MED takes out', () => {
    const { attributes, intern } = store();
    const med = (value: string, source = sourceOf(1)) =>
      intern(`${reach}63021234${origin}${asPath}800404000000${value}`, source).id;
    const [low, high] = [med('05'), med('0a', sourceOf(2))];
    expect(attributes.compare(2, low, high)).toBeLessThan(0);
    expect([attributes.excludes(2, low, high), attributes.excludes(2, high, low)]).toEqual([true, false]);
    const same = med('05', sourceOf(3));
    expect(attributes.compare(2, low, same)).toBeLessThan(0);
    expect(attributes.excludes(2, low, same)).toBe(false);
  });

  it('may not use what has been here before', () => {
    const { attributes, intern } = store();
    const looped = intern(`${reach}63021234${origin}40020602010000fde8`);
    expect(looped.ineligible).toBe('as-loop');
    expect(attributes.eligible(looped.id)).toBe(false);
    expect(attributes.eligible(intern(`${reach}63021234${origin}${asPath}`).id)).toBe(true);
  });
});

it('mobility takes part in the decision on MAC/IP advertisements alone', () => {
  expect([1, 2, 3, 5].map((type) => mobilityDecides(Family.Evpn, type))).toEqual([false, true, false, false]);
  expect(mobilityDecides(Family.Ipv4Unicast, 2)).toBe(false);
});

describe('long-lived stale sets (RFC 9494 §4.2)', () => {
  const source = { ...sourceOf(1), longLived: true };
  const setOf = (attributes: AttributeStore, id: number) => attributes.get(id);

  it('have LLGR_STALE among their communities, and are the same for the same set', () => {
    const { attributes, intern } = store();
    const set = intern(`${reachWith('6300')}${origin}${asPath}`, source);
    const ids = [attributes.longLivedStale(set.id), attributes.longLivedStale(set.id)];
    const marked = setOf(attributes, ids[0] as number);
    expect([toHex(marked.block), marked.rank.longLivedStale, ids[1]]).toEqual([
      `${block}${origin}${asPath}c00804ffff0006`,
      true,
      marked.id,
    ]);
    expect([marked.source, marked.family, attributes.size]).toEqual([source, Family.Evpn, 2]);
    // One that came so, octet for octet, is the same as well; and it is what becomes of it.
    expect(intern(`${reachWith('6300')}${origin}${asPath}c00804ffff0006`, source).id).toBe(marked.id);
    expect(attributes.longLivedStale(marked.id)).toBe(marked.id);
    for (let i = 0; i < 4; i++) attributes.release(marked.id);
    attributes.release(set.id);
    expect([attributes.size, attributes.blockBytes]).toEqual([0, 0]);
  });

  it('are not made of routes with NO_LLGR', () => {
    const { attributes, intern } = store();
    const set = intern(`${reachWith('6300')}${origin}${asPath}c00804ffff0007`, source);
    expect([attributes.longLivedStale(set.id), attributes.size]).toEqual([-1, 1]);
  });
});
