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

it('tells of an authority what is declared, and counts NVEs without BGP apart', () => {
  const text = `virtualNetworks: [{ name: web, vni: 1 }]
nveProtocol: { listen: "127.0.0.1:8394" }
nves: [{ address: 10.1.0.7, name: leaf7 }, { name: tor, kind: static, tunnelAddress: 10.1.0.8 }]
`;
  expect(summary(text)).toBe(
    'domain dc1, AS 65000, router id 10.0.0.1, listening on [::]:179, 0 NVE prefixes, 1 NVE, 1 NVE without BGP, 0 other replicas, 1 virtual network, NVE protocol on 127.0.0.1:8394, API on 127.0.0.1:8080, store memory',
  );
});
