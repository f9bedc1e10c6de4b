import { describe, expect, it } from 'vitest';
import { Family } from '../../../../../../src/bgp-ts/wire/constants.ts';
import { ZERO_ESI } from '../../../../../../src/bgp-ts/wire/esi.ts';
import type { IpPrefix } from '../../../../../../src/bgp-ts/wire/nlri/evpn/ip-prefix.ts';
import { overlayIndex } from '../../../../../../src/bgp-ts/wire/nlri/evpn/overlay-index.ts';

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
const esi = '00112233445566778899';
const mac = '02:00:00:00:00:01';

/** The rows of RFC 9136 §3.2, Table 1, and what §3.1 and §3.2 refuse. */
describe('overlay index', () => {
  it.each([
    ['ESI', route({ esi }), undefined, { kind: 'esi', esi }],
    ['ESI, MAC', route({ esi, label: 7 }), mac, { kind: 'esi', esi }],
    ['gateway', route({ gateway: '10.0.0.1' }), mac, { kind: 'gateway', address: '10.0.0.1' }],
    ['IPv6 gateway', route({ prefix: '::/0', gateway: '::1' }), undefined, { kind: 'gateway', address: '::1' }],
    ['MAC', route({}), mac, { kind: 'mac', mac, certain: true }],
    ['MAC, label', route({ label: 7 }), mac, { kind: 'mac', mac, certain: false }],
    ['label', route({ prefix: '::/0', gateway: '::', label: 7 }), undefined, { kind: 'none' }],
  ])('%s', (_name, prefix, routerMac, expected) => {
    expect(overlayIndex(prefix, routerMac)).toEqual(expected);
  });

  it.each([
    ['ESI and gateway', route({ esi, gateway: '10.0.0.1' }), undefined],
    ['nothing', route({}), undefined],
    ['broadcast MAC', route({ label: 7 }), 'ff:ff:ff:ff:ff:ff'],
    ['zero MAC', route({ label: 7 }), '00:00:00:00:00:00'],
    ['no MAC', route({ label: 7 }), 'x'],
  ])('refuses %s', (_name, prefix, routerMac) => {
    expect(overlayIndex(prefix, routerMac)).toMatchObject({ kind: 'invalid' });
  });
});
