/** Four-octet AS numbers across a speaker that has two (RFC 6793 §4.2). */
import { AS_TRANS, AttributeCode } from '../constants.ts';
import { type AsSegment, asPathLength, isConfedSegment } from './as-path-segments.ts';
import type { WireAttributes } from './registry.ts';

const MAX_TWO_OCTETS = 0xffff;

/** AS_PATH and AGGREGATOR as they were before AS_TRANS was put in (RFC 6793 §4.2.3); the AS4 attributes are gone. */
export function mergeAs4(wire: WireAttributes): Omit<WireAttributes, 'as4Path' | 'as4Aggregator'> {
  const { as4Path, as4Aggregator, ...rest } = wire;
  const { asPath, aggregator } = rest;
  if (aggregator !== undefined && as4Aggregator !== undefined) {
    // an AGGREGATOR of a later, two-octet speaker makes both AS4 attributes stale
    if (aggregator.asn !== AS_TRANS) return rest;
    return { ...rest, aggregator: as4Aggregator, ...(asPath && as4Path && { asPath: mergePath(asPath, as4Path) }) };
  }
  return asPath && as4Path ? { ...rest, asPath: mergePath(asPath, as4Path) } : rest;
}

/** The leading part of `path` that `path4` does not cover, then `path4`. */
function mergePath(path: readonly AsSegment[], path4: readonly AsSegment[]): readonly AsSegment[] {
  let missing = asPathLength(path) - asPathLength(path4);
  if (missing < 0) return path;
  const merged: AsSegment[] = [];
  for (const segment of path) {
    if (isConfedSegment(segment)) {
      // kept where it leads, or is adjacent to what is kept
      merged.push(segment);
      continue;
    }
    if (missing === 0) break;
    const taken = segment.type === 'set' ? segment.asns : segment.asns.slice(0, missing);
    merged.push({ type: segment.type, asns: taken });
    missing -= segment.type === 'set' ? 1 : taken.length;
  }
  const last = merged.at(-1);
  const [first, ...rest] = path4;
  // one sequence again where AS_TRANS had not been the reason for a new segment
  if (last?.type === 'sequence' && first?.type === 'sequence' && last.asns.length + first.asns.length <= 255) {
    return [...merged.slice(0, -1), { type: 'sequence', asns: [...last.asns, ...first.asns] }, ...rest];
  }
  return [...merged, ...path4];
}

const needsFour = (asn: number) => asn > MAX_TWO_OCTETS;
const asTwoOctets = (asn: number) => (needsFour(asn) ? AS_TRANS : asn);

/** AS_TRANS where a number does not fit, and the AS4 attributes where that lost something (RFC 6793 §4.2.2). */
export function splitAs4(attributes: WireAttributes): WireAttributes {
  const { asPath, aggregator } = attributes;
  let wire = attributes;
  if (asPath?.some((segment) => segment.asns.some(needsFour))) {
    const trans = asPath.map(({ type, asns }) => ({ type, asns: asns.map(asTwoOctets) }));
    const path4 = asPath.filter((segment) => !isConfedSegment(segment));
    wire = { ...wire, asPath: trans, ...(path4.length > 0 && { as4Path: path4 }) };
  }
  if (aggregator !== undefined && needsFour(aggregator.asn)) {
    wire = { ...wire, aggregator: { ...aggregator, asn: AS_TRANS }, as4Aggregator: aggregator };
  }
  return wire;
}

/** Type codes that {@link mergeAs4} takes away. */
export const as4Codes: readonly number[] = [AttributeCode.As4Path, AttributeCode.As4Aggregator];
