/** docs/federation.md: its two files are valid and of one mind, and it leaves out no reason and no key. README.md shares what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { federationNotes } from '../../../src/config/federation-notes.ts';
import { federationKeys } from '../../../src/config/federation-schema.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { warnings } from '../../../src/config/notes.ts';
import { refusals } from '../../../src/federation/refusals.ts';

const textOf = (path: string) => readFileSync(join(import.meta.dirname, '../../..', path), 'utf8');
const page = textOf('docs/federation.md');
const files = [...page.matchAll(/```yaml\n# (dc\d\.yaml)\n([^`]*)```/g)];

it('has two files that are valid, without a note, and name each other', () => {
  const [dc1, dc2] = files.map(([, name = '', text = '']) => {
    const result = parseConfig(name, text);
    if (!result.ok) throw new Error(JSON.stringify(result.errors));
    const { config } = result.loaded;
    expect([...warnings(config), ...federationNotes(config)]).toEqual([]);
    return config;
  });
  const [to2, to1] = [dc1?.federation[0]?.neighbour, dc2?.federation[0]?.neighbour];
  expect([to2?.domain, to2?.asn, to1?.domain, to1?.asn]).toEqual([dc2?.domain, dc2?.asn, dc1?.domain, dc1?.asn]);
});

it('has a row for each reason, and no other', () => {
  const section = page.slice(page.indexOf('| code | why |'), page.indexOf('## All keys'));
  const named = [...section.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  );
  expect(named.sort()).toEqual(Object.keys(refusals).sort());
});

it('has every key of a neighbour domain', () => {
  const section = page.slice(page.indexOf('## All keys'), page.indexOf('## Gateways'));
  for (const key of Object.keys(federationKeys)) expect(section).toMatch(new RegExp(`\`${key}[\`.]`));
});

it('README.md, put together, declares its gateway: one that only a prefix holds is dead without a BGP session', () => {
  const blocks = [...textOf('README.md').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
  const [config = '', nves = '', federation = ''] = ['domain:', 'nves:', 'federation:'].map((begin) =>
    blocks.find((text) => text.startsWith(begin)),
  );
  const result = parseConfig('nvad.yaml', `${config.replace(/^nves:\n(?: .*\n)+/m, nves)}${federation}`);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const { config: parsed } = result.loaded;
  expect(federationNotes(parsed)).toEqual([]);
  const declared = parsed.nves.flatMap((one) => (one.kind === 'sessionless' ? [one.nve.tunnelAddress] : []));
  const shared = parsed.federation.flatMap(({ neighbour: { networks } }) => ('vniOffset' in networks ? [] : networks));
  expect(shared).toMatchObject([{ network: 'web', gateways: { import: [declared[2]], export: [declared[2]] } }]);
  expect(parsed.authority?.networks.map(({ name }) => name)).toEqual(['web']);
});
