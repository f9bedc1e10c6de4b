import { describe, expect, it } from 'vitest';
import { negotiate } from '../../../../src/bgp-ts/session/negotiate.ts';
import { localOpen } from '../../../../src/bgp-ts/session/peer-options.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import type { Open } from '../../../../src/bgp-ts/wire/message/open.ts';

const open = (capabilities: readonly Capability[], patch: Partial<Open> = {}): Open => ({
  myAs: 65000,
  holdTime: 90,
  bgpId: '192.0.2.1',
  capabilities,
  ...patch,
});
const evpn: Capability = { kind: 'multiprotocol', value: Family.Evpn };
const rtc: Capability = { kind: 'multiprotocol', value: Family.RtConstrain };
const asn4 = (value: number): Capability => ({ kind: 'fourOctetAs', value });

describe('negotiate', () => {
  it('takes what both sides announce (RFC 5492 §3)', () => {
    const flags: Capability[] = [
      { kind: 'routeRefresh', value: true },
      { kind: 'enhancedRouteRefresh', value: true },
      { kind: 'extendedMessage', value: true },
    ];
    const all = negotiate(open([evpn, rtc, ...flags, asn4(65000)]), open([evpn, ...flags, asn4(65000)]));
    expect(all).toMatchObject({
      kind: 'ibgp',
      remoteAsn: 65000,
      remoteId: 0xc0000201,
      families: new Set([Family.Evpn]),
      asn4: true,
      extendedMessages: true,
      routeRefresh: true,
      enhancedRouteRefresh: true,
    });
    expect(all.decode).toEqual({
      asn4: true,
      session: 'ibgp',
      addPath: new Set(),
      extendedMessages: true,
      extendedNextHop: new Set(),
      enhancedRouteRefresh: true,
    });
    expect(all.encode).toEqual({ asn4: true, addPath: new Set(), extendedMessages: true });

    for (const [local, remote] of [
      [[evpn, ...flags, asn4(65000)], [evpn]],
      [[evpn], [evpn, ...flags, asn4(65000)]],
    ] as const) {
      expect(negotiate(open(local), open(remote))).toMatchObject({
        asn4: false,
        extendedMessages: false,
        routeRefresh: false,
        enhancedRouteRefresh: false,
      });
    }
  });

  it('holds the peer to enhanced route refresh where the peer offers it, whoever else does (RFC 7313 §5)', () => {
    const offer: Capability = { kind: 'enhancedRouteRefresh', value: true };
    expect(negotiate(open([evpn]), open([evpn, offer])).decode.enhancedRouteRefresh).toBe(true);
    expect(negotiate(open([evpn, offer]), open([evpn])).decode.enhancedRouteRefresh).toBe(false);
  });

  it('knows the peer by its four-octet AS number (RFC 6793 §4.1)', () => {
    const local = localOpen({ asn: 4200000001, routerId: '192.0.2.9', capabilities: [evpn] });
    expect(local).toEqual({
      myAs: 23456,
      holdTime: 90,
      bgpId: '192.0.2.9',
      capabilities: [evpn, asn4(4200000001)],
    });
    expect(negotiate(local, open([evpn, asn4(4200000001)], { myAs: 23456 }))).toMatchObject({
      kind: 'ibgp',
      remoteAsn: 4200000001,
    });
    expect(negotiate(local, open([evpn, asn4(4200000002)], { myAs: 23456 })).kind).toBe('ebgp');
    expect(negotiate(local, open([evpn], { myAs: 64512 }))).toMatchObject({ kind: 'ebgp', remoteAsn: 64512 });
  });

  it('means IPv4 unicast where no family is announced (RFC 4760 §8)', () => {
    const unicast: Capability = { kind: 'multiprotocol', value: Family.Ipv4Unicast };
    expect(negotiate(open([]), open([])).families).toEqual(new Set([Family.Ipv4Unicast]));
    expect(negotiate(open([unicast, evpn]), open([])).families).toEqual(new Set([Family.Ipv4Unicast]));
    expect(negotiate(open([evpn]), open([])).families).toEqual(new Set());
  });

  it.each([
    // local, remote → hold, keepalive, send hold (RFC 4271 §4.2, RFC 9687)
    [90, 30, 30, 10, 480],
    [9, 90, 9, 3, 480],
    [90, 0, 0, 0, 0],
    [0, 90, 0, 0, 0],
    [600, 3600, 600, 200, 1200],
  ])('hold times %i and %i give %i, %i, %i', (local, remote, holdTime, keepaliveTime, sendHoldTime) => {
    const { timers } = negotiate(open([], { holdTime: local }), open([], { holdTime: remote }));
    expect(timers).toEqual({ holdTime, keepaliveTime, sendHoldTime });
  });

  it('takes a send hold time that is configured, 0 included', () => {
    expect(negotiate(open([]), open([]), { sendHoldTime: 30 }).timers.sendHoldTime).toBe(30);
    expect(negotiate(open([]), open([]), { sendHoldTime: 0 }).timers.sendHoldTime).toBe(0);
  });

  it.each([
    // our offer, the peer's → [we may receive, we may send] (RFC 7911 §5)
    [{ receive: true, send: true }, { receive: true, send: true }, true, true],
    [{ receive: true, send: false }, { receive: true, send: false }, false, false],
    [{ receive: true, send: false }, { receive: false, send: true }, true, false],
    [{ receive: false, send: true }, { receive: true, send: true }, false, true],
  ])('add-path %o and %o', (ours, theirs, receives, sends) => {
    const offer = (mode: typeof ours, family: number): Capability => ({
      kind: 'addPath',
      value: [{ family, ...mode }],
    });
    const negotiated = negotiate(open([evpn, offer(ours, Family.Evpn)]), open([evpn, offer(theirs, Family.Evpn)]));
    expect(negotiated.addPathReceive.has(Family.Evpn)).toBe(receives);
    expect(negotiated.addPathSend.has(Family.Evpn)).toBe(sends);
    expect(negotiated.decode.addPath).toBe(negotiated.addPathReceive);
    expect(negotiated.encode.addPath).toBe(negotiated.addPathSend);

    const elsewhere = negotiate(open([evpn, offer(ours, 513)]), open([evpn, offer(theirs, 513)]));
    expect([...elsewhere.addPathReceive, ...elsewhere.addPathSend]).toEqual([]);
  });

  it("keeps the peer's graceful restart only if we speak it, the last one of several (RFC 4724 §3)", () => {
    const restart = (restartTime: number): Capability => ({
      kind: 'gracefulRestart',
      value: { restarted: false, notification: true, restartTime, families: [] },
    });
    const longLived: Capability = {
      kind: 'longLivedGracefulRestart',
      value: [{ family: Family.Evpn, forwardingPreserved: true, staleTime: 3600 }],
    };
    const negotiated = negotiate(open([restart(1), longLived]), open([restart(2), restart(3), longLived]));
    expect(negotiated.gracefulRestart?.restartTime).toBe(3);
    expect(negotiated.longLivedGracefulRestart).toEqual(longLived.value);
    const without = negotiate(open([]), open([restart(2), longLived]));
    expect(without.gracefulRestart).toBeUndefined();
    expect(without.longLivedGracefulRestart).toBeUndefined();
    expect(without.remoteCapabilities).toHaveLength(2);
  });

  it('allows IPv6 next hops for the IPv4 families that both name (RFC 8950 §4)', () => {
    const nextHops = (...families: number[]): Capability => ({
      kind: 'extendedNextHop',
      value: families.map((family) => ({ family, nextHopAfi: 2 })),
    });
    const { extendedNextHop } = negotiate(open([nextHops(257, 384)]), open([nextHops(257)]));
    expect(extendedNextHop).toEqual(new Set([257]));
  });
});
