import { EncodeError, encodeNlri, Family, toHex } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { type OriginatedNetwork, type OriginatingNve, Vrf } from '../../../src/evpn/originate.ts';
import { encodeAnnouncements, encodeWithdrawals, type OriginatedRoute } from '../../../src/evpn/updates.ts';
import { vectors } from './vectors.ts';

const nve: OriginatingNve = { tunnelAddress: '192.168.1.1', encapsulations: ['vxlan'] };
const network: OriginatedNetwork = { vni: 10, routeTargets: ['65000:10'] };
const routing: OriginatingNve = { ...nve, routerMac: '52:54:00:00:01:65' };
const routed: OriginatedNetwork = { ...network, l3: { vni: 101, routeTargets: ['65000:101'] } };

const golden = (text: string) => text.replace(/;.*$/gm, '').replace(/\s+/g, '');
const only = (route: OriginatedRoute) => encodeAnnouncements([route]).map((update) => toHex(update));

describe('one UPDATE, octet by octet', () => {
  it('announces a MAC address', () => {
    expect(only(new Vrf(nve, network, 3).host({ mac: '02:00:00:00:00:11' }))).toEqual([
      golden(`
        ffffffffffffffffffffffffffffffff 0068 02      ; marker, 104 octets, UPDATE
        0000 0051                                     ; no withdrawn routes, 81 octets of attributes
        90 0e 002c 0019 46 04 c0a80101 00             ; MP_REACH_NLRI: L2VPN EVPN, next hop 192.168.1.1
          02 21 0001 c0a80101 0003                    ;   type 2, RD 192.168.1.1:3
          00000000000000000000 00000000               ;   ESI, Ethernet tag
          30 020000000011 00 00000a                   ;   MAC, no IP, VNI 10
        40 01 01 00                                   ; ORIGIN IGP
        40 02 00                                      ; AS_PATH
        40 05 04 00000064                             ; LOCAL_PREF 100
        c0 10 10 030c000000000008 0002fde80000000a    ; VXLAN, RT 65000:10
      `),
    ]);
  });

  it('announces a host that has moved, in a network that is routed', () => {
    const host = { mac: '02:00:00:00:00:11', ip: '172.16.10.11', sequence: 2 };
    expect(only(new Vrf(routing, routed, 3).host(host))).toEqual([
      golden(`
        ffffffffffffffffffffffffffffffff 0087 02
        0000 0070
        90 0e 0033 0019 46 04 c0a80101 00
          02 28 0001 c0a80101 0003
          00000000000000000000 00000000
          30 020000000011 20 ac100a0b 00000a 000065   ; MAC, IP, VNI 10, VNI 101
        40 01 01 00
        40 02 00
        40 05 04 00000064
        c0 10 28 030c000000000008 0002fde80000000a    ; VXLAN, RT 65000:10
                 0002fde800000065 0603525400000165    ; RT 65000:101, Router's MAC
                 0600 00 00 00000002                  ; MAC Mobility 2
      `),
    ]);
  });

  it('announces that the NVE is there', () => {
    expect(only(new Vrf(nve, network, 3).presence())).toEqual([
      golden(`
        ffffffffffffffffffffffffffffffff 0064 02
        0000 004d
        90 0e 001c 0019 46 04 c0a80101 00
          03 11 0001 c0a80101 0003 00000000 20 c0a80101   ; type 3, Ethernet tag, originator
        40 01 01 00
        40 02 00
        40 05 04 00000064
        c0 10 10 030c000000000008 0002fde80000000a
        c0 16 09 00 06 00000a c0a80101                    ; PMSI: ingress replication, VNI 10, to 192.168.1.1
      `),
    ]);
  });

  it('announces a prefix', () => {
    const l3 = { vni: 101, routeTargets: ['65000:101'] };
    expect(only(new Vrf(routing, l3, 2).prefix('10.0.101.9/24'))).toEqual([
      golden(`
        ffffffffffffffffffffffffffffffff 0071 02
        0000 005a
        90 0e 002d 0019 46 04 c0a80101 00
          05 22 0001 c0a80101 0002
          00000000000000000000 00000000
          18 0a006500 00000000 000065                 ; 10.0.101.0/24, no gateway, VNI 101
        40 01 01 00
        40 02 00
        40 05 04 00000064
        c0 10 18 030c000000000008 0002fde800000065 0603525400000165
      `),
    ]);
  });

  it('withdraws', () => {
    const updates = encodeWithdrawals([new Vrf(nve, network, 3).host({ mac: '02:00:00:00:00:11' })]);
    expect(updates.map((update) => toHex(update))).toEqual([
      golden(`
        ffffffffffffffffffffffffffffffff 0041 02
        0000 002a
        90 0f 0026 0019 46
          02 21 0001 c0a80101 0003 00000000000000000000 00000000 30 020000000011 00 00000a
      `),
    ]);
  });
});

/** Values of attributes by their codes, of an UPDATE without withdrawn routes. */
function attributesOf(update: Uint8Array): Map<number, string> {
  const found = new Map<number, string>();
  for (let at = 23; at < update.length; ) {
    const long = (update[at] & 0x10) !== 0;
    const value = at + (long ? 4 : 3);
    const end = value + (long ? (update[at + 2] << 8) | update[at + 3] : update[at + 2]);
    found.set(update[at + 1], toHex(update, value, end));
    at = end;
  }
  return found;
}

const inOrder = (communities = '') => (communities.match(/.{16}/g) ?? []).sort();

describe('what other NVEs announce is announced for them', () => {
  const frr2 = { ...nve, tunnelAddress: '192.168.2.2' };
  const gobgp = { ...nve, tunnelAddress: '10.8.0.1', routerId: '1.1.1.1' };
  const v10 = { vni: 10010, routeTargets: ['65000:10'] };
  const v50 = { vni: 5000, routeTargets: ['65000:5000'] };
  const l3 = { vni: 101, routeTargets: ['65000:101'] };
  const rmac = '52:54:00:00:00:aa';
  it.runIf(vectors !== undefined).each<[string, () => OriginatedRoute]>([
    ['wire-frr-e1-update-6', () => new Vrf(nve, network, 3).host({ mac: '02:00:00:00:00:11' })],
    ['wire-frr-e1-update-7', () => new Vrf(nve, network, 3).host({ mac: '02:00:00:00:00:11', ip: '172.16.10.11' })],
    ['wire-frr-e1-update-10', () => new Vrf(nve, network, 3).host({ mac: '02:00:00:00:00:33', sticky: true })],
    ['wire-frr-e1-update-14', () => new Vrf(routing, l3, 2).prefix('fd00:101::1/128')],
    [
      'wire-frr-e2-update-2',
      () => new Vrf(frr2, network, 2).host({ mac: '02:aa:00:00:02:10', ip: '172.16.10.2', defaultGateway: true }),
    ],
    ['wire-frr-e2-update-5', () => new Vrf(frr2, network, 2).presence()],
    ['wire-gobgp-update-16', () => new Vrf(gobgp, v10, 10).presence()],
    ['wire-gobgp-update-19', () => new Vrf({ ...gobgp, routerMac: rmac }, v50, 5000).prefix('10.50.0.0/16')],
    ['wire-gobgp-update-21', () => new Vrf({ ...gobgp, routerMac: rmac }, v50, 5000).prefix('2001:db8:50::/48')],
  ])('%s', (id, route) => {
    const theirs = vectors?.get(id);
    const expected = attributesOf(theirs as Uint8Array);
    const ours = attributesOf(encodeAnnouncements([route()])[0]);
    // two of FRR's prefixes are redistributed: incomplete, with a MED
    for (const code of [2, 5, 14, 22]) expect(ours.get(code), `attribute ${code}`).toEqual(expected.get(code));
    // FRR's order is ours
    if (id.startsWith('wire-frr')) expect(ours.get(16)).toEqual(expected.get(16));
    else expect(inOrder(ours.get(16))).toEqual(inOrder(expected.get(16)));
  });
});

describe('the octets of a route', () => {
  it('are those that the library encodes', () => {
    const host = new Vrf(routing, routed, 7).host({ mac: '02:00:00:00:00:11', ip: 'fd10::22' });
    const rd = { type: 1, address: '192.168.1.1', assigned: 7 } as const;
    const esi = '00'.repeat(10);
    const l2 = { family: Family.Evpn, rd, esi, ethernetTag: 0 } as const;
    const mac = { ...l2, kind: 'mac-ip-advertisement', type: 2, mac: '02:00:00:00:00:11' } as const;
    const expected = encodeNlri(Family.Evpn, [{ ...mac, ip: 'fd10::22', label1: 10, label2: 101 }], { addPath: false });
    expect(toHex(host.nlri)).toBe(toHex(expected));
  });

  it('have a label of 20 bits with MPLS', () => {
    const mpls = new Vrf({ ...nve, encapsulations: ['mpls-in-gre', 'mpls-in-udp'] }, network, 1);
    expect(toHex(mpls.host({ mac: '02:00:00:00:00:11' }).nlri)).toMatch(/0000a1$/);
  });

  it('say only what is routed where the host has an IP address that is', () => {
    const vrf = new Vrf(routing, routed, 1);
    const mac = '02:00:00:00:00:11';
    const labels = (ip?: string) => vrf.host({ mac, ...(ip === undefined ? {} : { ip }) }).nlri.length;
    expect(labels()).toBe(2 + 33);
    expect(labels('172.16.10.11')).toBe(2 + 40);
    expect(labels('fe80::11')).toBe(2 + 49);
    expect(labels('fd10::11')).toBe(2 + 52);
    // an NVE that routes nothing
    expect(new Vrf(nve, routed, 1).host({ mac, ip: '172.16.10.11' }).nlri.length).toBe(2 + 37);
  });

  it('of a flooding tree of the underlay name its group', () => {
    const group = (address: string) => {
      const vrf = new Vrf(nve, { ...network, flooding: { kind: 'multicast', group: address } }, 1);
      return attributesOf(encodeAnnouncements([vrf.presence()])[0]).get(22);
    };
    expect(group('239.1.1.1')).toBe('000400000ac0a80101ef010101');
    expect(group('232.1.1.1')).toBe('000300000ac0a80101e8010101');
  });

  it('clear the bits behind a prefix', () => {
    const vrf = new Vrf(routing, network, 1);
    const octets = (prefix: string) => toHex(vrf.prefix(prefix).nlri);
    expect(octets('10.255.255.255/9')).toBe(octets('10.128.0.0/9'));
    expect(octets('10.1.2.3/0')).toBe(octets('0.0.0.0/0'));
    expect(octets('2001:db8:ffff::1/33')).toBe(octets('2001:db8:8000::/33'));
    expect(octets('10.1.2.3/32')).not.toBe(octets('10.1.2.2/32'));
  });
});

describe('refuses with an EncodeError', () => {
  const vrf = new Vrf(nve, network, 1);
  const long = Array.from({ length: 600 }, (_, i) => `65000:${i + 1}`);
  it.each<[string, () => unknown]>([
    ['a tunnel address that is none', () => new Vrf({ ...nve, tunnelAddress: 'r1' }, network, 1)],
    [
      'an IPv6 tunnel without an IPv4 address for the RD',
      () => new Vrf({ ...nve, tunnelAddress: 'fd00::1' }, network, 1),
    ],
    ['a tunnel address that is no host', () => new Vrf({ ...nve, tunnelAddress: '239.1.1.1' }, network, 1)],
    ['a router MAC of a group', () => new Vrf({ ...nve, routerMac: '01:00:5e:00:00:01' }, network, 1)],
    ['a router MAC of zeros', () => new Vrf({ ...nve, routerMac: '00:00:00:00:00:00' }, network, 1)],
    ['no encapsulation', () => new Vrf({ ...nve, encapsulations: [] }, network, 1)],
    ['encapsulations that disagree', () => new Vrf({ ...nve, encapsulations: ['vxlan', 'mpls-in-udp'] }, network, 1)],
    ['RD number 0', () => new Vrf(nve, network, 0)],
    ['RD number 65,536', () => new Vrf(nve, network, 65_536)],
    ['a VNI of 25 bits', () => new Vrf(nve, { ...network, vni: 0x1000000 }, 1)],
    [
      'a VNI of 21 bits in MPLS',
      () => new Vrf({ ...nve, encapsulations: ['mpls-in-udp'] }, { ...network, vni: 0x100000 }, 1),
    ],
    ['no route target', () => new Vrf(nve, { ...network, routeTargets: ['web'] }, 1).presence()],
    ['no MAC address', () => vrf.host({ mac: '02:00' })],
    ['no IP address', () => vrf.host({ mac: '02:00:00:00:00:11', ip: '10.0.0' })],
    ['a sequence number of 33 bits', () => vrf.host({ mac: '02:00:00:00:00:11', sequence: 2 ** 32 })],
    ['a sequence number below 0', () => vrf.host({ mac: '02:00:00:00:00:11', sequence: -1 })],
    ['a prefix in VXLAN without a router MAC', () => vrf.prefix('10.0.0.0/8')],
    ['a prefix without its length', () => new Vrf(routing, network, 1).prefix('10.0.0.0')],
    ['a prefix that is too long', () => new Vrf(routing, network, 1).prefix('10.0.0.0/33')],
    ['no group', () => new Vrf(nve, { ...network, flooding: { kind: 'multicast', group: 'all' } }, 1).presence()],
    [
      'more attributes than fit',
      () => encodeAnnouncements([new Vrf(nve, { ...network, routeTargets: long }, 1).presence()]),
    ],
  ])('%s', (_, act) => {
    expect(act).toThrow(EncodeError);
  });
});
