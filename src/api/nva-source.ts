/**
 * What the HTTP server asks of the NVA: the objects that should be, what has become of them, and changes. In the NVA's own
 * values, since what is put is what is kept; the server adds what the contract has beside them.
 */
import type { Conflict } from '../nva/conflict.ts';
import type { Mapping } from '../nva/mapping.ts';
import type { Actor, ApplyResult, Change, NvaEvent, Nve, VirtualNetwork } from '../nva/model.ts';
import type { StoredAttachment } from '../nva/nva-store.ts';
import type { NveSession } from './contract/nves.ts';
import type { Decision } from './contract/routes.ts';

export interface NetworkStatus {
  /** It stands in the configuration. */
  readonly configured: boolean;
  readonly attachments: number;
  readonly nves: number;
  readonly mappings: number;
}

export interface NveStatus {
  readonly configured: boolean;
  readonly session: NveSession | null;
  /** Networks that it takes part in, by attachments or by what it announces, with its attachments in each. */
  readonly networks: readonly { readonly name: string; readonly attachments: number }[];
}

/** A mapping with what is known of where it comes from. */
export interface SourcedMapping {
  readonly mapping: Mapping;
  /** Who says so: the peer's address, or nvad's own name for what it announces itself. */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** And why it is this one. */
export interface ExplainedMapping extends SourcedMapping {
  /** The rules that made it what it is, in order. */
  readonly decisions: readonly Decision[];
  /** Who else says to have the address, and the step at which each lost. */
  readonly others: readonly (SourcedMapping & { readonly lost: Decision })[];
}

/** Who says to have an address and is not believed, or would have it and has not yet. */
export interface Unheeded {
  /** A peer's address, or `attachment ID`. */
  readonly by: string;
  /** Tunnel address. */
  readonly nve: string;
  readonly reason: string;
  readonly remedy: string;
}

export interface NvaSource {
  /** Whether what should be is loaded; nothing else is asked before. */
  loaded(): boolean;
  networks(): Iterable<VirtualNetwork>;
  network(name: string): VirtualNetwork | undefined;
  networkStatus(name: string): NetworkStatus;
  nves(): Iterable<Nve>;
  nve(name: string): Nve | undefined;
  nveByTunnelAddress(address: string): Nve | undefined;
  nveStatus(name: string): NveStatus;
  /** In any order. */
  attachments(network: string): Iterable<StoredAttachment>;
  attachment(network: string, id: string): StoredAttachment | undefined;
  /** The route targets of a network for which none are given. */
  automaticRouteTargets(vni: number): readonly string[];
  /** Throws an NvaStoreError, and is then as it was, when the store cannot keep it. */
  apply(changes: readonly Change[], by: Actor, options?: { readonly dryRun?: boolean }): ApplyResult;
  /** In any order. Undefined where there is no such network. */
  mappings(network: string): Iterable<SourcedMapping> | undefined;
  /** Mappings of a MAC address, or of an IP address (that itself, else the longest prefix that holds it). */
  explain(network: string, address: string): readonly ExplainedMapping[];
  /** That of the route of a destination, where it is one; of flooding that is an end. */
  explainRoute(network: string, destination: number): ExplainedMapping | undefined;
  /** What is missing among these, and why. */
  unheeded(network: string, address: string): readonly Unheeded[];
  conflicts(): readonly Conflict[];
  /** Lets go what a conflict has frozen. */
  release(conflict: string, by: Actor): 'released' | 'no-such-conflict' | 'not-releasable';
  /** As the store's. */
  lastEvent(): number;
  firstEvent(): number;
  events(after: number, limit: number): readonly NvaEvent[];
  /** Calls after each transaction that made events; often, so that it should only take note. */
  onEvents(listener: () => void): () => void;
}
