/**
 * The attribute field of an UPDATE to {@link PathAttributes} and faults: RFC 4271 §4.3 and §6.3 as RFC 7606 §3, §4 and §7
 * revise them. What an attribute's own value may hold is said in its file, what its faults cost in its row.
 */
import { readU16 } from '../bytes.ts';
import { AttributeCode, AttributeFlag, UpdateSubcode } from '../constants.ts';
import type { DecodeContext } from '../context.ts';
import type { Fault } from '../fault.ts';
import { announcedPrefixFault } from './announced-prefixes.ts';
import { as4Codes, mergeAs4 } from './as4.ts';
import { type AttributeSpan, attributeFault, listFault } from './attribute-fault.ts';
import type { Malformed } from './codec.ts';
import type { PathAttributes, UnknownAttribute } from './path-attributes.ts';
import { type AttributeRow, attributeKey, attributeRow, type WireAttributes } from './registry.ts';

/** What was made of an attribute field, and what is wrong with it. */
export interface DecodedAttributes {
  /** What could be read; in an UPDATE that is treated as a withdraw the routes are what counts. */
  readonly attributes: PathAttributes;
  /** In the order in which they were found. */
  readonly faults: readonly Fault[];
  /** Type codes that stood in the field, malformed ones included. */
  readonly present: ReadonlySet<number>;
}

/** Reads the attributes at `bytes[start, end)`. Never throws: what is wrong is among the faults, each with its cost. */
export function decodeAttributes(bytes: Uint8Array, start: number, end: number, ctx: DecodeContext): DecodedAttributes {
  const faults: Fault[] = [];
  const present = new Set<number>();
  const values: Record<string, unknown> = {};
  const unknown: UnknownAttribute[] = [];
  const partial: number[] = [];
  let reach: AttributeSpan | undefined;
  for (let at = start; at < end; ) {
    const span = spanAt(bytes, at, end);
    if (span === undefined) {
      faults.push(
        listFault('attribute-overrun', 'treat-as-withdraw', at, 'an attribute runs past the attribute field'),
      );
      break;
    }
    at = span.end;
    const { code } = span;
    if (present.has(code)) {
      faults.push(repeated(span));
      continue;
    }
    present.add(code);
    const key = attributeKey(code);
    const flags = bytes[span.header];
    if (key === undefined) {
      const fault = unknownFault(bytes, span);
      if (fault !== undefined) faults.push(fault);
      else unknown.push({ flags: flags & FLAGS_KEPT, code, value: bytes.slice(span.value, span.end) });
      continue;
    }
    const row = attributeRow(key);
    const refused = flagsFault(flags, row, span) ?? unwelcome(span, row, ctx) ?? emptyFault(row, span);
    if (refused !== undefined) {
      faults.push(attributeFault(bytes, span, refused, row.error));
      continue;
    }
    const decoded = row.codec.decode(bytes, span.value, span.end, ctx);
    if (!decoded.ok) faults.push(attributeFault(bytes, span, decoded.fault, row.error));
    const value = decoded.ok ? decoded.value : decoded.partial;
    if (value === undefined) continue;
    if (row.twoOctetOnly && ctx.asn4) {
      faults.push(attributeFault(bytes, span, outOfPlace(row, span), row.error));
      continue;
    }
    values[key] = value;
    if (code === AttributeCode.MpReachNlri) reach = span;
    if ((flags & AttributeFlag.Partial) !== 0 && !as4Codes.includes(code)) partial.push(code);
  }
  // each value came from the codec of the row whose key it stands under
  const read = values as WireAttributes;
  const unfit = reach && announcedPrefixFault(bytes, reach, read, ctx);
  if (unfit !== undefined) faults.push(unfit);
  const merged = mergeAs4(read);
  const attributes: PathAttributes = {
    ...merged,
    ...(unknown.length > 0 && { unknown: unknown.sort((a, b) => a.code - b.code) }),
    ...(partial.length > 0 && { partial: partial.sort((a, b) => a - b) }),
  };
  return { attributes, faults, present };
}

const FLAGS_KEPT = AttributeFlag.Optional | AttributeFlag.Transitive | AttributeFlag.Partial;
const CATEGORY = AttributeFlag.Optional | AttributeFlag.Transitive;

/** Undefined when header or value run past `end`, the two cases of RFC 7606 §4. */
function spanAt(bytes: Uint8Array, at: number, end: number): AttributeSpan | undefined {
  const extended = (bytes[at] & AttributeFlag.ExtendedLength) !== 0;
  const value = at + (extended ? 4 : 3);
  if (value > end) return undefined;
  const length = extended ? readU16(bytes, at + 2) : bytes[at + 2];
  if (value + length > end) return undefined;
  return { code: bytes[at + 1], header: at, value, end: value + length };
}

/** RFC 7606 §3 g. */
function repeated({ code, header }: AttributeSpan): Fault {
  const reason = `attribute ${code} stands there again`;
  if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) {
    return { ...listFault('attribute-repeated', 'session-reset', header, reason), attribute: code };
  }
  return { ...listFault('attribute-repeated', 'attribute-discard', header, reason), attribute: code };
}

/** An attribute that is not recognised must at least be optional (RFC 4271 §6.3, which RFC 7606 leaves as it is). */
function unknownFault(bytes: Uint8Array, span: AttributeSpan): Fault | undefined {
  if ((bytes[span.header] & AttributeFlag.Optional) !== 0) return undefined;
  const reason = `attribute ${span.code} claims to be well-known, and is not recognised`;
  const subcode = UpdateSubcode.UnrecognizedWellKnownAttribute;
  return attributeFault(
    bytes,
    span,
    { code: 'attribute-unrecognized', offset: span.header, reason, subcode },
    'session-reset',
  );
}

/**
 * Why the attribute is discarded unread, if it is. Asked only when the flags are right: where both are wrong, the stronger
 * outcome is theirs (RFC 7606 §3 h).
 */
function unwelcome(span: AttributeSpan, row: AttributeRow, ctx: DecodeContext): Malformed | undefined {
  if (row.internal && ctx.session === 'ebgp') {
    const reason = `${row.name} from an external peer`;
    return { code: 'attribute-external', offset: span.header, reason, outcome: 'attribute-discard' };
  }
  return undefined;
}

/**
 * A well-formed AS4_PATH or AS4_AGGREGATOR between two speakers with four-octet AS numbers: not used, not passed on, and
 * logged (RFC 6793 §6), as it contradicts nothing.
 */
function outOfPlace(row: AttributeRow, span: AttributeSpan): Malformed {
  const reason = `${row.name} from a speaker with four-octet AS numbers`;
  return { code: 'attribute-as4', offset: span.header, reason, outcome: 'ignore' };
}

/**
 * Optional or Transitive bit in conflict with the type (RFC 7606 §3 c), or the Partial bit on an attribute that cannot
 * be partial: only optional transitive ones can (RFC 4271 §4.3).
 */
function flagsFault(flags: number, row: AttributeRow, span: AttributeSpan): Malformed | undefined {
  const mayBePartial = row.flags === CATEGORY;
  if ((flags & CATEGORY) === row.flags && (mayBePartial || (flags & AttributeFlag.Partial) === 0)) return undefined;
  const reason = `flags 0x${flags.toString(16).padStart(2, '0')} are not those of ${row.name}`;
  const outcome = row.flagsError ?? row.error;
  return { code: 'attribute-flags', offset: span.header, reason, subcode: UpdateSubcode.AttributeFlags, outcome };
}

/** RFC 7606 §4. */
function emptyFault(row: AttributeRow, span: AttributeSpan): Malformed | undefined {
  if (row.mayBeEmpty || span.value !== span.end) return undefined;
  return { code: 'attribute-empty', offset: span.header, reason: `${row.name} is empty` };
}
