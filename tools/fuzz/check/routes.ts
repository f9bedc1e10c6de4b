/** What an UPDATE says of the routes of one family, read without columns and interning: the model's view of it. */
import type { PathAttributes } from '../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import { toHex } from '../../../src/bgp-ts/wire/bytes.ts';
import { Family, familyId } from '../../../src/bgp-ts/wire/constants.ts';
import { keyEvpn } from '../../../src/bgp-ts/wire/nlri/evpn/key.ts';
import { rtConstrain } from '../../../src/bgp-ts/wire/nlri/rt-constrain.ts';
import { emptyLayout, locateUpdate } from '../../../src/bgp-ts/wire/update-layout.ts';

/** A route as it is held: its NLRI in hexadecimal, and its attributes without NLRI. */
export interface HeldRoute {
  readonly nlri: string;
  readonly attributes: PathAttributes;
}

/** Routes by type and key in hexadecimal, with a path identifier in front where there are any. */
export type Routes = Map<string, HeldRoute>;

export type HeldFamilyId = typeof Family.Evpn | typeof Family.RtConstrain;

export interface KeyedNlri {
  readonly key: string;
  /** The key with the path identifier in front, where there are any. */
  readonly path: string;
  readonly nlri: string;
}

export interface Fields {
  readonly withdrawn: readonly KeyedNlri[];
  readonly announced: readonly KeyedNlri[];
}

/** The attributes that a route has, whatever others it shared an UPDATE with. */
export function withoutNlri(attributes: PathAttributes): PathAttributes {
  const { mpReachNlri, mpUnreachNlri: _, ...rest } = attributes;
  return mpReachNlri === undefined ? rest : { ...rest, mpReachNlri: { ...mpReachNlri, nlri: [] } };
}

/** The well-formed NLRI of `family` in an UPDATE. */
export function fieldsOf(family: HeldFamilyId, bytes: Uint8Array, addPath = false): Fields {
  const layout = emptyLayout();
  locateUpdate(bytes, 0, bytes.length, layout);
  const { unreachHeader, unreachValue, unreachEnd, reachHeader, reachValue, reachEnd } = layout;
  const has = (header: number, value: number, end: number) =>
    header >= 0 && end - value >= 3 && familyId((bytes[value] << 8) | bytes[value + 1], bytes[value + 2]) === family;
  const read = (start: number, end: number) => keyed(bytes, start, end, addPath, readers[family]);
  return {
    withdrawn: has(unreachHeader, unreachValue, unreachEnd) ? read(unreachValue + 3, unreachEnd) : [],
    announced: has(reachHeader, reachValue, reachEnd) ? read(reachValue + 5 + bytes[reachValue + 3], reachEnd) : [],
  };
}

/** One NLRI's end, and its key unless it is malformed inside; undefined where it cannot be located. */
type Reader = (
  bytes: Uint8Array,
  at: number,
  end: number,
) => { readonly next: number; readonly key?: string } | undefined;

const readers: Readonly<Record<HeldFamilyId, Reader>> = {
  [Family.Evpn]: (bytes, at, end) => {
    const next = at + 2 + bytes[at + 1];
    if (at + 2 > end || next > end) return undefined;
    try {
      return { next, key: `${bytes[at]} ${toHex(keyEvpn(bytes, at, next))}` };
    } catch {
      return { next };
    }
  },
  [Family.RtConstrain]: (bytes, at, end) => {
    if (at >= end) return undefined;
    const read = rtConstrain.read(bytes.subarray(0, end), at, end);
    if (!read.ok) return read.next === undefined ? undefined : { next: read.next };
    const { length, originAs, routeTarget } = read.nlri;
    return { next: read.next, key: `${length} ${originAs} ${routeTarget}` };
  },
};

function keyed(bytes: Uint8Array, start: number, end: number, addPath: boolean, read: Reader): KeyedNlri[] {
  const list: KeyedNlri[] = [];
  for (let from = start; from < end; ) {
    const at = from + (addPath ? 4 : 0);
    const found = read(bytes, at, end);
    if (found === undefined) break;
    const { next, key } = found;
    if (key !== undefined) list.push({ key, path: `${toHex(bytes, from, at)} ${key}`, nlri: toHex(bytes, at, next) });
    from = next;
  }
  return list;
}
