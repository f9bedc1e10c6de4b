/** Legs in nved's configuration: the ends of a gateway in underlays of neighbour domains. */
import { z } from 'zod';
import { parseAddress, parsePeerAddress } from '../config/address.ts';
import type { Finding } from '../config/error.ts';
import { anyAddress, form, text } from '../config/schema-parts.ts';
import type { LegOptions } from '../nve/wanted-crossing.ts';

/** What a hello has room for (docs/nve-protocol.md). */
const mostLegs = 64;

export const legsSchema = z
  .array(
    z.strictObject({
      domain: z.string().min(1).max(255).meta({ description: 'The neighbour domain, as the NVA calls it.' }),
      namespace: form(
        /^(?!nved-)[A-Za-z0-9._-]{1,64}$/,
        'a network namespace has 1 to 64 letters, digits, dots, hyphens or underscores and does not start with nved-',
      )
        .optional()
        .meta({
          description:
            "The network namespace that has the device of the neighbour's underlay, as `ip netns list` names it; nved's own when left out.",
        }),
      tunnelAddress: text(parsePeerAddress).meta({
        description: "This machine's address of that underlay, where tunnels from there end.",
        ...anyAddress,
      }),
    }),
  )
  .max(mostLegs)
  .meta({
    description:
      'Where this NVE can be a gateway between domains: its ends in underlays of neighbour domains, one for each.',
  });

export function buildLegs(written: z.output<typeof legsSchema> | undefined): readonly LegOptions[] {
  return (written ?? []).map(({ domain, namespace, tunnelAddress }) => {
    const parsed = parseAddress(tunnelAddress);
    return { domain, namespace, tunnelAddress: parsed.ok ? parsed.value.text : tunnelAddress };
  });
}

/** Frames for a domain leave by one end. */
export function legContradictions(legs: unknown): Finding[] {
  if (!Array.isArray(legs)) return [];
  const domains = legs.map((leg: { readonly domain?: unknown } | null) => leg?.domain);
  return domains.flatMap((domain, index): Finding[] => {
    const first = domains.indexOf(domain);
    if (typeof domain !== 'string' || first === index) return [];
    const reason = `legs[${first}] leads to ${domain} already`;
    return [{ code: 'contradiction', path: ['legs', index, 'domain'], reason, suggestion: 'leave one of the two out' }];
  });
}
