/** Who may ask what, as the file of tokens says. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../contract/roles.ts';

export interface Token {
  /** Under which changes are recorded. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** SHA-256 of the token. */
  readonly digest: Uint8Array;
}

export interface AccessList {
  readonly tokens: readonly Token[];
  /** Users of this machine, by name or number, who come over a Unix socket. */
  readonly users: ReadonlyMap<string, readonly Role[]>;
  /** Clients with a certificate, by its common name. */
  readonly certificates: ReadonlyMap<string, readonly Role[]>;
  /** Of those who do not say who they are. */
  readonly anybody: readonly Role[];
}

export const digestOf = (token: string): Uint8Array => createHash('sha256').update(token).digest();

/** The token that was shown. All are looked at, and each in constant time, so that time tells nothing of any. */
export function findToken(tokens: readonly Token[], shown: string): Token | undefined {
  const digest = digestOf(shown);
  let found: Token | undefined;
  for (const token of tokens) if (timingSafeEqual(digest, token.digest)) found = token;
  return found;
}
