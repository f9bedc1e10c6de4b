import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NeighbourClass } from '../../../../src/bgp-ts/egress/neighbour-class.ts';
import { outboundAttributes } from '../../../../src/bgp-ts/egress/outbound.ts';
import type { LocalIdentity } from '../../../../src/bgp-ts/rib/assess.ts';
import type { NeighbourKind, Source } from '../../../../src/bgp-ts/rib/source.ts';
import { isConfedSegment } from '../../../../src/bgp-ts/wire/attribute/as-path-segments.ts';
import { decodeAttributes } from '../../../../src/bgp-ts/wire/attribute/decode.ts';
import { encodeAttributes } from '../../../../src/bgp-ts/wire/attribute/encode.ts';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { type DecodeContext, defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { pathAttributes } from './attributes.ts';

const local: LocalIdentity = { asn: 4200000000, routerId: 0x0a000001, clusterId: 0x0a000001 };
const kinds: readonly NeighbourKind[] = ['client', 'non-client', 'ebgp'];

const sourceOf = (kind: NeighbourKind): Source => ({
  index: 1,
  kind,
  routerId: 0x0a00000b,
  asn: 65001,
  address: '10.0.0.11',
  addressBytes: new Uint8Array(16),
  decode: defaultContext,
  families: new Set(),
});
const classOf = (kind: NeighbourKind | 'route-server-client', asn4: boolean): NeighbourClass => ({
  index: 0,
  kind: kind === 'route-server-client' ? 'ebgp' : kind,
  isRouteServerClient: kind === 'route-server-client',
  asn4,
  maxMessage: 65_535,
  localAsn: local.asn,
});
const contextOf = ({ kind, asn4 }: NeighbourClass): DecodeContext => ({
  ...defaultContext,
  asn4,
  session: kind === 'ebgp' ? 'ebgp' : 'ibgp',
});

const directions = kinds.flatMap((from) =>
  [...kinds, 'route-server-client' as const].flatMap((to) => [true, false].map((asn4) => [from, to, asn4] as const)),
);

/** Type codes in the order in which they stand. */
function codesOf(field: Uint8Array): number[] {
  const codes: number[] = [];
  for (let at = 0; at < field.length; ) {
    const long = (field[at] & 0x10) !== 0;
    codes.push(field[at + 1]);
    at += long ? 4 + field[at + 2] * 256 + field[at + 3] : 3 + field[at + 2];
  }
  return codes;
}

/** AS numbers of the path, segments aside: how it is cut into segments may change on the way. */
const numbersOf = ({ asPath = [] }: PathAttributes) =>
  asPath.filter((segment) => !isConfedSegment(segment)).flatMap(({ asns }) => asns);

describe('any attributes, emitted', () => {
  it.each(directions)('from a %s to a %s, four-octet AS numbers %s: re-parse, and mean the same', (from, to, asn4) => {
    const neighbours = classOf(to, asn4);
    const ctx = contextOf(neighbours);
    fc.assert(
      fc.property(pathAttributes, (received) => {
        const sent = outboundAttributes(received, sourceOf(from), neighbours, local);
        const field = encodeAttributes(sent, { asn4, addPath: new Set(), extendedMessages: true });
        const { attributes, faults } = decodeAttributes(field, 0, field.length, ctx);
        expect(faults).toEqual([]);
        // RFC 4271 §5: ascending, each once
        const codes = codesOf(field);
        expect(codes).toEqual([...new Set(codes)].sort((a, b) => a - b));
        const { asPath: _sent, ...rest } = sent;
        const { asPath: _read, ...readRest } = attributes;
        expect(readRest).toEqual(rest);
        if (asn4) expect(attributes.asPath).toEqual(splitLong(sent.asPath ?? []));
        else expect(numbersOf(attributes)).toEqual(numbersOf(sent));
      }),
      { numRuns: 150 },
    );
  });
});

/** A segment holds no more than 255 AS numbers (RFC 4271 §4.3). */
function splitLong(path: NonNullable<PathAttributes['asPath']>) {
  return path.flatMap(({ type, asns }) =>
    asns.length <= 255 ? [{ type, asns }] : [asns.slice(0, 255), asns.slice(255)].map((part) => ({ type, asns: part })),
  );
}
