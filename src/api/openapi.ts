/** The route table as an OpenAPI 3.1 document. */
import { z } from 'zod';
import { Attribute, AttributeValue } from './contract/attributes.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { EventLoopDelay, Health, Liveness, Readiness } from './contract/health.ts';
import { LogLevels, LogLevelsChange } from './contract/log-levels.ts';
import {
  NegotiatedCapabilities,
  OfferedCapabilities,
  Peer,
  PeerCounters,
  PeerEgress,
  PeerError,
  PeerList,
  PeerReset,
  PeerResetDone,
} from './contract/peers.ts';
import { PROBLEM_MEDIA_TYPE, Problem, ProblemField } from './contract/problem.ts';
import { Decision, Path, PathSummary, Route, RouteDetail, RoutePage } from './contract/routes.ts';

/** Schemas that have a name in the document; all others are written where they are used. */
const named: Readonly<Record<string, z.ZodType>> = {
  Attribute,
  AttributeValue,
  Decision,
  EventLoopDelay,
  Health,
  Liveness,
  LogLevels,
  LogLevelsChange,
  NegotiatedCapabilities,
  OfferedCapabilities,
  Path,
  PathSummary,
  Peer,
  PeerCounters,
  PeerEgress,
  PeerError,
  PeerList,
  PeerReset,
  PeerResetDone,
  Problem,
  ProblemField,
  Readiness,
  Route,
  RouteDetail,
  RoutePage,
};

type Json = Record<string, unknown>;

const schemaUri = (name: string) => `#/components/schemas/${name}`;

function componentSchemas(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  // As input, where unknown members are not ruled out: later versions may add some to what they answer.
  const { schemas } = z.toJSONSchema(registry, { uri: schemaUri, io: 'input' });
  const components: Json = {};
  for (const [id, { $schema: _dialect, $id: _uri, ...schema }] of Object.entries(schemas)) components[id] = schema;
  return components;
}

function inlineSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...inline } = z.toJSONSchema(schema);
  return inline;
}

function schemaOrReference(schema: z.ZodType): Json {
  const name = Object.keys(named).find((id) => named[id] === schema);
  return name === undefined ? inlineSchema(schema) : { $ref: schemaUri(name) };
}

function parameters(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...inline } = inlineSchema(field as z.ZodType);
    return {
      name,
      in: place,
      required: !(field as z.ZodType).safeParse(undefined).success,
      ...(description === undefined ? {} : { description }),
      schema: inline,
    };
  });
}

const problemContent = { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: schemaUri('Problem') } } };

const errorDescriptions: Readonly<Record<number, string>> = {
  404: 'There is no such thing',
  409: 'Not possible in the present state',
};

function operation(operationId: string, endpoint: Endpoint): Json {
  const responses: Json = {};
  for (const [status, { schema, description, mediaType }] of Object.entries(endpoint.answers)) {
    const [bareType] = (mediaType ?? 'application/json').split(';');
    responses[status] = { description, content: { [bareType!]: { schema: schemaOrReference(schema) } } };
  }
  if (endpoint.params ?? endpoint.query ?? endpoint.body) {
    responses[400] = { description: 'The request is wrong; errors says where', content: problemContent };
  }
  for (const status of endpoint.errors) {
    responses[status] = { description: errorDescriptions[status] ?? 'Error', content: problemContent };
  }
  const all = [...parameters('path', endpoint.params), ...parameters('query', endpoint.query)];
  return {
    operationId,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    ...(all.length === 0 ? {} : { parameters: all }),
    ...(endpoint.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOrReference(endpoint.body) } },
          },
        }),
    responses: { ...responses, default: { description: 'Any other error', content: problemContent } },
  };
}

/** The document for a server of the given version. */
export function openApiDocument(version: string): { openapi: string } & Json {
  const paths: Record<string, Json> = {};
  for (const [name, endpoint] of Object.entries(endpoints)) {
    paths[endpoint.path] = {
      ...paths[endpoint.path],
      [endpoint.method.toLowerCase()]: operation(name, endpoint),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'nvad', version, description: 'The HTTP API of a Network Virtualization Authority' },
    paths,
    components: { schemas: componentSchemas() },
  };
}
