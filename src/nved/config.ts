/** What nved is told by its configuration file: the form of the file, and what is made of it. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseAddress, parsePeerAddress, quote } from '../config/address.ts';
import { readDocument } from '../config/document.ts';
import { parseTcpEndpoint, usualNveProtocolPort } from '../config/endpoint.ts';
import { byPlace, type ConfigError, type Finding } from '../config/error.ts';
import { explain } from '../config/explain.ts';
import { keysAt } from '../config/known-keys.ts';
import { fileError, isMisspelt, located, type ReadFile, readText } from '../config/load.ts';
import { type LogFormat, type LogLevel, logFormats, logLevels } from '../config/log.ts';
import { accept, type Parsed, refuse } from '../config/parsed.ts';
import { anyAddress, form, text } from '../config/schema-parts.ts';
import type { GatewayRoles } from '../nve/gateway-roles.ts';
import { type Fallback, fallbacks } from '../nve/nve.ts';
import type { LegOptions } from '../nve/wanted-crossing.ts';
import { buildGatewayRoles, gatewayRolesSchema, roleContradictions } from './gateway-roles.ts';
import { buildLegs, legContradictions, legsSchema } from './legs.ts';

export interface NvedConfig {
  /** The NVE's name in the domain. */
  readonly name: string;
  readonly tunnelAddress: string;
  /** Replicas of the NVA, preferred first. */
  readonly nvas: readonly { readonly host: string; readonly port: number }[];
  /** Files' paths, absolute. */
  readonly tokenFile: string | undefined;
  readonly tls:
    | {
        readonly ca: string | undefined;
        readonly certificate: string | undefined;
        readonly key: string | undefined;
        readonly serverName: string | undefined;
      }
    | undefined;
  readonly mode: 'push' | 'pull';
  readonly fallback: Fallback;
  /** Seconds. */
  readonly fallbackAfter: number;
  /** By the network: its router's addresses, with their prefix lengths. */
  readonly gateways: ReadonlyMap<string, readonly string[]>;
  /** How NVAs are answered that ask by BFD whether this machine lives; undefined: not at all. `interval` in milliseconds. */
  readonly bfd: { readonly interval: number; readonly multiplier: number } | undefined;
  /** Ends in the underlays of neighbour domains. */
  readonly legs: readonly LegOptions[];
  readonly roles: GatewayRoles;
  /** Path of the Unix socket for tenants' side. */
  readonly socket: string;
  /** Path of the file of attachments. */
  readonly state: string;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
}

export const defaultSocket = '/run/nved/nved.sock';
const defaultState = '/var/lib/nved/attachments.json';
const defaultFallbackAfter = 30;
const defaultBfd = { interval: 100, multiplier: 3 };

const path = (what: string) => z.string().min(1).meta({ description: what });

/** The form of the file. The JSON Schema is made from it. */
export const nvedSchema = z.strictObject({
  name: form(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    'a name has 1 to 63 letters, digits, dots, hyphens or underscores and starts with a letter or digit',
  ).meta({ description: "The NVE's name in the domain; with a client certificate, the one in it." }),
  tunnelAddress: text(parsePeerAddress).meta({
    description: "This machine's address of the underlay, where tunnels end.",
    ...anyAddress,
  }),
  nvas: z
    .array(text((written) => parseTcpEndpoint(written, usualNveProtocolPort)))
    .min(1, { error: 'at least one NVA is needed' })
    .meta({ description: 'Where replicas of the NVA listen for NVEs, preferred first: address:port.' }),
  token: path('A file whose one line is the token that lets this NVE in.').optional(),
  tls: z
    .strictObject({
      ca: path(
        "A file with the certificates, in PEM, that the NVA's comes from; those of the system when left out.",
      ).optional(),
      certificate: path("A file with this NVE's certificate chain in PEM.").optional(),
      key: path('A file with its private key in PEM.').optional(),
      serverName: z.string().min(1).optional().meta({
        description: "The name in the NVA's certificate, where that is not the address.",
      }),
    })
    .optional()
    .meta({ description: 'Without it, what nved and the NVA say to each other can be read on the way.' }),
  mode: z.enum(['push', 'pull']).optional().meta({
    description: "Whether the NVA tells all mappings of this machine's networks, or is asked when somebody needs one.",
    default: 'push',
  }),
  fallback: z.enum(fallbacks).optional().meta({
    description: 'While no NVA answers: go on with what is known alone, or flood the rest and learn.',
    default: 'keep',
  }),
  fallbackAfter: z.int().min(1).max(86_400).optional().meta({
    description: 'Seconds without an NVA before the fallback.',
    default: defaultFallbackAfter,
  }),
  gateways: z
    .array(
      z.strictObject({
        network: z
          .string()
          .min(1)
          .meta({ description: 'A virtual network with L2 service that an L3 one routes for.' }),
        addresses: z.array(text(parseInterfaceAddress)).min(1).meta({
          description: "The router's addresses in it, with the length of the network's prefix: the same on every NVE.",
        }),
      }),
    )
    .optional()
    .meta({ description: 'Where tenants of networks that are routed find their router (RFC 9135).' }),
  bfd: z
    .strictObject({
      answer: z.boolean().optional().meta({
        description: 'Whether an NVA is answered that asks by BFD whether this NVE lives (RFC 5883, UDP port 4784).',
        default: true,
      }),
      interval: z.int().min(10).max(60_000).optional().meta({
        description: 'Milliseconds between packets, in both directions; the slower side decides.',
        default: defaultBfd.interval,
      }),
      multiplier: z.int().min(1).max(255).optional().meta({
        description: 'So many packets in a row have to be missed before one takes the other for dead.',
        default: defaultBfd.multiplier,
      }),
    })
    .optional(),
  legs: legsSchema.optional(),
  gatewayRoles: gatewayRolesSchema.optional(),
  socket: path('The Unix socket for attach, detach and show.').optional().meta({ default: defaultSocket }),
  state: path('The file by which a restart knows what is attached.').optional().meta({ default: defaultState }),
  log: z
    .strictObject({
      level: z.enum(logLevels).optional().meta({ default: 'info' }),
      format: z.enum(logFormats).optional().meta({ default: 'json' }),
    })
    .optional(),
});

export type NvedLoadResult =
  | { readonly ok: true; readonly config: NvedConfig }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

/** Reads and checks a configuration file. All that is wrong is reported together, in the file's order. */
export async function loadNvedConfig(file: string, readFile: ReadFile): Promise<NvedLoadResult> {
  const read = await readText(file, readFile);
  return read.ok ? parseNvedConfig(file, read.text) : read;
}

/** Checks the text of a configuration; relative paths in it start where the file is. */
export function parseNvedConfig(file: string, written: string): NvedLoadResult {
  const document = readDocument(written);
  const { data } = document;
  const faults: ConfigError[] = document.faults.map((fault) => ({ file, path: '', ...fault }));
  if (data === undefined) return { ok: false, errors: faults.sort(byPlace) };
  if (data === null) {
    const suggestion = 'it needs at least name, tunnelAddress and nvas';
    return { ok: false, errors: [{ ...fileError(file, 'is empty'), suggestion }] };
  }
  const result = nvedSchema.safeParse(data);
  const issues = result.success ? [] : result.error.issues;
  const all = [
    ...issues.flatMap((issue) => explain(issue, data, (at) => keysAt(nvedSchema, at))),
    ...contradictions(data),
    ...roleContradictions(data),
  ];
  const findings = all.filter((finding) => finding.code !== 'missing' || !isMisspelt(finding, all));
  const errors = [...faults, ...findings.map((finding) => located(finding, file, document))];
  if (!result.success || errors.length > 0) return { ok: false, errors: errors.sort(byPlace) };
  return { ok: true, config: build(result.data, dirname(file)) };
}

function contradictions(data: unknown): Finding[] {
  const { tls, legs }: { readonly tls?: unknown; readonly legs?: unknown } =
    typeof data === 'object' && data !== null ? data : {};
  return [...tlsContradictions(tls), ...legContradictions(legs)];
}

function tlsContradictions(tls: unknown): Finding[] {
  if (typeof tls !== 'object' || tls === null) return [];
  const [has, lacks] = 'certificate' in tls ? ['certificate', 'key'] : ['key', 'certificate'];
  if (!(has in tls) || lacks in tls) return [];
  const reason = `tls.${has} is given without tls.${lacks}`;
  return [{ code: 'contradiction', path: ['tls', has], reason, suggestion: `add ${lacks}, or leave ${has} out` }];
}

function build(written: z.output<typeof nvedSchema>, folder: string): NvedConfig {
  const at = (file: string) => resolve(folder, file);
  const optional = (file: string | undefined) => (file === undefined ? undefined : at(file));
  const { tls } = written;
  return {
    name: written.name,
    tunnelAddress: canonical(written.tunnelAddress),
    nvas: written.nvas.map((nva) => {
      const parsed = parseTcpEndpoint(nva, usualNveProtocolPort);
      if (!parsed.ok) throw new Error(parsed.reason);
      return { host: parsed.value.host, port: parsed.value.port };
    }),
    tokenFile: optional(written.token),
    tls:
      tls === undefined
        ? undefined
        : {
            ca: optional(tls.ca),
            certificate: optional(tls.certificate),
            key: optional(tls.key),
            serverName: tls.serverName,
          },
    mode: written.mode ?? 'push',
    fallback: written.fallback ?? 'keep',
    fallbackAfter: written.fallbackAfter ?? defaultFallbackAfter,
    gateways: new Map(
      (written.gateways ?? []).map(({ network, addresses }) => [
        network,
        addresses.flatMap((address) => {
          const parsed = parseInterfaceAddress(address);
          return parsed.ok ? [parsed.value] : [];
        }),
      ]),
    ),
    bfd: buildBfd(written.bfd ?? {}),
    legs: buildLegs(written.legs),
    roles: buildGatewayRoles(written.gatewayRoles),
    socket: at(written.socket ?? defaultSocket),
    state: at(written.state ?? defaultState),
    log: { level: written.log?.level ?? 'info', format: written.log?.format ?? 'json' },
  };
}

function buildBfd({
  answer,
  interval,
  multiplier,
}: NonNullable<z.output<typeof nvedSchema>['bfd']>): NvedConfig['bfd'] {
  if (answer === false) return undefined;
  return { interval: interval ?? defaultBfd.interval, multiplier: multiplier ?? defaultBfd.multiplier };
}

/** An address with the length of its network's prefix, as `192.168.0.254/24`. */
function parseInterfaceAddress(written: string): Parsed<string> {
  const [before = '', length, ...more] = written.split('/');
  const address = parseAddress(before);
  if (!address.ok) return address;
  const most = address.value.family === 4 ? 32 : 128;
  if (length === undefined || more.length > 0 || !/^\d{1,3}$/.test(length) || Number(length) > most)
    return refuse(`${quote(written)} has no prefix length`, `write it as in ${address.value.text}/24`);
  return accept(`${address.value.text}/${Number(length)}`);
}

function canonical(address: string): string {
  const parsed = parseAddress(address);
  return parsed.ok ? parsed.value.text : address;
}
