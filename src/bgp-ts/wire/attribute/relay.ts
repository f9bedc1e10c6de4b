import { AttributeFlag } from '../constants.ts';
import type { PathAttributes } from './path-attributes.ts';

/**
 * The attributes as they are passed on: an unrecognised transitive attribute goes along with the Partial bit set, an
 * unrecognised non-transitive one goes no further (RFC 4271 §5, §9).
 */
export function relayAttributes(attributes: PathAttributes): PathAttributes {
  const { unknown, ...known } = attributes;
  if (unknown === undefined) return attributes;
  const passed = unknown
    .filter(({ flags }) => (flags & AttributeFlag.Transitive) !== 0)
    .map((attribute) => ({ ...attribute, flags: attribute.flags | AttributeFlag.Partial }));
  return passed.length === 0 ? known : { ...known, unknown: passed };
}
