import type { z } from 'zod';

/** An answer a route can give that is not an error. */
export interface Answer {
  readonly schema: z.ZodType;
  readonly description: string;
  /** `application/json` when left out. */
  readonly mediaType?: string;
}

/** One row of the route table. Server, OpenAPI document and client are all made from it. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: `/${string}`;
  readonly tag: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** HTTP statuses of the problem documents the handler may give; what any request may meet is not repeated. */
  readonly errors: readonly number[];
}
