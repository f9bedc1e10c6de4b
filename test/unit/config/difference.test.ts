import { describe, expect, it } from 'vitest';
import { configured } from '../../../src/config/authority-changes.ts';
import { type Config, defaultGracefulRestart as gracefulRestart } from '../../../src/config/config.ts';
import { type Difference, difference } from '../../../src/config/difference.ts';
import { formatConfigError } from '../../../src/config/error.ts';
import { parseConfig } from '../../../src/config/load.ts';

const head = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

function config(text: string): Config {
  const result = parseConfig('/etc/nvad/nvad.yaml', text.startsWith('domain') ? text : `${head}${text}`);
  if (!result.ok) throw new Error(result.errors.map(formatConfigError).join('\n'));
  return result.loaded.config;
}

function changes(before: string, after: string): unknown {
  const result: Difference = difference(config(before), config(after));
  return result.ok ? result.changes : result.findings.map(({ reason, path }) => [path.join('.'), reason]);
}

const leaf7 = {
  kind: 'static',
  address: '10.1.0.7',
  asn: 65000,
  port: 179,
  passive: false,
  holdTime: 90,
  gracefulRestart,
};
const range = { kind: 'dynamic', prefix: '10.0.0.0/16', asn: 65000, holdTime: 90, gracefulRestart };

describe('difference between two configurations', () => {
  it('is empty for the same file, however it is written', () => {
    const block = 'nves:\n  - address: 2001:db8::7\n  - prefix: 10.0.0.0/16\n    holdTime: 90\n';
    const flow =
      'nves: [{ prefix: 10.0.0.0/16 }, { address: "2001:DB8:0::7", port: 179 }]\nnvas: []\nlog: { level: info }\n';
    expect(changes(block, flow)).toEqual([]);
  });

  it('names peers that come and go, and only those', () => {
    const before = 'nves: [{ address: 10.1.0.7 }, { address: 10.1.0.8 }]\n';
    const after = 'nves: [{ address: 10.1.0.8 }, { prefix: 10.0.0.0/16 }]\nnvas: [{ address: 10.0.0.2 }]\n';
    expect(changes(before, after)).toEqual([
      { kind: 'neighbour-removed', role: 'nve', neighbour: leaf7 },
      { kind: 'neighbour-added', role: 'nve', neighbour: range },
      { kind: 'neighbour-added', role: 'nva', neighbour: { ...leaf7, address: '10.0.0.2' } },
    ]);
  });

  it('keeps the sessions of a neighbour domain unless what they are made with is another', () => {
    const domain = (more: string) =>
      `virtualNetworks: []\nfederation: [{ domain: dc2, address: 10.9.0.1, asn: 65002, virtualNetworks: all${more} }]\n`;
    const found = (before: string, after: string) => {
      const [change, ...others] = changes(domain(before), domain(after)) as { kind: string; isAnother: boolean }[];
      expect([change?.kind, others]).toEqual(['domain-changed', []]);
      return change?.isAnother;
    };
    expect(found('', ', limits: { routes: 7, exceeded: reset }')).toBe(false);
    expect(found('', ', rate: { export: { delay: 100 } }')).toBe(false);
    expect(found('', ', keepStale: 7')).toBe(false);
    expect(found(', keepStale: 7', ', keepStale: 0')).toBe(true);
    expect(found(', keepStale: 0', '')).toBe(true);
    expect(found('', ', limits: { routes: 7 }, holdTime: 30')).toBe(true);
  });

  it('keeps the session of a peer whose changes apply to it as it is', () => {
    expect(
      changes('nves: [{ address: 10.1.0.7 }]\n', 'nves: [{ address: 10.1.0.7, description: d, maxRoutes: 9 }]\n'),
    ).toEqual([
      {
        kind: 'neighbour-changed',
        role: 'nve',
        before: leaf7,
        neighbour: { ...leaf7, description: 'd', maxRoutes: { limit: 9 } },
        fields: ['maxRoutes', 'description'],
        newSession: false,
      },
    ]);
  });

  it.each([
    ['to another', ', password: one', ', password: two'],
    ['from none', '', ', password: two'],
    ['to none', ', password: one', ''],
  ])('keeps the session of a peer whose password changes %s', (_, before, after) => {
    const nves = (option: string) => `nves: [{ prefix: 10.0.0.0/16${option} }]\n`;
    expect(changes(nves(before), nves(after))).toMatchObject([
      { kind: 'neighbour-changed', fields: ['password'], newSession: false },
    ]);
  });

  it.each([
    ['holdTime: 30', ['holdTime']],
    ['sendHoldTime: 600', ['sendHoldTime']],
    ['asn: 65001', ['asn']],
    ['port: 1790', ['port']],
    ['passive: true, description: d', ['description', 'passive']],
    ['ttlSecurity: 1, password: p', ['password', 'ttlSecurity']],
  ])('makes the session anew for %s', (options, fields) => {
    expect(changes('nves: [{ address: 10.1.0.7 }]\n', `nves: [{ address: 10.1.0.7, ${options} }]\n`)).toMatchObject([
      { kind: 'neighbour-changed', fields, newSession: true },
    ]);
  });

  it.each([
    ['maxRoutes: 9', 'maxRoutes: { limit: 9 }', ['maxRoutes'], false],
    ['maxRoutes: { limit: 9 }', 'maxRoutes: { limit: 9, warning: 75 }', undefined, false],
    ['maxRoutes: { limit: 9 }', 'maxRoutes: { limit: 9, restart: never }', ['maxRoutes'], false],
    ['holdTime: 90', 'gracefulRestart: { staleTime: 9 }', ['gracefulRestart.staleTime'], false],
    ['holdTime: 90', 'gracefulRestart: { restartTime: 9 }', ['gracefulRestart.restartTime'], true],
    ['holdTime: 90', 'gracefulRestart: { longLivedStaleTime: 9 }', ['gracefulRestart.longLivedStaleTime'], true],
    ['holdTime: 90', 'gracefulRestart: { enabled: false }', ['gracefulRestart.enabled'], true],
    ['holdTime: 90', 'interest: derived', ['interest'], false],
    ['interest: derived', 'interest: derived, interestLost: keep', ['interestLost'], false],
    ['gracefulRestart: { staleTime: 360 }', 'gracefulRestart: { restartTime: 120 }', undefined, false],
  ])('tells what a change from %s to %s costs', (before, after, fields, newSession) => {
    const expected = fields === undefined ? [] : [{ kind: 'neighbour-changed', fields, newSession }];
    const peer = (options: string) => `nves: [{ address: 10.1.0.7, ${options} }]\n`;
    expect(changes(peer(before), peer(after))).toMatchObject(expected);
  });

  it('finds with each peer what is changed for all', () => {
    const peers = 'nves: [{ address: 10.1.0.7 }, { address: 10.1.0.8, gracefulRestart: { staleTime: 9 } }]\n';
    expect(changes(peers, `${peers}gracefulRestart: { staleTime: 60 }\n`)).toMatchObject([
      { kind: 'neighbour-changed', before: leaf7, fields: ['gracefulRestart.staleTime'] },
    ]);
  });

  it('makes the session anew when a client becomes a replica', () => {
    expect(changes('nves: [{ address: 10.1.0.7 }]\n', 'nvas: [{ address: 10.1.0.7 }]\n')).toEqual([
      { kind: 'neighbour-changed', role: 'nva', before: leaf7, neighbour: leaf7, fields: ['role'], newSession: true },
    ]);
  });

  it('removes listeners before it adds others', () => {
    const before = 'listen: ["[::]:179", "10.0.0.1:1790"]\n';
    const after = 'listen: ["10.0.0.1:1790", "10.0.0.1:179"]\n';
    expect(changes(before, after)).toEqual([
      { kind: 'listener-removed', listen: { kind: 'tcp', host: '::', port: 179, family: 6, text: '[::]:179' } },
      {
        kind: 'listener-added',
        listen: { kind: 'tcp', host: '10.0.0.1', port: 179, family: 4, text: '10.0.0.1:179' },
        index: 1,
      },
    ]);
  });

  it('names log levels once', () => {
    expect(changes('', 'log: { level: warn, levels: { bgp: debug } }\n')).toEqual([
      { kind: 'log-levels', level: 'warn', levels: { bgp: 'debug' } },
    ]);
  });

  it('refuses the whole file when anything in it needs a restart', () => {
    const after =
      'domain: dc2\nasn: 65001\nrouterId: 10.0.0.2\nnves: [{ prefix: 10.0.0.0/16 }]\napi: { listen: "127.0.0.1:8081", tokens: /t, tls: { certificate: /c, key: /k }, audit: /a }\nstore: { kind: sqlite, path: /s.db }\nlog: { format: json }\nuser: nvad\ngroup: nvad\n';
    const sentence = (path: string, from: string, to: string) => [
      path,
      `${path} cannot change while nvad runs (${from} to ${to})`,
    ];
    expect(changes('', after)).toEqual([
      sentence('domain', 'dc1', 'dc2'),
      sentence('asn', '65000', '65001'),
      sentence('routerId', '10.0.0.1', '10.0.0.2'),
      sentence('api.listen', '127.0.0.1:8080', '127.0.0.1:8081'),
      sentence('api.tokens', 'none', '/t'),
      sentence('api.tls', 'none', '/c /k'),
      sentence('api.audit', 'none', '/a'),
      sentence('store.kind', 'memory', 'sqlite'),
      sentence('log.format', 'by terminal', 'json'),
      sentence('user', 'none', 'nvad'),
      sentence('group', 'none', 'nvad'),
    ]);
    expect(changes('', 'clusterId: 10.0.0.9\n')).toEqual([sentence('clusterId', '10.0.0.1', '10.0.0.9')]);
    expect(changes('store: { kind: sqlite, path: a }\n', 'store: { kind: sqlite, path: b }\n')).toEqual([
      sentence('store.path', '/etc/nvad/a', '/etc/nvad/b'),
    ]);
    expect(
      changes('store: { kind: sqlite, path: a }\n', 'store: { kind: sqlite, path: a, synchronous: full }\n'),
    ).toEqual([sentence('store.synchronous', 'normal', 'full')]);
  });
});

describe('difference between what two configurations declare', () => {
  const networks = (...entries: string[]) => `virtualNetworks:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
  const web = '{ name: web, vni: 1217 }';

  it('is nothing where a default is written out', () => {
    const full =
      '{ name: web, vni: 1217, service: l2, routeTargets: ["65000:1217"], flooding: ingress-replication, acl: [] }';
    const settings = 'admission: declared\nmacMobility: { moves: 5 }\n';
    expect(changes(networks(web), `${networks(full)}${settings}`)).toEqual([]);
  });

  it('names networks that come, go and change, those that go first', () => {
    const before = networks(web, '{ name: db, vni: 1218 }');
    const after = networks('{ name: new, vni: 1218 }', '{ name: web, vni: 1217, mtu: 9000, trust: both }');
    expect(changes(before, after)).toMatchObject([
      { kind: 'network-removed', network: { name: 'db', vni: 1218 } },
      {
        kind: 'network-changed',
        before: { name: 'web', trust: 'nve' },
        network: { name: 'web', mtu: 9000, trust: 'both' },
        fields: ['trust', 'mtu'],
      },
      { kind: 'network-added', network: { name: 'new', vni: 1218, routeTargets: ['65000:1218'] } },
    ]);
  });

  it('names NVEs apart from their sessions', () => {
    const before = 'nves: [{ address: 10.1.0.7 }, { address: 10.1.0.8, name: leaf8 }]\n';
    const after = 'nves: [{ address: 10.1.0.7, name: leaf7 }, { address: 10.1.0.8, name: leaf8, holdTime: 9 }]\n';
    expect(changes(before, after)).toMatchObject([
      { kind: 'neighbour-changed', neighbour: { address: '10.1.0.8' }, fields: ['holdTime'] },
      { kind: 'nve-added', nve: { name: 'leaf7', tunnelAddress: '10.1.0.7', kind: 'bgp' } },
    ]);
    const moved = 'nves: [{ address: 10.1.0.7 }, { address: 10.1.0.8, name: leaf8, tunnelAddress: 10.2.0.8 }]\n';
    expect(changes(before, moved)).toMatchObject([
      { kind: 'nve-changed', before: { tunnelAddress: '10.1.0.8' }, fields: ['tunnelAddress', 'session'] },
    ]);
  });

  it('ends and begins a session where an NVE becomes one without, and the other way round', () => {
    const bgp = 'virtualNetworks: []\nnves: [{ address: 10.1.0.7, name: leaf7 }]\n';
    const silent = 'virtualNetworks: []\nnves: [{ name: leaf7, kind: static, tunnelAddress: 10.1.0.7 }]\n';
    expect(changes(bgp, silent)).toMatchObject([
      { kind: 'neighbour-removed', neighbour: { address: '10.1.0.7' } },
      { kind: 'nve-changed', nve: { kind: 'static' }, fields: ['kind', 'encapsulations'] },
    ]);
    expect(changes(silent, bgp)).toMatchObject([
      { kind: 'neighbour-added', neighbour: { address: '10.1.0.7' } },
      { kind: 'nve-changed', nve: { kind: 'bgp' } },
    ]);
  });

  it('names settings', () => {
    const protocol = (more: string) => `nveProtocol: { listen: "127.0.0.1:8394"${more} }\n`;
    const limits = { connections: 5 };
    expect(changes(networks(web), `${networks(web)}admission: open\nmacMobility: { seconds: 60 }\n`)).toEqual([
      { kind: 'admission', admission: 'open' },
      { kind: 'mac-mobility', macMobility: { moves: 5, seconds: 60 } },
    ]);
    const [before, after] = [protocol(''), protocol(', limits: { connections: 5 }')];
    expect(changes(`${networks(web)}${before}`, `${networks(web)}${after}`)).toMatchObject([
      { kind: 'nve-protocol', before: { limits: {} }, now: { limits } },
    ]);
    expect(changes(`${networks(web)}${after}`, networks(web))).toMatchObject([{ kind: 'nve-protocol' }]);
    expect(changes(networks(web), `${networks(web)}${after}`)).toMatchObject([
      { kind: 'nve-protocol', now: { limits } },
    ]);
  });

  it('needs a restart where a plain reflector is to know networks, or no longer', () => {
    expect(changes('', networks(web))).toEqual([
      ['virtualNetworks', 'virtualNetworks cannot change while nvad runs (plain reflector to virtual networks)'],
    ]);
    const served = `${networks(web)}admission: open\nnveProtocol: { listen: "127.0.0.1:8394" }\n`;
    expect(changes(served, '')).toEqual([
      ['virtualNetworks', 'virtualNetworks cannot change while nvad runs (virtual networks to plain reflector)'],
    ]);
  });

  it('is one transaction in the terms of the model', () => {
    const found = difference(
      config(`${networks(web)}nves: [{ name: tor, kind: static, tunnelAddress: 10.1.0.7 }]\n`),
      config(`${networks('{ name: db, vni: 1217 }')}nves: [{ name: tor, kind: static, tunnelAddress: 10.1.0.8 }]\n`),
    );
    expect(found.ok && configured(found.changes)).toMatchObject([
      { op: 'delete', kind: 'virtual-network', name: 'web' },
      { op: 'put', kind: 'nve', value: { name: 'tor', tunnelAddress: '10.1.0.8' } },
      { op: 'put', kind: 'virtual-network', value: { name: 'db', vni: 1217 } },
    ]);
  });
});
