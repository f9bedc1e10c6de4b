/** What the HTTP server asks of policies, in the contract's own values. */
import type { ListedPolicy, PolicyTest, PolicyVersions } from './contract/policies.ts';

export type Direction = 'import' | 'export';

export interface PolicyFile {
  readonly file: string;
  readonly text: string;
}

/** Why nothing was done. */
export type PolicyRefusal =
  | { readonly refused: 'no-such-domain' | 'busy' }
  /** Sentences with their places in the file. */
  | { readonly refused: 'invalid-policy'; readonly reasons: readonly string[] }
  | { readonly refused: 'unchanged' | 'no-such-version' | 'nothing-before'; readonly reason: string };

export interface AppliedPolicies extends PolicyVersions {
  readonly warnings: readonly string[];
}

/** What of them is wanted, and which file they are to be compared with. */
export interface PolicyListing {
  readonly domain?: string | undefined;
  readonly direction?: Direction | undefined;
  readonly file?: string | undefined;
}

export interface PolicySource {
  list(listing: PolicyListing): readonly ListedPolicy[] | PolicyRefusal;
  /** What it would change; nothing is changed. */
  test(domain: string, direction: Direction, policy: PolicyFile): Promise<PolicyTest | PolicyRefusal>;
  /** Throws an NvaStoreError, and is then as it was, when the store cannot keep it; so does the next. */
  apply(domain: string, direction: Direction, policy: PolicyFile): AppliedPolicies | PolicyRefusal;
  rollBack(domain: string, to: number | undefined): AppliedPolicies | PolicyRefusal;
  versions(domain: string): PolicyVersions | PolicyRefusal;
}
