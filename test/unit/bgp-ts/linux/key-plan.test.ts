import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlannedKey, planKeys } from '../../../../src/bgp-ts/linux/key-plan.ts';
import { matchPrefix, parsePrefix } from '../../../../src/bgp-ts/session/prefix.ts';
import type { ProtectedPeers } from '../../../../src/bgp-ts/session/transport.ts';
import { formatIp } from '../../../../src/bgp-ts/wire/ip.ts';

const both = [4, 6] as const;
const shown = (planned: readonly PlannedKey[]) =>
  planned.map(({ prefix: { octets, length }, key, peers }) => {
    return `${formatIp(octets, 0, octets.length === 4 ? 4 : 16)}/${length} ${key} (${peers})`;
  });

describe('the keys of a listener', () => {
  it('are those of its peers', () => {
    const peers = [
      { peers: '10.0.0.0/16', md5Key: 'net' },
      { peers: '10.0.0.7', md5Key: 'host' },
      { peers: '10.1.0.7' },
      { peers: '2001:db8::/32', md5Key: 'six' },
    ];
    expect(shown(planKeys(peers, both))).toEqual([
      '10.0.0.0/16 net (10.0.0.0/16)',
      '10.0.0.7/32 host (10.0.0.7)',
      '2001:db8::/32 six (2001:db8::/32)',
    ]);
    expect(shown(planKeys(peers, [6]))).toEqual(['2001:db8::/32 six (2001:db8::/32)']);
    expect(planKeys([{ peers: '10.0.0.0/8' }, { peers: '10.0.0.1', ttlSecurity: 1 }], both)).toEqual([]);
  });

  it('leave those out who have none, and who have the one around them', () => {
    const peers = [
      { peers: '10.0.0.0/29', md5Key: 'net' },
      { peers: '10.0.0.2' },
      { peers: '10.0.0.5', md5Key: 'net' },
      { peers: '10.0.0.6', md5Key: 'host' },
    ];
    expect(shown(planKeys(peers, both))).toEqual([
      '10.0.0.0/31 net (10.0.0.0/29)',
      '10.0.0.3/32 net (10.0.0.0/29)',
      '10.0.0.4/30 net (10.0.0.0/29)',
      '10.0.0.6/32 host (10.0.0.6)',
    ]);
  });

  it('are the first of two for one prefix, and all addresses may have one', () => {
    const peers = [
      { peers: '0.0.0.0/0', md5Key: 'first' },
      { peers: '0.0.0.0/0', md5Key: 'second' },
      { peers: 'nobody' },
    ];
    expect(shown(planKeys(peers, both))).toEqual(['0.0.0.0/0 first (0.0.0.0/0)']);
  });

  it('give every address that of the longest entry, whatever the entries are', () => {
    const length = fc.integer({ min: 24, max: 32 });
    // Few addresses and few keys, so that entries meet.
    const entry = fc.record({
      last: fc.integer({ min: 0, max: 63 }),
      length,
      key: fc.constantFrom('a', 'b', undefined),
    });
    const family = fc.constantFrom<4 | 6>(4, 6);
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 12 }), family, (entries, which) => {
        const text = (last: number) => (which === 4 ? `10.0.0.${last}` : `fd00::${last.toString(16)}`);
        const peers = entries.map(({ last, length: bits, key }): ProtectedPeers => {
          const masked = bits >= 32 ? last : (last >> (32 - bits)) << (32 - bits);
          return {
            peers: `${text(masked)}/${which === 4 ? bits : bits + 96}`,
            ...(key !== undefined && { md5Key: key }),
          };
        });
        const planned = planKeys(peers, both).map(({ prefix, key }) => ({ prefix, value: key }));
        const wanted = peers.flatMap(({ peers: at, md5Key }) => {
          const prefix = parsePrefix(at);
          return prefix === undefined ? [] : [{ prefix, value: { md5Key } }];
        });
        for (let last = 0; last < 64; last++) {
          expect(matchPrefix(planned, text(last))).toBe(matchPrefix(wanted, text(last))?.md5Key);
        }
        const places = planned.map(({ prefix }) => `${prefix.octets.join('.')}/${prefix.length}`);
        expect(new Set(places).size).toBe(places.length);
      }),
    );
  });

  it('are soon found for ten thousand peers', () => {
    const peers = Array.from({ length: 10_000 }, (_, i) => ({ peers: `fd00::${i.toString(16)}`, md5Key: `${i % 3}` }));
    expect(planKeys([{ peers: 'fd00::/16', md5Key: '0' }, ...peers], both)).toHaveLength(1 + 6666);
  });
});
