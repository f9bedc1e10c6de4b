/** Whether whoever connects may use the name that it says: by a client certificate, or by a token. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { NveIdentity } from '../../nva/authority.ts';

export interface NveToken {
  readonly token: string;
  /** The only NVE that may use it; absent is any. */
  readonly nve?: string;
}

export class Credentials {
  readonly #tokens: readonly { readonly digest: Buffer; readonly nve: string | undefined }[];
  readonly #certificates: boolean;

  /** `certificates`: whether clients' certificates are looked at. With neither, everybody is let in. */
  constructor(tokens: readonly NveToken[], certificates: boolean) {
    this.#tokens = tokens.map(({ token, nve }) => ({ digest: digestOf(token), nve }));
    this.#certificates = certificates;
  }

  get open(): boolean {
    return this.#tokens.length === 0 && !this.#certificates;
  }

  /** Why not; undefined is yes. `certified` are the names in a certificate that was found good. */
  refusal(
    identity: NveIdentity,
    token: string | undefined,
    certified: readonly string[] | undefined,
  ): { readonly code: 'unauthorized'; readonly reason: string } | undefined {
    if (this.open || certified?.includes(identity.name)) return undefined;
    if (token !== undefined) {
      const digest = digestOf(token);
      // All are compared, each in constant time, so that time tells nothing of them.
      let allowed = false;
      let known = false;
      for (const entry of this.#tokens) {
        if (!timingSafeEqual(entry.digest, digest)) continue;
        known = true;
        if (entry.nve === undefined || entry.nve === identity.name) allowed = true;
      }
      if (allowed) return undefined;
      return refuse(known ? `The token is not that of ${identity.name}.` : 'The token is not known.');
    }
    if (certified !== undefined) return refuse(`The certificate is not that of ${identity.name}.`);
    return refuse(this.#certificates ? 'A client certificate or a token is needed.' : 'A token is needed.');
  }
}

function refuse(reason: string): { readonly code: 'unauthorized'; readonly reason: string } {
  return { code: 'unauthorized', reason };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
