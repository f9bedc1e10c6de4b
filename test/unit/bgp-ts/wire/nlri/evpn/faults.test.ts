import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Family } from '../../../../../../src/bgp-ts/wire/constants.ts';
import { decodeNlri, encodeNlri } from '../../../../../../src/bgp-ts/wire/nlri/registry.ts';
import { hex, toHex } from '../../hex.ts';
import { evpnRoute } from '../arbitrary.ts';

const plain = { addPath: false };
const decode = (octets: Uint8Array) => decodeNlri(Family.Evpn, octets, 0, octets.length, plain);
const RD = '0001c00002010003';
const ESI = '00112233445566778899';
const TAG = '00000000';
/** A good type 3 behind the bad route, which must still be found. */
const GOOD = hex(`03 11 ${RD} ${TAG} 20 c0000201`);

const value = (type: string, body: string) => {
  const octets = hex(body);
  return Uint8Array.of(Number.parseInt(type, 16), octets.length, ...octets);
};

const located: [string, string, Uint8Array][] = [
  ['evpn-length', 'type 1 one octet short', value('01', `${RD} ${ESI} ${TAG} 0000`)],
  ['evpn-length', 'type 1 one octet long', value('01', `${RD} ${ESI} ${TAG} 00000a00`)],
  ['evpn-length', 'type 2 empty', value('02', '')],
  ['evpn-length', 'type 2 ends before the IP length', value('02', `${RD} ${ESI} ${TAG} 30 020000000011`)],
  ['evpn-length', 'type 2 without a label', value('02', `${RD} ${ESI} ${TAG} 30 020000000011 00`)],
  ['evpn-length', 'type 2 with a label and a half', value('02', `${RD} ${ESI} ${TAG} 30 020000000011 00 00000a 00`)],
  [
    'evpn-length',
    'type 2 with three labels',
    value('02', `${RD} ${ESI} ${TAG} 30 020000000011 00 00000a 00000a 00000a`),
  ],
  ['evpn-length', 'type 2 address cut', value('02', `${RD} ${ESI} ${TAG} 30 020000000011 80 0a000001 00000a`)],
  ['evpn-mac-length', 'MAC of 47 bits', value('02', `${RD} ${ESI} ${TAG} 2f 020000000011 00 00000a`)],
  ['evpn-ip-length', 'IP of 64 bits', value('02', `${RD} ${ESI} ${TAG} 30 020000000011 40 00000a`)],
  ['evpn-length', 'type 3 without originator', value('03', `${RD} ${TAG}`)],
  ['evpn-originator-length', 'type 3 originator of 0 bits', value('03', `${RD} ${TAG} 00`)],
  ['evpn-originator-length', 'type 3 originator of 24 bits', value('03', `${RD} ${TAG} 18 0a0000`)],
  ['evpn-length', 'type 3 originator cut', value('03', `${RD} ${TAG} 80 0a000001`)],
  ['evpn-length', 'type 3 octet behind originator', value('03', `${RD} ${TAG} 20 0a000001 00`)],
  ['evpn-length', 'type 4 without originator', value('04', `${RD} ${ESI}`)],
  ['evpn-originator-length', 'type 4 originator of 33 bits', value('04', `${RD} ${ESI} 21 0a000001`)],
  ['evpn-length', 'type 5 of 35 octets', value('05', `${RD} ${ESI} ${TAG} 18 0a000000 00000000 00000a 00`)],
  ['evpn-prefix-length', 'type 5 IPv4 of 33 bits', value('05', `${RD} ${ESI} ${TAG} 21 0a000000 00000000 00000a`)],
  [
    'evpn-prefix-length',
    'type 5 IPv6 of 129 bits',
    value('05', `${RD} ${ESI} ${TAG} 81 ${'00'.repeat(16)} ${'00'.repeat(16)} 00000a`),
  ],
  ['evpn-length', 'type 6 without source length', value('06', `${RD} ${TAG}`)],
  ['evpn-source-length', 'type 6 source of 8 bits', value('06', `${RD} ${TAG} 08 0a 20 ef010101 20 c0000201 00`)],
  ['evpn-length', 'type 6 source cut', value('06', `${RD} ${TAG} 20 0a00`)],
  ['evpn-group-length', 'type 6 group of 64 bits', value('06', `${RD} ${TAG} 00 40 ef010101 20 c0000201 00`)],
  ['evpn-group-length', 'type 6 any group', value('06', `${RD} ${TAG} 00 00 20 c0000201 00`)],
  ['evpn-length', 'type 6 group cut', value('06', `${RD} ${TAG} 00 20 ef01`)],
  ['evpn-originator-length', 'type 6 originator of 64 bits', value('06', `${RD} ${TAG} 00 20 ef010101 40 c0000201 00`)],
  ['evpn-length', 'type 6 without flags', value('06', `${RD} ${TAG} 00 20 ef010101 20 c0000201`)],
  ['evpn-length', 'type 7 without flags', value('07', `${RD} ${ESI} ${TAG} 00 20 ef010101 20 c0000201`)],
  ['evpn-length', 'type 8 one octet short', value('08', `${RD} ${ESI} ${TAG} 00 20 ef010101 20 c0000201 0000000000`)],
  ['evpn-length', 'type 9 one octet short', value('09', `${RD} ${TAG} 00000000000000`)],
  ['evpn-group-length', 'type 10 group of 16 bits', value('0a', `${RD} ${TAG} 00 10 ef01 20 c0000201`)],
  ['evpn-route-key', 'type 11 empty', value('0b', '')],
  ['evpn-route-key', 'type 11 without route key', value('0b', '20 c0000201')],
  ['evpn-route-key', 'type 11 originator of 64 bits', value('0b', '0102 40 c0000201')],
];

describe('an EVPN route that is malformed inside', () => {
  it.each(located)('%s: %s', (code, _what, bad) => {
    const field = Uint8Array.of(...GOOD, ...bad, ...GOOD);
    const { routes, fault } = decode(field);
    expect(fault).toMatchObject({
      code,
      outcome: 'treat-as-withdraw',
      offset: GOOD.length,
      family: Family.Evpn,
      notification: { code: 3, subcode: 9 },
    });
    expect(routes.map((route) => route.type)).toEqual([3, 3]);
  });

  it('is reported for the first of several', () => {
    const field = Uint8Array.of(...located[8][2], ...GOOD, ...located[9][2]);
    expect(decode(field).fault?.code).toBe('evpn-mac-length');
  });
});

describe('an EVPN route that runs past its field', () => {
  it.each([
    ['type octet alone', '02'],
    ['length with nothing behind', '0222'],
    ['one octet short', `03 11 ${RD} ${TAG} 20 c00002`],
    ['unknown type', '99 05 01020304'],
  ])('cannot be located: %s', (_what, octets) => {
    const { routes, fault } = decode(Uint8Array.of(...GOOD, ...hex(octets)));
    expect(fault).toMatchObject({ code: 'nlri-overrun', outcome: 'session-reset', offset: GOOD.length });
    expect(routes).toHaveLength(1);
  });

  it('outweighs one that is malformed inside', () => {
    const field = Uint8Array.of(...located[8][2], ...hex('0222'));
    expect(decode(field).fault?.code).toBe('nlri-overrun');
  });
});

describe('any octets', () => {
  const mutated = fc
    .tuple(fc.array(evpnRoute, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat(255), fc.nat())
    .map(([routes, at, octet, cut]) => {
      const field = encodeNlri(Family.Evpn, routes, plain);
      field[at % field.length] = octet;
      return field.subarray(0, cut % 4 === 0 ? cut % field.length : field.length);
    });

  it('never make it throw, and what is accepted is given back', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (field) => {
        const { routes, fault } = decode(field);
        if (fault === undefined) expect(toHex(encodeNlri(Family.Evpn, routes, plain))).toBe(toHex(field));
        else expect(fault.offset).toBeLessThan(field.length);
      }),
      { numRuns: 2000 },
    );
  });
});
