/** Whether whoever connects may use the name that it says: by a client certificate, or by a token. */
import { createHmac, randomBytes } from 'node:crypto';
import type { NveIdentity } from '../../nva/authority.ts';

export interface NveToken {
  readonly token: string;
  /** The only NVE that may use it; absent is any. */
  readonly nve?: string;
}

export class Credentials {
  /** Who may use a token, by {@link keyOf} it; undefined is any. */
  readonly #tokens = new Map<string, (string | undefined)[]>();
  readonly #certificates: boolean;
  /** Whether tokens are asked for, of which there may be none. */
  readonly #asksForTokens: boolean;

  /** `certificates`: whether clients' certificates are looked at. With neither, everybody is let in. */
  constructor(tokens: readonly NveToken[] | undefined, certificates: boolean) {
    for (const { token, nve } of tokens ?? []) {
      const names = this.#tokens.get(keyOf(token));
      if (names === undefined) this.#tokens.set(keyOf(token), [nve]);
      else names.push(nve);
    }
    this.#certificates = certificates;
    this.#asksForTokens = tokens !== undefined;
  }

  get open(): boolean {
    return !this.#asksForTokens && !this.#certificates;
  }

  /** Why not; undefined is yes. `certified` are the names in a certificate that was found good. */
  refusal(
    identity: NveIdentity,
    token: string | undefined,
    certified: readonly string[] | undefined,
  ): { readonly code: 'unauthorized'; readonly reason: string } | undefined {
    if (this.open || certified?.includes(identity.name)) return undefined;
    if (token !== undefined) {
      const names = this.#tokens.get(keyOf(token));
      if (names?.some((nve) => nve === undefined || nve === identity.name)) return undefined;
      return refuse(names === undefined ? 'The token is not known.' : `The token is not that of ${identity.name}.`);
    }
    if (certified !== undefined) return refuse(`The certificate is not that of ${identity.name}.`);
    return refuse(this.#certificates ? 'A client certificate or a token is needed.' : 'A token is needed.');
  }
}

function refuse(reason: string): { readonly code: 'unauthorized'; readonly reason: string } {
  return { code: 'unauthorized', reason };
}

/** Of this process: how long a look-up takes tells nothing of a token to who does not know it. */
const secret = randomBytes(32);

function keyOf(token: string): string {
  return createHmac('sha256', secret).update(token).digest('base64');
}
