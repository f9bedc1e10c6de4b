import { describe, expect, it } from 'vitest';
import { tcpPayload } from '../../../../../src/bgp-ts/cli/pcap/ip-packet.ts';
import { ipOffset } from '../../../../../src/bgp-ts/cli/pcap/link-layer.ts';
import { tcpSegment } from '../../../../../src/bgp-ts/cli/pcap/tcp-segment.ts';
import { concat } from '../../../../../src/bgp-ts/wire/bytes.ts';
import { hex } from '../../wire/hex.ts';
import { ethernet, ip, segment, tcp } from './build.ts';

const packet = segment({ sequence: 1 });
const packet6 = segment({ sequence: 1, from: '2001:db8::1', to: '2001:db8::2' });
const behind = (head: string, rest = packet) => concat([hex(head), rest]);

describe('the IP packet in a frame', () => {
  it.each<[string, number, Uint8Array, number | string]>([
    ['Ethernet', 1, ethernet(packet), 14],
    ['Ethernet, IPv6', 1, ethernet(packet6), 14],
    ['802.1Q', 1, ethernet(packet, '8100 0064'), 18],
    ['802.1ad and 802.1Q', 1, ethernet(packet, '88a8 0001 8100 0064'), 22],
    ['Linux cooked', 113, behind('0000 0001 0006 020000000001 0000 0800'), 16],
    ['Linux cooked, VLAN', 113, behind('0000 0001 0006 020000000001 0000 8100 0064 0800'), 20],
    ['Linux cooked 2', 276, behind('0800 0000 00000001 0001 00 06 020000000001 0000'), 20],
    ['Linux cooked 2, VLAN', 276, behind('8100 0000 00000001 0001 00 06 020000000001 0000 0064 0800'), 24],
    ['null', 0, behind('02000000'), 4],
    ['loop', 108, behind('00000002'), 4],
    ['raw', 101, packet, 0],
    ['raw of BSD', 12, packet6, 0],
    ['raw of OpenBSD', 14, packet6, 0],
    ['IPv4', 228, packet, 0],
    ['IPv6', 229, packet6, 0],
    ['ARP', 1, hex('ffffffffffff 020000000001 0806 0001'), 'not IP'],
    ['five tags', 1, ethernet(packet, '8100 0001 '.repeat(5)), 'not IP'],
    ['Ethernet, cut', 1, hex('ffffffffffff 020000000001 08'), 'cut'],
    ['Ethernet without a packet', 1, hex('ffffffffffff 020000000001 0800'), 'cut'],
    ['cooked 2, cut', 276, hex('0800 0000'), 'cut'],
    ['cooked 2, ARP', 276, behind('0806 0000 00000001 0001 00 06 020000000001 0000'), 'not IP'],
    ['raw, neither version', 101, hex('50'), 'not IP'],
    ['raw, empty', 101, hex(''), 'cut'],
    ['IEEE 802.11', 105, packet, 'link type 105'],
  ])('%s', (_name, linkType, bytes, expected) => {
    expect(ipOffset(linkType, bytes)).toBe(expected);
  });
});

describe('the TCP segment in an IP packet', () => {
  const v4 = (change: (bytes: Uint8Array) => void) => {
    const bytes = packet.slice();
    change(bytes);
    return bytes;
  };
  const v6 = (next: string, extensions: string) =>
    ip('2001:db8::1', '2001:db8::2', concat([hex(extensions), tcp({ sequence: 1 })]), Number.parseInt(next, 16));

  it('lies behind the header, whatever its length', () => {
    expect(tcpPayload(packet, 0)).toEqual({
      source: '192.0.2.1',
      destination: '192.0.2.2',
      start: 20,
      end: 40,
      wholeEnd: 40,
    });
    const withOptions = concat([packet.slice(0, 20), hex('01010101'), packet.slice(20)]);
    withOptions[0] = 0x46;
    withOptions[3] = 44;
    expect(tcpPayload(withOptions, 0)).toMatchObject({ start: 24, end: 44, wholeEnd: 44 });
    expect(tcpPayload(packet6, 0)).toEqual({
      source: '2001:db8::1',
      destination: '2001:db8::2',
      start: 40,
      end: 60,
      wholeEnd: 60,
    });
  });

  it('ends with the packet, not with the padding of its frame, and knows how long it was', () => {
    expect(tcpPayload(concat([packet, hex('000000')]), 0)).toMatchObject({ end: 40, wholeEnd: 40 });
    expect(tcpPayload(packet.subarray(0, 30), 0)).toMatchObject({ end: 30, wholeEnd: 40 });
    expect(tcpPayload(packet6.subarray(0, 50), 0)).toMatchObject({ end: 50, wholeEnd: 60 });
  });

  it('reaches to the end where the length is left to the network card', () => {
    expect(
      tcpPayload(
        v4((bytes) => bytes.fill(0, 2, 4)),
        0,
      ),
    ).toMatchObject({ end: 40, wholeEnd: 40 });
    const six = packet6.slice();
    six.fill(0, 4, 6);
    expect(tcpPayload(six, 0)).toMatchObject({ end: 60, wholeEnd: 60 });
  });

  it.each([
    ['hop-by-hop', '00', '06 00 000000000000', 48],
    ['routing and destination options', '2b', '3c 01 0000000000000000000000000000 06 00 000000000000', 64],
    ['authentication', '33', '06 04 0000 00000001 00000001 000000000000000000000000', 64],
    ['mobility', '87', '06 00 000000000000', 48],
    ['fragment header around all of it', '2c', '06 00 0000 00000001', 48],
  ])('lies behind %s', (_name, next, extensions, start) => {
    expect(tcpPayload(v6(next, extensions), 0)).toMatchObject({ start });
  });

  it.each([
    ['fragment', v4((bytes) => bytes.set([0x20, 0], 6)), 'IP fragment'],
    ['later fragment', v4((bytes) => bytes.set([0, 8], 6)), 'IP fragment'],
    ['IPv6 fragment', v6('2c', '06 00 0001 00000001'), 'IP fragment'],
    ['UDP', ip('192.0.2.1', '192.0.2.2', hex('00'), 17), 'not TCP'],
    ['ICMPv6', ip('::1', '::2', hex('00'), 58), 'not TCP'],
    ['nine extensions', v6('00', '00 00 000000000000'.repeat(9)), 'not TCP'],
    ['IPv4, cut', packet.subarray(0, 19), 'cut'],
    ['IPv4 with a header of 16', v4((bytes) => bytes.fill(0x44, 0, 1)), 'cut'],
    ['IPv6, cut', packet6.subarray(0, 39), 'cut'],
    ['IPv6, extension cut', v6('00', '06 00 000000000000').subarray(0, 44), 'cut'],
  ])('%s: %s', (_name, bytes, reason) => {
    expect(tcpPayload(bytes, 0)).toBe(reason);
  });
});

describe('a TCP segment', () => {
  const read = (bytes: Uint8Array) => {
    const payload = tcpPayload(bytes, 0);
    if (typeof payload === 'string') throw new Error(payload);
    return tcpSegment(bytes, payload);
  };

  it('is read with its options left out', () => {
    const bytes = segment({ sequence: 0xfffffff0, data: hex('abcd'), flags: 0x12, options: hex('01010101') });
    expect(read(bytes)).toEqual({
      sourcePort: 179,
      destinationPort: 40000,
      sequence: 0xfffffff0,
      syn: true,
      fin: false,
      rst: false,
      data: hex('abcd'),
      missing: 0,
    });
    expect(read(segment({ sequence: 1, flags: 5 }))).toMatchObject({ syn: false, fin: true, rst: true });
  });

  it('knows what was not captured', () => {
    const bytes = segment({ sequence: 1, data: hex('abcdef') });
    expect(read(bytes.subarray(0, 41))).toMatchObject({ data: hex('ab'), missing: 2 });
    expect(read(bytes.subarray(0, 40))).toMatchObject({ data: hex(''), missing: 3 });
  });

  it('may be none', () => {
    expect(read(segment({ sequence: 1 }).subarray(0, 39))).toBe('cut');
    const bytes = segment({ sequence: 1 });
    bytes[32] = 0x40;
    expect(read(bytes)).toBe('malformed TCP header');
  });
});
