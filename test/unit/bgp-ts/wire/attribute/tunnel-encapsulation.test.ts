import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Tunnel, tunnelEncapsulation } from '../../../../../src/bgp-ts/wire/attribute/tunnel-encapsulation.ts';
import {
  describeSubTlv,
  isMalformedEndpoint,
  type SubTlvView,
} from '../../../../../src/bgp-ts/wire/attribute/tunnel-sub-tlv.ts';
import { defaultContext } from '../../../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { hex, toHex } from '../hex.ts';

const decode = (octets: string | Uint8Array) => {
  const bytes = typeof octets === 'string' ? hex(octets) : octets;
  return tunnelEncapsulation.decode(bytes, 0, bytes.length, defaultContext);
};
const encode = (tunnels: readonly Tunnel[]) => tunnelEncapsulation.encode(tunnels, defaultContext);

describe('TUNNEL_ENCAPSULATION', () => {
  const octets = `
    0008 001a                          ; VXLAN, 26 octets
      01 0c c000000a 020000000001 0000 ; encapsulation: VNI 10, MAC
      06 0a 00000000 0001 c0000201     ; egress endpoint 192.0.2.1
    000f 0005                          ; SR policy, 5 octets
      80 0002 beef                     ; a sub-TLV with a two-octet length`;
  const tunnels: Tunnel[] = [
    {
      type: 8,
      subTlvs: [
        { type: 1, value: 'c000000a0200000000010000' },
        { type: 6, value: '000000000001c0000201' },
      ],
    },
    { type: 15, subTlvs: [{ type: 0x80, value: 'beef' }] },
  ];

  it('is tunnels of sub-TLVs', () => {
    expect(decode(octets)).toEqual({ ok: true, value: tunnels });
    expect(toHex(encode(tunnels))).toBe(toHex(hex(octets)));
  });

  it.each([
    ['tunnel header cut', '000800', 0],
    ['tunnel longer than the attribute', '0008 0005 01020304', 0],
    ['second tunnel cut', '0008 0000 0009 0001', 4],
    ['sub-TLV header cut', '0008 0001 01', 4],
    ['sub-TLV longer than its tunnel', '0008 0004 0404 aabb', 4],
    ['long sub-TLV header cut', '000f 0002 c800', 4],
    ['long sub-TLV longer than its tunnel', '000f 0004 c8 0002 aa', 4],
  ])('does not close: %s', (_name, bad, offset) => {
    expect(decode(bad)).toMatchObject({ ok: false, fault: { code: 'tunnel-encapsulation-overrun', offset } });
  });

  it('loses the tunnel with a malformed egress endpoint, and the route with the last tunnel', () => {
    const bad = '0008 0006 06 04 00000000';
    expect(decode(`${bad} 0009 0000`)).toEqual({ ok: true, value: [{ type: 9, subTlvs: [] }] });
    expect(decode(bad)).toMatchObject({ ok: false, fault: { code: 'tunnel-encapsulation-empty', offset: 0 } });
    expect(decode('')).toMatchObject({ ok: false, fault: { code: 'tunnel-encapsulation-empty' } });
  });

  it.each<[string, Tunnel[]]>([
    ['no tunnel', []],
    ['wide type', [{ type: 65536, subTlvs: [] }]],
    ['wide sub-TLV type', [{ type: 8, subTlvs: [{ type: 256, value: '' }] }]],
    ['long value', [{ type: 8, subTlvs: [{ type: 1, value: '00'.repeat(256) }] }]],
    ['long tunnel', [{ type: 8, subTlvs: [{ type: 200, value: '00'.repeat(65535) }] }]],
    ['no hexadecimal', [{ type: 8, subTlvs: [{ type: 1, value: 'x' }] }]],
    ['malformed endpoint', [{ type: 8, subTlvs: [{ type: 6, value: '00' }] }]],
  ])('has no encoding for %s', (_name, value) => {
    expect(() => encode(value)).toThrow(EncodeError);
  });

  it('never throws on any octets, and gives back what it accepted', () => {
    const subTlv = fc
      .tuple(fc.constantFrom(1, 2, 4, 6, 7, 8, 9, 10, 12, 128, 255), fc.uint8Array({ maxLength: 24 }))
      .map(([type, value]) => ({ type, value: toHex(value) }))
      .filter((one) => !isMalformedEndpoint(one));
    const tunnel = fc.record({
      type: fc.constantFrom(1, 2, 8, 9, 11, 15),
      subTlvs: fc.array(subTlv, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(tunnel, { minLength: 1, maxLength: 3 }), (value) => {
        expect(decode(encode(value))).toEqual({ ok: true, value });
        for (const { type, subTlvs } of value)
          for (const one of subTlvs) expect(describeSubTlv(type, one).kind).not.toBe('');
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decode(bytes);
        if (decoded.ok) expect(decode(encode(decoded.value))).toEqual(decoded);
      }),
    );
  });
});

describe('sub-TLVs', () => {
  const opaque = { kind: 'opaque' } as const;
  it.each<[string, number, number, string, SubTlvView]>([
    [
      'VXLAN with VNI and MAC',
      8,
      1,
      'c000000a 020000000001 0000',
      { kind: 'virtual-network', vni: 10, mac: '02:00:00:00:00:01' },
    ],
    ['NVGRE with neither', 9, 1, '0000000a 020000000001 0000', { kind: 'virtual-network' }],
    ['VXLAN too short', 8, 1, 'c000000a', opaque],
    ['L2TPv3', 1, 1, '00000007 cafe', { kind: 'l2tpv3', sessionId: 7, cookie: 'cafe' }],
    ['L2TPv3 too short', 1, 1, '000000', opaque],
    ['L2TPv3 too long', 1, 1, '00'.repeat(13), opaque],
    ['GRE', 2, 1, '00000007', { kind: 'gre', key: 7 }],
    ['MPLS in GRE too long', 11, 1, '0000000700', opaque],
    ['encapsulation of a type without', 19, 1, '00000007', opaque],
    ['protocol type', 2, 2, '0800', { kind: 'protocol-type', ethertype: 0x0800 }],
    ['protocol type, reserved', 2, 2, 'ffff', opaque],
    ['protocol type too short', 2, 2, '08', opaque],
    ['color', 8, 4, '030b 0000 00000064', { kind: 'color', color: 100 }],
    ['color, short', 8, 4, '00000064', opaque],
    ['color, another community', 8, 4, '030c 0000 00000064', opaque],
    ['egress endpoint', 8, 6, '00000000 0001 c0000201', { kind: 'egress-endpoint', address: '192.0.2.1' }],
    [
      'egress endpoint, IPv6',
      8,
      6,
      '00000000 0002 20010db8000000000000000000000001',
      { kind: 'egress-endpoint', address: '2001:db8::1' },
    ],
    ['egress endpoint is the next hop', 8, 6, '00000000 0000', { kind: 'egress-endpoint' }],
    ['egress endpoint, cut', 8, 6, '00000000', opaque],
    ['egress endpoint, wrong length', 8, 6, '00000000 0001 c00002', opaque],
    ['egress endpoint of another family', 8, 6, '00000000 0019 c0000201', opaque],
    ['DS field', 8, 7, '2e', { kind: 'ds-field', value: 0x2e }],
    ['DS field, empty', 8, 7, '', opaque],
    ['UDP port', 8, 8, '12b5', { kind: 'udp-port', port: 4789 }],
    ['UDP port 0', 8, 8, '0000', opaque],
    ['UDP port, short', 8, 8, '12', opaque],
    ['embedded label handling 1', 8, 9, '01', { kind: 'embedded-label-handling', value: 1 }],
    ['embedded label handling 2', 8, 9, '02', { kind: 'embedded-label-handling', value: 2 }],
    ['embedded label handling 3', 8, 9, '03', opaque],
    ['embedded label handling, long', 8, 9, '0101', opaque],
    ['label stack', 8, 10, '000640ff 000c81ff', { kind: 'label-stack', entries: [0x640ff, 0xc81ff] }],
    ['label stack, empty', 8, 10, '', opaque],
    ['label stack, broken', 8, 10, '000640', opaque],
    ['unknown', 8, 200, '00', opaque],
  ])('%s', (_name, tunnelType, type, octets, view) => {
    expect(describeSubTlv(tunnelType, { type, value: toHex(hex(octets)) })).toEqual(view);
  });

  it('calls an endpoint of another family unrecognised, not malformed', () => {
    expect(isMalformedEndpoint({ type: 6, value: '000000000019c0000201' })).toBe(false);
    expect(isMalformedEndpoint({ type: 6, value: '000000000001c00002' })).toBe(true);
    expect(isMalformedEndpoint({ type: 6, value: '00000000' })).toBe(true);
    expect(isMalformedEndpoint({ type: 7, value: '' })).toBe(false);
  });

  it('wants hexadecimal', () => {
    expect(() => describeSubTlv(8, { type: 7, value: 'x' })).toThrow(EncodeError);
  });
});
