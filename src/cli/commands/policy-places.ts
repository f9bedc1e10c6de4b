/** Whose policy a file is meant to be, where that is not said or not all of it. */
import { basename } from 'node:path';
import type { ListedPolicy } from '../../api/contract/policies.ts';
import type { Direction } from '../../api/policy-source.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { printable } from '../format/printable.ts';
import { failed, type Outcome } from '../outcome.ts';
import type { Session } from '../session.ts';
import { ALONE } from './federation.ts';

/** Whose policy it is to be. */
export interface PolicyPlace {
  readonly domain: string;
  readonly direction: Direction;
}

/** A policy as it was given to nvactl. */
export interface GivenPolicy {
  /** As it was said; `-` is standard input. */
  readonly file: string;
  /** From the root of the file system; undefined of standard input. */
  readonly path: string | undefined;
  readonly text: string;
}

type Places =
  | { readonly ok: true; readonly places: readonly PolicyPlace[] }
  | { readonly ok: false; readonly refused: Outcome };

/** Of those that are shown where one has to be chosen. */
const MOST_ROWS = 20;

/** Each neighbour domain and direction whose policy the file is now, of those that are said. `verb` is what is to be done. */
export async function placesOf(
  { client, api }: Session,
  said: Partial<PolicyPlace>,
  given: Pick<GivenPolicy, 'file' | 'path'>,
  verb: 'test' | 'apply',
): Promise<Places> {
  const { domain, direction } = said;
  if (domain !== undefined && direction !== undefined) return { ok: true, places: [{ domain, direction }] };
  const result = await client.call('listPolicies', { query: { domain, direction, file: given.path } });
  if (!result.ok) return { ok: false, refused: explainFailure(result, api) };
  const { policies } = result.body;
  const named = policies.filter((policy) => policy.named === 'yes');
  // With one neighbour domain a direction says all.
  const places = named.length === 0 && policies.length === 1 ? policies : named;
  if (places.length > 0) return { ok: true, places };
  if (policies.length === 0) return { ok: false, refused: failed(ExitCode.NothingMatched, ALONE) };
  return { ok: false, refused: failed(ExitCode.Usage, whose(policies, said, given, verb)) };
}

type FoundDomain = { readonly ok: true; readonly domain: string } | { readonly ok: false; readonly refused: Outcome };

/** The neighbour domain that is meant where none is said: the only one. `words` are what is to be done. */
export async function domainOf(
  { client, api }: Session,
  given: string | undefined,
  words: string,
): Promise<FoundDomain> {
  if (given !== undefined) return { ok: true, domain: given };
  const result = await client.call('listPolicies', { query: {} });
  if (!result.ok) return { ok: false, refused: explainFailure(result, api) };
  const [first, ...others] = new Set(result.body.policies.map(({ domain }) => domain));
  if (first === undefined) return { ok: false, refused: failed(ExitCode.NothingMatched, ALONE) };
  if (others.length === 0) return { ok: true, domain: first };
  const rows = [first, ...others].map((domain) => `  nvactl policy ${words} --domain ${domain}`);
  const why = 'there are several neighbour domains; say which is meant with --domain:';
  return { ok: false, refused: failed(ExitCode.Usage, [why, ...atMost(rows)].join('\n')) };
}

function atMost(rows: readonly string[]): readonly string[] {
  const more = rows.length - MOST_ROWS;
  return more > 0 ? [...rows.slice(0, MOST_ROWS), `  and ${more} more`] : rows;
}

function whose(
  policies: readonly ListedPolicy[],
  { domain, direction }: Partial<PolicyPlace>,
  { file, path }: Pick<GivenPolicy, 'file' | 'path'>,
  verb: string,
): string {
  const alike = policies.filter(({ named }) => named === 'perhaps');
  const choice = alike.length > 0 ? alike : policies;
  const domains = new Set(choice.map((policy) => policy.domain));
  const missing = [
    ...(domain === undefined && domains.size > 1 ? ['--domain'] : []),
    ...(direction === undefined ? ['--direction'] : []),
  ].join(' and ');
  const of = domains.size === 1 ? [...domains].join() : 'any neighbour domain';
  const name = path === undefined ? 'what comes from standard input' : printable(file);
  const why =
    alike.length > 0
      ? `several files called ${printable(basename(file))} are policies`
      : `${name} is not the ${direction === undefined ? '' : `${direction} `}policy of ${of} now`;
  const rows = choice.map((policy) => {
    const words = `nvactl policy ${verb} ${printable(file)} --domain ${policy.domain} --direction ${policy.direction}`;
    return `  ${words}  (now ${filesOf(policy)})`;
  });
  return [`${why}; say which is meant with ${missing}:`, ...atMost(rows)].join('\n');
}

function filesOf({ configured, holds }: ListedPolicy): string {
  const now = holds === null ? 'none' : printable(holds);
  return configured === holds ? now : `${now}, configured ${configured === null ? 'none' : printable(configured)}`;
}
