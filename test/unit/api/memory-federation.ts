/** A FederationSource with one neighbour domain, of which state is all that changes. */
import type { Domain } from '../../../src/api/contract/domains.ts';
import type { FederationSource } from '../../../src/api/federation-source.ts';

export interface MemoryFederation extends FederationSource {
  domainList: Domain[];
  readonly drains: { readonly name: string; readonly wait: number }[];
}

const since = '2026-01-02T03:04:05.000Z';

function sampleDomain(domain: string, change: Partial<Domain> = {}): Domain {
  const [alive, dead] = [
    {
      address: '10.1.0.253',
      elected: true,
      choice: 'elected',
      state: 'alive',
      reason: 'nothing that is watched fails: BGP session',
    },
    { address: '10.1.0.254', elected: false, choice: 'dead', state: 'dead', reason: 'its BGP session is down' },
  ] as const;
  return {
    domain,
    asn: 65002,
    domainId: '65002:0',
    state: 'established',
    since,
    sessions: { up: 1, configured: 2 },
    networks: [
      {
        name: 'db',
        vni: 1218,
        remote: { vni: 1218, routeTarget: '65001:1218' },
        gateways: { import: [], export: [] },
        anycast: { import: null, export: null },
        routes: { import: 0, export: 1 },
      },
      {
        name: 'web',
        vni: 1217,
        remote: { vni: 2217, routeTarget: '65002:2217' },
        gateways: { import: [alive, dead], export: [dead] },
        anycast: { import: null, export: null },
        routes: { import: 7, export: 4 },
      },
    ],
    import: { routes: 7, refused: { 'not-shared': 3, 'wrong-vni': 1 }, waiting: 2, damped: 1, lagMs: 12, changes: 40 },
    export: { routes: 5, refused: { 'not-shared': 9 }, waiting: 0, damped: 0, lagMs: 0, changes: 5 },
    limits: { routes: 1000, perNetwork: 500, exceeded: 'stop' },
    ...change,
  };
}

export function createMemoryFederation(): MemoryFederation {
  const become = (name: string, state: Domain['state']) => {
    const held = federation.domainList.find(({ domain }) => domain === name);
    return held && { ...Object.assign(held, { state }) };
  };
  const federation: MemoryFederation = {
    domainList: [sampleDomain('dc2')],
    drains: [],
    regions: () => ({
      domain: 'dc1',
      domains: federation.domainList,
      regions: federation.domainList.map(({ domain, networks }) => ({
        domains: ['dc1', domain],
        networks: networks.map(({ name }) => name),
      })),
    }),
    domain: (name) => {
      const held = federation.domainList.find(({ domain }) => domain === name);
      return held && { ...held };
    },
    freeze: (name) => (federation.domain(name)?.state === 'drained' ? 'drained' : become(name, 'frozen')),
    drain: (name, wait) => {
      federation.drains.push({ name, wait });
      return become(name, wait === 0 ? 'drained' : 'draining');
    },
    release: (name) => become(name, 'established'),
  };
  return federation;
}
