import { decodeAttributes } from '../wire/attribute/decode.ts';
import { attributeName } from '../wire/attribute/names.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { attributeKey, attributeRow } from '../wire/attribute/registry.ts';
import { readU16 } from '../wire/bytes.ts';
import { AttributeCode, AttributeFlag, familyId } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { explainNlri } from './explain-nlri.ts';
import { explainValue } from './explain-value.ts';
import { familyText } from './names.ts';
import { type Row, row } from './row.ts';

/** Rows for the attributes at `bytes[start, end)`; `decoded` is what was made of them. */
export function explainAttributes(
  bytes: Uint8Array,
  start: number,
  end: number,
  ctx: DecodeContext,
  decoded: PathAttributes,
  depth: number,
): Row[] {
  const rows: Row[] = [];
  const seen = new Set<number>();
  for (let at = start; at < end; ) {
    const extended = (bytes[at] & AttributeFlag.ExtendedLength) !== 0;
    const value = at + (extended ? 4 : 3);
    const next = value + (extended ? readU16(bytes, at + 2) : bytes[at + 2]);
    if (value > end || next > end) {
      rows.push(row(at, end, depth, 'an attribute that runs past the field'));
      break;
    }
    const span = { at, value, next };
    // of one that stands there again nothing was decoded, so that what holds for the first need not hold for it
    rows.push(...(seen.has(bytes[at + 1]) ? repeatedAttribute : explainAttribute)(bytes, span, ctx, decoded, depth));
    seen.add(bytes[at + 1]);
    at = next;
  }
  return rows;
}

/** An ATTR_SET further down than that is left as it stands: sets in sets are nobody's, and may be thousands. */
const DEEPEST_SET = 8;

interface Span {
  readonly at: number;
  readonly value: number;
  readonly next: number;
}

function explainAttribute(
  bytes: Uint8Array,
  { at, value, next }: Span,
  ctx: DecodeContext,
  decoded: PathAttributes,
  depth: number,
): Row[] {
  const code = bytes[at + 1];
  const key = attributeKey(code);
  const head = attributeHead(bytes, { at, value, next }, depth);
  if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) {
    return [head, ...explainMultiprotocol(bytes, code, value, next, ctx, decoded, depth + 1)];
  }
  if (next === value) return [head];
  if (key === undefined) return [head, row(value, next, depth + 1, 'as it stands')];
  if (key === 'attrSet' && decoded.attrSet !== undefined && depth < DEEPEST_SET) {
    const originAs = row(value, value + 4, depth + 1, `origin AS ${decoded.attrSet.originAs}`);
    return [head, originAs, ...explainAttrSet(bytes, value + 4, next, ctx, depth + 1)];
  }
  return [head, ...explainValue(key, { bytes, start: value, end: next }, decoded, ctx, depth + 1)];
}

function attributeHead(bytes: Uint8Array, { at, value, next }: Span, depth: number): Row {
  const code = bytes[at + 1];
  const key = attributeKey(code);
  const name = key === undefined ? attributeName(code) : attributeRow(key).name;
  return row(at, value, depth, `${name} (${flagNames(bytes[at])}), ${next - value} octets`);
}

/** RFC 7606 §3 g. */
function repeatedAttribute(
  bytes: Uint8Array,
  span: Span,
  _ctx: DecodeContext,
  _decoded: PathAttributes,
  depth: number,
): Row[] {
  return [attributeHead(bytes, span, depth), row(span.value, span.next, depth + 1, 'again, and not read')];
}

/** The attributes of a customer, whose AS numbers have four octets (RFC 6368 §5) and who was an internal peer. */
function explainAttrSet(bytes: Uint8Array, start: number, end: number, outer: DecodeContext, depth: number): Row[] {
  const ctx: DecodeContext = { ...outer, asn4: true, session: 'ibgp' };
  const { attributes } = decodeAttributes(bytes, start, end, ctx);
  return explainAttributes(bytes, start, end, ctx, attributes, depth);
}

function explainMultiprotocol(
  bytes: Uint8Array,
  code: number,
  start: number,
  end: number,
  ctx: DecodeContext,
  { mpReachNlri }: PathAttributes,
  depth: number,
): Row[] {
  if (end - start < 3) return [];
  const family = familyId(readU16(bytes, start), bytes[start + 2]);
  const rows = [row(start, start + 3, depth, `AFI/SAFI ${familyText(family)}`)];
  let nlri = start + 3;
  if (code === AttributeCode.MpReachNlri) {
    if (mpReachNlri === undefined) return rows;
    nlri = start + 5 + bytes[start + 3];
    const { nextHop, linkLocal, octets } = mpReachNlri;
    const hops = [
      nextHop ?? (octets === undefined ? 'none' : `0x${octets}`),
      ...(linkLocal === undefined ? [] : [linkLocal]),
    ];
    rows.push(
      row(start + 3, nlri - 1, depth, `next hop ${hops.join(' and ')}`),
      row(nlri - 1, nlri, depth, 'reserved'),
    );
  }
  if (nlri === end) return [...rows, row(end, end, depth, 'no routes')];
  return [...rows, ...explainNlri(family, bytes, nlri, end, ctx.addPath.has(family), depth)];
}

function flagNames(flags: number): string {
  const names = [
    (flags & AttributeFlag.Optional) !== 0 ? 'optional' : 'well-known',
    (flags & AttributeFlag.Transitive) !== 0 ? 'transitive' : 'non-transitive',
    ...((flags & AttributeFlag.Partial) !== 0 ? ['partial'] : []),
    ...((flags & AttributeFlag.ExtendedLength) !== 0 ? ['extended length'] : []),
  ];
  return names.join(', ');
}
