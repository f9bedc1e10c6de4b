import type { z } from 'zod';
import type { Role } from './roles.ts';

/** An answer a route can give that is not an error. */
export interface Answer {
  readonly schema: z.ZodType;
  readonly description: string;
  /** `application/json` when left out. */
  readonly mediaType?: string;
  /**
   * The answer goes on for as long as its reader likes: server-sent events (WHATWG HTML §9.2), whose data are JSON of
   * `schema`, or of the schema that stands beside their name in `events`.
   */
  readonly stream?: true;
  /** Events that are not the usual one, by their name. */
  readonly events?: Readonly<Record<string, z.ZodType>>;
}

/** One row of the route table. Server, OpenAPI document and client are all made from it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  /** Which role it takes; `anyone` for what says nothing about the domain. */
  readonly role: Role | 'anyone';
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Octets that the body may have, where that is not what holds for all. */
  readonly bodyBytes?: number;
  /** Answered only once what should be is loaded: before, nothing would look like everything. */
  readonly whenLoaded?: true;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** HTTP statuses of the problem documents the handler may give; what any request may meet is not repeated. */
  readonly errors: readonly number[];
}
