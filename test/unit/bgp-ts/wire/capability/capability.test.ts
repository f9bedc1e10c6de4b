import { describe, expect, it } from 'vitest';
import { decodeCapabilities, encodeCapabilities } from '../../../../../src/bgp-ts/wire/capability/capability.ts';
import { type Capability, capabilities, capabilityKind } from '../../../../../src/bgp-ts/wire/capability/registry.ts';
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
  ['4b 03 024652', { kind: 'unknown', code: 75, value: hex('024652') }],
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
    { kind: 'unknown', code: 256, value: new Uint8Array(0) },
    { kind: 'unknown', code: 1, value: new Uint8Array(256) },
    { kind: 'routeRefresh', value: false as unknown as true },
  ])('$kind', (capability) => {
    expect(() => encodeCapabilities([capability])).toThrow(EncodeError);
  });
});
