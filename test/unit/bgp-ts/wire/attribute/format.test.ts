import { expect, it } from 'vitest';
import { formatAttribute } from '../../../../../src/bgp-ts/wire/attribute/format.ts';
import { hex } from '../hex.ts';

it('AS paths show what is no sequence', () => {
  expect(formatAttribute('asPath', [])).toBe('empty');
  const path = [
    { type: 'sequence', asns: [1, 2] },
    { type: 'set', asns: [3] },
  ] as const;
  expect(formatAttribute('asPath', path)).toBe('1 2 set { 3 }');
});

it('communities and lists are written as people write them', () => {
  expect(formatAttribute('communities', [0xfde80064])).toBe('65000:100');
  expect(formatAttribute('extendedCommunities', ['0002fde80000000a', '030c000000000008'])).toBe('RT:65000:10 ET:8');
  expect(formatAttribute('clusterList', ['10.0.0.1', '10.0.0.2'])).toBe('10.0.0.1 10.0.0.2');
  expect(formatAttribute('largeCommunities', ['1:2:3'])).toBe('1:2:3');
  expect(formatAttribute('aggregator', { asn: 65000, address: '10.0.0.1' })).toBe('AS 65000 10.0.0.1');
});

it('of MP_REACH_NLRI, the next hop', () => {
  const nlri = { family: 513, nlri: [] };
  expect(formatAttribute('mpReachNlri', { ...nlri, nextHop: null })).toBe('next hop none');
  expect(formatAttribute('mpReachNlri', { ...nlri, nextHop: '2001:db8::1', linkLocal: 'fe80::1' })).toBe(
    'next hop 2001:db8::1 and fe80::1',
  );
});

it('everything else is written field by field', () => {
  expect(formatAttribute('origin', 'igp')).toBe('igp');
  expect(formatAttribute('prefixSid', [{ type: 1, value: hex('00ff') }])).toBe('type 1 value 00ff');
});
