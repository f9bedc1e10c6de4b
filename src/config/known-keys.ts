import { z } from 'zod';
import type { ConfigPath } from './error.ts';
import { isAlwaysRefused } from './refusals.ts';
import { configSchema } from './schema.ts';

/** The keys that nvad's configuration accepts in the map at a path; none where it expects no map. */
export function knownKeys(path: ConfigPath): readonly string[] {
  return keysAt(configSchema, path).filter((key) => !isAlwaysRefused([...path, key]));
}

/** As {@link knownKeys}, of any schema. */
export function keysAt(root: z.ZodType, path: ConfigPath): readonly string[] {
  let schemas: readonly unknown[] = [root];
  for (const part of path) schemas = schemas.flatMap(variants).flatMap((schema) => children(schema, part));
  const keys = schemas
    .flatMap(variants)
    .flatMap((schema) => (schema instanceof z.ZodObject ? Object.keys(schema.shape) : []));
  return [...new Set(keys)];
}

/** The schema without its optional and union wrappings. */
function variants(schema: unknown): unknown[] {
  if (schema instanceof z.ZodOptional) return variants(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(variants);
  return [schema];
}

function children(schema: unknown, part: string | number): unknown[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodObject) {
    const child: unknown = schema.shape[part];
    return child === undefined ? [] : [child];
  }
  return [];
}
