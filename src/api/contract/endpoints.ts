/**
 * The route table: adding a route to the API is one row here and one handler under the same name. Rows without a
 * schema for parameters accept none.
 */
import { z } from 'zod';
import type { Answer, Endpoint } from './endpoint.ts';
import { Health, Liveness, Readiness } from './health.ts';
import { LogLevels, LogLevelsChange } from './log-levels.ts';
import { Peer, PeerList, PeerParams, PeerReset, PeerResetDone } from './peers.ts';
import { RouteDetail, RouteListQuery, RoutePage, RouteParams } from './routes.ts';

const json = <S extends z.ZodType>(schema: S, description: string) =>
  ({ schema, description }) as const satisfies Answer;
const text = (mediaType: string, description: string) =>
  ({ schema: z.string(), description, mediaType }) as const satisfies Answer;

export const endpoints = {
  listPeers: {
    method: 'GET',
    path: '/v1/peers',
    tag: 'peers',
    summary: 'All peers, configured and dynamic, in the order of their addresses',
    answers: { 200: json(PeerList, 'All peers') },
    errors: [],
  },
  getPeer: {
    method: 'GET',
    path: '/v1/peers/{address}',
    tag: 'peers',
    summary: 'One peer',
    params: PeerParams,
    answers: { 200: json(Peer, 'The peer') },
    errors: [404],
  },
  resetPeer: {
    method: 'POST',
    path: '/v1/peers/{address}/reset',
    tag: 'peers',
    summary: 'End the session and start it anew, or ask the peer for all its routes again',
    params: PeerParams,
    body: PeerReset,
    answers: { 202: json(PeerResetDone, 'The reset has begun') },
    errors: [404, 409],
  },
  listRoutes: {
    method: 'GET',
    path: '/v1/routes',
    tag: 'routes',
    summary: 'Routes that match all filters, in pages; a route present throughout is on exactly one page',
    query: RouteListQuery,
    answers: { 200: json(RoutePage, 'One page') },
    errors: [],
  },
  getRoute: {
    method: 'GET',
    path: '/v1/routes/{key}',
    tag: 'routes',
    summary: 'One route with all its paths, why the best one is best, and who is told',
    params: RouteParams,
    answers: { 200: json(RouteDetail, 'The route') },
    errors: [404],
  },
  getHealth: {
    method: 'GET',
    path: '/v1/health',
    tag: 'health',
    summary: 'Version, counts, listeners, replicas and what readiness still waits for',
    answers: { 200: json(Health, 'Details; given whether ready or not') },
    errors: [],
  },
  getLogLevels: {
    method: 'GET',
    path: '/v1/log-levels',
    tag: 'logs',
    summary: 'Log level of each component',
    answers: { 200: json(LogLevels, 'Level by component') },
    errors: [],
  },
  setLogLevels: {
    method: 'PUT',
    path: '/v1/log-levels',
    tag: 'logs',
    summary: 'Change the log level of some components, or of all (*), until the next restart',
    body: LogLevelsChange,
    answers: { 200: json(LogLevels, 'Level by component, after the change') },
    errors: [],
  },
  getOpenApi: {
    method: 'GET',
    path: '/v1/openapi.json',
    tag: 'about',
    summary: 'This API as an OpenAPI 3.1 document',
    answers: { 200: json(z.looseObject({ openapi: z.string() }), 'OpenAPI 3.1') },
    errors: [],
  },
  getLiveness: {
    method: 'GET',
    path: '/healthz',
    tag: 'health',
    summary: 'Is the process alive',
    answers: { 200: json(Liveness, 'It is') },
    errors: [],
  },
  getReadiness: {
    method: 'GET',
    path: '/readyz',
    tag: 'health',
    summary: 'Is nvad listening, and has it converged since its start',
    answers: { 200: json(Readiness, 'Ready'), 503: json(Readiness, 'Not ready, and why') },
    errors: [],
  },
  getMetrics: {
    method: 'GET',
    path: '/metrics',
    tag: 'metrics',
    summary: 'Metrics for Prometheus',
    answers: { 200: text('text/plain; version=0.0.4; charset=utf-8', 'Prometheus text format') },
    errors: [],
  },
  getIndex: {
    method: 'GET',
    path: '/',
    tag: 'about',
    summary: 'What this API offers, as plain text',
    answers: { 200: text('text/plain; charset=utf-8', 'One line for each route') },
    errors: [],
  },
} as const satisfies Record<string, Endpoint>;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
