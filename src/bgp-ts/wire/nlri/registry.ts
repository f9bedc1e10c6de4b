/**
 * NLRI fields of every address family (RFC 4271 §4.3, RFC 4760 §5), with path identifiers (RFC 7911 §3) where the
 * session uses them. A new family is a file with its codec, a member of {@link KnownNlri} and a row here.
 */
import { concat, readU32, u32 } from '../bytes.ts';
import { Family, type FamilyId } from '../constants.ts';
import { checkUint, EncodeError } from '../encode-error.ts';
import type { Fault } from '../fault.ts';
import type { NlriCodec } from './base.ts';
import { evpn } from './evpn/evpn.ts';
import { NlriFaultCode, nlriFault } from './fault.ts';
import { ipv4Labelled, ipv6Labelled, LabelledFamily } from './labelled.ts';
import type { KnownNlri, Nlri, NlriOf } from './nlri.ts';
import { framedCodec, readOpaque, writeOpaque } from './opaque.ts';
import { rtConstrain } from './rt-constrain.ts';
import { ipv4Multicast, ipv4Unicast, ipv6Multicast, ipv6Unicast, MulticastFamily } from './unicast.ts';
import { ipv4Vpn, ipv6Vpn } from './vpn.ts';

const families = {
  [Family.Ipv4Unicast]: ipv4Unicast,
  [Family.Ipv6Unicast]: ipv6Unicast,
  [MulticastFamily.Ipv4]: ipv4Multicast,
  [MulticastFamily.Ipv6]: ipv6Multicast,
  [LabelledFamily.Ipv4]: ipv4Labelled,
  [LabelledFamily.Ipv6]: ipv6Labelled,
  [Family.Ipv4Vpn]: ipv4Vpn,
  [Family.Ipv6Vpn]: ipv6Vpn,
  [Family.RtConstrain]: rtConstrain,
  [Family.Evpn]: evpn,
} as const satisfies { [F in KnownNlri['family']]: NlriCodec<Extract<KnownNlri, { family: F }>> };

const isKnownFamily = (family: FamilyId): family is KnownNlri['family'] => family in families;

/** Undefined where nothing says where one NLRI ends. */
function codecOf(family: FamilyId): NlriCodec<Nlri> | undefined {
  return isKnownFamily(family) ? families[family] : framedCodec(family);
}

const PATH_ID = 4;

/** How the NLRI of a session's family are written. */
export interface NlriOptions {
  /** Each NLRI has a path identifier in front. */
  readonly addPath: boolean;
}

/** What was made of an NLRI field, and what is wrong with it. */
export interface DecodedNlri<N extends Nlri = Nlri> {
  /** The routes found; where something is wrong, those that could still be told apart from it. */
  readonly routes: N[];
  /**
   * The hardest thing wrong; of several equally hard, the first. `treat-as-withdraw` when all routes were located and
   * some are malformed inside, `session-reset` when what follows could not be located (RFC 7606 §5.3).
   */
  readonly fault?: Fault;
}

/** Reads the NLRI field `bytes[start, end)`, which lies inside the buffer. Keeps no reference to it. Never throws: see the fault. */
export function decodeNlri<F extends FamilyId>(
  family: F,
  bytes: Uint8Array,
  start: number,
  end: number,
  options: NlriOptions,
): DecodedNlri<NlriOf<F>> {
  return decodeField(family, bytes, start, end, options) as DecodedNlri<NlriOf<F>>;
}

function decodeField(
  family: FamilyId,
  bytes: Uint8Array,
  start: number,
  end: number,
  { addPath }: NlriOptions,
): DecodedNlri {
  if (start === end) return { routes: [] };
  const codec = codecOf(family);
  if (codec === undefined) return { routes: [readOpaque(family, bytes, start, end)] };
  const routes: Nlri[] = [];
  let fault: Fault | undefined;
  for (let at = start; at < end; ) {
    const pathAt = at;
    if (addPath) at += PATH_ID;
    // A path identifier with no NLRI behind it is as cut as one that is cut itself.
    if (at >= end) return { routes, fault: nlriFault(NlriFaultCode.Overrun, pathAt, family) };
    const read = codec.read(bytes, at, end);
    if (read.ok) {
      routes.push(addPath ? { ...read.nlri, pathId: readU32(bytes, pathAt) } : read.nlri);
      at = read.next;
      continue;
    }
    if (read.next === undefined) return { routes, fault: nlriFault(read.code, read.at, family) };
    fault ??= nlriFault(read.code, read.at, family);
    at = read.next;
  }
  return fault === undefined ? { routes } : { routes, fault };
}

/**
 * The NLRI field for `routes`, all of `family`. With `addPath`, a route without a path identifier is sent with 0.
 * Throws an EncodeError for a route of another family or one that has no encoding.
 */
export function encodeNlri<F extends FamilyId>(
  family: F,
  routes: readonly NlriOf<NoInfer<F>>[],
  { addPath }: NlriOptions,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const codec = codecOf(family);
  for (const route of routes as readonly Nlri[]) {
    if (route.family !== family || (route.kind === 'opaque') === isKnownFamily(family)) {
      throw new EncodeError(`an NLRI of kind ${route.kind} and family ${route.family} in a field of family ${family}`);
    }
    if (codec === undefined) {
      // the whole field, path identifiers and all
      if (route.kind === 'opaque') parts.push(writeOpaque(route));
      continue;
    }
    if (addPath) parts.push(Uint8Array.from(u32(checkUint('path identifier', route.pathId ?? 0, 0xffffffff))));
    parts.push(codec.write(route));
  }
  return concat(parts);
}
