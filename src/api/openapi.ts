/** The route table as an OpenAPI 3.1 document. */
import { z } from 'zod';
import { Applied, Apply, Change, Deleted } from './contract/apply.ts';
import { Attachment, AttachmentPage, AttachmentPut } from './contract/attachments.ts';
import { Attribute, AttributeValue } from './contract/attributes.ts';
import { Conflict, ConflictClaim, ConflictList, Released } from './contract/conflicts.ts';
import type { Endpoint } from './contract/endpoint.ts';
import { endpoints } from './contract/endpoints.ts';
import { ChangeEvent, EventsGone } from './contract/events.ts';
import { EventLoopDelay, Health, Liveness, Readiness } from './contract/health.ts';
import { LogLevels, LogLevelsChange } from './contract/log-levels.ts';
import { Claim, Mapping, MappingPage } from './contract/mappings.ts';
import { Nve, NveList, NvePut, NveSession } from './contract/nves.ts';
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
import {
  AclRule,
  Flooding,
  VirtualNetwork,
  VirtualNetworkList,
  VirtualNetworkPut,
} from './contract/virtual-networks.ts';

/** Schemas that have a name in the document; all others are written where they are used. */
const named: Readonly<Record<string, z.ZodType>> = {
  AclRule,
  Applied,
  Apply,
  Attachment,
  AttachmentPage,
  AttachmentPut,
  Attribute,
  AttributeValue,
  Change,
  ChangeEvent,
  Claim,
  Conflict,
  ConflictClaim,
  ConflictList,
  Decision,
  Deleted,
  EventLoopDelay,
  EventsGone,
  Flooding,
  Health,
  Liveness,
  LogLevels,
  LogLevelsChange,
  Mapping,
  MappingPage,
  NegotiatedCapabilities,
  Nve,
  NveList,
  NvePut,
  NveSession,
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
  Released,
  Route,
  RouteDetail,
  RoutePage,
  VirtualNetwork,
  VirtualNetworkList,
  VirtualNetworkPut,
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
  409: 'Not possible in the present state; nothing was changed',
  410: 'Events that old are not kept any more',
  429: 'Too many at a time, or too often',
  503: 'The store cannot be written now; nothing was changed',
  507: 'The store is full; nothing was changed',
};

function operation(operationId: string, endpoint: Endpoint): Json {
  const responses: Json = {};
  for (const [status, { schema, description, mediaType, events = {} }] of Object.entries(endpoint.answers)) {
    const [bareType] = (mediaType ?? 'application/json').split(';');
    const all = [schema, ...Object.values(events)].map(schemaOrReference);
    responses[status] = {
      description,
      content: { [bareType!]: { schema: all.length === 1 ? all[0] : { anyOf: all } } },
    };
  }
  if (endpoint.params ?? endpoint.query ?? endpoint.body) {
    responses[400] = { description: 'The request is wrong; errors says where', content: problemContent };
  }
  for (const status of endpoint.errors) {
    responses[status] = { description: errorDescriptions[status] ?? 'Error', content: problemContent };
  }
  const all = [...parameters('path', endpoint.params), ...parameters('query', endpoint.query)];
  const { role } = endpoint;
  if (role !== 'anyone') {
    responses[401] = { description: 'Who asks is not known: a token is missing or wrong', content: problemContent };
    responses[403] = { description: `Who asks does not have the role ${role}`, content: problemContent };
  }
  return {
    operationId,
    ...(role === 'anyone' ? {} : { security: [{}, { token: [role] }] }),
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
    components: {
      schemas: componentSchemas(),
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Where nvad has a file of tokens; a client certificate or the user of a Unix socket do as well',
        },
      },
    },
  };
}
