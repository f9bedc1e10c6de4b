import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ControlPacket, decodeControl, encodeControl, sessionStates } from '../../../src/bfd/wire.ts';

const packet: ControlPacket = {
  diagnostic: 3,
  state: 'Init',
  poll: true,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMult: 3,
  myDiscriminator: 0x01020304,
  yourDiscriminator: 0xfffffffe,
  desiredMinTx: 1_000_000,
  requiredMinRx: 100_000,
  requiredMinEchoRx: 0,
};

const octets = Uint8Array.of(
  0b001_00011, // version 1, Neighbor Signaled Session Down
  0b10_100000, // Init, P
  3, // Detect Mult
  24, // Length
  ...[1, 2, 3, 4], // My Discriminator
  ...[0xff, 0xff, 0xff, 0xfe], // Your Discriminator
  ...[0x00, 0x0f, 0x42, 0x40], // Desired Min TX Interval
  ...[0x00, 0x01, 0x86, 0xa0], // Required Min RX Interval
  ...[0, 0, 0, 0], // Required Min Echo RX Interval
);

const changed = (changes: Readonly<Record<number, number>>, length = octets.length) => {
  const bytes = new Uint8Array(length);
  bytes.set(octets.subarray(0, length));
  for (const [at, value] of Object.entries(changes)) bytes[Number(at)] = value;
  return bytes;
};
const codeOf = (bytes: Uint8Array) => {
  const decoded = decodeControl(bytes);
  return decoded.ok ? undefined : decoded.code;
};

const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const arbitrary: fc.Arbitrary<ControlPacket> = fc.record({
  diagnostic: fc.integer({ min: 0, max: 31 }),
  state: fc.constantFrom(...sessionStates),
  poll: fc.boolean(),
  final: fc.boolean(),
  controlPlaneIndependent: fc.boolean(),
  demand: fc.boolean(),
  detectMult: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
  yourDiscriminator: fc.integer({ min: 1, max: 0xffff_ffff }),
  desiredMinTx: uint32,
  requiredMinRx: uint32,
  requiredMinEchoRx: uint32,
});

describe('a BFD Control packet', () => {
  it('is these octets', () => {
    expect(encodeControl(packet)).toEqual(octets);
    expect(decodeControl(octets)).toEqual({ ok: true, packet });
  });

  it('comes back as it was encoded, wherever it lies, and whatever follows it', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(3), fc.nat(9), (one, before, after) => {
        const bytes = new Uint8Array(before + 24 + after).fill(0xee);
        bytes.set(encodeControl(one), before);
        expect(decodeControl(bytes.subarray(before))).toEqual({ ok: true, packet: one });
      }),
    );
  });

  it('is dropped for what RFC 5880 §6.8.6 says, and the first of several reasons is given', () => {
    expect(codeOf(changed({ 0: 0b010_00011 }))).toBe('version');
    expect(codeOf(changed({ 0: 0, 2: 0 }))).toBe('version');
    expect(codeOf(changed({ 3: 23 }))).toBe('length');
    expect(codeOf(changed({ 3: 25 }))).toBe('length');
    expect(codeOf(changed({ 1: 0b10_000100, 3: 25 }, 26))).toBe('length');
    expect(codeOf(changed({ 2: 0 }))).toBe('detect-mult');
    expect(codeOf(changed({ 1: 0b10_000001 }))).toBe('multipoint');
    expect(codeOf(changed({ 4: 0, 5: 0, 6: 0, 7: 0 }))).toBe('my-discriminator');
    for (const state of [2, 3])
      expect(codeOf(changed({ 1: state << 6, 8: 0, 9: 0, 10: 0, 11: 0 }))).toBe('your-discriminator');
    for (const state of [0, 1]) expect(codeOf(changed({ 1: state << 6, 8: 0, 9: 0, 10: 0, 11: 0 }))).toBeUndefined();
    expect(codeOf(changed({ 1: 0b10_000100, 3: 26 }, 26))).toBe('authentication');
  });

  it('is dropped at every length that is too short, and never throws', () => {
    for (let length = 0; length < 24; length++) expect(codeOf(octets.subarray(0, length))).toBe('length');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decodeControl(bytes)));
  });
});
