import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { keysAt } from '../../../src/config/known-keys.ts';
import { readPolicy } from '../../../src/config/policy-file.ts';
import { policySchema } from '../../../src/config/policy-schema.ts';

/** The page on policies: its examples are read without a word, and its tables have each key that there is. */
const page = readFileSync(join(import.meta.dirname, '../../../docs/policy.md'), 'utf8');
const examples = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
const keysOfTable = (title: string) => [...section(title).matchAll(/^\| `(\w+)/gm)].map(([, key]) => key).sort();

describe('docs/policy.md', () => {
  it.each(examples.map((text, i) => [i + 1, text] as const))('example %i is a policy', (_, text) => {
    const read = readPolicy('docs/policy.md', text);
    expect((read.ok ? read.warnings : read.errors).map(formatConfigError)).toEqual([]);
  });

  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(3);
  });

  it.each([
    ['What a rule matches', 'match'],
    ['What becomes of a route', 'then'],
  ])('%s: has each key of %s', (title, key) => {
    expect(keysOfTable(title)).toEqual([...keysAt(policySchema, ['rules', 0, key])].sort());
  });

  it('what it says is written so is read so', () => {
    const written = [...section('What a rule matches').matchAll(/^\| `(\w+)` \|[^|]*\|([^|]*)\|$/gm)];
    for (const [, key, cell = ''] of written) {
      for (const [, value = ''] of cell.matchAll(/`([^`]+)`/g)) {
        if (/^(ge|le|length)$/.test(value)) continue;
        const quoted = /^[0-9a-f]+:/.test(value) ? `"${value}"` : value;
        const read = readPolicy('P', `rules: [{ match: { ${key}: ${quoted} }, then: refuse }]`);
        expect([key, value, read.ok ? [] : read.errors.map(formatConfigError)]).toEqual([key, value, []]);
      }
    }
    expect(written.length).toBeGreaterThan(10);
  });
});
