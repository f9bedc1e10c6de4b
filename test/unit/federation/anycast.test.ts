import { describe, expect, it } from 'vitest';
import { crossingSteps } from '../../../src/api/explain/crossing-steps.ts';
import { federationSource } from '../../../src/api/federation/federation-source.ts';
import { type AnycastMember, anycastEnd, isAnycast } from '../../../src/federation/anycast.ts';
import type { Border } from '../../../src/federation/border.ts';
import type { ShareGateways } from '../../../src/federation/model.ts';
import { announcement } from '../bgp-ts/rib/kit.ts';
import { attributesOf, type FederationLab, federationLab, host, rest } from './federation-lab.ts';
import { BorderLab, networkOf, type Spoken, shareOf } from './kit.ts';
import { compiled } from './policy/kit.ts';

const [A, B] = ['10.1.0.251', '10.1.0.252'];
const [inside, outside] = ['10.1.9.9', '192.0.2.9'];
const gateways: ShareGateways = { export: [A, B], import: [A, B], anycast: { import: inside, export: outside } };

const theirs: Spoken = { rd: '65002:1', kind: 'mac', vni: 2217, nextHop: '10.2.0.2', targets: ['65002:2217'] };
const flood: Spoken = { ...theirs, kind: 'flood' };
const ours: Spoken = { rd: '10.1.0.1:1', kind: 'mac', vni: 1217, nextHop: '10.1.0.1', targets: ['65001:1217'] };
const vias = (seen: BorderLab['imported']) => seen.map(({ text }) => / via=(\S+)/.exec(text)?.[1]);

const begun = (more: ConstructorParameters<typeof BorderLab>[0] = {}) =>
  BorderLab.begun({ inside: ['10.1.0.1', A, B], domain: { networks: [shareOf('web', 2217, gateways)] }, ...more });

describe('an address that gateways share', () => {
  const [mac, other] = ['02:00:00:00:00:0a', '02:00:00:00:00:0b'];
  const member = (more: Partial<AnycastMember>): AnycastMember => ({ tunnelAddress: A, serves: true, ...more });

  it.each<[what: string, members: readonly Partial<AnycastMember>[], says: object]>([
    ['nothing, where nobody has said anything', [{}, {}], {}],
    ["the Router's MAC that all have", [{ routerMac: mac }, { routerMac: mac }], { routerMac: mac }],
    ['none where one that serves has none', [{ routerMac: mac }, {}], {}],
    [
      'that of the others where one that is away has never said its own',
      [{ routerMac: mac }, { serves: false }],
      { routerMac: mac },
    ],
    ['none where they differ', [{ routerMac: mac }, { routerMac: other }], { routerMacsDiffer: true }],
    [
      'none where one that is away would come back with another',
      [{ routerMac: mac }, { routerMac: other, serves: false }],
      { routerMacsDiffer: true },
    ],
    [
      'what all that serve can do',
      [
        { encapsulations: ['geneve', 'vxlan'] },
        { encapsulations: ['vxlan', 'geneve'] },
        { encapsulations: ['nvgre'], serves: false },
        {},
      ],
      { encapsulations: ['geneve', 'vxlan'] },
    ],
    [
      'nothing of what they can do where nothing is common',
      [{ encapsulations: ['geneve'] }, { encapsulations: ['vxlan'] }],
      {},
    ],
  ])('says %s', (_, members, says) => {
    expect(anycastEnd(inside, members.map(member))).toEqual({ tunnelAddress: inside, ...says });
  });

  it('is one of either direction', () => {
    expect([inside, outside, A].map((address) => isAnycast(gateways, address))).toEqual([true, true, false]);
    expect(isAnycast({ export: [A], import: [A] }, A)).toBe(false);
  });
});

describe('gateways that share an address', () => {
  it('are seen by it alone, in either direction, and flooding crosses once', async () => {
    const lab = await begun();
    lab.hear(theirs, flood, { ...flood, rd: '65002:2', nextHop: '10.2.0.3' });
    lab.say(ours);
    expect(vias(lab.imported)).toEqual([inside, inside]);
    expect(lab.imported[1]?.text).toContain(`originator=${inside}`);
    expect(lab.imported[1]?.text).toContain(`pmsi=1217@${inside}`);
    expect(vias(lab.exported)).toEqual([outside]);
    expect([...lab.imported, ...lab.exported].map(({ text }) => text).join()).not.toMatch(/10\.1\.0\.25/);
  });

  it('serve as long as one is there, and nothing is told anew while one is', async () => {
    const lab = await begun();
    lab.hear(theirs, flood);
    const { changes } = lab.border.import;
    lab.kill(A);
    lab.revive(A);
    lab.kill(B);
    lab.settle();
    expect(lab.border.import.changes).toBe(changes);
    // It is back, and was never waited for: the underlay does not.
    expect(lab.border.serving('import').get('web')).toEqual({ by: inside, members: [A] });
    lab.kill(A);
    lab.settle();
    expect([lab.imported, lab.refused('import')]).toEqual([[], { 'no-gateway': 2 }]);
    lab.revive(B);
    lab.settle();
    expect(vias(lab.imported)).toEqual([inside, inside]);
    lab.share([shareOf('web', 2217, { export: [A, B], import: [A, B] })]);
    lab.settle();
    expect(vias(lab.imported)).toEqual([B, B]);
  });

  it('say why traffic goes by each of them', async () => {
    const lab = await begun();
    const [share] = lab.border.shares as [Border['shares'][number]];
    const choices = () => [A, B].map((address) => lab.border.choiceOf(share, 'import', address));
    expect(choices()).toEqual(['anycast', 'anycast']);
    lab.kill(A);
    expect(choices()).toEqual(['dead', 'anycast']);
    lab.revive(A);
    expect(choices()).toEqual(['anycast', 'anycast']);
  });

  it('are told the true ends where they speak BGP, and nothing that leads to themselves', async () => {
    const lab = await begun({ bgpGateways: [A, B] });
    lab.hear(theirs, { ...theirs, rd: '65002:3', mac: '02:00:00:00:00:33', nextHop: inside });
    expect(vias(lab.importedByGateways)).toEqual(['10.2.0.2']);
    // For everybody else it is where the neighbour says that it is: what our gateways share is not forged.
    expect(vias(lab.imported)).toEqual([inside, inside]);
    expect(lab.refused('import')).toEqual({});
  });

  it("need one Router's MAC where a prefix leads to them", async () => {
    const lab = await begun({
      networks: [networkOf('tenant', 5001, { service: 'l3' })],
      domain: { networks: [shareOf('tenant', 6001, gateways)] },
    });
    lab.hear({ ...theirs, kind: 'prefix', vni: 6001, targets: ['65002:6001'], routerMac: '02:00:00:00:99:99' });
    const become = (a: string, b: string) => {
      lab.macs.set(A, a);
      lab.macs.set(B, b);
      lab.lookAtGateways();
      lab.settle();
      return [lab.refused('import'), /RMAC\S*|Router\S*|02:00:00:00:00:0a/i.exec(lab.imported[0]?.text ?? '')?.[0]];
    };
    expect(lab.refused('import')).toEqual({ 'no-router-mac': 1 });
    expect(become('02:00:00:00:00:0a', '02:00:00:00:00:0b')).toEqual([{ 'router-macs-differ': 1 }, undefined]);
    expect(become('02:00:00:00:00:0a', '02:00:00:00:00:0a')[0]).toEqual({});
    expect(lab.imported[0]?.text).toContain(`via=${inside}`);
  });

  it('are named by a rule by what they share', async () => {
    const lab = await begun({
      domain: {
        networks: [
          shareOf('web', 2217, gateways),
          // A list beside it, so that the address is not this network's own.
          shareOf('db', 2218, { export: [A], import: [A] }),
        ],
      },
      networks: [networkOf('web', 1217), networkOf('db', 1218)],
    });
    lab.border.policyChanged('import', compiled(`rules: [{ then: { gateway: ${inside} } }]`));
    lab.hear(theirs, { ...theirs, rd: '65002:4', vni: 2218, targets: ['65002:2218'] });
    expect(vias(lab.imported)).toEqual([inside, inside]);
    lab.kill(A);
    lab.kill(B);
    lab.settle();
    expect(lab.refused('import')).toEqual({ 'no-gateway': 2 });
  });

  it('are explained', async () => {
    const lab = await begun();
    lab.hear(theirs);
    const { border, gateways: known } = lab;
    const context = { border, direction: 'import', gateways: known, about: 'it' } as const;
    const steps = crossingSteps(border.import.explain(0) ?? expect.fail(), context);
    expect(steps.filter(({ stage }) => stage === 'gateway')).toMatchObject([
      { outcome: 'note', code: 'alive', about: A },
      { outcome: 'note', code: 'alive', about: B },
      {
        outcome: 'yes',
        code: 'anycast',
        about: inside,
        reason: `${A}, ${B} share it, and the underlay leads to one of those that are there`,
      },
    ]);
  });
});

describe('NVEs that share an address', () => {
  const members = ['10.0.0.253', '10.0.0.254'];
  const remote = { vni: 2010, routeTarget: '65002:2010' };
  const shared = { export: members, import: members, anycast: { import: '10.0.9.9', export: '10.9.9.9' } };
  const setUp = () => federationLab({ networks: [{ network: 'web', remote, gateways: shared }] });
  const nameOf = (address: string) => `gw${address.slice(-1)}`;
  const hello = ({ nva }: FederationLab, tunnelAddress: string, domain = 'dc2') => {
    const legs = [{ domain, tunnelAddress: tunnelAddress.replace('10.0.', '10.9.') }];
    expect(nva.hello({ name: nameOf(tunnelAddress), tunnelAddress, encapsulations: ['vxlan'], legs })).toMatchObject({
      ok: true,
    });
  };

  it('flood all, and know the far side without what leads to themselves', async () => {
    const all = await setUp();
    for (const member of members) hello(all, member);
    const neighbour = all.joinNeighbour();
    all.announce(neighbour, 'wire', 1);
    neighbour.say(announcement([host(2, 'wire')], attributesOf('wire'), '10.9.9.9'));
    rest(all);
    expect(all.federation.border('dc2')?.import.routes).toBe(2);
    for (const member of members) {
      const name = nameOf(member);
      expect(all.nva.crossings(name)).toEqual([{ network: 'web', domain: 'dc2', outside: 'web@dc2', floods: true }]);
      expect([...(all.nva.mappings(name, 'web@dc2')?.snapshot() ?? [])]).toMatchObject([{ nve: '10.9.0.2' }]);
      // Of the domain beyond it has nothing inside, where others have the address that it shares.
      expect([...(all.nva.mappings(name, 'web')?.snapshot() ?? [])]).toEqual([]);
    }
    expect([...(all.nva.mappingsOf('web')?.snapshot() ?? [])]).toMatchObject([
      { nve: '10.0.9.9' },
      { nve: '10.0.9.9' },
    ]);
    all.nva.goodbye('gw3');
    expect(all.nva.crossings('gw4')).toMatchObject([{ floods: true }]);
    // The network went by the one address with the first, and with whom it does so is nobody's news.
    expect(all.told).toEqual([
      'gateway 10.0.0.253 alive',
      'web to dc2 by 10.0.9.9',
      'gateway 10.0.0.254 alive',
      'gateway 10.0.0.253 dead',
    ]);
  });

  it('serve where they have an end in the neighbour domain', async () => {
    const all = await setUp();
    const source = federationSource('dc1', all.federation);
    const seen = () => source.domain('dc2')?.networks[0];
    hello(all, '10.0.0.253', 'dc3');
    rest(all);
    expect(all.federation.border('dc2')?.serving('import').get('web')).toBeUndefined();
    hello(all, '10.0.0.254');
    rest(all);
    expect(all.federation.border('dc2')?.serving('import').get('web')?.members).toEqual(['10.0.0.254']);
    expect(seen()).toMatchObject({
      anycast: { import: '10.0.9.9', export: '10.9.9.9' },
      gateways: {
        import: [
          { address: '10.0.0.253', elected: false, choice: 'leads-nowhere', state: 'alive' },
          { address: '10.0.0.254', elected: false, choice: 'anycast', state: 'alive' },
        ],
      },
    });
  });
});
