/** One line of `bgp-ts decode --jsonl`: what is asked, checked where it comes in. */
import { fromHex } from '../wire/bytes.ts';
import { Family, type FamilyId } from '../wire/constants.ts';
import type { DecodeContext } from '../wire/context.ts';
import { defaultContext } from '../wire/context.ts';
import { allFamilies, ipv4Families, ipv6Families, parseFamily } from './parse-family.ts';

export const kinds = [
  'message',
  'open',
  'attribute-block',
  'nlri-evpn',
  'nlri-rtc',
  'nlri-other',
  'capability',
  'ext-community',
  'rd',
  'esi',
] as const;
export type Kind = (typeof kinds)[number];

export interface Question {
  readonly id: string;
  readonly kind: Kind;
  readonly bytes: Uint8Array;
  readonly context: DecodeContext;
  /** The width of AS numbers was not said: {@link withAsWidth} tells it from the octets. */
  readonly guessAsWidth: boolean;
  /** Whether there are path identifiers was not said: for a bare NLRI field it is told from the octets. */
  readonly guessAddPath: boolean;
  /** Whether an attribute block comes from an UPDATE with routes in its NLRI field; undefined where nobody said it. */
  readonly hasNlri: boolean | undefined;
  /** Family of `nlri-other`. */
  readonly family: FamilyId;
  /** How the octets of `capability` are wrapped. */
  readonly form: 'capabilities' | 'parameters' | 'parameters-with-length' | 'dynamic';
}

function isKind(text: unknown): text is Kind {
  return kinds.some((kind) => kind === text);
}

/** What a session would have said of the octets, in the words of the command line. */
export interface ContextOptions {
  readonly asn4: boolean;
  readonly external: boolean;
  readonly addPath: readonly FamilyId[];
}

/**
 * A context for octets without a session. What a session would have negotiated to allow more is taken as negotiated:
 * extended messages, and IPv6 next hops for IPv4 routes.
 */
export function contextOf({ asn4, external, addPath }: ContextOptions): DecodeContext {
  return {
    ...defaultContext,
    asn4,
    session: external ? 'ebgp' : 'ibgp',
    addPath: new Set(addPath),
    extendedMessages: true,
    extendedNextHop: new Set(ipv4Families),
    enhancedRouteRefresh: false,
  };
}

/**
 * Families that `--add-path` and `context.addpath` mean: all, those that are listed, or those with a true value under
 * their name. A name is that of a family, or of an address family for all that it has.
 */
export function addPathFamilies(value: unknown): readonly FamilyId[] {
  if (typeof value !== 'object' || value === null) return value ? allFamilies : [];
  const names = Array.isArray(value) ? value : Object.entries(value).flatMap(([name, on]) => (on ? [name] : []));
  return names.flatMap((name) => familiesNamed(String(name)));
}

const familiesOfAfi: Readonly<Record<string, readonly FamilyId[]>> = { ipv4: ipv4Families, ipv6: ipv6Families };

function familiesNamed(name: string): readonly FamilyId[] {
  const family = parseFamily(name);
  return familiesOfAfi[name] ?? (family === undefined ? [] : [family]);
}

/** `context` as it comes in; all of it may be missing. */
interface Said {
  readonly asn4?: unknown;
  readonly session?: unknown;
  readonly addpath?: unknown;
  readonly has_nlri?: unknown;
  readonly family?: unknown;
  readonly form?: unknown;
}

/** A line that asks nothing that could be answered, and why; with an id it gets an answer all the same. */
export interface NoQuestion {
  readonly id?: string;
  readonly reason: string;
}

/** The question in one line of JSON. */
export function parseQuestion(line: string): Question | NoQuestion {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return { reason: 'not JSON' };
  }
  if (typeof parsed !== 'object' || parsed === null) return { reason: 'not an object' };
  const { id, kind, hex, context } = parsed as { id?: unknown; kind?: unknown; hex?: unknown; context?: unknown };
  if (typeof id !== 'string') return { reason: 'no id' };
  if (!isKind(kind)) return { id, reason: `kind is none of ${kinds.join(', ')}` };
  const bytes = typeof hex === 'string' ? fromHex(hex) : undefined;
  if (bytes === undefined) return { id, reason: 'hex is not hexadecimal' };
  const said: Said = typeof context === 'object' && context !== null ? context : {};
  const family = kind === 'nlri-other' ? parseFamily(String(said.family ?? '1/1')) : Family.Ipv4Unicast;
  if (family === undefined) return { id, reason: `${JSON.stringify(said.family)} is no address family` };
  return {
    id,
    kind,
    bytes,
    context: contextOf({
      asn4: said.asn4 !== false,
      external: said.session === 'ebgp',
      addPath: addPathFamilies(said.addpath),
    }),
    guessAsWidth: typeof said.asn4 !== 'boolean',
    guessAddPath: said.addpath === undefined,
    hasNlri: typeof said.has_nlri === 'boolean' ? said.has_nlri : undefined,
    family,
    form: formOf(String(said.form)),
  };
}

function formOf(text: string): Question['form'] {
  if (/dynamic capability message/i.test(text)) return 'dynamic';
  if (/including its length/i.test(text)) return 'parameters-with-length';
  return /optional parameters/i.test(text) ? 'parameters' : 'capabilities';
}
