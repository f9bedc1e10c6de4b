/** Path attributes for display. */
import { z } from 'zod';

/** Any JSON value; named, since it refers to itself. */
export const AttributeValue = z.json();

/**
 * One path attribute as bgp-ts decodes it. `value` has the shape that the library's documentation gives for `name`
 * (an attribute nobody here knows: its octets in hexadecimal), so that a new attribute needs no change of this contract.
 */
export const Attribute = z.object({
  code: z.int().min(0).max(255),
  name: z.string().describe('as the RFC that defines it writes it, for example AS_PATH; UNKNOWN for all others'),
  flags: z.object({ optional: z.boolean(), transitive: z.boolean(), partial: z.boolean() }),
  text: z.string().describe('the value for people'),
  value: AttributeValue,
});
export type Attribute = z.output<typeof Attribute>;
