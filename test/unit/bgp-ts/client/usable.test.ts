import { describe, expect, it } from 'vitest';
import { asWithdrawals, ofFamilies } from '../../../../src/bgp-ts/client/usable.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import type { Update } from '../../../../src/bgp-ts/wire/message/update.ts';
import { macIp, plain } from '../rib/kit.ts';

const ipv4 = (prefix: string) => ({ kind: 'prefix', family: Family.Ipv4Unicast, prefix }) as const;
const ipv6 = { kind: 'prefix', family: Family.Ipv6Unicast, prefix: '2001:db8::/32' } as const;
const all: Update = {
  withdrawn: [ipv4('10.0.0.0/8')],
  attributes: {
    ...plain,
    mpReachNlri: { family: Family.Evpn, nextHop: '10.0.0.2', nlri: [macIp(1)] },
    mpUnreachNlri: { family: Family.Ipv6Unicast, nlri: [ipv6] },
  },
  nlri: [ipv4('192.0.2.0/24')],
};

describe('treat-as-withdraw (RFC 7606 §2)', () => {
  it('withdraws what was announced, and leaves nothing else', () => {
    expect(asWithdrawals(all)).toEqual([
      {
        withdrawn: [ipv4('10.0.0.0/8'), ipv4('192.0.2.0/24')],
        attributes: { mpUnreachNlri: { family: Family.Evpn, nlri: [macIp(1)] } },
        nlri: [],
      },
      { withdrawn: [], attributes: { mpUnreachNlri: { family: Family.Ipv6Unicast, nlri: [ipv6] } }, nlri: [] },
    ]);
    expect(asWithdrawals({ ...all, attributes: plain })).toEqual([
      { withdrawn: [ipv4('10.0.0.0/8'), ipv4('192.0.2.0/24')], attributes: {}, nlri: [] },
    ]);
  });
});

describe('families that were negotiated', () => {
  it('are left, and no others', () => {
    const { mpReachNlri, mpUnreachNlri } = all.attributes;
    const every = [Family.Evpn, Family.Ipv4Unicast, Family.Ipv6Unicast];
    expect(ofFamilies(all, new Set(every))).toEqual(all);
    expect(ofFamilies(all, new Set([Family.Evpn]))).toEqual({
      withdrawn: [],
      attributes: { ...plain, mpReachNlri },
      nlri: [],
    });
    expect(ofFamilies(all, new Set([Family.Ipv6Unicast]))).toEqual({
      withdrawn: [],
      attributes: { ...plain, mpUnreachNlri },
      nlri: [],
    });
    expect(ofFamilies(all, new Set([Family.Ipv4Unicast]))).toEqual({ ...all, attributes: plain });
  });

  it('may leave nothing', () => {
    expect(ofFamilies(all, new Set([Family.RtConstrain]))).toBeUndefined();
    const empty = { withdrawn: [], attributes: { mpUnreachNlri: { family: Family.Evpn, nlri: [] } }, nlri: [] };
    expect(ofFamilies(empty, new Set([Family.Evpn]))).toBeUndefined();
  });
});
