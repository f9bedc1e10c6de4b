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

/** What is shared, and the rules on it, change while sessions stay. */
function isAnother(before: FederationConfig, after: FederationConfig): boolean {
  const fixed = ({
    neighbour: { networks: _networks, policy: _policy, api: _api, ...rest },
    sessions,
  }: FederationConfig) => ({
    rest,
    sessions,
  });
  return !isDeepStrictEqual(fixed(before), fixed(after));
}
