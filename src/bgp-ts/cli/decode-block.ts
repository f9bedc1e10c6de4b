/**
 * Path attributes without the UPDATE around them. Which are mandatory depends on whether it announced routes in its NLRI
 * field (RFC 7606 §3 d). Where nobody says so, it is told from NEXT_HOP, which an UPDATE has for these routes alone
 * (RFC 4760 §3): where it stands among others, there were some. A single attribute is that, and no list with others
 * missing.
 */
import { type DecodedAttributes, decodeAttributes } from '../wire/attribute/decode.ts';
import { AttributeCode } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { missingMandatory } from '../wire/message/update.ts';
import { emptyLayout } from '../wire/update-layout.ts';

const withNlri = { ...emptyLayout(), nlriStart: 0, nlriEnd: 1 };

/** Reads all of `bytes`; `hasNlri` is undefined where nobody said it. */
export function decodeBlock(bytes: Uint8Array, ctx: DecodeContext, hasNlri: boolean | undefined): DecodedAttributes {
  const decoded = decodeAttributes(bytes, 0, bytes.length, ctx);
  const { present, faults } = decoded;
  if (!(hasNlri ?? (present.has(AttributeCode.NextHop) && present.size > 1))) return decoded;
  return { ...decoded, faults: [...faults, ...missingMandatory(withNlri, present)] };
}
