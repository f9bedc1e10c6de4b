import { concat, readU16, u16 } from '../bytes.ts';
import { type FamilyId, familyAfi, familyId, familySafi } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { ok } from '../result.ts';
import { type CapabilityCodec, malformed } from './codec.ts';

/** What the sender does with outbound route filters of one family. */
export interface OutboundRouteFilterFamily {
  readonly family: FamilyId;
  readonly filters: readonly {
    /** ORF type; 64 is the address prefix filter (RFC 5292 §2). */
    readonly type: number;
    /** 1 the sender takes filters, 2 it sends them, 3 both (RFC 5291 §5); other numbers as received. */
    readonly mode: number;
  }[];
}

/** AFI, reserved octet, SAFI, number of ORFs. */
const HEAD = 5;

/**
 * Outbound Route Filtering (RFC 5291 §5): families, each with its filter types. Nothing here filters by them, so what is
 * no entry behind the first one, such as padding, is passed over instead of costing the session.
 */
export const outboundRouteFilter: CapabilityCodec<readonly OutboundRouteFilterFamily[]> = {
  decode(bytes, start, end) {
    const families: OutboundRouteFilterFamily[] = [];
    for (let at = start; at < end; ) {
      const first = at + HEAD;
      const next = first <= end ? first + 2 * bytes[at + 4] : first;
      if (next > end) break;
      const filters = [];
      for (let i = first; i < next; i += 2) filters.push({ type: bytes[i], mode: bytes[i + 1] });
      families.push({ family: familyId(readU16(bytes, at), bytes[at + 3]), filters });
      at = next;
    }
    return families.length === 0 ? malformed('there is no entry that fits') : ok(families);
  },
  encode(families) {
    return concat(
      families.map(({ family, filters }) =>
        Uint8Array.of(
          ...u16(familyAfi(family)),
          0,
          familySafi(family),
          checkUint('number of ORFs', filters.length, 255),
          ...filters.flatMap(({ type, mode }) => [checkUint('ORF type', type, 255), checkUint('ORF mode', mode, 255)]),
        ),
      ),
    );
  },
};
