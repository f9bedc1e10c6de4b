/**
 * The HTTP server: every row of the route table with its handler, problem documents (RFC 9457) for whatever goes
 * wrong, and limits on what a client may take.
 */
import type { Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Server as TlsServer } from 'node:tls';
import type { Registry } from '@prometheus-io/client';
import fastify, {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import { admit, type Guards } from './access/admit.ts';
import type { Caller } from './access/caller.ts';
import type { DoorModules } from './access/door.ts';
import type { Gate } from './access/gate.ts';
import { createRateLimit } from './access/rate-limit.ts';
import type { AuditEntry } from './audit.ts';
import { boundConnections } from './bound-connections.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import type { Feed } from './contract/feed.ts';
import { PROBLEM_MEDIA_TYPE } from './contract/problem.ts';
import type { ExplainSource } from './explain-source.ts';
import type { FederationSource } from './federation-source.ts';
import type { Asked } from './handlers/handler.ts';
import { createHandlers } from './handlers/handlers.ts';
import { type ApiLimits, defaultLimits } from './limits.ts';
import { type ListenOutcome, listenAt } from './listen.ts';
import type { ListenAddress } from './listen-address.ts';
import { createRequestMetrics, registerStreams } from './metrics.ts';
import { unanswered } from './not-found.ts';
import { storeRefusal } from './nva/change-refusals.ts';
import type { NvaSource } from './nva-source.ts';
import type { PolicySource } from './policy-source.ts';
import { type Refusal, refuse } from './refusal.ts';
import { invalidRequest } from './request-problems.ts';
import { sendFeed } from './send-feed.ts';
import type { ApiSource, ReadEventLoopDelay } from './source.ts';

/** Where the server says what it did; a pino logger is one. */
export interface ApiLog {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** PEM texts. */
export interface ApiTls {
  readonly certificate: string;
  readonly key: string;
  /** Clients are asked for a certificate that one of these has signed. */
  readonly clientCa?: string;
}

export interface ApiServerModules extends DoorModules {
  readonly source: ApiSource;
  readonly nva: NvaSource;
  readonly federation: FederationSource;
  readonly policies: PolicySource;
  readonly explain: ExplainSource;
  readonly gate: Gate;
  /** Writes down who changed what. */
  readonly audit?: (entry: AuditEntry) => void;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Holds all metrics of the process; the server adds its own and gives the text of all at /metrics. */
  readonly registry: Registry;
  readonly readEventLoopDelay: ReadEventLoopDelay;
  readonly log: ApiLog;
}

export interface ApiServer {
  /** Begins to listen; errors of the system (port in use, no permission) come as a value. */
  listen(address: ListenAddress): Promise<ListenOutcome>;
  /** Shows new clients another certificate; throws when it is none. Only for a server that was made with one. */
  setTls(tls: ApiTls): void;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

const nothing = z.strictObject({});

function sendRefusal(reply: FastifyReply, { status, problem }: Refusal): void {
  reply
    .code(status)
    .type(PROBLEM_MEDIA_TYPE)
    .serializer((value: unknown) => JSON.stringify(value))
    .send(problem);
}

/** Errors of fastify itself, by its code, as problem documents. */
function frameworkRefusal(error: FastifyError, limits: ApiLimits, bodyBytes = limits.bodyBytes): Refusal | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse(413, 'body-too-large', `a body may have ${bodyBytes} octets at most`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse(415, 'unsupported-media-type', 'a body must be sent as application/json');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return refuse(400, 'invalid-json', 'the body is not JSON');
    default:
      if (error.statusCode === undefined || error.statusCode < 400 || error.statusCode >= 500) return undefined;
      return refuse(error.statusCode, 'bad-request', error.message);
  }
}

type Outcome =
  | Refusal
  | { readonly status: number; readonly body: unknown }
  | { readonly status: number; readonly feed: Feed };

interface Streams {
  /** Undefined when there are as many as may be. */
  readonly open: (feed: Feed, reply: FastifyReply) => boolean;
}

function askedBy({ caller, headers }: FastifyRequest, { audit }: ApiServerModules): Asked {
  const actor = caller?.actor ?? { name: 'anyone', via: 'api' };
  const last = headers['last-event-id'];
  return {
    actor,
    roles: caller?.roles ?? [],
    lastEventId: typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : undefined,
    record: (what, subject, before, after) => audit?.({ by: actor, what, subject, before, after }),
  };
}

function addRoutes(app: FastifyInstance, modules: ApiServerModules, streams: Streams): void {
  const handlers = createHandlers({
    source: modules.source,
    nva: modules.nva,
    federation: modules.federation,
    policies: modules.policies,
    explain: modules.explain,
    readEventLoopDelay: modules.readEventLoopDelay,
    memory: () => process.memoryUsage(),
    metrics: () => modules.registry.metrics(),
  });
  for (const [name, endpoint] of Object.entries(endpoints) as [keyof typeof endpoints, Endpoint][]) {
    // The loop forgets which row it is at, so the pairing that the table's types prove is restated here.
    const handler = handlers[name] as (request: unknown, asked: Asked) => Outcome | Promise<Outcome>;
    const response: Record<string, z.ZodType> = {};
    for (const [status, { schema, mediaType }] of Object.entries(endpoint.answers)) {
      if (mediaType === undefined) response[status] = schema;
    }
    app.route({
      method: endpoint.method,
      url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { name },
      ...(endpoint.bodyBytes === undefined ? {} : { bodyLimit: endpoint.bodyBytes }),
      schema: {
        ...(endpoint.params === undefined ? {} : { params: endpoint.params }),
        // Probes and scrapers may add parameters of their own; the API proper refuses what it does not know.
        ...(endpoint.path.startsWith('/v1/') ? { querystring: endpoint.query ?? nothing } : {}),
        ...(endpoint.body === undefined ? {} : { body: endpoint.body }),
        response,
      },
      handler: async (request, reply) => {
        await othersFirst();
        const outcome = await handler(request, askedBy(request, modules));
        if ('problem' in outcome) sendRefusal(reply, outcome);
        else if ('feed' in outcome) {
          if (streams.open(outcome.feed, reply)) return;
          sendRefusal(reply, refuse(429, 'too-many-streams', 'as many streams are open as nvad serves at a time'));
        } else {
          const mediaType = endpoint.answers[outcome.status]?.mediaType ?? 'application/json; charset=utf-8';
          reply.code(outcome.status).type(mediaType).header('cache-control', 'no-store').send(outcome.body);
        }
        return reply;
      },
    });
  }
}

/**
 * Resolves when what came in together with a request has been answered. An NVE that asks, or a router that announces, has
 * packets waiting and takes microseconds; a request may take a millisecond. Answers are given after sockets have been read,
 * in an order that is that of the sockets: after the first wait they may be still to come, after the second none is.
 */
async function othersFirst(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** Streams are counted; each takes no more than its socket and a place. */
function streamsOf({ streams: most, heartbeatMs }: ApiLimits, registry: Registry): Streams {
  let count = 0;
  registerStreams(registry, () => count);
  return {
    open: (feed, reply) => {
      if (count >= most) return false;
      count++;
      reply.hijack();
      sendFeed(feed, reply.raw, heartbeatMs, () => {
        count--;
      });
      if (reply.request.method === 'HEAD') reply.raw.end();
      return true;
    },
  };
}

/** What a client that does not speak HTTP is told before its connection is closed. */
function malformed(): string {
  const body = JSON.stringify(refuse(400, 'malformed-http', 'this is not an HTTP request nvad understands').problem);
  const head = `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nConnection: close\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Name of the row of the route table. */
    name?: keyof typeof endpoints;
  }
  interface FastifyRequest {
    /** Who asks; undefined where anyone may. */
    caller?: Caller;
  }
}

const tlsOptions = ({ certificate, key, clientCa }: ApiTls) => ({
  cert: certificate,
  key,
  ...(clientCa !== undefined && { ca: clientCa }),
});

/** Makes the server; nothing is opened before `listen`. */
export function createApiServer(modules: ApiServerModules, limits: ApiLimits = defaultLimits, tls?: ApiTls): ApiServer {
  const { log, registry, now } = modules;
  const durations = createRequestMetrics(registry);
  const streams = streamsOf(limits, registry);
  const guards: Guards = {
    callers: createRateLimit({ perSecond: limits.requestsPerSecond, burst: limits.requestBurst, capacity: 4096 }, now),
    strangers: createRateLimit(
      { perSecond: limits.strangersPerMinute / 60, burst: limits.strangersPerMinute, capacity: 4096 },
      now,
    ),
  };
  const transport = { maxHeaderSize: limits.headerBytes, headersTimeout: limits.requestMs };
  const options: FastifyHttpOptions<Server> = {
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 },
    http: transport,
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(malformed());
      else socket.destroy();
    },
  };
  // Whether a certificate is good for anything is the gate's affair: without one, a token will do.
  const https = tls && {
    ...transport,
    ...tlsOptions(tls),
    requestCert: tls.clientCa !== undefined,
    rejectUnauthorized: false,
  };
  const app = fastify(https === undefined ? options : ({ ...options, https } as FastifyHttpOptions<Server>));
  app.server.maxConnections = limits.connections;
  boundConnections(app.server, limits.connectionsOfOne);
  // A form or a plain-text body needs no leave of a browser's user to be sent from any web page; JSON does.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  app.addHook('onRequest', async (request, reply) => {
    if (Buffer.byteLength(request.raw.url ?? '') > limits.urlBytes) {
      sendRefusal(reply, refuse(414, 'url-too-long', `a URL may have ${limits.urlBytes} octets at most`));
      return reply;
    }
    const { name } = request.routeOptions.config;
    const { authorization, host } = request.headers;
    const credentials = { authorization, host };
    const verdict = admit({ name, socket: request.raw.socket, credentials }, modules, guards);
    if (verdict.refusal === undefined) {
      if (verdict.caller !== undefined) request.caller = verdict.caller;
      return undefined;
    }
    const { refusal, seconds } = verdict;
    if (seconds !== undefined) reply.header('retry-after', seconds);
    if (refusal.status === 401) reply.header('www-authenticate', 'Bearer realm="nvad"');
    sendRefusal(reply, refusal);
    return reply;
  });
  app.addHook('onResponse', async (request, reply) => {
    const { name } = request.routeOptions.config;
    const { method, url, caller } = request;
    const status = reply.statusCode;
    // How long a reader stays is no measure of how long it waits.
    if (name !== 'followEvents')
      durations.observe({ endpoint: name ?? 'none', status: String(status) }, reply.elapsedTime / 1000);
    const fields = { method, url, status, ms: Math.round(reply.elapsedTime), by: caller?.actor.name };
    // What the NVA does it says itself; only what else was done is said here.
    const role = name === undefined ? 'anyone' : endpoints[name].role;
    if (role === 'operate' && status < 400) log.info(fields, `${caller?.actor.name}: ${method} ${url}`);
    else log.debug(fields, 'request');
  });
  app.setNotFoundHandler((request, reply) => {
    const { refusal, allow } = unanswered(request.method, request.url);
    if (allow !== undefined) reply.header('allow', allow);
    sendRefusal(reply, refusal);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { name } = request.routeOptions.config;
    if (name !== undefined && hasZodFastifySchemaValidationErrors(error)) {
      sendRefusal(reply, invalidRequest(endpoints[name], error.validationContext, error.validation));
      return;
    }
    const unkept = storeRefusal(error);
    if (unkept !== undefined) {
      // Without a stack: the matter is the disk, not where in nvad it showed.
      log.error({ code: unkept.problem.code, method: request.method, url: request.url }, unkept.problem.detail);
      sendRefusal(reply, unkept);
      return;
    }
    const refusal = frameworkRefusal(
      error,
      limits,
      name === undefined ? undefined : (endpoints[name] as Endpoint).bodyBytes,
    );
    if (refusal === undefined) {
      const issues = isResponseSerializationError(error) ? error.cause.issues : undefined;
      log.error({ err: error, method: request.method, url: request.url, issues }, 'request failed');
    }
    sendRefusal(reply, refusal ?? refuse(500, 'internal-error', 'nvad could not answer; its log says why'));
  });

  addRoutes(app, modules, streams);

  return {
    listen: async (address) => {
      await app.ready();
      return listenAt(app.server, address);
    },
    setTls: (next) => {
      if (!('setSecureContext' in app.server)) throw new TypeError('the server was made without TLS');
      (app.server as unknown as TlsServer).setSecureContext(tlsOptions(next));
    },
    close: () => app.close(),
  };
}
