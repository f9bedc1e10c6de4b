/** Captures made by hand: frames, files, and what a test needs to read them back. */
import { concat, u16, u32 } from '../../../../../src/bgp-ts/wire/bytes.ts';
import { parseIp } from '../../../../../src/bgp-ts/wire/ip.ts';
import { hex } from '../../wire/hex.ts';

export interface SegmentOptions {
  readonly from?: string;
  readonly to?: string;
  readonly fromPort?: number;
  readonly toPort?: number;
  readonly sequence: number;
  readonly data?: Uint8Array;
  /** SYN 2, FIN 1, RST 4, ACK 16. */
  readonly flags?: number;
  /** Octets of TCP options, a multiple of four. */
  readonly options?: Uint8Array;
}

const none = new Uint8Array(0);

function ipOf(text: string): Uint8Array {
  const octets = parseIp(text);
  if (octets === undefined) throw new Error(text);
  return octets;
}

export function tcp({
  fromPort = 179,
  toPort = 40000,
  sequence,
  data = none,
  flags = 0x10,
  options = none,
}: SegmentOptions) {
  const offset = (20 + options.length) / 4;
  return concat([
    Uint8Array.of(...u16(fromPort), ...u16(toPort), ...u32(sequence >>> 0), 0, 0, 0, 0, offset << 4, flags),
    hex('ffff 0000 0000'),
    options,
    data,
  ]);
}

/** An IP packet of either version around `payload`. */
export function ip(from: string, to: string, payload: Uint8Array, protocol = 6): Uint8Array {
  const [source, destination] = [ipOf(from), ipOf(to)];
  if (source.length === 4) {
    const head = Uint8Array.of(0x45, 0, ...u16(20 + payload.length), 0, 0, 0, 0, 64, protocol, 0, 0);
    return concat([head, source, destination, payload]);
  }
  return concat([Uint8Array.of(0x60, 0, 0, 0, ...u16(payload.length), protocol, 64), source, destination, payload]);
}

/** A TCP segment in IP, by default from 192.0.2.1:179 to 192.0.2.2:40000. */
export function segment(options: SegmentOptions): Uint8Array {
  return ip(options.from ?? '192.0.2.1', options.to ?? '192.0.2.2', tcp(options));
}

/** The other direction. */
export function reply(options: SegmentOptions): Uint8Array {
  return segment({ from: '192.0.2.2', to: '192.0.2.1', fromPort: 40000, toPort: 179, ...options });
}

export function ethernet(packet: Uint8Array, tags = ''): Uint8Array {
  const ethertype = packet[0] >> 4 === 4 ? '0800' : '86dd';
  return concat([hex(`020000000001 020000000002 ${tags} ${ethertype}`), packet]);
}

const RAW = 101;

export interface FileOptions {
  readonly linkType?: number;
  readonly little?: boolean;
  readonly nanoseconds?: boolean;
}

const reversed = (octets: readonly number[]) => [...octets].reverse();

/** A pcap file, one packet a millisecond from 2026-11-03T10:00:00Z on. */
export function pcap(
  frames: readonly Uint8Array[],
  { linkType = RAW, little = false, nanoseconds = false }: FileOptions = {},
): Uint8Array {
  const order = (octets: number[]) => (little ? reversed(octets) : octets);
  const [w, h] = [(value: number) => order(u32(value)), (value: number) => order(u16(value))];
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const head = Uint8Array.of(...w(magic), ...h(2), ...h(4), ...w(0), ...w(0), ...w(262144), ...w(linkType));
  const records = frames.flatMap((frame, i) => [
    Uint8Array.of(...w(START), ...w(i * (nanoseconds ? 1_000_000 : 1000)), ...w(frame.length), ...w(frame.length)),
    frame,
  ]);
  return concat([head, ...records]);
}

/** 2026-11-03T10:00:00Z. */
export const START = 1793700000;

/** One pcapng block of either byte order. */
export function block(type: number, body: Uint8Array, little = false): Uint8Array {
  const order = (octets: number[]) => (little ? reversed(octets) : octets);
  const padded = concat([body, new Uint8Array((4 - (body.length % 4)) % 4)]);
  const length = Uint8Array.from(order(u32(padded.length + 12)));
  return concat([Uint8Array.from(order(u32(type))), length, padded, length]);
}

export const marker = 'ff'.repeat(16);
export const keepalive = hex(`${marker} 0013 04`);

/** OPEN of `asn` with the capabilities given in hexadecimal. */
export function open(asn: number, id: string, capabilities = ''): Uint8Array {
  const octets = hex(capabilities);
  const parameters = octets.length === 0 ? '00' : '';
  const head = Uint8Array.of(4, ...u16(asn), 0, 90, ...ipOf(id));
  const rest =
    octets.length === 0 ? hex(parameters) : concat([Uint8Array.of(octets.length + 2, 2, octets.length), octets]);
  const length = Uint8Array.from(u16(19 + head.length + rest.length));
  return concat([hex(marker), length, Uint8Array.of(1), head, rest]);
}

/** Any other message. */
export function message(type: number, body: string): Uint8Array {
  const octets = hex(body);
  return concat([hex(marker), Uint8Array.from(u16(19 + octets.length)), Uint8Array.of(type), octets]);
}

/** `bytes` as a stream of chunks of `size` octets. */
export async function* chunks(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
