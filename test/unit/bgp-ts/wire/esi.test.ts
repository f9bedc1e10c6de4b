import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { decodeEsi, describeEsi, encodeEsi, formatEsi, MAX_ESI, ZERO_ESI } from '../../../../src/bgp-ts/wire/esi.ts';
import { hex } from './hex.ts';

describe('Ethernet segment identifier', () => {
  it.each([
    [ZERO_ESI, { kind: 'single-homed' }],
    [MAX_ESI, { kind: 'max-esi' }],
    ['00112233445566778899', { kind: 'arbitrary', value: '112233445566778899' }],
    // type 1: LACP system MAC, port key, 0
    ['01aabbccddee01006400', { kind: 'lacp', systemMac: 'aa:bb:cc:dd:ee:01', portKey: 100 }],
    // type 2: root bridge MAC, priority, 0
    ['02aabbccddeeff234500', { kind: 'bridge', rootMac: 'aa:bb:cc:dd:ee:ff', rootPriority: 0x2345 }],
    // type 3: system MAC, discriminator of three octets
    ['03aabbccddeeff345678', { kind: 'mac', systemMac: 'aa:bb:cc:dd:ee:ff', discriminator: 0x345678 }],
    // type 4: router id, discriminator of four octets, 0
    ['04c00002015566778800', { kind: 'router-id', routerId: '192.0.2.1', discriminator: 0x55667788 }],
    // type 5: AS number, discriminator of four octets, 0
    ['050000fde80000000a00', { kind: 'as', asn: 65000, discriminator: 10 }],
    ['06010203040506070809', { kind: 'unknown', type: 6, value: '010203040506070809' }],
  ])('%s', (esi, view) => {
    expect(describeEsi(esi)).toEqual(view);
    expect(decodeEsi(encodeEsi(esi))).toBe(esi);
  });

  it('reads at an offset, and text with colons', () => {
    expect(decodeEsi(hex('ffff 00112233445566778899 ffff'), 2)).toBe('00112233445566778899');
    expect(formatEsi('00112233445566778899')).toBe('00:11:22:33:44:55:66:77:88:99');
    expect(encodeEsi('00:11:22:33:44:55:66:77:88:99')).toEqual(hex('00112233445566778899'));
  });

  it.each(['', '00', 'zz112233445566778899', '0011223344556677889900'])('refuses %j', (text) => {
    expect(() => encodeEsi(text)).toThrow(EncodeError);
  });
});
