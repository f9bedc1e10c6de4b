/**
 * A policy: ordered rules, of which the first that matches says what becomes of a route on its way into another domain or
 * out of it. Plain values, checked where they come in (`src/config/policy-file.ts`); all texts are canonical.
 */
import type { Encapsulation } from '../../evpn/encapsulation.ts';
import type { CrossingType } from './route.ts';

/** LOCAL_PREF of a route that no rule says it of. */
export const defaultPreference = 100;

/** Both ends included; an end that is missing is open. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Prefixes in `prefix` of a length from `ge` to `le`, both included. */
export interface PrefixRange {
  readonly prefix: string;
  readonly ge: number;
  readonly le: number;
}

/** What a rule asks of a route: all that is given, and of a list any. */
export interface RuleMatch {
  readonly type?: readonly CrossingType[];
  readonly network?: readonly string[];
  /** `02:00:00:00:00:01`, with a prefix length, `…/24`, or a mask, `…/ff:00:00:00:00:ff`. */
  readonly mac?: readonly string[];
  /** The first three octets of a MAC address, `02:00:5e`. */
  readonly oui?: readonly string[];
  /** Addresses and prefixes that hold them. */
  readonly ip?: readonly string[];
  readonly prefix?: readonly PrefixRange[];
  readonly community?: readonly string[];
  readonly routeTarget?: readonly string[];
  readonly encapsulation?: readonly Encapsulation[];
  readonly sequence?: Range;
  readonly sticky?: boolean;
  readonly dPath?: { readonly contains?: readonly string[]; readonly length?: Range };
  /** In whole seconds. */
  readonly age?: Range;
}

/** What becomes of communities: first those in `strip` go, then those in `add` come. */
export interface CommunityChanges {
  readonly strip: 'all' | readonly string[];
  readonly add: readonly string[];
}

/** What is done with a route that crosses, or with the one that is made in the place of those that do not. */
export interface RuleChanges {
  readonly communities?: CommunityChanges;
  /** Address of a gateway of the share. */
  readonly gateway?: string;
  /** LOCAL_PREF; {@link defaultPreference} when absent. */
  readonly preference?: number;
  /**
   * Host routes and prefixes in this prefix do not cross; while any is there one type-5 route of the prefix does. A route
   * that does not lie in it is not matched.
   */
  readonly aggregate?: string;
  /**
   * `unknown-mac`: type-2 routes do not cross; while any is there one type-2 route of 00:00:00:00:00:00 does (RFC 9014
   * §3.5). A route of another type is not matched.
   */
  readonly summary?: 'unknown-mac';
}

export type RuleAction = { readonly outcome: 'refuse' } | ({ readonly outcome: 'accept' } & RuleChanges);

export interface PolicyRule {
  /** Of its beginning in the file, from 1. */
  readonly line: number;
  readonly name?: string;
  readonly match: RuleMatch;
  readonly action: RuleAction;
}

export interface Policy {
  /** As the operator named it. */
  readonly file: string;
  readonly rules: readonly PolicyRule[];
  /** For what no rule matches. */
  readonly default: 'accept' | 'refuse';
}
