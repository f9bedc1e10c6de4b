import { expect, it } from 'vitest';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import {
  decodeDynamicCapability,
  encodeDynamicCapability,
} from '../../../../../src/bgp-ts/wire/message/dynamic-capability.ts';
import { hex } from '../hex.ts';

it('reads and writes revisions', () => {
  const octets = hex('00 01 04 00010002 01 40 00');
  const revisions = [
    { action: 'advertise', code: 1, value: hex('00010002') },
    { action: 'remove', code: 64, value: hex('') },
  ] as const;
  expect(decodeDynamicCapability(octets)).toEqual({ ok: true, value: revisions });
  expect(encodeDynamicCapability(revisions)).toEqual(octets);
  expect(decodeDynamicCapability(hex('ff 01 40 00 ff'), 1, 4)).toMatchObject({ value: [{ action: 'remove' }] });
});

it.each([
  ['', 0, 'no capability is revised'],
  ['00 01', 0, 'a capability runs past the message'],
  ['00 01 04 000100', 0, 'a capability runs past the message'],
  ['00 01 04 00010002 00', 7, 'a capability runs past the message'],
  ['02 01 00', 0, 'action 2 is not defined'],
])('refuses %j', (octets, offset, reason) => {
  expect(decodeDynamicCapability(hex(octets))).toMatchObject({
    ok: false,
    fault: {
      code: 'dynamic-capability',
      outcome: 'session-reset',
      offset,
      reason,
      notification: { code: 2, subcode: 0 },
    },
  });
});

it('has no encoding for a value above 255 octets', () => {
  const value = new Uint8Array(256);
  expect(() => encodeDynamicCapability([{ action: 'advertise', code: 1, value }])).toThrow(EncodeError);
});
