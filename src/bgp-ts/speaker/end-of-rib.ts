import { AttributeCode, AttributeFlag, type FamilyId, familyAfi, familySafi } from '../wire/constants.ts';

/** The End-of-RIB marker of a family: an UPDATE with an empty MP_UNREACH_NLRI and nothing else (RFC 4724 §2). */
export function endOfRib(family: FamilyId): Uint8Array {
  const message = new Uint8Array(29).fill(0xff, 0, 16);
  const afi = familyAfi(family);
  message.set([0, 29, 2, 0, 0, 0, 6], 16);
  message.set([AttributeFlag.Optional, AttributeCode.MpUnreachNlri, 3, afi >> 8, afi & 255, familySafi(family)], 23);
  return message;
}
