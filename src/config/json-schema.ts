import { z } from 'zod';
import { nveKinds } from '../nva/model.ts';
import { refusals } from './refusals.ts';
import { configSchema, nveSchema } from './schema.ts';

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
  [keyword: string]: unknown;
}

const sessionless = {
  required: ['name', 'kind', 'tunnelAddress'],
  properties: { kind: { enum: nveKinds.filter((kind) => kind !== 'bgp') } },
};

/** The JSON Schema (2020-12) of the configuration file, without the keys that this release refuses. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === nveSchema)
        jsonSchema.oneOf = [{ required: ['prefix'] }, { required: ['address'] }, sessionless];
    },
  }) as SchemaNode;
  for (const { path, when } of refusals) if (when === undefined) removeProperty(schema, path);
  return schema;
}

function removeProperty(root: SchemaNode, path: readonly string[]): void {
  let node: SchemaNode | undefined = root;
  for (const part of path.slice(0, -1)) node = part === '*' ? node?.items : node?.properties?.[part];
  delete node?.properties?.[path.at(-1) ?? ''];
}
