import { expect, it } from 'vitest';
import { MessageType } from '../../../../../src/bgp-ts/wire/constants.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import { frame, maximumLength } from '../../../../../src/bgp-ts/wire/message/header.ts';
import { encodeKeepalive } from '../../../../../src/bgp-ts/wire/message/keepalive.ts';
import { hex, toHex } from '../hex.ts';

it('a KEEPALIVE is its header', () => {
  expect(encodeKeepalive()).toEqual(hex(`${'ff'.repeat(16)} 0013 04`));
});

it('a header goes in front of a body, with its length', () => {
  expect(toHex(frame(MessageType.Update, hex('00000000'), false))).toBe(`${'ff'.repeat(16)}00170200000000`);
});

it('the longest message depends on its type (RFC 8654 §4)', () => {
  expect(maximumLength(MessageType.Update, false)).toBe(4096);
  expect(maximumLength(MessageType.Update, true)).toBe(65535);
  expect(maximumLength(MessageType.Open, true)).toBe(4096);
  expect(maximumLength(MessageType.Keepalive, true)).toBe(19);
});

it('a message that is too long has no encoding', () => {
  expect(frame(MessageType.Update, new Uint8Array(4077), false).length).toBe(4096);
  expect(() => frame(MessageType.Update, new Uint8Array(4078), false)).toThrow(EncodeError);
  expect(frame(MessageType.Update, new Uint8Array(4078), true).length).toBe(4097);
});
