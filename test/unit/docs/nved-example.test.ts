/** The example of docs/nved.md: what stands on both sides goes together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { readNveTokens } from '../../../src/config/nve-tokens-file.ts';
import { parseNvedConfig } from '../../../src/nved/config.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/nved.md'), 'utf8');
const blocks = new Map(
  [...page.matchAll(/```yaml\n# ([\w.-]+)[^\n]*\n([^`]*)```/g)].map(([, name = '', text = '']) => [name, text]),
);
const block = (name: string) => blocks.get(name) ?? '';

it('has three files that are valid, and of one mind', () => {
  const nvad = parseConfig('nvad.yaml', block('nvad.yaml'));
  const nved = parseNvedConfig('nved.yaml', block('nved.yaml'));
  const tokens = readNveTokens('nve-tokens.yaml', block('nve-tokens.yaml'), 0o600);
  if (!nvad.ok || !nved.ok || !tokens.ok) throw new Error(JSON.stringify([nvad, nved, tokens]));
  const { nveProtocol } = nvad.loaded.config.authority ?? {};
  expect(nveProtocol?.tokens).toMatch(/nve-tokens\.yaml$/);
  expect(nved.config.nvas).toEqual([{ host: nveProtocol?.listen.host, port: nveProtocol?.listen.port }]);
  const own = tokens.tokens.find(({ nve }) => nve === nved.config.name);
  expect(block('nved.yaml')).toContain(`a file with ${own?.token} in`);
});
