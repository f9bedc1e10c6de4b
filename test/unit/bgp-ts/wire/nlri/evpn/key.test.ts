import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncodeError } from '../../../../../../src/bgp-ts/wire/encode-error.ts';
import { type EvpnNlri, evpn } from '../../../../../../src/bgp-ts/wire/nlri/evpn/evpn.ts';
import { joinEvpn, keyEvpn, midLengthOf, splitEvpn } from '../../../../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { emptySplit } from '../../../../../../src/bgp-ts/wire/nlri/evpn/split.ts';
import { NlriFaultCode } from '../../../../../../src/bgp-ts/wire/nlri/fault.ts';
import { hex, toHex } from '../../hex.ts';
import { evpnRoute } from '../arbitrary.ts';

const RD = '0001c00002010003';
const ESI = '00112233445566778899';
const key = (octets: string) => toHex(keyEvpn(hex(octets), 0, hex(octets).length));

/** NLRI, and the offsets, counted from its type octet, at which its parts lie. */
const golden: [
  string,
  string,
  { midStart: number; midLength: number; tailStart: number; tailLength: number },
  string,
][] = [
  [
    'type 1',
    `01 19 ${RD} ${ESI} 00000000 00000a`,
    { midStart: 2, midLength: 0, tailStart: 24, tailLength: 3 },
    `${RD}${ESI}00000000`,
  ],
  [
    'type 2, one label',
    `02 21 ${RD} ${ESI} 00000005 30 020000000011 00 00000a`,
    { midStart: 10, midLength: 10, tailStart: 32, tailLength: 3 },
    `${RD}000000053002000000001100`,
  ],
  [
    'type 2, IPv4, two labels',
    `02 28 ${RD} ${ESI} 00000005 30 020000000011 20 0a000001 00000a 000065`,
    { midStart: 10, midLength: 10, tailStart: 36, tailLength: 6 },
    `${RD}0000000530020000000011200a000001`,
  ],
  [
    'type 3',
    `03 11 ${RD} 00000000 20 c0000201`,
    { midStart: 2, midLength: 0, tailStart: 19, tailLength: 0 },
    `${RD}0000000020c0000201`,
  ],
  [
    'type 4',
    `04 17 ${RD} ${ESI} 20 c0000201`,
    { midStart: 2, midLength: 0, tailStart: 25, tailLength: 0 },
    `${RD}${ESI}20c0000201`,
  ],
  [
    'type 5, IPv4',
    `05 22 ${RD} ${ESI} 00000000 18 0a3c0700 c00002fe 000065`,
    { midStart: 10, midLength: 10, tailStart: 29, tailLength: 7 },
    `${RD}00000000180a3c0700`,
  ],
  [
    'type 5, IPv6',
    `05 3a ${RD} ${ESI} 00000000 40 20010db8000100000000000000000000 ${'00'.repeat(16)} 000065`,
    { midStart: 10, midLength: 10, tailStart: 41, tailLength: 19 },
    `${RD}000000004020010db8000100000000000000000000`,
  ],
  [
    'type 6: flags ride along',
    `06 18 ${RD} 00000001 00 20 ef010101 20 c0000201 06`,
    { midStart: 2, midLength: 0, tailStart: 25, tailLength: 1 },
    `${RD}000000010020ef01010120c0000201`,
  ],
  [
    'type 8: the last six octets ride along',
    `08 27 ${RD} ${ESI} 00000001 00 20 ef010101 20 c0000201 000000000a02`,
    { midStart: 2, midLength: 0, tailStart: 35, tailLength: 6 },
    `${RD}${ESI}000000010020ef01010120c0000201`,
  ],
  ['unknown type', '99 04 deadbeef', { midStart: 2, midLength: 0, tailStart: 6, tailLength: 0 }, 'deadbeef'],
  ['unknown type, empty', '99 00', { midStart: 2, midLength: 0, tailStart: 2, tailLength: 0 }, ''],
];

describe('EVPN route key', () => {
  it.each(golden)('%s', (_name, octets, parts, expected) => {
    const before = hex('03 11');
    const bytes = Uint8Array.of(...before, ...hex(octets), 0xff);
    const at = before.length;
    const end = bytes.length - 1;
    const out = emptySplit();
    expect(splitEvpn(bytes, at, end, out)).toBe(NlriFaultCode.None);
    expect(out).toEqual({
      type: bytes[at],
      valueStart: at + 2,
      next: end,
      midStart: at + parts.midStart,
      midLength: parts.midLength,
      tailStart: at + parts.tailStart,
      tailLength: parts.tailLength,
    });
    expect(toHex(keyEvpn(bytes, at, end))).toBe(expected);
  });

  it('of type 2 is the same whatever the ESI, the labels and their number', () => {
    const route = (esi: string, ip: string, labels: string) => {
      const value = hex(`${RD} ${esi} 00000000 30 020000000011 ${ip} ${labels}`);
      return key(`02 ${value.length.toString(16)} ${toHex(value)}`);
    };
    const announced = route(ESI, '20 0a000001', '00000a 000065');
    expect(route('00'.repeat(10), '20 0a000001', '000000')).toBe(announced);
    expect(route(ESI, '20 0a000001', '800000')).toBe(announced);
    expect(route(ESI, '20 0a000002', '00000a 000065')).not.toBe(announced);
    expect(route(ESI, '00', '00000a 000065')).not.toBe(announced);
  });

  it('of type 5 is the same whatever ESI, gateway and label', () => {
    const announced = key(`05 22 ${RD} ${ESI} 00000000 18 0a3c0700 c00002fe 000065`);
    expect(key(`05 22 ${RD} ${'00'.repeat(10)} 00000000 18 0a3c0700 00000000 000000`)).toBe(announced);
    expect(key(`05 22 ${RD} ${ESI} 00000000 17 0a3c0700 c00002fe 000065`)).not.toBe(announced);
    expect(key(`05 22 ${RD} ${ESI} 00000001 18 0a3c0700 c00002fe 000065`)).not.toBe(announced);
  });

  it('splits and joins every route', () => {
    fc.assert(
      fc.property(evpnRoute, (route) => {
        const octets = evpn.write(route);
        const split = emptySplit();
        expect(splitEvpn(octets, 0, octets.length, split)).toBe(NlriFaultCode.None);
        const mid = octets.subarray(split.midStart, split.midStart + split.midLength);
        const tail = octets.subarray(split.tailStart, split.tailStart + split.tailLength);
        expect(split.midLength).toBe(midLengthOf(route.type));
        const joined = joinEvpn(route.type, keyEvpn(octets, 0, octets.length), Uint8Array.of(...mid, ...tail));
        expect(toHex(joined)).toBe(toHex(octets));
      }),
    );
  });

  it('is the same for two routes exactly when the fields that are key are the same', () => {
    const stripped = (route: EvpnNlri) => {
      const { esi, label, label1, label2, gateway, flags, reserved, maximumResponseTime, ...rest } =
        route as never as Record<string, unknown>;
      return route.type === 1 || route.type === 4 || route.type === 7 || route.type === 8 ? { ...rest, esi } : rest;
    };
    const keyOf = (route: EvpnNlri) => {
      const octets = evpn.write(route);
      return `${route.type} ${toHex(keyEvpn(octets, 0, octets.length))}`;
    };
    const rider = { label: 1, label1: 2, label2: 3, flags: 4, reserved: 5, maximumResponseTime: 6 };
    fc.assert(
      fc.property(evpnRoute, (route) => {
        const known = Object.fromEntries(
          Object.entries(rider).filter(([name]) => name in route || (name === 'label2' && route.type === 2)),
        );
        const other = { ...route, ...known } as EvpnNlri;
        expect(stripped(other)).toEqual(stripped(route));
        expect(keyOf(other)).toBe(keyOf(route));
      }),
    );
    fc.assert(
      fc.property(evpnRoute, evpnRoute, (one, two) => {
        const sameFields = JSON.stringify(stripped(one)) === JSON.stringify(stripped(two));
        expect(keyOf(one) === keyOf(two)).toBe(sameFields);
      }),
    );
  });

  it('accepts exactly what the decoder accepts, and finds the same next NLRI', () => {
    const mutated = fc.tuple(evpnRoute, fc.nat(), fc.nat(255)).map(([route, at, octet]) => {
      const octets = evpn.write(route);
      octets[at % octets.length] = octet;
      return octets;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ minLength: 1, maxLength: 70 })), (octets) => {
        const split = emptySplit();
        const code = splitEvpn(octets, 0, octets.length, split);
        const read = evpn.read(octets, 0, octets.length);
        expect(read.ok).toBe(code === NlriFaultCode.None);
        if (read.ok) {
          expect(read.next).toBe(split.next);
          expect(toHex(evpn.write(read.nlri))).toBe(toHex(octets, 0, read.next));
        } else {
          expect(read.code).toBe(code);
          expect(read.next).toBe(code === NlriFaultCode.Overrun ? undefined : split.next);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is not made of anything but one well-formed NLRI, nor an NLRI of anything but key and rider', () => {
    const two = hex('99 00 99 00');
    expect(() => keyEvpn(two, 0, 4)).toThrow(EncodeError);
    expect(() => keyEvpn(hex('02 00'), 0, 2)).toThrow(EncodeError);
    expect(() => joinEvpn(2, new Uint8Array(20), new Uint8Array(9))).toThrow(EncodeError);
    expect(() => joinEvpn(99, new Uint8Array(256), new Uint8Array(0))).toThrow(EncodeError);
  });
});
