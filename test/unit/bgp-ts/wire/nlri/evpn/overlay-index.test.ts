import { describe, expect, it } from 'vitest';
import { Family } from '../../../../../../src/bgp-ts/wire/constants.ts';
import { ZERO_ESI } from '../../../../../../src/bgp-ts/wire/esi.ts';
import type { IpPrefix } from '../../../../../../src/bgp-ts/wire/nlri/evpn/ip-prefix.ts';
import { splitEvpn } from '../../../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { overlayIndexFault, prefixTerms } from '../../../../../../src/bgp-ts/wire/nlri/evpn/overlay-index.ts';
import { emptySplit } from '../../../../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../../../../../../src/bgp-ts/wire/nlri/fault.ts';
import { encodeNlri } from '../../../../../../src/bgp-ts/wire/nlri/registry.ts';

const route = (fields: Partial<IpPrefix>): IpPrefix => ({
  kind: 'ip-prefix',
  family: Family.Evpn,
  type: 5,
  rd: { type: 0, asn: 65000, assigned: 1 },
  esi: ZERO_ESI,
  ethernetTag: 0,
  prefix: '10.0.0.0/8',
  gateway: '0.0.0.0',
  label: 0,
  ...fields,
});

function judge(prefix: IpPrefix, ...routerMacs: readonly string[]): NlriFaultCode {
  const octets = encodeNlri(Family.Evpn, [prefix], { addPath: false });
  const split = emptySplit();
  expect(splitEvpn(octets, 0, octets.length, split)).toBe(NlriFaultCode.None);
  const extendedCommunities = ['0002fde800000064', ...routerMacs.map((mac) => `0603${mac}`)];
  return overlayIndexFault(octets, split, prefixTerms({ extendedCommunities }));
}

const esi = '00112233445566778899';
const mac = '020000000001';
const v6 = { prefix: '::/0', gateway: '::' };

/** The rows of RFC 9136 §3.2, Table 1, and what §3.1 and §3.2 refuse. */
describe('overlay index', () => {
  it.each([
    ['ESI', route({ esi }), []],
    ['ESI, label', route({ esi, label: 7 }), []],
    ['ESI, MAC', route({ esi, label: 7 }), [mac]],
    ['gateway', route({ gateway: '10.0.0.1' }), []],
    ['gateway, MAC', route({ gateway: '10.0.0.1' }), [mac]],
    ['gateway, MAC that is ignored', route({ gateway: '10.0.0.1' }), ['ffffffffffff']],
    ['IPv6 gateway', route({ ...v6, gateway: '::1' }), []],
    ['MAC', route({}), [mac]],
    ['MAC, label', route({ label: 7 }), [mac]],
    ['label', route({ label: 7 }), []],
    ['IPv6, label', route({ ...v6, label: 7 }), []],
  ])('%s', (_name, prefix, macs) => {
    expect(judge(prefix, ...macs)).toBe(NlriFaultCode.None);
  });

  it.each([
    ['ESI and gateway', route({ esi, gateway: '10.0.0.1' }), [], NlriFaultCode.EvpnOverlayIndexes],
    ['ESI and IPv6 gateway', route({ ...v6, esi, gateway: '::1' }), [mac], NlriFaultCode.EvpnOverlayIndexes],
    ['nothing', route({}), [], NlriFaultCode.EvpnOverlayIndexMissing],
    ['nothing, IPv6', route(v6), [], NlriFaultCode.EvpnOverlayIndexMissing],
    ['broadcast MAC', route({ label: 7 }), ['ffffffffffff'], NlriFaultCode.EvpnRouterMac],
    ['multicast MAC', route({}), ['01005e000001'], NlriFaultCode.EvpnRouterMac],
    ['zero MAC', route({ label: 7 }), ['000000000000'], NlriFaultCode.EvpnRouterMac],
    ['a good MAC and a bad one', route({ label: 7 }), [mac, '010000000000'], NlriFaultCode.EvpnRouterMac],
    ['ESI and bad MAC', route({ esi }), ['010000000000'], NlriFaultCode.EvpnRouterMac],
  ])('refuses %s', (_name, prefix, macs, code) => {
    expect(judge(prefix, ...macs)).toBe(code);
  });
});
