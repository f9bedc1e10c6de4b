/** What the HTTP server asks of federation, in the contract's own values. */
import type { Domain, Regions } from './contract/domains.ts';

/** Undefined: there is no such neighbour. */
type Steered = Domain | undefined;

/** What is steered is kept over a restart first: each throws an NvaStoreError, and has done nothing, where it cannot be. */
export interface FederationSource {
  regions(): Regions;
  domain(name: string): Domain | undefined;
  /** Lets nothing cross; refused while it is drained. */
  freeze(name: string): Steered | 'drained';
  /** Takes it out of use: what it told is withdrawn after so many milliseconds. */
  drain(name: string, wait: number): Steered;
  /** Lets everything cross again. */
  release(name: string): Steered;
}
