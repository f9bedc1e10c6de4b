/**
 * pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, interfaces with their time resolutions, and
 * packets in Enhanced, Simple and the obsolete Packet Blocks. Other blocks are passed over without being held.
 */
import type { ByteQueue } from './byte-queue.ts';
import { bigEndian, type Integers, littleEndian } from './integers.ts';
import { type CaptureItem, MAX_CAPTURED, type Packet } from './packet.ts';
import { microseconds, type TimeUnit, timeOf, timeUnit } from './time-unit.ts';

const BlockType = { Section: 0x0a0d0d0a, Interface: 1, Packet: 2, SimplePacket: 3, EnhancedPacket: 6 } as const;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
const MAX_INTERFACES = 4096;
/** Type, total length, and total length again at the end. */
const AROUND = 12;
/** The longest block that is held: a packet, its fields and its options. */
const MAX_BLOCK = MAX_CAPTURED + 65536;

/** Whether a file that begins with these four octets is one. The number reads the same in both orders. */
export function isPcapng(magic: Uint8Array): boolean {
  return bigEndian.u32(magic, 0) === BlockType.Section;
}

interface Interface {
  readonly linkType: number;
  /** Octets kept of each packet; 0 is all. */
  readonly snapLength: number;
  readonly unit: TimeUnit;
}

/** What has been said in the section so far. */
interface Section {
  integers: Integers;
  interfaces: Interface[];
}

/** The packets of all sections; the first block's type was taken from `queue`. */
export async function* readPcapng(queue: ByteQueue): AsyncGenerator<CaptureItem> {
  const section: Section = { integers: bigEndian, interfaces: [] };
  let type: number = BlockType.Section;
  for (;;) {
    const offset = queue.position - 4;
    const found = await (type === BlockType.Section ? beginSection(queue, section) : readBlock(queue, section, type));
    if (typeof found === 'string') return yield { offset, reason: found };
    if (found !== undefined) yield found;
    const next = await queue.take(4);
    if (next.length === 0) return;
    if (next.length < 4) return yield { offset: queue.position - next.length, reason: CUT };
    type = section.integers.u32(next, 0);
  }
}

const CUT = 'a block is cut';

/** Byte order of a new section, whose interfaces are numbered anew; or why it is none. */
async function beginSection(queue: ByteQueue, section: Section): Promise<string | undefined> {
  const head = await queue.take(8);
  const integers = head.length < 8 ? undefined : byteOrder(head);
  if (integers === undefined) return 'the section header has no byte order';
  section.integers = integers;
  section.interfaces = [];
  const length = integers.u32(head, 0);
  // total length and byte-order magic are behind us, and the type before them
  return length < AROUND + 4 || !(await queue.skip(length - AROUND)) ? 'the section header is cut' : undefined;
}

/** The packet of a block, if it has one; or why the capture cannot be read on. */
async function readBlock(queue: ByteQueue, section: Section, type: number): Promise<Packet | string | undefined> {
  const { integers, interfaces } = section;
  const head = await queue.take(4);
  if (head.length < 4) return CUT;
  const length = integers.u32(head, 0);
  if (length < AROUND || length % 4 !== 0) return `a block has the length ${length}`;
  const body = length - AROUND;
  if (!isHeld(type)) return (await queue.skip(body + 4)) ? undefined : CUT;
  if (length > MAX_BLOCK) return `a block of type ${type} says that it has ${length} octets`;
  const bytes = await queue.take(body);
  if (bytes.length < body || !(await queue.skip(4))) return CUT;
  if (type !== BlockType.Interface) {
    return readPacket(type, bytes, integers, interfaces) ?? `a packet block of type ${type} does not add up`;
  }
  if (interfaces.length === MAX_INTERFACES) return 'there are too many interfaces';
  if (body < 8) return 'an interface description is cut';
  interfaces.push(readInterface(bytes, integers));
  return undefined;
}

function isHeld(type: number): boolean {
  const { Interface, Packet: packet, SimplePacket, EnhancedPacket } = BlockType;
  return type === Interface || type === packet || type === SimplePacket || type === EnhancedPacket;
}

/** `head` is the total length, which may be in either order, and the byte-order magic. */
function byteOrder(head: Uint8Array): Integers | undefined {
  return [bigEndian, littleEndian].find((integers) => integers.u32(head, 4) === BYTE_ORDER_MAGIC);
}

const OPTION_TIME_RESOLUTION = 9;

function readInterface(bytes: Uint8Array, integers: Integers): Interface {
  let unit = microseconds;
  for (let at = 8; at + 4 <= bytes.length; ) {
    const [code, length] = [integers.u16(bytes, at), integers.u16(bytes, at + 2)];
    if (code === 0) break;
    if (code === OPTION_TIME_RESOLUTION && length === 1 && at + 4 < bytes.length) unit = timeUnit(bytes[at + 4]);
    at += 4 + ((length + 3) & ~3);
  }
  return { linkType: integers.u16(bytes, 0), snapLength: integers.u32(bytes, 4), unit };
}

function readPacket(
  type: number,
  bytes: Uint8Array,
  integers: Integers,
  interfaces: readonly Interface[],
): Packet | undefined {
  if (type === BlockType.SimplePacket) {
    const [only] = interfaces;
    if (only === undefined || bytes.length < 4) return undefined;
    const original = integers.u32(bytes, 0);
    const captured = Math.min(original, only.snapLength || original, MAX_CAPTURED);
    if (4 + captured > bytes.length) return undefined;
    // a Simple Packet Block has no time
    const time = { seconds: 0, nanoseconds: 0 };
    return { linkType: only.linkType, time, bytes: bytes.subarray(4, 4 + captured) };
  }
  if (bytes.length < 20) return undefined;
  const number = type === BlockType.EnhancedPacket ? integers.u32(bytes, 0) : integers.u16(bytes, 0);
  const from = interfaces[number];
  const captured = integers.u32(bytes, 12);
  if (from === undefined || captured > MAX_CAPTURED || 20 + captured > bytes.length) return undefined;
  const time = timeOf(integers.u32(bytes, 4), integers.u32(bytes, 8), from.unit);
  return { linkType: from.linkType, time, bytes: bytes.subarray(20, 20 + captured) };
}
