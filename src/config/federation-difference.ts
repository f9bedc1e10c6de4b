import { isDeepStrictEqual } from 'node:util';
import type { Config, FederationConfig } from './config.ts';

/** What becomes another of neighbour domains. One is the same while its name is. */
export type FederationChange =
  | { readonly kind: 'domain-added'; readonly domain: FederationConfig }
  | { readonly kind: 'domain-removed'; readonly domain: FederationConfig }
  | {
      readonly kind: 'domain-changed';
      readonly before: FederationConfig;
      readonly domain: FederationConfig;
      /** Something that its border is made with: it begins anew, with new sessions. */
      readonly isAnother: boolean;
    };

/** Removals come first, so that an address can go from one to another. */
export function federationChanges({ federation: old }: Config, { federation: now }: Config): FederationChange[] {
  const before = new Map(old.map((one) => [one.neighbour.domain, one]));
  const after = new Map(now.map((one) => [one.neighbour.domain, one]));
  return [
    ...old.flatMap((domain): FederationChange[] =>
      after.has(domain.neighbour.domain) ? [] : [{ kind: 'domain-removed', domain }],
    ),
    ...now.flatMap((domain): FederationChange[] => {
      const previous = before.get(domain.neighbour.domain);
      if (previous === undefined) return [{ kind: 'domain-added', domain }];
      if (isDeepStrictEqual(previous, domain)) return [];
      return [{ kind: 'domain-changed', before: previous, domain, isAnother: isAnother(previous, domain) }];
    }),
  ];
}

/**
 * What is shared, the rules on it, how much and how fast change while sessions stay. So does for how long routes are kept, as
 * long as they are at all: that is agreed on when a session begins (RFC 4724, RFC 9494).
 */
function isAnother(before: FederationConfig, after: FederationConfig): boolean {
  const fixed = ({
    neighbour: { networks: _networks, policy: _policy, api: _api, limits: _limits, rate: _rate, keepStale, ...rest },
    sessions,
  }: FederationConfig) => ({
    rest,
    keepsStale: keepStale > 0,
    // These two follow from the domain's limits and `keepStale`.
    sessions: sessions.map(({ maxRoutes: _maxRoutes, gracefulRestart: _gracefulRestart, ...session }) => session),
  });
  return !isDeepStrictEqual(fixed(before), fixed(after));
}
