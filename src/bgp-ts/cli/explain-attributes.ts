import { formatAttribute } from '../wire/attribute/format.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { type AttributeKey, attributeKey, attributeRow } from '../wire/attribute/registry.ts';
import { readU16 } from '../wire/bytes.ts';
import { AttributeCode, AttributeFlag, familyAfi, familyId, familySafi } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { explainNlri } from './explain-nlri.ts';
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
  for (let at = start; at < end; ) {
    const extended = (bytes[at] & AttributeFlag.ExtendedLength) !== 0;
    const value = at + (extended ? 4 : 3);
    const next = value + (extended ? readU16(bytes, at + 2) : bytes[at + 2]);
    if (value > end || next > end) {
      rows.push(row(at, end, depth, 'an attribute that runs past the field'));
      break;
    }
    rows.push(...explainAttribute(bytes, { at, value, next }, ctx, decoded, depth));
    at = next;
  }
  return rows;
}

/** Undefined for what could not be read, and for AS4_PATH and AS4_AGGREGATOR, which have gone into others. */
function decodedText(key: AttributeKey, decoded: PathAttributes): string | undefined {
  if (key === 'as4Path' || key === 'as4Aggregator') return undefined;
  const value = decoded[key];
  return value === undefined ? undefined : formatAttribute(key, value);
}

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
  const name = key === undefined ? `attribute ${code}` : attributeRow(key).name;
  const head = row(at, value, depth, `${name} (${flagNames(bytes[at])}), ${next - value} octets`);
  if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) {
    return [head, ...explainMultiprotocol(bytes, code, value, next, ctx, decoded, depth + 1)];
  }
  if (next === value) return [head];
  const text = key === undefined ? undefined : decodedText(key, decoded);
  return [head, row(value, next, depth + 1, text ?? 'as it stands')];
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
  const rows = [row(start, start + 3, depth, `AFI ${familyAfi(family)}, SAFI ${familySafi(family)}`)];
  let nlri = start + 3;
  if (code === AttributeCode.MpReachNlri) {
    if (mpReachNlri === undefined) return rows;
    nlri = start + 5 + bytes[start + 3];
    const { nextHop, linkLocal } = mpReachNlri;
    const hops = [nextHop ?? 'none', ...(linkLocal === undefined ? [] : [linkLocal])];
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
