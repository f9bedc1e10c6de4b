import { describe, expect, it } from 'vitest';
import type { Capability } from '../../../../../src/bgp-ts/wire/capability/registry.ts';
import {
  decodeOpen,
  decodeParameters,
  encodeOpen,
  encodeParameters,
  type Open,
  openAsn,
} from '../../../../../src/bgp-ts/wire/message/open.ts';
import { hex, toHex } from '../hex.ts';

const header = (length: number) => `${'ff'.repeat(16)} ${length.toString(16).padStart(4, '0')} 01`;
const fixed = '04 fde8 005a c0a80101';

function message(body: string): Uint8Array {
  const octets = hex(body);
  return hex(header(19 + octets.length) + toHex(octets));
}

const decoded = (body: string) => decodeOpen(message(body));

const open: Open = {
  myAs: 65000,
  holdTime: 90,
  bgpId: '192.168.1.1',
  capabilities: [
    { kind: 'multiprotocol', value: 6470 },
    { kind: 'routeRefresh', value: true },
    { kind: 'fourOctetAs', value: 4200000000 },
    { kind: 'unknown', code: 200, value: Uint8Array.of(1, 2, 3) },
  ],
};
const golden = `${fixed} 15     ; length of Optional Parameters
  02 13                         ; Capabilities
    01 04 0019 00 46            ; Multiprotocol, AFI 25, SAFI 70
    02 00                       ; Route Refresh
    41 04 fa56ea00              ; four-octet AS number
    c8 03 010203                ; not known`;

describe('OPEN', () => {
  it('is written and read', () => {
    expect(encodeOpen(open)).toEqual(message(golden));
    expect(decoded(golden)).toEqual({ ok: true, value: open });
  });

  it('is read at an offset', () => {
    const whole = message(golden);
    expect(decodeOpen(hex(`aaaa${toHex(whole)}bb`), 2, 2 + whole.length)).toEqual({ ok: true, value: open });
  });

  it('without capabilities', () => {
    const plain = { myAs: 1, holdTime: 0, bgpId: '0.0.0.1', capabilities: [] };
    expect(encodeOpen(plain)).toEqual(message('04 0001 0000 00000001 00'));
    expect(decoded('04 0001 0000 00000001 00')).toEqual({ ok: true, value: plain });
  });

  it('takes capabilities from several parameters', () => {
    const result = decoded(`${fixed} 0c 02 04 0200 4600 02 04 02000200`);
    expect(result.ok && result.value.capabilities.map(({ kind }) => kind)).toEqual([
      'routeRefresh',
      'enhancedRouteRefresh',
      'routeRefresh',
      'routeRefresh',
    ]);
  });

  it('tells the AS number from the capability, else from the header', () => {
    expect(openAsn(open)).toBe(4200000000);
    expect(openAsn({ ...open, capabilities: [] })).toBe(65000);
  });

  it('has no encoding with an identifier, AS number or hold time that does not fit', () => {
    expect(() => encodeOpen({ ...open, bgpId: 'router' })).toThrow('BGP Identifier router');
    expect(() => encodeOpen({ ...open, myAs: 65536 })).toThrow('My Autonomous System');
    expect(() => encodeOpen({ ...open, holdTime: -1 })).toThrow('hold time');
  });
});

describe('the faults of OPEN', () => {
  // code, octets behind the header, NOTIFICATION subcode, its data, offset
  const cases: [string, string, number, string, number][] = [
    ['open-version', '03 fde8 005a c0a80101 00', 1, '0004', 19],
    ['open-version', '05 fde8 005a c0a80101 00', 1, '0004', 19],
    ['open-as-zero', '04 0000 005a c0a80101 00', 2, '', 20],
    ['open-as-zero', '04 5ba0 005a c0a80101 08 02 06 4104 00000000', 2, '', 20],
    ['open-hold-time', '04 fde8 0001 c0a80101 00', 6, '', 22],
    ['open-hold-time', '04 fde8 0002 c0a80101 00', 6, '', 22],
    ['open-bgp-identifier', '04 fde8 005a 00000000 00', 3, '', 24],
    ['open-parameter-type', `${fixed} 02 01 00`, 4, '', 29],
    ['open-parameter-type', `${fixed} ff ff 0003 ff 0000`, 4, '', 32],
    ['open-parameters', `${fixed} 04`, 0, '', 28], // nothing behind the length
    ['open-parameters', `${fixed} 01 02`, 0, '', 29], // a parameter without length
    ['open-parameters', `${fixed} 02 02 01`, 0, '', 29], // a parameter that runs past the OPEN
    ['open-parameters', `${fixed} 00 02`, 0, '', 28], // octets that no length speaks of
    ['open-parameters', `${fixed} ff ff 00`, 0, '', 29], // extended length cut
    ['open-parameters', `${fixed} ff ff 0001`, 0, '', 30], // extended length too large
    ['open-parameters', `${fixed} ff ff 0002 02 00`, 0, '', 32], // extended parameter without length
    ['open-capability', `${fixed} 03 02 01 02`, 0, '', 31], // a capability without length
    ['open-capability', `${fixed} 04 02 02 0201`, 0, '', 31], // a capability that runs past its parameter
    ['open-capability', `${fixed} 07 02 05 41 03 000001`, 0, '', 31], // a malformed capability
  ];

  it.each(cases)('%s: %s is NOTIFICATION 2/%i', (code, body, subcode, data, offset) => {
    const result = decoded(body);
    expect(result).toMatchObject({ ok: false, fault: { code, outcome: 'session-reset', offset } });
    expect(!result.ok && result.fault.notification).toEqual({ code: 2, subcode, data: hex(data) });
  });
});

describe('extended Optional Parameters (RFC 9072 §2)', () => {
  const many: Capability[] = Array.from({ length: 3 }, (_, i) => ({
    kind: 'unknown',
    code: 200 + i,
    value: new Uint8Array(100).fill(i),
  }));
  const value = many.map((_, i) => `${(200 + i).toString(16)} 64 ${`0${i}`.repeat(100)}`).join(' ');

  it('are written only where 255 octets do not do', () => {
    expect(encodeParameters(many)).toEqual(hex(`ff ff 0135 02 0132 ${value}`));
    const fits: Capability[] = [{ kind: 'unknown', code: 200, value: new Uint8Array(251) }];
    expect(encodeParameters(fits).subarray(0, 5)).toEqual(hex('ff 02 fd c8 fb'));
    const exceeds: Capability[] = [{ kind: 'unknown', code: 200, value: new Uint8Array(252) }];
    expect(encodeParameters(exceeds).subarray(0, 9)).toEqual(hex('ff ff 0101 02 00fe c8 fc'));
  });

  it('are read whatever the one-octet length says', () => {
    const octets = hex(`ff ff 0135 02 0132 ${value}`);
    expect(decodeParameters(octets, 0, octets.length)).toEqual({ ok: true, value: many });
    octets[0] = 1;
    expect(decodeParameters(octets, 0, octets.length)).toEqual({ ok: true, value: many });
    expect(decodeParameters(hex('ff ff 0000'), 0, 4)).toEqual({ ok: true, value: [] });
  });

  it('need their length octet', () => {
    expect(decodeParameters(hex(''), 0, 0)).toMatchObject({ ok: false, fault: { code: 'open-parameters' } });
  });
});
