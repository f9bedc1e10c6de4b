import { describe, expect, it } from 'vitest';
import { describeEvpn } from '../../../../src/bgp-ts/cli/describe-evpn.ts';
import { evpn } from '../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { hex } from '../wire/hex.ts';

const RD = '0001c00002010003';
const ESI = '00112233445566778899';

describe('description of an EVPN route', () => {
  it.each([
    [
      `01 19 ${RD} ${ESI} 00000005 000641`,
      { type: 1, rd: '192.0.2.1:3', esi: ESI, etag: 5, label: { vni24: 1601, mpls20: 100 } },
    ],
    [
      `02 21 ${RD} ${ESI} 00000000 30 020000000011 00 00000a`,
      {
        type: 2,
        rd: '192.0.2.1:3',
        esi: ESI,
        etag: 0,
        mac: '02:00:00:00:00:11',
        ip: null,
        label1: { vni24: 10, mpls20: 0 },
      },
    ],
    [
      `02 28 ${RD} ${ESI} 00000000 30 020000000011 20 0a000001 00000a 000065`,
      {
        type: 2,
        rd: '192.0.2.1:3',
        esi: ESI,
        etag: 0,
        mac: '02:00:00:00:00:11',
        ip: '10.0.0.1',
        label1: { vni24: 10, mpls20: 0 },
        label2: { vni24: 101, mpls20: 6 },
      },
    ],
    [`03 11 ${RD} 00000000 20 c0000201`, { type: 3, rd: '192.0.2.1:3', etag: 0, originator: '192.0.2.1' }],
    [`04 17 ${RD} ${ESI} 20 c0000201`, { type: 4, rd: '192.0.2.1:3', esi: ESI, originator: '192.0.2.1' }],
    [
      `05 22 ${RD} ${ESI} 00000000 18 0a3c0700 c00002fe 000065`,
      {
        type: 5,
        rd: '192.0.2.1:3',
        esi: ESI,
        etag: 0,
        prefix: '10.60.7.0/24',
        gw: '192.0.2.254',
        label: { vni24: 101, mpls20: 6 },
      },
    ],
    [
      `06 18 ${RD} 00000001 00 20 ef010101 20 c0000201 06`,
      { type: 6, rd: '192.0.2.1:3', etag: 1, src: null, grp: '239.1.1.1', originator: '192.0.2.1', flags: 6 },
    ],
    [
      `07 26 ${RD} ${ESI} 00000001 20 c000020a 20 ef010101 20 c0000201 04`,
      {
        type: 7,
        rd: '192.0.2.1:3',
        esi: ESI,
        etag: 1,
        src: '192.0.2.10',
        grp: '239.1.1.1',
        originator: '192.0.2.1',
        flags: 4,
      },
    ],
    [
      `08 27 ${RD} ${ESI} 00000001 00 20 ef010101 20 c0000201 00000007 0a 02`,
      {
        type: 8,
        rd: '192.0.2.1:3',
        esi: ESI,
        etag: 1,
        src: null,
        grp: '239.1.1.1',
        originator: '192.0.2.1',
        reserved: 7,
        max_resp: 10,
        flags: 2,
      },
    ],
    [`09 14 ${RD} 00000001 0002000a00000001`, { type: 9, rd: '192.0.2.1:3', etag: 1, region: '0002000a00000001' }],
    [
      `0a 13 ${RD} 00000001 00 00 20 c0000201`,
      { type: 10, rd: '192.0.2.1:3', etag: 1, src: null, grp: null, originator: '192.0.2.1' },
    ],
    ['0b 07 aaaa 20 c0000201', { type: 11, route_key: 'aaaa', originator: '192.0.2.1' }],
    ['99 02 beef', { type: 153, opaque: 'beef' }],
  ])('%s', (octets, description) => {
    const read = evpn.read(hex(octets), 0, hex(octets).length);
    expect(read.ok && describeEvpn(read.nlri)).toEqual(description);
    expect(read.ok && describeEvpn({ ...read.nlri, pathId: 7 })).toEqual({ ...description, path_id: 7 });
  });
});
