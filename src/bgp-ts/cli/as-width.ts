import type { DecodeContext } from '../wire/context.ts';
import type { Fault } from '../wire/fault.ts';

const isPathFault = ({ code }: Fault) => code.startsWith('as-path-') || code.startsWith('aggregator-');

/**
 * Octets without their session do not say how wide AS numbers are: four octets unless AS_PATH or AGGREGATOR is malformed
 * that way and well-formed with two, as readers of captures have it. `decode` is run once or twice.
 */
export function withAsWidth<T extends { readonly faults: readonly Fault[] }>(
  ctx: DecodeContext,
  decode: (ctx: DecodeContext) => T,
): T {
  const four = decode({ ...ctx, asn4: true });
  if (!four.faults.some(isPathFault)) return four;
  const two = decode({ ...ctx, asn4: false });
  return two.faults.some(isPathFault) ? four : two;
}
