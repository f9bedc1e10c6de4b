/** What a policy can look at of a route that is about to cross into another domain. */
import type { Encapsulation } from '../../evpn/encapsulation.ts';

/** MAC/IP (2), Inclusive Multicast (3) and IP prefix (5): what is re-originated between domains (RFC 9014 §3, RFC 9136). */
export const crossingTypes = [2, 3, 5] as const;
export type CrossingType = (typeof crossingTypes)[number];

/** What routes with one set of attributes have in common, in one network and of one type. */
export interface CrossingAttributes {
  /** Our name of it. */
  readonly network: string;
  readonly type: CrossingType;
  /** Standard, `65000:1` or by well-known name, and large, `65000:1:2`; canonical. */
  readonly communities: readonly string[];
  /** `65000:10`, canonical, as they came: before they are translated. */
  readonly routeTargets: readonly string[];
  /** Those that the route names. */
  readonly encapsulations: readonly Encapsulation[];
  /** MAC mobility (RFC 7432 §15); 0 without the community. */
  readonly sequence: number;
  readonly sticky: boolean;
  /** Domains that it has passed through, the nearest first (RFC 10039 §4); empty in its own domain. */
  readonly dPath: readonly string[];
}

/** A route. Whoever implements it may make a field when it is asked for: one that no rule looks at is never asked for. */
export interface CrossingRoute extends CrossingAttributes {
  /** Of a type-2 route, lower case with colons. */
  readonly mac: string | undefined;
  /** Of a type-2 route that has one, canonical. */
  readonly ip: string | undefined;
  /** Of a type-5 route, `address/length`, canonical. */
  readonly prefix: string | undefined;
  /** When it came, in seconds since the epoch. */
  readonly since: number;
}
