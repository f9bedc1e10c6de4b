import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../src/config/config.ts';
import { formatConfigError } from '../../../src/config/error.ts';
import { loadConfig, parseConfig } from '../../../src/config/load.ts';
import { declaredNves, neighboursOf } from '../../../src/config/members.ts';
import { warnings } from '../../../src/config/notes.ts';

function config(text: string, asn = 65000): Config {
  const result = parseConfig('/etc/nvad/nvad.yaml', `domain: dc1\nasn: ${asn}\nrouterId: 10.0.0.1\n${text}`);
  if (!result.ok) throw new Error(result.errors.map(formatConfigError).join('\n'));
  return result.loaded.config;
}

const webNetwork = {
  name: 'web',
  vni: 1217,
  service: 'l2',
  routeTargets: ['65000:1217'],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan', 'vxlan-gpe', 'geneve', 'nvgre'],
  unknownUnicast: 'flood',
  trust: 'nve',
};

describe('virtual networks', () => {
  it('are what makes nvad more than a reflector', () => {
    expect(config('').authority).toBeUndefined();
    expect(config('virtualNetworks: []\n').authority).toEqual({
      networks: [],
      admission: 'declared',
      macMobility: { moves: 5, seconds: 180 },
    });
  });

  it('have every default filled in', () => {
    expect(config('virtualNetworks: [{ name: web, vni: 1217 }]\n').authority?.networks).toEqual([webNetwork]);
  });

  it('keep what is given, in canonical form', () => {
    const text = `virtualNetworks:
  - name: web
    vni: 1217
    service: l2
    routeTargets: ["065000:1217", "192.0.2.1:7", "4200000000:9"]
    l3: routed
    mtu: 9000
    qos: { dscp: 46, rate: 100000 }
    acl:
      - { action: allow, protocol: tcp, source: 10.0.0.0/8, destination: 10.1.0.0/16, destinationPorts: 443 }
      - { action: deny, protocol: udp, destinationPorts: { from: 1, to: 1023 } }
      - { action: deny, destination: "2001:DB8:0::/32" }
    flooding: { multicast: "FF05:0::1:1" }
    encapsulations: [geneve, vxlan]
    unknownUnicast: drop
    trust: both
  - { name: routed, vni: 9217, service: l3, qos: { dscp: 0 } }
admission: open
macMobility: { moves: 3 }
`;
    expect(config(text).authority).toEqual({
      admission: 'open',
      macMobility: { moves: 3, seconds: 180 },
      networks: [
        {
          name: 'web',
          vni: 1217,
          service: 'l2',
          routeTargets: ['65000:1217', '192.0.2.1:7', '4200000000:9'],
          l3: 'routed',
          mtu: 9000,
          qos: { dscp: 46, rateKbit: 100_000 },
          acl: [
            {
              action: 'allow',
              protocol: 'tcp',
              source: '10.0.0.0/8',
              destination: '10.1.0.0/16',
              destinationPorts: { from: 443, to: 443 },
            },
            { action: 'deny', protocol: 'udp', destinationPorts: { from: 1, to: 1023 } },
            { action: 'deny', destination: '2001:db8::/32' },
          ],
          flooding: { kind: 'multicast', group: 'ff05::1:1' },
          encapsulations: ['geneve', 'vxlan'],
          unknownUnicast: 'drop',
          trust: 'both',
        },
        {
          ...webNetwork,
          name: 'routed',
          vni: 9217,
          service: 'l3',
          routeTargets: ['65000:9217'],
          qos: { dscp: 0 },
        },
      ],
    });
  });

  it.each([
    [65535, '65535:1217'],
    [65536, '0:1217'],
    [4200000000, '59904:1217'],
  ])('of AS %i have the automatic route target %s, as FRR makes it', (asn, target) => {
    const { authority } = config('virtualNetworks: [{ name: web, vni: 1217 }]\n', asn);
    expect(authority?.networks[0]?.routeTargets).toEqual([target]);
  });
});

describe('NVEs', () => {
  it('are declared where the file says more of them than how to reach them', () => {
    const file = config(`virtualNetworks: []
nveProtocol: { listen: "127.0.0.1:8394" }
nves:
  - prefix: 10.0.0.0/16
  - address: 10.1.0.7
  - { address: 10.1.0.8, name: leaf8, encapsulations: [geneve, vxlan] }
  - { address: "2001:DB8::9", tunnelAddress: 10.2.0.9, routerMac: 0200.0000.00AB }
  - { name: tor, kind: static, tunnelAddress: 10.2.0.10 }
  - { name: host, kind: agent, tunnelAddress: 10.2.0.11, routerMac: 02-00-00-00-00-01 }
nvas: [{ address: 10.0.0.2 }]
`);
    expect(declaredNves(file)).toEqual([
      {
        path: ['nves', 2],
        nve: { name: 'leaf8', tunnelAddress: '10.1.0.8', kind: 'bgp', encapsulations: ['geneve', 'vxlan'] },
      },
      {
        path: ['nves', 3],
        nve: {
          name: '2001:db8::9',
          tunnelAddress: '10.2.0.9',
          kind: 'bgp',
          session: '2001:db8::9',
          encapsulations: [],
          routerMac: '02:00:00:00:00:ab',
        },
      },
      {
        path: ['nves', 4],
        nve: { name: 'tor', tunnelAddress: '10.2.0.10', kind: 'static', encapsulations: ['vxlan'] },
      },
      {
        path: ['nves', 5],
        nve: {
          name: 'host',
          tunnelAddress: '10.2.0.11',
          kind: 'agent',
          encapsulations: [],
          routerMac: '02:00:00:00:00:01',
        },
      },
    ]);
    expect(neighboursOf(file).map(({ role, neighbour, path }) => [role, neighbour.kind, path])).toEqual([
      ['nve', 'dynamic', ['nves', 0]],
      ['nve', 'static', ['nves', 1]],
      ['nve', 'static', ['nves', 2]],
      ['nve', 'static', ['nves', 3]],
      ['nva', 'static', ['nvas', 0]],
    ]);
  });

  it('may have in a plain reflector a name and tunnels of their own', () => {
    const file = config('nves: [{ address: 10.1.0.7, name: leaf7, tunnelAddress: 10.2.0.7 }]\n');
    expect(file.nves).toMatchObject([
      { kind: 'static', address: '10.1.0.7', nve: { name: 'leaf7', tunnelAddress: '10.2.0.7', session: '10.1.0.7' } },
    ]);
  });

  it('may swap addresses: where the tunnels of one end, another may have its session', () => {
    const text =
      'nves: [{ address: 10.1.0.7, tunnelAddress: 10.1.0.8 }, { address: 10.1.0.8, tunnelAddress: 10.1.0.7 }]\n';
    expect(declaredNves(config(text)).map(({ nve }) => nve.tunnelAddress)).toEqual(['10.1.0.8', '10.1.0.7']);
  });
});

describe('the NVE protocol', () => {
  it('has its files at the configuration, and only the limits that are given', () => {
    const text = `virtualNetworks: []
nveProtocol:
  listen: "10.0.0.1:8394"
  tls: { certificate: tls/nvad.crt, key: /etc/tls/nvad.key, clientCa: tls/ca.crt }
  tokens: tokens
  limits: { connections: 500 }
`;
    expect(config(text).authority?.nveProtocol).toEqual({
      listen: { kind: 'tcp', host: '10.0.0.1', port: 8394, family: 4, text: '10.0.0.1:8394' },
      tls: { certificate: '/etc/nvad/tls/nvad.crt', key: '/etc/tls/nvad.key', clientCa: '/etc/nvad/tls/ca.crt' },
      tokens: '/etc/nvad/tokens',
      limits: { connections: 500 },
    });
  });
});

describe('what is worth a warning', () => {
  const reasons = (text: string) => warnings(config(text)).map(({ path, reason }) => [path.join('.'), reason]);
  const store = 'store: { kind: sqlite, path: s.db }\n';

  it('is attachments that no restart survives', () => {
    expect(reasons('virtualNetworks: []\n')).toEqual([
      ['store', 'with store: memory, what is attached by the API or the NVE protocol is forgotten with each restart'],
    ]);
    expect(reasons(`virtualNetworks: []\n${store}`)).toEqual([]);
    expect(reasons('')).toEqual([]);
  });

  it('is an address of our own as that of a neighbour domain', () => {
    const neighbour =
      'federation: [{ domain: dc2, address: [192.0.2.2, 10.0.0.1], asn: 65002, virtualNetworks: all }]\n';
    const listen = 'listen: ["192.0.2.2:1179"]\n';
    expect(reasons(`${store}virtualNetworks: []\n${neighbour}${listen}`)).toEqual([
      ['federation.0.address.0', '192.0.2.2 is an address of this nvad itself, and not of dc2'],
      ['federation.0.address.1', '10.0.0.1 is an address of this nvad itself, and not of dc2'],
    ]);
  });

  it('is tokens that cross the network in clear', () => {
    const door = (more: string) => `${store}virtualNetworks: []\nnveProtocol: { listen: "10.0.0.1:8394"${more} }\n`;
    expect(reasons(door(', tokens: t'))).toEqual([
      ['nveProtocol.tokens', 'tokens of NVEs come to 10.0.0.1:8394 in clear, for whoever reads on the way'],
    ]);
    expect(reasons(door(', tokens: t, tls: { certificate: c, key: k }'))).toEqual([]);
  });
});

it('accepts the example with virtual networks as it is shipped', async () => {
  const result = await loadConfig('examples/virtual-networks.yaml', readFile);
  expect(result.ok ? [] : result.errors.map(formatConfigError)).toEqual([]);
  expect(result).toMatchObject({
    loaded: { config: { authority: { networks: [{ name: 'web', l3: 'tenant-1' }, { service: 'l3' }, {}] } } },
  });
});
