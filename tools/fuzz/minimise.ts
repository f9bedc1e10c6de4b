/** Makes an input that breaks something as small as it gets while it still breaks the same. */
import { concat, u16 } from '../../src/bgp-ts/wire/bytes.ts';
import { cutStream, parse, parseTlvs, type RawUpdate, write, writeTlvs } from './grammar.ts';
import type { Input } from './input.ts';

/** Tries at most; a find is worth seconds, not minutes. */
const MAX_TRIES = 4000;

/** `breaks` says whether an input still breaks the same promise. */
export function minimise(input: Input, breaks: (input: Input) => boolean): Input {
  let best = input;
  let tries = 0;
  const attempt = (bytes: Uint8Array): boolean => {
    if (bytes.length >= best.bytes.length && !isPlainer(bytes, best.bytes)) return false;
    if (tries++ >= MAX_TRIES || !breaks({ ...best, bytes })) return false;
    best = { ...best, bytes };
    return true;
  };
  for (let smaller = true; smaller && tries < MAX_TRIES; ) {
    smaller = [...withoutParts(best.bytes)].some(attempt);
  }
  for (let smaller = true; smaller && tries < MAX_TRIES; ) {
    smaller = [...withoutOctets(best.bytes)].some(attempt) || [...withZeros(best.bytes)].some(attempt);
  }
  return best;
}

/** As long, and with more zeros. */
function isPlainer(bytes: Uint8Array, than: Uint8Array): boolean {
  const zeros = (octets: Uint8Array) => octets.reduce((count, octet) => count + Number(octet === 0), 0);
  return bytes.length === than.length && zeros(bytes) > zeros(than);
}

/** Without one message, one attribute, one route or one capability. */
function* withoutParts(bytes: Uint8Array): Generator<Uint8Array> {
  const { messages, rest } = cutStream(bytes);
  if (rest.length > 0) yield concat(messages);
  for (let i = 0; i < messages.length; i++) {
    const put = (message: Uint8Array[]) =>
      concat([...messages.slice(0, i), ...message, ...messages.slice(i + 1), rest]);
    if (messages.length > 1) yield put([]);
    const parsed = parse(messages[i]);
    if (parsed.kind === 'open') {
      for (let j = 0; j < parsed.capabilities.length; j++) {
        yield put([write({ ...parsed, capabilities: parsed.capabilities.toSpliced(j, 1) })]);
      }
    }
    if (parsed.kind === 'update') for (const smaller of smallerUpdates(parsed)) yield put([write(smaller)]);
  }
}

function* smallerUpdates(update: RawUpdate): Generator<RawUpdate> {
  const none = new Uint8Array(0);
  if (update.nlri.length > 0) yield { ...update, nlri: none };
  if (update.withdrawn.length > 0) yield { ...update, withdrawn: none };
  if (update.rest.length > 0) yield { ...update, rest: none };
  for (let i = 0; i < update.attributes.length; i++) {
    yield { ...update, attributes: update.attributes.toSpliced(i, 1) };
    const attribute = update.attributes[i];
    for (const size of [64, 16, 8, 4, 1]) {
      for (let at = 0; at + size <= attribute.value.length; at += size) {
        const value = concat([attribute.value.subarray(0, at), attribute.value.subarray(at + size)]);
        yield { ...update, attributes: update.attributes.with(i, { ...attribute, value }) };
      }
    }
    if (attribute.code !== 14 && attribute.code !== 15) continue;
    const head = attribute.code === 14 ? 5 + (attribute.value[3] ?? 0) : 3;
    const routes = head <= attribute.value.length ? parseTlvs(attribute.value.subarray(head)) : undefined;
    for (let j = 0; routes !== undefined && j < routes.length; j++) {
      const value = concat([attribute.value.subarray(0, head), writeTlvs(routes.toSpliced(j, 1))]);
      yield { ...update, attributes: update.attributes.with(i, { ...attribute, value }) };
    }
  }
}

/** Without a run of octets in one message, whose length is made true again. */
function* withoutOctets(bytes: Uint8Array): Generator<Uint8Array> {
  const { messages, rest } = cutStream(bytes);
  if (messages.length === 0) {
    for (let size = bytes.length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at + size <= bytes.length; at += size)
        yield concat([bytes.subarray(0, at), bytes.subarray(at + size)]);
    }
  }
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i];
    for (let size = 64; size >= 1; size >>= 1) {
      for (let at = 19; at + size <= message.length; at += size) {
        const shorter = concat([message.subarray(0, at), message.subarray(at + size)]);
        shorter.set(u16(shorter.length), 16);
        yield concat([...messages.slice(0, i), shorter, ...messages.slice(i + 1), rest]);
        if (message[18] !== 2 || at < 23 || shorter.length < 23) continue;
        // and with Total Path Attribute Length made true as well
        const fitting = shorter.slice();
        fitting.set(u16(Math.max(0, ((message[21] << 8) | message[22]) - size)), 21);
        yield concat([...messages.slice(0, i), fitting, ...messages.slice(i + 1), rest]);
      }
    }
  }
}

function* withZeros(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 16; at < bytes.length; at++) {
    if (bytes[at] !== 0) yield Uint8Array.from(bytes, (octet, i) => (i === at ? 0 : octet));
  }
}
