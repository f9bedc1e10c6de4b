import { expect, it } from 'vitest';
import { Family } from '../../../../../src/bgp-ts/wire/constants.ts';
import { EncodeError } from '../../../../../src/bgp-ts/wire/encode-error.ts';
import {
  decodeRouteRefresh,
  encodeRouteRefresh,
  RefreshSubtype,
} from '../../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { hex, toHex } from '../hex.ts';

function message(body: string): Uint8Array {
  const octets = hex(body);
  return hex(`${'ff'.repeat(16)}${(19 + octets.length).toString(16).padStart(4, '0')}05${toHex(octets)}`);
}

const enhanced = { enhancedRouteRefresh: true };
const plain = { enhancedRouteRefresh: false };

it.each([
  ['0019 00 46', { family: 6470, subtype: RefreshSubtype.Request }],
  ['0019 01 46', { family: 6470, subtype: RefreshSubtype.BeginningOfRib }],
  ['0001 02 01', { family: 257, subtype: RefreshSubtype.EndOfRib }],
  ['0001 ff 01', { family: 257, subtype: 255 }], // for the receiver to ignore (RFC 7313 §5)
  ['0001 00 01 01400003', { family: 257, subtype: 0, filters: hex('01400003') }],
])('%s', (body, refresh) => {
  for (const ctx of [enhanced, plain]) {
    expect(decodeRouteRefresh(message(body), ctx)).toEqual({ ok: true, value: refresh });
  }
  expect(encodeRouteRefresh(refresh)).toEqual(message(body));
});

it.each(['', '00', '000100', '0001 01 01 00', '0019 02 46 0000'])('%j is NOTIFICATION 7/1 with the message', (body) => {
  const bytes = message(body);
  const result = decodeRouteRefresh(bytes, enhanced);
  expect(result).toMatchObject({ ok: false, fault: { code: 'route-refresh-length', outcome: 'session-reset' } });
  expect(!result.ok && result.fault.notification).toEqual({ code: 7, subcode: 1, data: bytes });
});

it.each([
  ['0001 01 01 01400003', 1],
  ['0019 02 46 0000', 2],
])('%j has no subtype, but filters, from a peer without enhanced route refresh (RFC 7313 §5)', (body, subtype) => {
  const result = decodeRouteRefresh(message(body), plain);
  expect(result).toEqual({ ok: true, value: { family: expect.any(Number), subtype, filters: hex(body).subarray(4) } });
  expect(decodeRouteRefresh(message('00'), plain).ok).toBe(false);
});

it('has no encoding for a subtype above one octet', () => {
  expect(() => encodeRouteRefresh({ family: Family.Evpn, subtype: 256 })).toThrow(EncodeError);
});
