/** Path attributes as a line for people. */

import { formatExtendedCommunity } from '../community/extended/format.ts';
import { formatIpv6ExtendedCommunity } from '../community/ipv6-extended.ts';
import { formatCommunity } from '../community/standard.ts';
import type { AsSegment } from './as-path-segments.ts';
import type { PathAttributes } from './path-attributes.ts';
import type { AttributeKey } from './registry.ts';

type Formats = {
  readonly [K in AttributeKey & keyof PathAttributes]?: (value: NonNullable<PathAttributes[K]>) => string;
};

/** Those that read better than as plain fields. */
const formats: Formats = {
  asPath: (path) => (path.length === 0 ? 'empty' : path.map(formatSegment).join(' ')),
  aggregator: ({ asn, address }) => `AS ${asn} ${address}`,
  communities: (list) => list.map(formatCommunity).join(' '),
  clusterList: (list) => list.join(' '),
  mpReachNlri: ({ nextHop, linkLocal }) => `next hop ${[nextHop ?? 'none', linkLocal ?? []].flat().join(' and ')}`,
  extendedCommunities: (list) => list.map(formatExtendedCommunity).join(' '),
  ipv6ExtendedCommunities: (list) => list.map(formatIpv6ExtendedCommunity).join(' '),
  largeCommunities: (list) => list.join(' '),
};

/** One attribute's value; what has no form of its own is written field by field. */
export function formatAttribute<K extends AttributeKey & keyof PathAttributes>(
  key: K,
  value: NonNullable<PathAttributes[K]>,
): string {
  const format = formats[key];
  return format === undefined ? fields(value) : format(value);
}

function formatSegment({ type, asns }: AsSegment): string {
  const list = asns.join(' ');
  return type === 'sequence' ? list : `${type} { ${list} }`;
}

function fields(value: unknown): string {
  if (value instanceof Uint8Array) return [...value].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  if (Array.isArray(value)) return value.map(fields).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name} ${fields(field)}`)
    .join(' ');
}
