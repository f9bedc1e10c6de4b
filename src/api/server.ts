/**
 * The HTTP server: every row of the route table with its handler, problem documents (RFC 9457) for whatever goes
 * wrong, and limits on what a client may take.
 */
import type { Registry } from '@prometheus-io/client';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  isResponseSerializationError,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { PROBLEM_MEDIA_TYPE } from './contract/problem.ts';
import { createHandlers } from './handlers/handlers.ts';
import { type ApiLimits, defaultLimits } from './limits.ts';
import { type ListenOutcome, listenAt } from './listen.ts';
import type { ListenAddress } from './listen-address.ts';
import { createRequestMetrics } from './metrics.ts';
import { unanswered } from './not-found.ts';
import { type Refusal, refuse } from './refusal.ts';
import { invalidRequest } from './request-problems.ts';
import type { ApiSource, ReadEventLoopDelay } from './source.ts';

/** Where the server says what it did; a pino logger is one. */
export interface ApiLog {
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ApiServerModules {
  readonly source: ApiSource;
  /** Holds all metrics of the process; the server adds its own and gives the text of all at /metrics. */
  readonly registry: Registry;
  readonly readEventLoopDelay: ReadEventLoopDelay;
  readonly log: ApiLog;
}

export interface ApiServer {
  /** Begins to listen; errors of the system (port in use, no permission) come as a value. */
  listen(address: ListenAddress): Promise<ListenOutcome>;
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
function frameworkRefusal(error: FastifyError, limits: ApiLimits): Refusal | undefined {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return refuse(413, 'body-too-large', `a body may have ${limits.bodyBytes} octets at most`);
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

function addRoutes(app: FastifyInstance, modules: ApiServerModules): void {
  const handlers = createHandlers({
    source: modules.source,
    readEventLoopDelay: modules.readEventLoopDelay,
    memory: () => process.memoryUsage(),
    metrics: () => modules.registry.metrics(),
  });
  for (const [name, endpoint] of Object.entries(endpoints) as [keyof typeof endpoints, Endpoint][]) {
    // The loop forgets which row it is at, so the pairing that the table's types prove is restated here.
    const handler = handlers[name] as (request: unknown) => unknown;
    const response: Record<string, z.ZodType> = {};
    for (const [status, { schema, mediaType }] of Object.entries(endpoint.answers)) {
      if (mediaType === undefined) response[status] = schema;
    }
    app.route({
      method: endpoint.method,
      url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { name },
      schema: {
        ...(endpoint.params === undefined ? {} : { params: endpoint.params }),
        // Probes and scrapers may add parameters of their own; the API proper refuses what it does not know.
        ...(endpoint.path.startsWith('/v1/') ? { querystring: endpoint.query ?? nothing } : {}),
        ...(endpoint.body === undefined ? {} : { body: endpoint.body }),
        response,
      },
      handler: async (request, reply) => {
        const outcome = (await handler(request)) as Refusal | { readonly status: number; readonly body: unknown };
        if ('problem' in outcome) sendRefusal(reply, outcome);
        else {
          const mediaType = endpoint.answers[outcome.status]?.mediaType ?? 'application/json; charset=utf-8';
          reply.code(outcome.status).type(mediaType).header('cache-control', 'no-store').send(outcome.body);
        }
        return reply;
      },
    });
  }
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
}

/** Makes the server; nothing is opened before `listen`. */
export function createApiServer(modules: ApiServerModules, limits: ApiLimits = defaultLimits): ApiServer {
  const { log, registry } = modules;
  const durations = createRequestMetrics(registry);
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.silentMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 },
    http: { maxHeaderSize: limits.headerBytes, headersTimeout: limits.requestMs },
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(malformed());
      else socket.destroy();
    },
  });
  app.server.maxConnections = limits.connections;
  // A form or a plain-text body needs no leave of a browser's user to be sent from any web page; JSON does.
  app.removeContentTypeParser('text/plain');
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);

  app.addHook('onRequest', async (request, reply) => {
    if (Buffer.byteLength(request.raw.url ?? '') > limits.urlBytes) {
      sendRefusal(reply, refuse(414, 'url-too-long', `a URL may have ${limits.urlBytes} octets at most`));
      return reply;
    }
    return undefined;
  });
  app.addHook('onResponse', async (request, reply) => {
    const endpoint = request.routeOptions.config.name ?? 'none';
    durations.observe({ endpoint, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    log.debug(
      { method: request.method, url: request.url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
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
    const refusal = frameworkRefusal(error, limits);
    if (refusal === undefined) {
      const issues = isResponseSerializationError(error) ? error.cause.issues : undefined;
      log.error({ err: error, method: request.method, url: request.url, issues }, 'request failed');
    }
    sendRefusal(reply, refusal ?? refuse(500, 'internal-error', 'nvad could not answer; its log says why'));
  });

  addRoutes(app, modules);

  return {
    listen: async (address) => {
      await app.ready();
      return listenAt(app.server, address);
    },
    close: () => app.close(),
  };
}
