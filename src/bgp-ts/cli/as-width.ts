/**
 * How wide AS numbers are is said by the OPENs of a session (RFC 6793 §4.1), not by the octets. Where nobody says it,
 * it is told from them: four octets, unless that reading is at odds with the octets and two are not. At odds are an
 * AS_PATH or AGGREGATOR that is malformed with four, and an AS4_PATH or AS4_AGGREGATOR, which is only sent where AS
 * numbers have two (RFC 6793 §4.2.2, §6). A width that was said is never doubted.
 */
import { as4Codes } from '../wire/attribute/as4.ts';
import type { DecodeContext } from '../wire/context.ts';
import type { Fault } from '../wire/fault.ts';

const isPathFault = ({ code }: Fault) => code.startsWith('as-path-') || code.startsWith('aggregator-');
const isAs4 = ({ attribute }: Fault) => attribute !== undefined && as4Codes.includes(attribute);
const speaksForTwo = (fault: Fault) => isPathFault(fault) || isAs4(fault);

/** Runs `decode` with four octets and, where these are at odds with the bytes, with two. */
export function withAsWidth<T extends { readonly faults: readonly Fault[] }>(
  ctx: DecodeContext,
  decode: (ctx: DecodeContext) => T,
): T {
  const four = decode({ ...ctx, asn4: true });
  if (!four.faults.some(speaksForTwo)) return four;
  const two = decode({ ...ctx, asn4: false });
  return two.faults.some(isPathFault) ? four : two;
}
