/** What goes into and comes out of each row of the route table, as types. */
import type { z } from 'zod';
import type { EndpointName, Endpoints } from './endpoints.ts';
import type { Feed } from './feed.ts';

type IsStream<Row> = Row extends { readonly answers: { readonly 200: { readonly stream: true } } } ? true : false;

/** Rows whose answer is a stream. */
export type StreamName = {
  [Name in EndpointName]: IsStream<Endpoints[Name]> extends true ? Name : never;
}[EndpointName];
/** All others. */
export type PlainName = Exclude<EndpointName, StreamName>;

type Part<Row, Name extends string> = Row extends { readonly [Key in Name]: infer Schema extends z.ZodType }
  ? Schema
  : never;

type Given<Row, Name extends string, Value> = [Part<Row, Name>] extends [never]
  ? unknown
  : { readonly [Key in Name]: Value };

/** What a handler is given: checked, normalised, with defaults filled in. */
export type Request<Name extends EndpointName> = Given<
  Endpoints[Name],
  'params',
  z.output<Part<Endpoints[Name], 'params'>>
> &
  Given<Endpoints[Name], 'query', z.output<Part<Endpoints[Name], 'query'>>> &
  Given<Endpoints[Name], 'body', z.output<Part<Endpoints[Name], 'body'>>>;

/** What a caller gives: as {@link Request}, but whatever has a default or is optional in the query may be left out. */
export type Call<Name extends EndpointName> = Given<
  Endpoints[Name],
  'params',
  z.output<Part<Endpoints[Name], 'params'>>
> &
  ([Part<Endpoints[Name], 'query'>] extends [never]
    ? unknown
    : { readonly query?: Partial<z.output<Part<Endpoints[Name], 'query'>>> }) &
  Given<Endpoints[Name], 'body', z.output<Part<Endpoints[Name], 'body'>>>;

/** The answers of a route that are not errors, each with its status. */
export type Reply<Name extends EndpointName> = {
  [Status in keyof Endpoints[Name]['answers']]: Endpoints[Name]['answers'][Status] extends {
    readonly schema: infer Schema extends z.ZodType;
  }
    ? Endpoints[Name]['answers'][Status] extends { readonly stream: true }
      ? { readonly status: Status; readonly feed: Feed }
      : { readonly status: Status; readonly body: z.output<Schema> }
    : never;
}[keyof Endpoints[Name]['answers']];
