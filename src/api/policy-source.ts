/** What the HTTP server asks of policies, in the contract's own values. */
import type { PolicyTest, PolicyVersions } from './contract/policies.ts';

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

export interface PolicySource {
  /** What it would change; nothing is changed. */
  test(domain: string, direction: Direction, policy: PolicyFile): Promise<PolicyTest | PolicyRefusal>;
  /** Throws an NvaStoreError, and is then as it was, when the store cannot keep it; so does the next. */
  apply(domain: string, direction: Direction, policy: PolicyFile): AppliedPolicies | PolicyRefusal;
  rollBack(domain: string, to: number | undefined): AppliedPolicies | PolicyRefusal;
  versions(domain: string): PolicyVersions | PolicyRefusal;
}
