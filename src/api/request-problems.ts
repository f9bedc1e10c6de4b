/** From what the validator found to a problem document that names each field and what would be right. */
import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { Endpoint } from './contract/endpoint.ts';
import type { ProblemField } from './contract/problem.ts';
import { type Refusal, refuse } from './refusal.ts';
import { suggest } from './suggest.ts';

const places = { params: 'path', querystring: 'query', body: 'body' } as const;

function unknownNames(place: ProblemField['in'], names: readonly unknown[], known: readonly string[]): ProblemField[] {
  return names.slice(0, 20).map((name) => {
    const text = String(name).slice(0, 64);
    const meant = suggest(text, known);
    const expected = known.length === 0 ? 'nothing is accepted here' : `known are ${known.join(', ')}`;
    return {
      in: place,
      field: text,
      reason: meant === undefined ? `is not known; ${expected}` : `is not known; did you mean ${meant}?`,
    };
  });
}

/** Zod's own sentences name what was found, and speak of programs; ours name what would be right. */
function remedy(message: string | undefined): string {
  const [, bound, what, , number] =
    /^Too (big|small): expected (\w+) to (be|have) [<>]=?(\d+)/.exec(message ?? '') ?? [];
  if (bound !== undefined) {
    const at = bound === 'big' ? 'at most' : 'at least';
    const unit = what === 'array' ? 'items' : what === 'string' ? 'characters' : undefined;
    return unit === undefined ? `must be ${at} ${number}` : `must have ${at} ${number} ${unit}`;
  }
  const only = /^Invalid input: expected "(.*)"$/.exec(message ?? '')?.[1];
  if (only !== undefined) return `must be ${only}`;
  const options = /^Invalid option: expected one of (.*)$/.exec(message ?? '')?.[1];
  if (options !== undefined) return `must be one of ${options.replaceAll('"', '').replaceAll('|', ', ')}`;
  const type = /^Invalid input: expected (\w+)/.exec(message ?? '')?.[1];
  if (type === undefined) return message ?? 'is not valid';
  return type === 'object' || type === 'record' ? 'must be a JSON object' : `must be a ${type}`;
}

/** The 400 for a request whose `context` (fastify's word for the part) failed validation. */
export function invalidRequest(
  endpoint: Endpoint,
  context: string | undefined,
  validation: readonly FastifySchemaValidationError[],
): Refusal {
  const place = places[context as keyof typeof places] ?? 'body';
  const schema = place === 'path' ? endpoint.params : place === 'query' ? endpoint.query : endpoint.body;
  const errors = validation.flatMap((issue): ProblemField[] => {
    if (issue.keyword === 'unrecognized_keys') {
      const { keys } = issue.params;
      return unknownNames(place, Array.isArray(keys) ? keys : [], Object.keys(schema?.shape ?? {}));
    }
    const field = issue.instancePath.slice(1).replaceAll('/', '.');
    return [{ in: place, field, reason: remedy(issue.message) }];
  });
  const sentences = errors.map(({ field, reason }) => `${field === '' ? `the ${place}` : field} ${reason}`);
  return refuse(400, 'invalid-request', sentences.join('; '), errors);
}
