import type { Reply, Request } from '../contract/calls.ts';
import type { EndpointName } from '../contract/endpoints.ts';
import type { Refusal } from '../refusal.ts';
import type { ApiSource, ReadEventLoopDelay } from '../source.ts';

/** Answers one row of the route table. Expected errors are returned; what is thrown becomes a 500. */
export type Handler<Name extends EndpointName> = (
  request: Request<Name>,
) => Reply<Name> | Refusal | Promise<Reply<Name> | Refusal>;

/** A handler for each row: a row without one does not compile. */
export type Handlers = { readonly [Name in EndpointName]: Handler<Name> };

/** What handlers are made with. */
export interface HandlerModules {
  readonly source: ApiSource;
  readonly readEventLoopDelay: ReadEventLoopDelay;
  readonly memory: () => { readonly rss: number; readonly heapUsed: number };
  /** Prometheus text of everything registered. */
  readonly metrics: () => Promise<string>;
}
