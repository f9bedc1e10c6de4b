import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type AttributeRow, attributes } from '../../../../../src/bgp-ts/wire/attribute/registry.ts';

const document = join(import.meta.dirname, '../../../../../docs/standards.md');

function line({ code, name, malformedWhen, error, section }: AttributeRow): string {
  return `| ${name} (${code}) | ${malformedWhen} | ${error} | ${section} |`;
}

it('the table of malformed attributes in docs/standards.md is that of the registry', () => {
  const text = readFileSync(document, 'utf8');
  const [, table] = /\n\| attribute \| malformed when \|.*\n\|[-|]+\n((?:\|.*\n)*)/.exec(text) ?? [];
  expect(table?.trimEnd().split('\n')).toEqual(Object.values(attributes).map(line));
});
