/** What the HTTP server asks of explanations, in the contract's own values. */
import type { AcrossExplanation, Explanation } from './contract/explain.ts';

/** One of them; of flooding each end, or with `ip` that one. */
export interface Address {
  readonly mac?: string | undefined;
  readonly ip?: string | undefined;
  readonly prefix?: string | undefined;
  readonly flooding?: true | undefined;
}

export interface ExplainQuestion extends Address {
  readonly vn: string;
  readonly nve?: string | undefined;
  readonly at?: string | undefined;
}

export interface ExplainSource {
  explain(question: ExplainQuestion): Promise<Explanation | 'no-such-network' | 'no-such-nve' | 'no-such-domain'>;
  /** For a neighbour domain, about what it has told us. */
  across(
    domain: string,
    wireVni: number,
    address: Address,
  ): Promise<AcrossExplanation | 'no-such-domain' | 'not-shared'>;
}
