import { describe, expect, it } from 'vitest';
import { decodeCapabilities, encodeCapabilities } from '../../../../../src/bgp-ts/wire/capability/capability.ts';
import { capabilityName } from '../../../../../src/bgp-ts/wire/capability/names.ts';
import {
  type Capability,
  capabilities,
  capabilityCode,
  capabilityKind,
} from '../../../../../src/bgp-ts/wire/capability/registry.ts';
import { BgpRole } from '../../../../../src/bgp-ts/wire/capability/role.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex } from '../hex.ts';

const golden: [string, Capability][] = [
  ['01 04 0019 00 46', { kind: 'multiprotocol', value: 6470 }],
  ['02 00', { kind: 'routeRefresh', value: true }],
  ['05 00', { kind: 'extendedNextHop', value: [] }],
  [
    '05 0c 0001 0001 0002  0001 0080 0002',
    {
      kind: 'extendedNextHop',
      value: [
        { family: 257, nextHopAfi: 2 },
        { family: 384, nextHopAfi: 2 },
      ],
    },
  ],
  ['06 00', { kind: 'extendedMessage', value: true }],
  ['09 01 03', { kind: 'role', value: BgpRole.Customer }],
  [
    '40 02 0078',
    { kind: 'gracefulRestart', value: { restarted: false, notification: false, restartTime: 120, families: [] } },
  ],
  [
    '40 0a cfff 0019 46 80 0001 01 00', // R and N bits, 4095 s
    {
      kind: 'gracefulRestart',
      value: {
        restarted: true,
        notification: true,
        restartTime: 4095,
        families: [
          { family: 6470, forwardingPreserved: true },
          { family: 257, forwardingPreserved: false },
        ],
      },
    },
  ],
  [
    '40 02 3001', // flags that mean nothing yet
    {
      kind: 'gracefulRestart',
      value: { restarted: false, notification: false, restartTime: 1, families: [], reservedFlags: 3 },
    },
  ],
  ['41 04 fa56ea00', { kind: 'fourOctetAs', value: 4200000000 }],
  ['45 00', { kind: 'addPath', value: [] }],
  [
    '45 0c 0019 46 01 0001 01 02 0002 01 03',
    {
      kind: 'addPath',
      value: [
        { family: 6470, receive: true, send: false },
        { family: 257, receive: false, send: true },
        { family: 513, receive: true, send: true },
      ],
    },
  ],
  ['46 00', { kind: 'enhancedRouteRefresh', value: true }],
  [
    '47 0e 0019 46 80 015180 0001 01 00 ffffff',
    {
      kind: 'longLivedGracefulRestart',
      value: [
        { family: 6470, forwardingPreserved: true, staleTime: 86400 },
        { family: 257, forwardingPreserved: false, staleTime: 16777215 },
      ],
    },
  ],
  ['49 05 02 7231 01 64', { kind: 'fqdn', value: { hostname: 'r1', domain: 'd' } }],
  ['49 02 00 00', { kind: 'fqdn', value: { hostname: '', domain: '' } }],
  ['80 00', { kind: 'ciscoRouteRefresh', value: true }],
  [
    '03 0e 0019 00 46 02 40 03 80 01 0001 00 01 00',
    {
      kind: 'outboundRouteFilter',
      value: [
        {
          family: 6470,
          filters: [
            { type: 64, mode: 3 },
            { type: 128, mode: 1 },
          ],
        },
        { family: 257, filters: [] },
      ],
    },
  ],
  ['07 03 08 0002', { kind: 'bgpsec', value: { version: 0, direction: 'send', afi: 2 } }],
  ['07 03 10 0001', { kind: 'bgpsec', value: { version: 1, direction: 'receive', afi: 1 } }],
  [
    '08 08 0001 04 02 0002 80 ff',
    {
      kind: 'multipleLabels',
      value: [
        { family: 260, count: 2 },
        { family: 640, count: 255 },
      ],
    },
  ],
  ['43 02 01 40', { kind: 'dynamic', value: [1, 64] }],
  ['4a 00', { kind: 'strictBfd', value: true }],
  ['4b 04 03 465252', { kind: 'softwareVersion', value: 'FRR' }],
  [
    '4c 0a 0019 46 0008 0001 01 0000',
    {
      kind: 'pathsLimit',
      value: [
        { family: 6470, limit: 8 },
        { family: 257, limit: 0 },
      ],
    },
  ],
  ['82 05 0001 00 01 00', { kind: 'ciscoOutboundRouteFilter', value: [{ family: 257, filters: [] }] }],
  ['c8 02 abcd', { kind: 'unknown', code: 200, value: hex('abcd') }],
];

describe('capabilities', () => {
  it.each(golden)('%s', (octets, capability) => {
    expect(decodeCapabilities(hex(octets))).toEqual({ ok: true, value: [capability] });
    expect(encodeCapabilities([capability])).toEqual(hex(octets));
  });

  it('stand side by side, in order', () => {
    const octets = hex(golden.map(([text]) => text).join(''));
    const list = golden.map(([, capability]) => capability);
    expect(decodeCapabilities(octets)).toEqual({ ok: true, value: list });
    expect(encodeCapabilities(list)).toEqual(octets);
  });

  it('every row of the registry has a golden value', () => {
    expect(new Set(golden.map(([, { kind }]) => kind))).toEqual(new Set([...Object.keys(capabilities), 'unknown']));
    for (const [kind, { code }] of Object.entries(capabilities)) expect(capabilityKind(code)).toBe(kind);
    expect(capabilityKind(0)).toBeUndefined();
  });

  it('reserved octets are ignored (RFC 4760 §8)', () => {
    expect(decodeCapabilities(hex('01 04 0019 ff 46'))).toMatchObject({ value: [{ value: 6470 }] });
  });

  it('an undefined Send/Receive value is passed over (RFC 7911 §4)', () => {
    const result = decodeCapabilities(hex('45 0c 0019 46 00 0001 01 04 0002 01 01'));
    expect(result).toMatchObject({ ok: true, value: [{ value: [{ family: 513, receive: true, send: false }] }] });
  });

  it('what is no entry behind the first ORF entry is passed over', () => {
    const value = [{ family: 6470, filters: [{ type: 64, mode: 3 }] }];
    for (const rest of ['000100', '0001 00 01 02 4003']) {
      const octets = hex(`0019 00 46 01 40 03 ${rest}`);
      const result = decodeCapabilities(Uint8Array.of(3, octets.length, ...octets));
      expect(result).toEqual({ ok: true, value: [{ kind: 'outboundRouteFilter', value }] });
    }
  });

  it('octets behind the software version are passed over, and what is no UTF-8 is replaced', () => {
    expect(decodeCapabilities(hex('4b 04 02 61ff 00'))).toEqual({
      ok: true,
      value: [{ kind: 'softwareVersion', value: 'a\ufffd' }],
    });
  });

  it('have a code, known or not', () => {
    expect(capabilityCode({ kind: 'role', value: 0 })).toBe(9);
    expect(capabilityCode({ kind: 'unknown', code: 200, value: hex('') })).toBe(200);
    expect([77, 200].map(capabilityName)).toEqual(['Link-Local Next Hop', 'capability 200']);
  });

  it('one that is only there is taken with octets in it', () => {
    expect(decodeCapabilities(hex('02 02 0000'))).toEqual({ ok: true, value: [{ kind: 'routeRefresh', value: true }] });
  });
});

describe('a malformed capability', () => {
  it.each([
    ['01 03 001900', 'length 3 instead of 4'],
    ['01 05 0019004600', 'length 5 instead of 4'],
    ['05 07 00010001000200', 'length 7 is no multiple of 6'],
    ['05 06 000101010002', 'SAFI 257 does not exist'],
    ['09 00', 'length 0 instead of 1'],
    ['09 02 0000', 'length 2 instead of 1'],
    ['40 00', 'length 0 is not 2 and a multiple of 4'],
    ['40 05 0078 001946', 'length 5 is not 2 and a multiple of 4'],
    ['41 03 00fde8', 'length 3 instead of 4'],
    ['45 03 001946', 'length 3 is no multiple of 4'],
    ['47 06 001946 000000', 'length 6 is no multiple of 7'],
    ['03 00', 'there is no entry that fits'],
    ['03 04 0019 00 46', 'there is no entry that fits'],
    ['03 06 0019 00 46 01 40', 'there is no entry that fits'],
    ['07 02 0800', 'length 2 instead of 3'],
    ['08 03 000104', 'length 3 is no multiple of 4'],
    ['4b 00', 'the length octet is missing'],
    ['4b 02 02 61', 'the version runs past the capability'],
    ['4c 04 00190100', 'length 4 is no multiple of 5'],
    ['49 00', 'the host name runs past the capability'],
    ['49 01 00', 'the host name runs past the capability'],
    ['49 02 02 61', 'the host name runs past the capability'],
    ['49 03 01 61 01', 'the domain name does not end where the capability does'],
    ['49 04 01 61 00 00', 'the domain name does not end where the capability does'],
    ['49 04 02 c328 00', 'a name is not UTF-8'],
  ])('%s: %s', (octets, reason) => {
    const result = decodeCapabilities(hex(`0200 ${octets}`));
    expect(result).toMatchObject({
      ok: false,
      fault: { code: 'open-capability', outcome: 'session-reset', offset: 2, notification: { code: 2, subcode: 0 } },
      partial: [{ kind: 'routeRefresh', value: true }],
    });
    expect(!result.ok && result.fault.reason).toContain(reason);
  });

  it.each(['02', '02 01', '02 05 00'])('%s runs past its parameter', (octets) => {
    expect(decodeCapabilities(hex(octets))).toMatchObject({ ok: false, fault: { code: 'open-capability', offset: 0 } });
  });
});

describe('what has no encoding', () => {
  it.each<Capability>([
    { kind: 'fourOctetAs', value: 2 ** 32 },
    { kind: 'role', value: 256 },
    { kind: 'gracefulRestart', value: { restarted: false, notification: false, restartTime: 4096, families: [] } },
    { kind: 'longLivedGracefulRestart', value: [{ family: 257, forwardingPreserved: false, staleTime: 2 ** 24 }] },
    { kind: 'fqdn', value: { hostname: 'h'.repeat(200), domain: 'd'.repeat(54) } },
    { kind: 'bgpsec', value: { version: 16, direction: 'send', afi: 1 } },
    { kind: 'multipleLabels', value: [{ family: 257, count: 256 }] },
    { kind: 'pathsLimit', value: [{ family: 257, limit: 65536 }] },
    { kind: 'softwareVersion', value: 'v'.repeat(255) },
    { kind: 'dynamic', value: [256] },
    { kind: 'outboundRouteFilter', value: [{ family: 257, filters: [{ type: 256, mode: 1 }] }] },
    { kind: 'unknown', code: 256, value: new Uint8Array(0) },
    { kind: 'unknown', code: 1, value: new Uint8Array(256) },
    { kind: 'routeRefresh', value: false as unknown as true },
  ])('$kind', (capability) => {
    expect(() => encodeCapabilities([capability])).toThrow(EncodeError);
  });
});
