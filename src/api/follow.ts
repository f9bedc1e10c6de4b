/** The client's way with rows whose answer is a stream. */
import { type CallFailure, type TransportResponse, targetOf, understand } from './client.ts';
import type { Call, StreamName } from './contract/calls.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { EventReader } from './event-stream.ts';

export interface StreamRequest {
  /** Path and query. */
  readonly target: string;
  /** Where to resume, which comes before what the query says. */
  readonly lastEventId: string | undefined;
  /** Given the text of the stream as it comes. */
  readonly text: (chunk: string) => void;
  readonly signal: AbortSignal;
}

/** Carries a stream until it ends, by whomever; an answer that is no stream is given as it is. */
export type StreamTransport = (
  request: StreamRequest,
) => Promise<{ readonly ended: true } | TransportResponse | { readonly unreachable: string; readonly code: string }>;

export interface Followed {
  /** `message` for the usual one. */
  readonly event: string;
  /** As the row has it. */
  readonly data: unknown;
}

export interface Following {
  readonly lastEventId?: string | undefined;
  readonly event: (event: Followed) => void;
  /** Told each place from which to resume, after its event and where there was none for this reader. */
  readonly moved?: (id: string) => void;
  readonly signal: AbortSignal;
}

/** Where a reader was when a stream ended, or why there was none. */
export type Ended = { readonly ok: true; readonly lastEventId: string } | CallFailure;

/** Follows one stream to its end. What does not fit the row ends it. */
export async function follow<Name extends StreamName>(
  transport: StreamTransport,
  name: Name,
  call: Call<Name>,
  { lastEventId, event: told, moved, signal }: Following,
): Promise<Ended> {
  const endpoint: Endpoint = endpoints[name];
  const { schema, events = {} } = endpoint.answers[200]!;
  const { query = {} } = call as { readonly query?: Record<string, unknown> };
  let wrong: string | undefined;
  const reader = new EventReader(({ event, data }) => {
    const checked = (event === 'message' ? schema : events[event])?.safeParse(JSON.parse(data));
    if (checked?.success === false) {
      const [issue] = checked.error.issues;
      wrong = `an event ${event} does not fit: ${issue?.path.join('.')}: ${issue?.message}`;
      throw new Error(wrong);
    }
    // One that this client does not know is of a later nvad.
    if (checked !== undefined) told({ event, data: checked.data });
  }, moved);
  const result = await transport({
    target: targetOf(endpoint, {}, query),
    lastEventId,
    text: (chunk) => reader.push(chunk),
    signal,
  });
  if (wrong !== undefined) return { ok: false, kind: 'unexpected', reason: wrong };
  if ('unreachable' in result) {
    return { ok: false, kind: 'unreachable', code: result.code, reason: result.unreachable };
  }
  if ('ended' in result) return { ok: true, lastEventId: reader.lastId || (lastEventId ?? '') };
  const refused = understand(endpoint, result);
  if (!refused.ok) return refused;
  return { ok: false, kind: 'unexpected', reason: `status ${result.status} with ${result.contentType}, not a stream` };
}
