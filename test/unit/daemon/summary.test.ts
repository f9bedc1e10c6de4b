import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { summarise } from '../../../src/daemon/summary.ts';

function summary(text: string): string {
  const result = parseConfig('F', `domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n${text}`);
  if (!result.ok) throw new Error(result.errors[0]?.reason);
  return summarise(result.loaded.config);
}

it('tells of a plain reflector what it reflects for', () => {
  expect(summary('nves: [{ prefix: 10.0.0.0/16 }, { address: 10.1.0.7 }]\n')).toBe(
    'domain dc1, AS 65000, router id 10.0.0.1, listening on [::]:179, 1 NVE prefix, 1 NVE, 0 other replicas, API on 127.0.0.1:8080, store memory',
  );
});

it('tells of an authority what is declared, and how many of the NVEs are without BGP', () => {
  const text = `virtualNetworks: [{ name: web, vni: 1 }]
nveProtocol: { listen: "127.0.0.1:8394" }
nves: [{ address: 10.1.0.7, name: leaf7 }, { name: tor, kind: static, tunnelAddress: 10.1.0.8 }]
`;
  expect(summary(text)).toBe(
    'domain dc1, AS 65000, router id 10.0.0.1, listening on [::]:179, 0 NVE prefixes, 2 NVEs (1 without BGP), 0 other replicas, 1 virtual network, NVE protocol on 127.0.0.1:8394, API on 127.0.0.1:8080, store memory',
  );
});

it('tells of neighbour domains whose they are, and counts the files of their policies', () => {
  const text = (policies: readonly string[]) => `virtualNetworks: []
federation:
${policies.map((policy, i) => `  - { domain: dc${i + 2}, address: 192.0.2.${i + 2}, asn: ${65002 + i}, virtualNetworks: all${policy} }\n`).join('')}`;
  const between = /other replicas, (.*), API/;
  const of = (...policies: string[]) => between.exec(summary(text(policies)))?.[1];
  expect(of('')).toBe('0 virtual networks, 1 neighbour domain (dc2)');
  expect(of(', policy: { import: in.yaml, export: out.yaml }', ', policy: { import: in.yaml }')).toBe(
    '0 virtual networks, 2 neighbour domains (dc2, dc3), 2 policy files',
  );
  expect(of(', policy: { import: in.yaml }')).toBe('0 virtual networks, 1 neighbour domain (dc2), 1 policy file');
});
