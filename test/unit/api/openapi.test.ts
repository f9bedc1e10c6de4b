import { describe, expect, test } from 'vitest';
import type { Endpoint } from '../../../src/api/contract/endpoint.ts';
import { endpoints } from '../../../src/api/contract/endpoints.ts';
import { openApiDocument } from '../../../src/api/openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { name: string; in: string; required: boolean; schema: Record<string, unknown> }[];
  readonly requestBody?: { content: Record<string, { schema: { $ref: string } }> };
  readonly responses: Record<string, { description: string; content: Record<string, { schema: object }> }>;
}

interface Document {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly schemas: Record<string, Record<string, unknown>> };
}

// By way of JSON, as a reader gets it.
const document = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as Document;
const rows = Object.entries(endpoints) as [string, Endpoint][];

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === '$ref' && typeof member === 'string' ? [member] : references(member),
  );
}

test('the frame is OpenAPI 3.1', () => {
  expect(Object.keys(document)).toEqual(['openapi', 'info', 'paths', 'components']);
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toEqual({
    title: 'nvad',
    version: '1.2.3',
    description: 'The HTTP API of a Network Virtualization Authority',
  });
});

test('it has the rows of the route table, and nothing else', () => {
  const described = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
  );
  expect(described.sort()).toEqual(rows.map(([name, { method, path }]) => `${name} ${method} ${path}`).sort());
});

describe.each(rows)('%s', (name, endpoint) => {
  const operation = document.paths[endpoint.path]![endpoint.method.toLowerCase()]!;

  test('has every answer and error of its row', () => {
    expect(operation.operationId).toBe(name);
    expect(operation.summary).toBe(endpoint.summary);
    const takes = endpoint.params ?? endpoint.query ?? endpoint.body;
    const known = endpoint.role === 'anyone' ? [] : ['401', '403'];
    const statuses = [
      ...Object.keys(endpoint.answers),
      ...(takes ? ['400'] : []),
      ...known,
      ...endpoint.errors.map(String),
    ];
    expect(Object.keys(operation.responses).sort()).toEqual([...statuses, 'default'].sort());
    for (const [status, { description, content }] of Object.entries(operation.responses)) {
      expect(description).not.toBe('');
      const answer = endpoint.answers[Number(status)];
      const mediaType = answer === undefined ? 'application/problem+json' : (answer.mediaType ?? 'application/json');
      expect(Object.keys(content)).toEqual([mediaType.split(';')[0]]);
    }
  });

  test('has every parameter, and those required that must be there', () => {
    const inPath = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    const described = operation.parameters ?? [];
    expect(described.filter((parameter) => parameter.in === 'path').map(({ name: given }) => given)).toEqual(inPath);
    const inQuery = Object.entries(endpoint.query?.shape ?? {});
    const needed = inQuery.flatMap(([given, schema]) => (schema.safeParse(undefined).success ? [] : [given]));
    const required = described.filter((parameter) => parameter.required).map(({ name: given }) => given);
    expect(required).toEqual([...inPath, ...needed]);
    expect(described.filter((parameter) => parameter.in === 'query').map(({ name: given }) => given)).toEqual(
      Object.keys(endpoint.query?.shape ?? {}),
    );
    expect(operation.requestBody !== undefined).toBe(endpoint.body !== undefined);
  });
});

test('every reference leads somewhere, and every named schema is used', () => {
  const all = references(document);
  const names = Object.keys(document.components.schemas);
  for (const reference of all) {
    expect(names).toContain(reference.replace('#/components/schemas/', ''));
  }
  const used = new Set(all.map((reference) => reference.replace('#/components/schemas/', '')));
  expect(names.filter((name) => !used.has(name))).toEqual([]);
});

test('schemas are JSON Schema as OpenAPI 3.1 takes it', () => {
  const { get } = document.paths['/v1/routes']!;
  const parameters = get!.parameters!;
  expect(parameters.find(({ name }) => name === 'limit')?.schema).toEqual({
    default: 100,
    type: 'integer',
    minimum: 1,
    maximum: 1000,
  });
  expect(parameters.find(({ name }) => name === 'mac')?.schema).toEqual({
    type: 'string',
    pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$',
  });
  const { Readiness } = document.components.schemas;
  expect(Readiness).toMatchObject({
    type: 'object',
    required: ['ready', 'reasons'],
    properties: { ready: { type: 'boolean' }, reasons: { type: 'array' } },
  });
  // Answers may grow; requests may not hold what is not known.
  expect(Readiness).not.toHaveProperty('additionalProperties');
  const { PeerReset } = document.components.schemas;
  expect(PeerReset).toMatchObject({ required: ['kind'], additionalProperties: false });
  expect(JSON.stringify(document)).not.toContain('"$schema"');
  expect(JSON.stringify(document)).not.toContain('"$id"');
});
