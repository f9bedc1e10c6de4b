/**
 * What is said on the Unix socket of the tenants' side: one request and one answer for each connection, each a line of JSON.
 */
import { z } from 'zod';
import { parseAddress } from '../config/address.ts';
import { parseMac } from '../config/mac.ts';
import type { Parsed } from '../config/parsed.ts';
import { parsePrefix } from '../config/prefix.ts';
import { attachmentRoles } from '../nva/model.ts';
import type { AttachResult, NveView } from '../nve/nve.ts';

/** Octets of a request. */
export const MOST_REQUEST = 64 * 1024;

function canonical<T>(parse: (text: string) => Parsed<T>, textOf: (value: T) => string) {
  return z.string().transform((written, context) => {
    const parsed = parse(written);
    if (parsed.ok) return textOf(parsed.value);
    context.addIssue({
      code: 'custom',
      message: parsed.suggestion === undefined ? parsed.reason : `${parsed.reason}; ${parsed.suggestion}`,
    });
    return z.NEVER;
  });
}

/** Of networks and attachments, as the NVA knows them. */
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/, {
  error: 'a name has letters, digits, dots, colons, hyphens or underscores',
});

/** As the kernel takes names of devices (IFNAMSIZ), without what a batch of iproute2 would take for words. */
const device = z.string().regex(/^[A-Za-z0-9_.@-]{1,15}$/, {
  error: 'a port is a device of this machine: 1 to 15 letters, digits or _ . @ -',
});

export const requestSchema = z.discriminatedUnion('request', [
  z.strictObject({
    request: z.literal('attach'),
    network: name,
    id: name,
    port: device,
    mac: canonical(parseMac, (mac) => mac).optional(),
    ips: z.array(canonical(parseAddress, ({ text }) => text)).max(1024),
    prefixes: z.array(canonical(parsePrefix, ({ text }) => text)).max(1024),
    state: z.enum(['associated', 'pre-associated']),
    role: z.enum(attachmentRoles),
    sticky: z.boolean(),
  }),
  z.strictObject({ request: z.literal('detach'), network: name, id: name }),
  z.strictObject({ request: z.literal('show') }),
]);

export type TenantRequest = z.input<typeof requestSchema>;

export type TenantAnswer =
  /** `troubles`: why no NVA has answered, as {@link NveView} has them. */
  | {
      readonly ok: true;
      readonly answer: 'attach';
      readonly result: AttachResult;
      readonly troubles: readonly string[];
    }
  | { readonly ok: true; readonly answer: 'detach'; readonly found: boolean; readonly told: boolean }
  | { readonly ok: true; readonly answer: 'show'; readonly view: NveView }
  /** The request cannot be understood; which field, and why: a sentence that names it. */
  | { readonly ok: false; readonly field: string; readonly reason: string };
