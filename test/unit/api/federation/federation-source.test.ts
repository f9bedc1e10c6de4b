import { describe, expect, it } from 'vitest';
import { Domain, Regions } from '../../../../src/api/contract/domains.ts';
import { Peer } from '../../../../src/api/contract/peers.ts';
import { federationSource } from '../../../../src/api/federation/federation-source.ts';
import { speakerSource } from '../../../../src/api/speaker/speaker-source.ts';
import type { Border } from '../../../../src/federation/border.ts';
import { federationLab } from '../../federation/federation-lab.ts';

async function setUp(gateways: { readonly export: string[]; readonly import: string[] } = { export: [], import: [] }) {
  const remote = { vni: 2010, routeTarget: '65002:2010' };
  const all = await federationLab({ networks: [{ network: 'web', remote, gateways }] });
  const { lab, federation } = all;
  const neighbour = all.joinNeighbour();
  const nve = all.joinNve();
  all.announce(neighbour, 'wire', 1, 3);
  all.announce(nve, 'inside', 2);
  for (let turn = 0; turn < 10; turn++) lab.clock.advance(1);
  const speakers = speakerSource(
    { version: '1.2.3', domain: 'dc1', startedAt: 0 },
    {
      speaker: lab.speaker,
      domains: () => new Map([...federation.borders].map(({ config, outer }) => [config.domain, outer])),
      now: () => lab.clock.now(),
      readiness: () => ({ ready: true, reasons: [] }),
      forgotten: () => undefined,
      apiAddress: () => undefined,
      logLevels: () => ({}),
      setLogLevel: () => undefined,
      md5Drops: () => undefined,
    },
  );
  const source = federationSource('dc1', federation);
  return { ...all, source, speakers, neighbour, nve, border: federation.border('dc2') as Border };
}

describe('a neighbour domain', () => {
  it('is shown with what is shared, what crosses, and what is refused', async () => {
    const { source, announce, neighbour, lab } = await setUp();
    expect(Domain.parse(source.domain('dc2'))).toMatchObject({
      domain: 'dc2',
      asn: 65002,
      domainId: '65002:0',
      state: 'established',
      sessions: { up: 1, configured: 1 },
      networks: [
        {
          name: 'web',
          vni: 10,
          remote: { vni: 2010, routeTarget: '65002:2010' },
          gateways: { import: [], export: [] },
          routes: { import: 2, export: 1 },
        },
      ],
      import: { routes: 2, refused: {}, waiting: 0, damped: 0, lagMs: 0, changes: 2 },
      export: { routes: 1, refused: { 'came-from-there': 2 }, changes: 1 },
      limits: { routes: 1_000_000, perNetwork: 500_000, exceeded: 'stop' },
    });
    announce(neighbour, 'inside', 9);
    lab.clock.advance(5);
    expect(source.domain('dc2')?.import.refused).toEqual({ 'not-shared': 1 });
    expect(source.domain('dc7')).toBeUndefined();
  });

  it('has the gateways of each network, with who is elected and why others are not', async () => {
    // The NVE that has joined is a gateway; nothing was ever heard of the other.
    const { source } = await setUp({ export: ['10.0.0.2'], import: ['10.0.0.2', '10.0.0.3'] });
    expect(source.domain('dc2')?.networks[0]?.gateways).toEqual({
      export: [
        {
          address: '10.0.0.2',
          elected: true,
          choice: 'elected',
          state: 'alive',
          reason: 'nothing that is watched fails: BGP session',
        },
      ],
      import: [
        {
          address: '10.0.0.2',
          elected: true,
          choice: 'elected',
          state: 'alive',
          reason: 'nothing that is watched fails: BGP session',
        },
        { address: '10.0.0.3', elected: false, choice: 'dead', state: 'dead', reason: 'its BGP session is down' },
      ],
    });
  });

  it('is frozen, drained and released', async () => {
    const { source, lab } = await setUp();
    expect(source.freeze('dc2')).toMatchObject({ state: 'frozen' });
    expect(source.drain('dc2', 1000)).toMatchObject({ state: 'draining' });
    lab.clock.advance(1000);
    expect(source.domain('dc2')).toMatchObject({ state: 'drained' });
    expect(source.freeze('dc2')).toBe('drained');
    expect(source.release('dc2')).toMatchObject({ state: 'established' });
    expect([source.freeze('dc7'), source.drain('dc7', 0), source.release('dc7')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('is in the regions of the networks that it shares', async () => {
    const { source } = await setUp();
    expect(Regions.parse(source.regions())).toMatchObject({
      domain: 'dc1',
      domains: [{ domain: 'dc2' }],
      regions: [{ domains: ['dc1', 'dc2'], networks: ['web'] }],
    });
  });
});

describe('a network', () => {
  it('spans domains beyond the neighbour as long as there are routes that have passed them', async () => {
    const { source, announce, withdraw, neighbour, lab } = await setUp();
    const regions = () => {
      lab.clock.advance(5);
      return source.regions().regions;
    };
    announce(neighbour, 'wire', 7, {
      dPath: [
        [
          { domain: '65002:0', isfSafi: 70 },
          { domain: '65003:1', isfSafi: 70 },
        ],
      ],
    });
    expect(regions()).toEqual([{ domains: ['dc1', '65003:1', 'dc2'], networks: ['web'] }]);
    announce(neighbour, 'wire', 7);
    expect(regions()).toEqual([{ domains: ['dc1', 'dc2'], networks: ['web'] }]);
    announce(neighbour, 'wire', 7, { dPath: [[{ domain: '65004:0', isfSafi: 70 }]] });
    expect(regions()).toEqual([{ domains: ['dc1', '65004:0', 'dc2'], networks: ['web'] }]);
    withdraw(neighbour, 'wire', 7);
    expect(regions()).toEqual([{ domains: ['dc1', 'dc2'], networks: ['web'] }]);
  });
});

describe('its sessions and routes', () => {
  it('are peers with a role of their own, and counted by what crosses', async () => {
    const { speakers } = await setUp();
    for (const peer of speakers.peers()) Peer.parse(peer);
    expect(speakers.peers()).toMatchObject([
      { address: '10.0.0.2', role: 'nve', domain: null, counters: { routes: { received: 1, advertised: 2 } } },
      { address: '10.9.0.2', role: 'domain', domain: 'dc2', counters: { routes: { received: 2, advertised: 1 } } },
    ]);
    expect(speakers.peer('10.9.0.2')).toMatchObject({ domain: 'dc2', kind: 'ebgp', state: 'Established' });
    expect(speakers.health().counts).toMatchObject({ peers: 2, peersEstablished: 2 });
  });

  it('can be reset', async () => {
    const { speakers, neighbour, lab } = await setUp();
    neighbour.take();
    expect(speakers.resetPeer('10.9.0.2', { kind: 'hard', communication: 'work' })).toBeUndefined();
    lab.settle();
    expect(neighbour.read()).toContain('notification 6/4');
  });

  it('are looked for in the table of the domain, as they are on the wire', async () => {
    const { speakers } = await setUp();
    const rows = async (domain?: string) => {
      const filter = { family: 'evpn', ...(domain !== undefined && { domain }) } as const;
      return await speakers.routes({ filter, limit: 10, after: undefined });
    };
    const there = await rows('dc2');
    if (typeof there === 'string') throw new Error(there);
    expect(there.total).toBe(3);
    expect(there.routes.map(({ mac, best }) => [mac, best?.vnis[0]]).sort()).toEqual([
      ['02:00:00:00:00:01', 2010],
      ['02:00:00:00:00:02', 2010],
      ['02:00:00:00:00:03', 2010],
    ]);
    expect(await rows('dc7')).toBe('no-such-domain');
    const told = there.routes.find(({ mac }) => mac === '02:00:00:00:00:02')?.key ?? '';
    expect(await speakers.route(told)).toBeUndefined();
    expect(await speakers.route(told, 'dc7')).toBeUndefined();
    const reason = 'what crosses into a neighbour domain is told to all of its sessions';
    expect((await speakers.route(told, 'dc2'))?.advertised).toEqual({
      count: 1,
      peers: [{ address: '10.9.0.2', advertised: true, reason }],
    });
  });

  it('tell gateways other routes than everybody else', async () => {
    const { speakers, joinNve, lab } = await setUp({ export: [], import: ['10.0.0.2'] });
    joinNve('10.0.0.4');
    for (let turn = 0; turn < 10; turn++) lab.clock.advance(1);
    const found = await speakers.routes({ filter: { family: 'evpn' }, limit: 10, after: undefined });
    if (typeof found === 'string') throw new Error(found);
    const reasons = new Set<string>();
    for (const { key } of found.routes) {
      for (const { reason, advertised } of (await speakers.route(key))?.advertised.peers ?? [])
        if (!advertised) reasons.add(reason);
    }
    expect([...reasons].sort()).toEqual([
      'it is a gateway to that domain, and is told where tunnels really end',
      'it is for gateways to another domain, and it is none of them',
      'the best path came from it',
    ]);
    const advertised = (address: string) => speakers.peer(address)?.counters.routes.advertised;
    expect([advertised('10.0.0.2'), advertised('10.0.0.4')]).toEqual([2, 3]);
  });
});
