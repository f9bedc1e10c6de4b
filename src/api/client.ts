/**
 * The typed client of the route table. It owns no connection: a transport is handed in, so the same client works
 * over TCP, a Unix socket, and in tests over none.
 */
import type { Call, PlainName, Reply } from './contract/calls.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { Problem } from './contract/problem.ts';

export interface TransportRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** JSON text. */
  readonly body?: string;
}

export interface TransportResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Carries one request. Resolves to `unreachable` when no answer came, with the reason in a few words. */
export type Transport = (
  request: TransportRequest,
) => Promise<TransportResponse | { readonly unreachable: string; readonly code: string }>;

/** Why a call gave no answer of the contract. */
export type CallFailure =
  | { readonly ok: false; readonly kind: 'problem'; readonly problem: Problem }
  | { readonly ok: false; readonly kind: 'unreachable'; readonly code: string; readonly reason: string }
  | { readonly ok: false; readonly kind: 'unexpected'; readonly reason: string };

type CallResult<Name extends PlainName> = ({ readonly ok: true } & Reply<Name>) | CallFailure;

export interface Client {
  /** Calls one row. Bodies are given as they came, members this client does not know included. */
  call<Name extends PlainName>(name: Name, call: Call<Name>): Promise<CallResult<Name>>;
}

export function targetOf(endpoint: Endpoint, params: Record<string, unknown>, query: Record<string, unknown>): string {
  const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_brace, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? path : `${path}?${search}`;
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

const unexpected = (reason: string): CallFailure => ({ ok: false, kind: 'unexpected', reason });

export function understand(endpoint: Endpoint, { status, contentType, body }: TransportResponse) {
  const answer = endpoint.answers[status];
  if (answer?.mediaType !== undefined) return { ok: true, status, body } as const;
  const json = parseJson(body);
  if (json === undefined) return unexpected(`status ${status} with ${contentType || 'no content type'}, not JSON`);
  if (answer === undefined) {
    const problem = Problem.safeParse(json.value);
    if (problem.success) return { ok: false, kind: 'problem', problem: problem.data } as const;
    return unexpected(`status ${status} without a problem document`);
  }
  const checked = answer.schema.safeParse(json.value);
  if (checked.success) return { ok: true, status, body: json.value } as const;
  const [issue] = checked.error.issues;
  return unexpected(`the answer to ${endpoint.path} does not fit: ${issue!.path.join('.')}: ${issue!.message}`);
}

/** A client that sends through `transport`. */
export function createClient(transport: Transport): Client {
  return {
    call: async <Name extends PlainName>(name: Name, call: Call<Name>) => {
      const endpoint: Endpoint = endpoints[name];
      // Which of the three a row has is known to the caller's types, not inside a function over all rows.
      const { params, query, body } = call as {
        readonly params?: Record<string, unknown>;
        readonly query?: Record<string, unknown>;
        readonly body?: unknown;
      };
      const response = await transport({
        method: endpoint.method,
        target: targetOf(endpoint, params ?? {}, query ?? {}),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if ('unreachable' in response) {
        return { ok: false, kind: 'unreachable', code: response.code, reason: response.unreachable };
      }
      return understand(endpoint, response) as CallResult<Name>;
    },
  };
}
