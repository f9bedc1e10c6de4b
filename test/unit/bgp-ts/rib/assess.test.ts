import { describe, expect, it } from 'vitest';
import { assess } from '../../../../src/bgp-ts/rib/assess.ts';
import type { DomainId } from '../../../../src/bgp-ts/wire/attribute/d-path.ts';
import { hex } from '../wire/hex.ts';
import { local, sourceOf } from './kit.ts';

const reach = '900e0009 0019 46 04 0a010001 00';
const mandatory = '40010100 400200';
const judge = (rest: string, source = sourceOf(1)) => assess(hex(`${reach}${rest}`), source, local);

describe('assess', () => {
  it('ranks a path by what it carries', () => {
    const attributes = [
      '40010102', // INCOMPLETE
      '400210 0202 0000fdea 0000fdeb 0101 0000fdec', // a sequence of two and a set
      '800404 00000007',
      '400504 000000c8',
      '800904 0a000009',
      '800a08 0a000063 0a000062',
      'c01008 0600010000000005', // MAC mobility, sticky, sequence 5
    ].join('');
    expect(judge(attributes)).toEqual({
      rank: {
        longLivedStale: false,
        behindClients: false,
        sticky: true,
        mobilitySequence: 5,
        nextHop: hex('0a010001'),
        localPref: 200,
        asPathLength: 3,
        origin: 2,
        med: 7,
        neighbourAs: 65002,
        external: false,
        originatorId: 0x0a000009,
        clusterListLength: 2,
        peerAddress: hex('00000000000000000000ffff0a000001'),
      },
      ineligible: undefined,
      faults: [],
      noLongLived: false,
      noAdvertise: false,
      noExport: false,
      routeTargets: [],
      needs: 0,
      prefixTerms: 0,
    });
  });

  it('takes LLGR_STALE for what it says from those alone whom we announced RFC 9494 to (§4.3)', () => {
    const attributes = `${mandatory} c0080c 00000001 ffff0006 ffff0007`;
    const judged = [undefined, false, true].map((longLived) =>
      judge(attributes, { ...sourceOf(1), ...(longLived !== undefined && { longLived }) }),
    );
    expect(judged.map(({ rank, noLongLived }) => [rank.longLivedStale, noLongLived])).toEqual([
      [false, true],
      [false, true],
      [true, true],
    ]);
    expect(judge(mandatory, { ...sourceOf(1), longLived: true }).rank.longLivedStale).toBe(false);
  });

  it('takes the defaults where attributes are absent', () => {
    expect(judge(mandatory).rank).toMatchObject({
      localPref: 100,
      med: 0,
      neighbourAs: 0,
      origin: 0,
      originatorId: 0x0a000001,
      clusterListLength: 0,
      mobilitySequence: 0,
    });
    expect(judge('40010100 400206 0201 0000fde9', sourceOf(2, 'ebgp')).rank).toMatchObject({
      external: true,
      neighbourAs: 65001,
      originatorId: 0x0a000002,
    });
  });

  it('reads a next hop of sixteen octets', () => {
    const block = hex(`900e0015 0019 46 10 20010db8000000000000000000000005 00 ${mandatory}`);
    expect(assess(block, sourceOf(1), local).rank.nextHop).toEqual(hex('20010db8000000000000000000000005'));
  });

  it.each([
    ['originator-loop', '800904 0a000001'],
    ['cluster-loop', '800a08 0a000063 0a000064'],
    ['as-loop', undefined],
  ])('sees a route that was here before: %s', (name, loop) => {
    const attributes = loop === undefined ? '40010100 40020a 0202 0000fde9 0000fde8' : mandatory + loop;
    expect(judge(attributes).ineligible).toBe(name);
  });

  it('sees a route that was in one of our domains before (RFC 10039 §4)', () => {
    const dPath = `${mandatory}c02417 02 0000fde9 0001 46 0000fdea 0002 80 01 0000fdeb 0003 46`;
    const judgeAs = (...domainIds: DomainId[]) =>
      assess(hex(reach + dPath), sourceOf(1), { ...local, domainIds }).ineligible;
    expect(judge(dPath).ineligible).toBeUndefined();
    expect(judgeAs()).toBeUndefined();
    expect(judgeAs('65001:2', '65002:1', '65003:0')).toBeUndefined();
    expect(judgeAs('65000:9', '65002:2')).toBe('domain-loop');
    expect(judgeAs('65003:3')).toBe('domain-loop');
  });

  it('does not believe ORIGINATOR_ID and CLUSTER_LIST from outside', () => {
    const found = judge('40010100 400206 0201 0000fde9 800904 0a000001 800a04 0a000064', sourceOf(2, 'ebgp'));
    expect(found.ineligible).toBeUndefined();
    expect(found.faults.map(({ code, outcome }) => [code, outcome])).toEqual([
      ['attribute-external', 'attribute-discard'],
      ['attribute-external', 'attribute-discard'],
    ]);
  });

  it.each([
    ['ffffff01', false, true],
    ['ffffff02', true, false],
    ['ffffff03', false, true],
    ['00010001', false, false],
  ])('knows well-known community %s', (community, noAdvertise, noExport) => {
    expect(judge(`${mandatory}c00804${community}`)).toMatchObject({ noAdvertise, noExport });
  });

  it.each([
    ['40010100', 'attribute-missing', 'treat-as-withdraw'],
    [`${mandatory}c00803 010203`, 'communities-length', 'treat-as-withdraw'],
    [`${mandatory}c00703 010203`, 'aggregator-length', 'attribute-discard'],
    [`${mandatory}402a00`, 'attribute-unrecognized', 'session-reset'],
  ])('finds what is wrong with %s', (attributes, code, outcome) => {
    expect(judge(attributes).faults.map((fault) => [fault.code, fault.outcome])).toEqual([[code, outcome]]);
  });

  it('ignores the address of a NEXT_HOP beside MP_REACH_NLRI, but not its length', () => {
    expect(judge(`${mandatory}400304 00000000`).faults).toEqual([]);
    expect(judge(`${mandatory}400303 000000`).faults.map(({ code }) => code)).toEqual(['next-hop-length']);
  });
});
