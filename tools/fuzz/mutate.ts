/** Changes to inputs: most respect the form of messages and break one rule in it, some break the form itself. */
import { concat, readU16, u16 } from '../../src/bgp-ts/wire/bytes.ts';
import { AttributeCode } from '../../src/bgp-ts/wire/constants.ts';
import {
  cutStream,
  parse,
  parseTlvs,
  type RawAttribute,
  type RawMessage,
  type RawOpen,
  type RawUpdate,
  type Tlv,
  write,
  writeTlvs,
} from './grammar.ts';
import { contextNames, type Input } from './input.ts';
import type { Random } from './random.ts';

/** Numbers at which something changes. */
const edges = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 19, 23, 25, 28, 31, 32, 33, 48, 64, 70, 127, 128, 129, 132, 223, 224, 254, 255,
];
const codes = Object.values(AttributeCode);
const lies = [-1, 1, -2, 2, 3, 4, -4, 8, 255, 0x7fff, -255];
/** An input does not grow beyond this many octets. */
const MAX_INPUT = 70_000;
const MAX_MESSAGES = 12;

/** A new input from `input`, with material from others. */
export function mutate(input: Input, others: readonly Input[], random: Random): Input {
  let { bytes, context } = input;
  if (random.chance(0.05)) context = random.pick(contextNames);
  for (let rounds = random.pick([1, 1, 1, 2, 2, 3, 5]); rounds > 0; rounds--) {
    const { messages, rest } = cutStream(bytes);
    bytes =
      messages.length === 0 || random.chance(0.04)
        ? mutateOctets(bytes, random)
        : change(messages, rest, others, random);
    if (bytes.length > MAX_INPUT) bytes = bytes.subarray(0, MAX_INPUT);
  }
  return { context, bytes };
}

function change(messages: Uint8Array[], rest: Uint8Array, others: readonly Input[], random: Random): Uint8Array {
  const at = random.below(messages.length);
  const list = [...messages];
  const donor = () => random.pick(cutStream(random.pick(others).bytes).messages) ?? list[at];
  const act = random.below(20);
  if (act === 0 && list.length < MAX_MESSAGES) list.splice(at, 0, donor());
  else if (act === 1 && list.length < MAX_MESSAGES) list.splice(at, 0, list[random.below(list.length)]);
  else if (act === 2 && list.length > 1) list.splice(at, 1);
  else list[at] = write(mutateMessage(parse(list[at]), () => parse(donor()), random));
  return concat([...list, rest]);
}

function mutateMessage(message: RawMessage, donor: () => RawMessage, random: Random): RawMessage {
  if (random.chance(0.01)) message.lengthLie = random.pick(lies);
  switch (message.kind) {
    case 'update':
      mutateUpdate(message, donor, random);
      break;
    case 'open':
      mutateOpen(message, donor, random);
      break;
    case 'other':
      message.body = mutateOctets(message.body, random);
      if (random.chance(0.02)) message.type = random.below(7);
      break;
  }
  return message;
}

function mutateUpdate(update: RawUpdate, donor: () => RawMessage, random: Random): void {
  const { attributes } = update;
  const at = attributes.length === 0 ? -1 : random.below(attributes.length);
  const other = () => {
    const from = donor();
    return from.kind === 'update' && from.attributes.length > 0
      ? random.pick(from.attributes)
      : randomAttribute(random);
  };
  const act = random.below(24);
  if (act === 0) update.withdrawn = mutateOctets(update.withdrawn, random);
  else if (act === 1) update.nlri = mutateOctets(update.nlri, random);
  else if (act === 2) update.rest = random.octets(random.below(6));
  else if (act === 3 && random.chance(0.5))
    update[random.pick(['attributesLie', 'withdrawnLie'] as const)] = random.pick(lies);
  else if (act <= 5) attributes.splice(random.below(attributes.length + 1), 0, copyOf(other()));
  else if (act === 6) attributes.splice(random.below(attributes.length + 1), 0, randomAttribute(random));
  else if (at < 0) attributes.push(copyOf(other()));
  else if (act === 7) attributes.splice(at, 1);
  else if (act === 8) attributes.splice(random.below(attributes.length + 1), 0, copyOf(attributes[at]));
  else if (act === 9) attributes.push(...attributes.splice(at, 1));
  else if (act === 10) attributes[at].flags ^= 1 << random.below(8);
  else if (act === 11) attributes[at].code = random.chance(0.7) ? random.pick(codes) : random.below(256);
  else if (act === 12) attributes[at].lie = random.pick(lies);
  else mutateValue(attributes[at], other, random);
}

const copyOf = (attribute: RawAttribute): RawAttribute => ({ ...attribute });

function randomAttribute(random: Random): RawAttribute {
  const flags = random.pick([0x40, 0x80, 0xc0, 0xe0, 0xd0]);
  return {
    flags,
    code: random.chance(0.8) ? random.pick(codes) : random.below(256),
    value: random.octets(random.below(40)),
  };
}

const isMultiprotocol = (code: number) => code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri;

function mutateValue(attribute: RawAttribute, other: () => RawAttribute, random: Random): void {
  const { code, value } = attribute;
  const head = code === AttributeCode.MpReachNlri ? 5 + (value[3] ?? 0) : 3;
  const routes = isMultiprotocol(code) && head <= value.length ? parseTlvs(value.subarray(head)) : undefined;
  if (routes === undefined || random.chance(0.2)) {
    attribute.value = mutateOctets(value, random);
    return;
  }
  const from = other();
  const donated = isMultiprotocol(from.code)
    ? parseTlvs(from.value.subarray(from.code === 14 ? 5 + (from.value[3] ?? 0) : 3))
    : undefined;
  mutateTlvs(routes, donated ?? [], random);
  attribute.value = concat([value.subarray(0, head), writeTlvs(routes)]);
}

/** EVPN routes, and capabilities: both are code, length octet, value. */
function mutateTlvs(tlvs: Tlv[], donated: readonly Tlv[], random: Random): void {
  const at = tlvs.length === 0 ? -1 : random.below(tlvs.length);
  const act = random.below(10);
  if (act === 0 && donated.length > 0) tlvs.splice(random.below(tlvs.length + 1), 0, { ...random.pick(donated) });
  else if (act === 1 || at < 0) {
    tlvs.push({
      code: random.chance(0.8) ? random.below(14) : random.below(256),
      value: random.octets(random.below(60)),
    });
  } else if (act === 2) tlvs.splice(at, 1);
  else if (act === 3) tlvs.splice(random.below(tlvs.length + 1), 0, { ...tlvs[at] });
  else if (act === 4) tlvs[at].code = random.chance(0.8) ? random.below(14) : random.below(256);
  else if (act === 5 && random.chance(0.5)) tlvs[at].lie = random.pick(lies);
  else tlvs[at].value = mutateOctets(tlvs[at].value, random).subarray(0, 255);
}

function mutateOpen(open: RawOpen, donor: () => RawMessage, random: Random): void {
  const act = random.below(12);
  if (act <= 1) open.head = mutateOctets(open.head, random, true);
  else if (act === 2) open.form = random.pick(['one-parameter', 'one-each', 'extended'] as const);
  else if (act === 3 && random.chance(0.3)) open.lie = random.pick(lies);
  else {
    const from = donor();
    mutateTlvs(open.capabilities, from.kind === 'open' ? from.capabilities : [], random);
  }
}

/** A few octets changed, put in, left out or repeated; with `keepLength` only changed. */
function mutateOctets(bytes: Uint8Array, random: Random, keepLength = false): Uint8Array {
  if (bytes.length === 0) return keepLength ? bytes : random.octets(1 + random.below(8));
  const copy = bytes.slice();
  const at = random.below(copy.length);
  const span = 1 + random.below(Math.min(16, copy.length - at));
  // most changes are of one octet: they pass all checks but one
  switch (keepLength || random.chance(0.5) ? random.below(5) : random.below(11)) {
    case 0:
      copy[at] ^= 1 << random.below(8);
      return copy;
    case 1:
      copy[at] = random.pick(edges);
      return copy;
    case 2:
      copy[at] = (copy[at] + random.pick([1, 255, 2, 254, 4, 252])) & 255;
      return copy;
    case 3:
      copy.fill(random.pick([0, 255, 1, copy[at]]), at, at + span);
      return copy;
    case 4: {
      if (at + 2 > copy.length) return copy;
      copy.set(u16((readU16(copy, at) + random.pick(lies)) & 0xffff), at);
      return copy;
    }
    case 5:
      return concat([copy.subarray(0, at), copy.subarray(at + span)]);
    case 6:
      return copy.subarray(0, at);
    case 7:
      return concat([copy.subarray(0, at), random.octets(span), copy.subarray(at)]);
    case 8:
      return concat([copy.subarray(0, at + span), copy.subarray(at)]);
    case 9:
      return concat([copy, random.octets(1 + random.below(4))]);
    default: {
      // rarely a great deal of the same
      const times = random.chance(0.05) ? 1 + random.below(400) : 2;
      return concat([
        copy.subarray(0, at),
        ...Array<Uint8Array>(times).fill(copy.subarray(at, at + span)),
        copy.subarray(at + span),
      ]);
    }
  }
}
