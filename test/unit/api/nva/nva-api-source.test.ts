import { expect, test } from 'vitest';
import type { Peer } from '../../../../src/api/contract/peers.ts';
import { nvaApiSource } from '../../../../src/api/nva/nva-api-source.ts';
import { announcement, macIp, plain } from '../../bgp-ts/rib/kit.ts';
import { attach, mac, nvaLab, nve, put, web } from '../../nva/kit.ts';
import { samplePeer } from '../memory-source.ts';

/** The NVA itself beside a speaker, as the API sees it. */
async function source(peers: Readonly<Record<string, Peer>> = {}) {
  const lab = await nvaLab();
  const api = nvaApiSource(65000, { nva: lab.nva, store: () => lab.store, peer: (address) => peers[address] });
  return { ...lab, api };
}

test('counts what is in a network and at an NVE', async () => {
  const { api, apply } = await source();
  apply(put(web), put(nve(1)), put(nve(2)), attach(7, 1, { ips: ['172.16.0.7'] }), attach(8, 1), attach(9, 2));
  expect(api.networkStatus('web')).toEqual({ configured: false, attachments: 3, nves: 2, mappings: 6 });
  expect(api.nveStatus('nve1')).toEqual({
    configured: false,
    session: null,
    networks: [{ name: 'web', attachments: 2 }],
  });
  expect(api.networkStatus('nowhere')).toEqual({ configured: false, attachments: 0, nves: 0, mappings: 0 });
  expect([api.loaded(), api.automaticRouteTargets(10), api.nveByTunnelAddress('10.0.0.2')?.name]).toEqual([
    true,
    ['65000:10'],
    'nve2',
  ]);
});

test('counts an NVE in a network that it announces itself in, in both views', async () => {
  const { api, apply, lab } = await source();
  apply(put(web), put({ ...web, name: 'db', vni: 20, routeTargets: ['65000:20'] }), put(nve(11, { kind: 'bgp' })));
  const router = lab.join('10.0.0.11');
  const attributes = { ...plain, extendedCommunities: ['030c000000000008', '0002fde80000000a'] };
  const flooding = { ...macIp(1), kind: 'inclusive-multicast', type: 3, originator: router.address } as never;
  const tunnel = { kind: 'ingress-replication', type: 6, endpoint: router.address } as const;
  const pmsiTunnel = { flags: 0, label: 10, tunnel };
  router.say(announcement([flooding], { ...attributes, pmsiTunnel }, router.address));
  expect(api.nveStatus('nve11').networks).toEqual([{ name: 'web', attachments: 0 }]);
  expect([api.networkStatus('web').nves, api.networkStatus('db').nves]).toEqual([1, 0]);
  apply(attach(8, 11));
  expect(api.nveStatus('nve11').networks).toEqual([{ name: 'web', attachments: 1 }]);
});

test('knows the session of an NVE by its peering address, by its tunnel address, or by the NVE protocol', async () => {
  const since = '2026-01-02T03:04:05.000Z';
  const { api, nva, apply } = await source({
    '10.0.0.1': samplePeer('10.0.0.1'),
    '192.0.2.2': samplePeer('192.0.2.2', { state: 'Active' }),
  });
  apply(
    put(nve(1, { kind: 'bgp' })),
    put(nve(2, { kind: 'bgp', session: '192.0.2.2' })),
    put(nve(3, { kind: 'agent' })),
    put(nve(4, { kind: 'bgp' })),
  );
  const session = (name: string) => api.nveStatus(name).session;
  expect(session('nve1')).toEqual({ protocol: 'bgp', state: 'Established', since });
  expect(session('nve2')).toEqual({ protocol: 'bgp', state: 'Active', since });
  expect(session('nve3')).toEqual({ protocol: 'nve-protocol', state: 'not connected', since: null });
  expect(nva.hello({ name: 'nve3', tunnelAddress: '10.0.0.3', encapsulations: ['vxlan'] }).ok).toBe(true);
  expect(session('nve3')).toMatchObject({ state: 'connected' });
  expect([session('nve4'), session('nobody')]).toEqual([null, null]);
});

test('explains an end of flooding by its route, with what it is there for', async () => {
  const { api, apply, lab } = await source();
  apply(put({ ...web, trust: 'both' }), put(nve(1)), attach(7, 1));
  const { table } = lab.speaker;
  const ends = Array.from({ length: table.end }, (_, destination) => api.explainRoute('web', destination)).filter(
    (one) => one?.mapping.kind === 'flood',
  );
  expect(ends.map((end) => end?.mapping.nve)).toEqual(['10.0.0.1']);
  expect(ends[0]?.decisions.map(({ text }) => text)).toEqual([
    'nvad announces it for NVE nve1, which has attachments in the network or has joined it',
    'web has trust: both, and the NVE has a part in the network',
    'nobody else says so',
    'vxlan, which the network prefers',
  ]);
  expect([api.explainRoute('web', table.end + 1), api.explainRoute('nowhere', 0)]).toEqual([undefined, undefined]);
});

test('explains a mapping: where it comes from, why it is believed, and who else says to have it', async () => {
  const { api, apply } = await source();
  apply(put(web), put(nve(1)), put(nve(2)), attach(7, 1, { ips: ['172.16.0.7'] }));
  apply(attach(70, 2, { mac: mac(7), ips: [] }));
  const [best, withIp] = api.explain('web', mac(7));
  expect(best?.mapping).toMatchObject({ kind: 'host', nve: '10.0.0.2', sequence: 1 });
  expect(best?.decisions.map(({ step, text }) => `${step}: ${text}`)).toEqual([
    'originated: nvad announces it for NVE nve2, because of attachment vm70',
    'trust: it is registered, and web has trust: nve',
    'mobility-sequence: higher MAC mobility sequence number (1 > 0)',
    'encapsulation: vxlan, which the network prefers',
  ]);
  expect(best?.others).toMatchObject([
    {
      mapping: { nve: '10.0.0.1', sequence: 0 },
      source: 'nvad',
      lost: { step: 'mobility-sequence', reference: 'RFC 7432 §15' },
    },
  ]);
  expect(withIp?.mapping).toMatchObject({ ip: '172.16.0.7', nve: '10.0.0.1' });
  expect([...(api.mappings('web') ?? [])].every(({ source: from }) => from === 'nvad')).toBe(true);
  expect([api.explain('web', mac(99)), api.explain('nowhere', mac(7)), api.mappings('nowhere')]).toEqual([
    [],
    [],
    undefined,
  ]);
});

test('says what is missing, and why', async () => {
  const { api, apply, lab } = await source();
  const said = (address: string) =>
    api.unheeded('web', address).map(({ by, nve: at, reason }) => `${by} at ${at}: ${reason}`);
  apply(put({ ...web, trust: 'both' }), put(nve(1, { kind: 'agent' })), put(nve(11, { kind: 'bgp' })), put(nve(2)));
  apply(attach(1, 1), attach(2, 11), attach(3, 2, { state: 'pre-associated' }), attach(4, 2));
  expect(said(mac(1))).toEqual(['attachment vm1 at 10.0.0.1: it is registered, and NVE nve1 has not attached it']);
  expect(said(mac(2))).toEqual(['attachment vm2 at 10.0.0.11: NVE nve11 announces by itself, and has not']);
  expect(said(mac(3))).toEqual(['attachment vm3 at 10.0.0.2: it is pre-associated']);
  expect([said(mac(4)), said(mac(5))]).toEqual([[], []]);
  const rogue = lab.join('10.0.0.12');
  const attributes = { ...plain, extendedCommunities: ['030c000000000008', '0002fde80000000a'] };
  rogue.say(announcement([macIp(4, 10)], attributes, rogue.address));
  expect(said(mac(4))).toEqual(['10.0.0.12 at 10.0.0.12: it is registered at another NVE']);
});

test('tells of each transaction, and of events as the store has them', async () => {
  const { api, apply } = await source();
  let told = 0;
  const end = api.onEvents(() => {
    told++;
  });
  apply(put(web), put(nve(1)));
  api.applied();
  end();
  api.applied();
  expect([told, api.firstEvent(), api.lastEvent(), api.events(1, 10).map(({ id }) => id)]).toEqual([1, 1, 2, [2]]);
});

test('says of what cannot be let go whether it is there', async () => {
  const { api, apply } = await source();
  apply(put(web), put(nve(1)), attach(7, 1), attach(8, 1, { mac: mac(7) }));
  const [conflict] = api.conflicts();
  expect(conflict?.code).toBe('duplicate-address');
  const by = { name: 'alice', via: 'api' } as const;
  expect([api.release(conflict?.id ?? '', by), api.release('x', by)]).toEqual(['not-releasable', 'no-such-conflict']);
});
