import type { Actor } from '../../nva/model.ts';
import type { Reply, Request } from '../contract/calls.ts';
import type { EndpointName } from '../contract/endpoints.ts';
import type { Role } from '../contract/roles.ts';
import type { ExplainSource } from '../explain-source.ts';
import type { FederationSource } from '../federation-source.ts';
import type { NvaSource } from '../nva-source.ts';
import type { PolicySource } from '../policy-source.ts';
import type { Refusal } from '../refusal.ts';
import type { ApiSource, ReadEventLoopDelay } from '../source.ts';

/** What a handler may know of a request beside what its row describes. */
export interface Asked {
  readonly actor: Actor;
  /** The actor's. */
  readonly roles: readonly Role[];
  /** Of the header Last-Event-ID, where it names an event. */
  readonly lastEventId: number | undefined;
  /** Writes down a change that is none of the NVA's own, which write themselves down. */
  readonly record: (what: string, subject: string, before: unknown, after: unknown) => void;
}

/** Answers one row of the route table. Expected errors are returned; what is thrown becomes a 500. */
export type Handler<Name extends EndpointName> = (
  request: Request<Name>,
  asked: Asked,
) => Reply<Name> | Refusal | Promise<Reply<Name> | Refusal>;

/** A handler for each row: a row without one does not compile. */
export type Handlers = { readonly [Name in EndpointName]: Handler<Name> };

/** What handlers are made with. */
export interface HandlerModules {
  readonly source: ApiSource;
  readonly nva: NvaSource;
  readonly federation: FederationSource;
  readonly policies: PolicySource;
  readonly explain: ExplainSource;
  readonly readEventLoopDelay: ReadEventLoopDelay;
  readonly memory: () => { readonly rss: number; readonly heapUsed: number };
  /** Prometheus text of everything registered. */
  readonly metrics: () => Promise<string>;
}
