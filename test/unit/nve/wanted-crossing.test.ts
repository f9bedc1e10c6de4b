import { describe, expect, it } from 'vitest';
import type { Crossing } from '../../../src/nva/crossing.ts';
import type { Mapping } from '../../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import { type Command, render } from '../../../src/nve/command.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import type { KernelModel } from '../../../src/nve/kernel-model.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { crossingDevice, crossingNamespace, crossingPair } from '../../../src/nve/names.ts';
import { reconcile } from '../../../src/nve/reconcile.ts';
import type { KnownNetwork, WantedState } from '../../../src/nve/wanted.ts';
import {
  type CrossingOptions,
  type LegState,
  type WantedCaches,
  wantedStates,
} from '../../../src/nve/wanted-crossing.ts';
import { freshKernel, network, ownAddress } from './arbitrary.ts';

const mac = (number: number) => `02:00:00:00:00:0${number}`;
const host = (
  number: number,
  vni: number,
  more: { nve?: string; sequence?: number; distance?: number } = {},
): Mapping => ({
  ...{ kind: 'host', nve: '10.0.0.2', encapsulation: 'vxlan', vni, mac: mac(number), ip: `192.168.0.${number}` },
  ...{ sequence: 0, sticky: false, ...more },
});
const flood = (vni: number, nve = '10.0.0.2'): Mapping => ({ kind: 'flood', nve, encapsulation: 'vxlan', vni });

// Both underlays have the same addresses.
const leg = (domain: string, namespace: string | undefined, more: Partial<LegState> = {}): LegState => ({
  leg: { domain, namespace, tunnelAddress: ownAddress },
  isThere: true,
  underlay: { device: 'eth1', mtu: 1500 },
  ...more,
});
const crossing = (domain: string, more: Partial<Crossing> = {}): Crossing => ({
  ...{ network: 'web', domain, outside: `web@${domain}`, floods: true },
  ...more,
});

interface World {
  readonly networks: readonly VirtualNetwork[];
  readonly mappings: Readonly<Record<string, readonly Mapping[]>>;
  readonly crossings: readonly Crossing[];
  readonly legs: readonly LegState[];
  readonly attachments: readonly LocalAttachment[];
  readonly options: Partial<CrossingOptions>;
  readonly caches: WantedCaches;
}

const flooded = { unknownUnicast: 'flood' } as const;
const web = network('web', 100, flooded);
const far = network('web@dc2', 200, flooded);
const dc2: Partial<World> = {
  networks: [web, far],
  mappings: { web: [flood(100), host(1, 100)], 'web@dc2': [flood(200), host(2, 200)] },
  crossings: [crossing('dc2')],
  legs: [leg('dc2', 'wan')],
};

function want(world: Partial<World>) {
  const { networks = [], mappings = {}, crossings = [], legs = [], attachments = [], options = {} } = world;
  const known = networks.map((one): readonly [string, KnownNetwork] => [
    one.name,
    { parameters: one, mappings: mappings[one.name] ?? [], version: 1 },
  ]);
  const all = {
    ...{ tunnelAddress: ownAddress, underlay: { device: 'eth0', mtu: 1500 }, pull: false, learning: false },
    ...{ gateways: new Map<string, readonly string[]>(), roles: noRoles, crossings, legs, ...options },
  };
  const caches = world.caches ?? { networks: new Map(), crossed: new Map() };
  return wantedStates(new Map(known), attachments, all, caches);
}

const vm = (number: number, network = 'web'): LocalAttachment => ({
  ...{ network, id: `vm${number}`, port: 'veth0', mac: mac(number), ips: [], prefixes: [] },
  ...{ state: 'associated', role: 'tenant', sticky: false },
});

const reasons = ({ problems }: WantedState) => problems.map(({ reason }) => reason);

describe('a network that crosses', () => {
  it('has each host in the underlay that it is in, and beyond the pair for the other', () => {
    const { here, there } = want(dc2);
    const [inside] = here.networks;
    const [outside] = there.get('wan')?.networks ?? [];
    expect(inside).toMatchObject({ vni: 100, flood: new Set(['10.0.0.2']), hosts: new Map([[mac(1), '10.0.0.2']]) });
    expect(outside).toMatchObject({ vni: 200, flood: new Set(['10.0.0.2']), hosts: new Map([[mac(2), '10.0.0.2']]) });
    const pair = crossingPair('web', 'web@dc2', 'wan');
    const settings = { learning: false, flood: true, neighSuppress: false, isolated: false, broadcast: true };
    expect(inside?.crossings).toEqual([
      { device: pair.inside, peer: { device: pair.outside, namespace: 'wan' }, mtu: 1450, macs: [mac(2)], settings },
    ]);
    expect(outside?.crossings).toEqual([
      { device: pair.outside, peer: undefined, mtu: 1450, macs: [mac(1)], settings },
    ]);
    expect(inside?.tunnelPort.learning || outside?.tunnelPort.learning).toBe(false);
    // Tenants here are answered for both sides.
    expect([...(inside?.neighbours.keys() ?? [])].sort()).toEqual(['192.168.0.1', '192.168.0.2']);
    expect([...(outside?.neighbours.keys() ?? [])]).toEqual(['192.168.0.2']);
    expect(reasons(here)).toEqual([]);
  });

  it('has a host that is said to be on both sides on one of them, the same for both', () => {
    for (const [sequence, side] of [
      [0, 'inside'],
      [1, 'outside'],
    ] as const) {
      const mappings = { web: [host(1, 100)], 'web@dc2': [host(1, 200, { sequence })] };
      const { here, there } = want({ ...dc2, mappings });
      const [inside] = here.networks;
      const [outside] = there.get('wan')?.networks ?? [];
      const isInside = side === 'inside';
      expect([...(inside?.hosts.keys() ?? [])]).toEqual(isInside ? [mac(1)] : []);
      expect(inside?.crossings[0]?.macs).toEqual(isInside ? [] : [mac(1)]);
      expect([...(outside?.hosts.keys() ?? [])]).toEqual(isInside ? [] : [mac(1)]);
      expect(outside?.crossings[0]?.macs).toEqual(isInside ? [mac(1)] : []);
    }
  });

  it('has its tenants here beyond the pair for the other side, unless they have gone there', () => {
    const macsOf = (number: number) => {
      const { here, there } = want({ ...dc2, attachments: [vm(number)] });
      return [here.networks[0]?.ports[0]?.macs, there.get('wan')?.networks[0]?.crossings[0]?.macs];
    };
    expect(macsOf(7)).toEqual([[mac(7)], [mac(1), mac(7)]]);
    expect(macsOf(2)).toEqual([[], [mac(1)]]);
  });

  it('carries nothing for many where another gateway does', () => {
    const { here, there } = want({ ...dc2, crossings: [crossing('dc2', { floods: false })] });
    for (const side of [here.networks[0], there.get('wan')?.networks[0]])
      expect(side?.crossings[0]?.settings).toMatchObject({ flood: false, broadcast: false, neighSuppress: true });
  });

  it('passes no unknown address where one of the two sides drops them', () => {
    const { here } = want({ ...dc2, networks: [web, { ...far, unknownUnicast: 'drop' }] });
    expect(here.networks[0]?.crossings[0]?.settings).toMatchObject({ flood: false, broadcast: true });
  });

  it('leads from one neighbour to another what is known, and nothing else', () => {
    const { here, there } = want({
      ...{ networks: [web, far, network('web@dc3', 200, flooded)], crossings: [crossing('dc2'), crossing('dc3')] },
      mappings: { 'web@dc2': [host(2, 200)], 'web@dc3': [host(3, 200)] },
      legs: [leg('dc2', 'wan'), leg('dc3', 'wan3')],
    });
    const pairs = here.networks[0]?.crossings ?? [];
    expect(pairs.map(({ macs, settings }) => [macs, settings.flood])).toEqual([
      [[mac(2)], false],
      [[mac(3)], false],
    ]);
    expect(there.get('wan')?.networks[0]?.crossings[0]?.macs).toEqual([mac(3)]);
    const both = `{ ${pairs.map(({ device }) => `"${device}"`).join(', ')} }`;
    expect(here.filter).toContain(`iifname ${both} oifname ${both} ether daddr & 01:00:00:00:00:00`);
  });

  it('has a host that several neighbours know behind the one where fewest domains lie between', () => {
    const { here, there } = want({
      ...{ networks: [web, far, network('web@dc3', 200, flooded)], crossings: [crossing('dc2'), crossing('dc3')] },
      mappings: {
        'web@dc2': [host(2, 200, { distance: 1 }), host(3, 200, { distance: 2 })],
        'web@dc3': [host(2, 200, { distance: 2, nve: '10.0.0.1' }), host(3, 200, { distance: 1, nve: '10.0.0.9' })],
      },
      legs: [leg('dc2', 'wan'), leg('dc3', 'wan3')],
    });
    expect(here.networks[0]?.crossings.map(({ macs }) => macs)).toEqual([[mac(2)], [mac(3)]]);
    const sides = ['wan', 'wan3'].map((namespace) => there.get(namespace)?.networks[0]);
    expect(sides.map((side) => [...(side?.hosts.keys() ?? [])])).toEqual([[mac(2)], [mac(3)]]);
    expect(sides.map((side) => side?.crossings[0]?.macs)).toEqual([[mac(3)], [mac(2)]]);
  });

  it('has the ACL of each side in its own namespace', () => {
    const deny = (port: number) =>
      ({ action: 'deny', protocol: 'tcp', destinationPorts: { from: port, to: port } }) as const;
    const { here, there } = want({
      ...dc2,
      networks: [
        { ...web, acl: [deny(22)] },
        { ...far, acl: [deny(23)] },
      ],
    });
    const pair = crossingPair('web', 'web@dc2', 'wan');
    expect(here.filter).toMatch(new RegExp(`iifname .*"${pair.inside}".* jump acl_100`));
    expect(here.filter).toContain('dport 22');
    expect(there.get('wan')?.filter).toMatch(new RegExp(`iifname .*"${pair.outside}".* jump acl_200`));
    expect(there.get('wan')?.filter).toContain('dport 23');
  });

  it('has the smaller MTU between its sides, and says so', () => {
    const { here, there } = want({ ...dc2, legs: [leg('dc2', 'wan', { underlay: { device: 'eth1', mtu: 1400 } })] });
    const [inside] = here.networks;
    const [outside] = there.get('wan')?.networks ?? [];
    expect([inside, outside].map((side) => [side?.mtu, side?.crossings[0]?.mtu])).toEqual([
      [1450, 1350],
      [1350, 1350],
    ]);
    expect(reasons(here)).toEqual([
      'web has an MTU of 1450 here and 1350 towards dc2: what is larger than the smaller is lost between them',
    ]);
  });

  it('is told all mappings also where others are asked for', () => {
    const { here } = want({ ...dc2, options: { pull: true } });
    expect(here.networks[0]).toMatchObject({ resolver: undefined, tunnelPort: { flood: true } });
    expect(here.filter).not.toContain('arp operation request drop');
  });

  it('is bridged twice in one namespace where the leg has none of its own', () => {
    const { here, there } = want({ ...dc2, legs: [leg('dc2', undefined)] });
    const pair = crossingPair('web', 'web@dc2', undefined);
    expect(here.networks.map(({ vni, crossings }) => [vni, crossings[0]?.device, crossings[0]?.peer])).toEqual([
      [100, pair.inside, { device: pair.outside, namespace: undefined }],
      [200, pair.outside, undefined],
    ]);
    expect(here.filter).toContain(pair.outside);
    expect(there.size).toBe(0);
  });

  it('does not cross, and says why, without what it needs', () => {
    const said = (world: Partial<World>) => {
      const { here, there } = want({ ...dc2, ...world });
      expect([...there.values()].flatMap(({ networks }) => networks)).toEqual([]);
      return reasons(here);
    };
    expect(said({ legs: [] })).toEqual([
      'web does not cross to dc2: this NVE has no leg to dc2; add one to legs in its configuration',
    ]);
    expect(said({ legs: [leg('dc2', 'wan', { isThere: false })] })).toEqual([
      "web does not cross to dc2: there is no network namespace wan; make it, with the underlay's device in it",
    ]);
    expect(said({ networks: [web] })).toEqual([]);
    expect(said({ networks: [web, { ...far, service: 'l3' }] })).toEqual([
      'web does not cross to dc2: it has l2 service here, and l3 service as web@dc2',
    ]);
    expect(said({ networks: [web, { ...far, vni: 100 }], legs: [leg('dc2', undefined)] })).toEqual([
      'web does not cross to dc2: its VNI there, 100, is that of web in the same network namespace; give the leg one of its own',
    ]);
  });

  it('says when the leg has lost its address, and is made all the same', () => {
    const { underlay: _none, ...lost } = leg('dc2', 'wan');
    const { here, there } = want({ ...dc2, legs: [{ ...lost, underlay: undefined }] });
    expect(reasons(here)).toEqual([
      'no device in the network namespace wan has the tunnel address 10.0.0.1 of the leg to dc2',
    ]);
    expect(there.get('wan')?.networks).toHaveLength(1);
  });

  it('is the same object again while nothing of it has changed', () => {
    const caches: WantedCaches = { networks: new Map(), crossed: new Map() };
    const { networks, mappings, ...rest } = { ...dc2, caches };
    const fixed = { ...rest, networks, mappings } as Partial<World>;
    const [first, again] = [want(fixed), want(fixed)];
    expect(again.here.networks[0]).toBe(first.here.networks[0]);
    expect(again.there.get('wan')?.networks[0]).toBe(first.there.get('wan')?.networks[0]);
    const other = want({ ...fixed, crossings: [crossing('dc2', { floods: false })] });
    expect(other.here.networks[0]).not.toBe(first.here.networks[0]);
  });
});

describe('a network with L3 service that crosses', () => {
  const l3 = (name: string, vni: number, more: Partial<VirtualNetwork> = {}) =>
    network(name, vni, { service: 'l3', ...more });
  const mapping = (number: number, vni: number, distance?: number): Mapping => ({
    ...{ kind: 'prefix', nve: '10.0.0.2', encapsulation: 'vxlan', vni, prefix: `10.${number}.0.0/16` },
    ...{ routerMac: mac(number), ...(distance !== undefined && { distance }) },
  });
  const routed: Partial<World> = {
    networks: [l3('web', 100), l3('web@dc2', 200)],
    mappings: { web: [mapping(1, 100)], 'web@dc2': [mapping(2, 200), mapping(1, 200)] },
    crossings: [crossing('dc2')],
    legs: [leg('dc2', 'wan')],
  };
  const device = crossingDevice('web', 'web@dc2', 'wan');
  const namespace = crossingNamespace(ownAddress, 'web', 'web@dc2', 'wan');

  it('has a router in each underlay, each with the routes of the other by the pair', () => {
    const { here } = want(routed);
    const [inside, outside] = here.routers;
    expect(inside?.routes).toEqual(
      new Map([
        ['10.1.0.0/16', 'via 10.0.0.2 dev nved-vx100'],
        ['10.2.0.0/16', `via 169.254.0.1 dev ${device}`],
      ]),
    );
    // What is in our own underlay is not beyond the other as well.
    expect(outside?.routes).toEqual(
      new Map([
        ['10.2.0.0/16', 'via 10.0.0.2 dev nved-vx200'],
        ['10.1.0.0/16', `via 169.254.0.1 dev ${device}`],
      ]),
    );
    expect(outside).toMatchObject({ namespace, underlay: 'wan', vni: 200, local: ownAddress, mtu: 1450, segments: [] });
    const [pair] = here.gateways.pairs;
    expect(pair).toMatchObject({
      mtu: 1450,
      ends: [
        { namespace: inside?.namespace, device },
        { namespace, device },
      ],
    });
    const [near, far] = pair?.ends ?? [];
    expect(inside?.neighbours.get(`${device} 169.254.0.1`)).toBe(far?.mac);
    expect(outside?.neighbours.get(`${device} 169.254.0.1`)).toBe(near?.mac);
    expect(here.networks).toEqual([]);
    expect(reasons(here)).toEqual([]);
  });

  it('sends nothing back to where it came from, and has the ACL of each side on its own router', () => {
    const acl = (port: number) => [
      { action: 'deny', protocol: 'tcp', destinationPorts: { from: port, to: port } } as const,
    ];
    const networks = [l3('web', 100, { acl: acl(22) }), l3('web@dc2', 200, { acl: acl(23) })];
    const [inside, outside] = want({ ...routed, networks }).here.routers;
    expect(inside?.filter).toContain('iifname "nved-vx100" oifname "nved-vx100" drop');
    expect(outside?.filter).toContain('iifname "nved-vx200" oifname "nved-vx200" drop');
    for (const [filter, port] of [
      [inside?.filter, 22],
      [outside?.filter, 23],
    ] as const) {
      expect(filter).toContain(`iifname "${device}" oifname "${device}" drop`);
      expect(filter).toContain(`oifname "${device}" jump acl_crossing`);
      expect(filter?.match(/dport \d+/g)).toEqual([`dport ${port}`]);
    }
  });

  it('tells the far side of who is plugged in here, and of what is beyond other neighbours', () => {
    const vm7: LocalAttachment = { ...vm(7), ips: ['192.168.0.7'] };
    const { here } = want({
      ...{ networks: [l3('web', 100), l3('web@dc2', 200), l3('web@dc3', 200)], attachments: [vm7] },
      mappings: { 'web@dc2': [mapping(2, 200)], 'web@dc3': [mapping(3, 200)] },
      crossings: [crossing('dc2'), crossing('dc3')],
      legs: [leg('dc2', 'wan'), leg('dc3', 'wan3')],
    });
    const outside = here.routers.find((router) => router.namespace === namespace);
    expect([...(outside?.routes ?? [])].sort()).toEqual([
      ['10.2.0.0/16', 'via 10.0.0.2 dev nved-vx200'],
      ['10.3.0.0/16', `via 169.254.0.1 dev ${device}`],
      ['192.168.0.7/32', `via 169.254.0.1 dev ${device}`],
    ]);
    expect(here.gateways.pairs).toHaveLength(2);
  });

  it('has what several neighbours know behind the one where fewest domains lie between', () => {
    const { here } = want({
      networks: [l3('web', 100), l3('web@dc2', 200), l3('web@dc3', 200)],
      mappings: {
        'web@dc2': [mapping(2, 200, 1), mapping(3, 200, 2)],
        'web@dc3': [mapping(2, 200, 2), mapping(3, 200, 1)],
      },
      crossings: [crossing('dc2'), crossing('dc3')],
      legs: [leg('dc2', 'wan'), leg('dc3', 'wan3')],
    });
    const third = crossingDevice('web', 'web@dc3', 'wan3');
    expect([...(here.routers[0]?.routes ?? [])]).toEqual([
      ['10.2.0.0/16', `via 169.254.0.1 dev ${device}`],
      ['10.3.0.0/16', `via 169.254.0.1 dev ${third}`],
    ]);
    const outside = here.routers.find((router) => router.namespace === namespace);
    expect(outside?.routes.get('10.3.0.0/16')).toBe(`via 169.254.0.1 dev ${device}`);
  });

  it('is made with its tunnels in the namespace of the leg', () => {
    const { commands } = reconcile(want(routed).here, freshKernel());
    const inLeg = commands.filter((command) => command.op === 'router' && command.namespace === 'wan');
    expect(inLeg).toMatchObject([{ inside: true, program: 'ip' }]);
    expect(render(inLeg[0] as Command)[1]).toMatch(
      new RegExp(`^link add nved-vx200 netns ${namespace} address \\S+ type vxlan id 200 local ${ownAddress} `),
    );
    const lines = commands.map((command) => render(command)[1]);
    expect(lines).toContain(`route replace 10.1.0.0/16 via 169.254.0.1 dev ${device} onlink proto static`);
  });

  it('has no router when it crosses no more', () => {
    expect(want({ ...routed, crossings: [] }).here).toMatchObject({ routers: [], gateways: { pairs: [] } });
  });
});

describe('the kernel of a gateway', () => {
  /** Two namespaces, of which a pair has an end in each. */
  class Kernels {
    readonly here = freshKernel();
    readonly wan = freshKernel();

    /** Does what is to be done in one, and answers it with what kept the rest from being done. */
    make(which: 'here' | 'wan', state: WantedState): { readonly lines: string[]; readonly problems: string[] } {
      const { commands, problems } = reconcile(state, this[which]);
      for (const command of commands) {
        expect([command, this[which].apply(command)]).toEqual([command, undefined]);
        if (command.op === 'add-pair' && command.namespace !== undefined)
          this.wan.apply({ op: 'add-pair', device: command.peer, peer: `${command.device}-gone`, namespace: 'none' });
        // One end takes the other with it.
        if (command.op === 'delete-link' && command.device.startsWith('nved-xi'))
          this.wan.apply({ op: 'delete-link', device: command.device.replace('nved-xi', 'nved-xo') });
      }
      return { lines: commands.map((command) => render(command)[1]), problems: problems.map(({ reason }) => reason) };
    }
  }

  const ours = ({ links }: KernelModel) => [...links.keys()].filter((name) => name.startsWith('nved-'));

  it('is made in any order, the leg waiting for its end of the pair, and then nothing is left to do', () => {
    const kernels = new Kernels();
    const { here, there } = want(dc2);
    const wan = there.get('wan') as WantedState;
    const pair = crossingPair('web', 'web@dc2', 'wan');
    expect(kernels.make('wan', wan).problems).toEqual([`${pair.outside}, which leads to web@dc2, is not made yet`]);
    const { lines, problems } = kernels.make('here', here);
    expect(problems).toEqual([]);
    expect(lines).toContain(`link add ${pair.inside} type veth peer name ${pair.outside} netns wan`);
    expect(lines).toContain(
      `link set ${pair.inside} type bridge_slave learning off flood on neigh_suppress off isolated off bcast_flood on mcast_flood on`,
    );
    expect(lines).toContain(`fdb replace ${mac(2)} dev ${pair.inside} master static`);
    expect(kernels.make('wan', wan)).toMatchObject({ problems: [] });
    expect(kernels.make('here', here)).toEqual({ lines: [], problems: [] });
    expect(kernels.make('wan', wan)).toEqual({ lines: [], problems: [] });
  });

  it('is told of another election by what the pair carries alone', () => {
    const kernels = new Kernels();
    const before = want(dc2);
    kernels.make('here', before.here);
    kernels.make('wan', before.there.get('wan') as WantedState);
    const after = want({ ...dc2, crossings: [crossing('dc2', { floods: false })] });
    const pair = crossingPair('web', 'web@dc2', 'wan');
    const changed = (device: string) => [
      `link set ${device} type bridge_slave learning off flood off neigh_suppress on isolated off bcast_flood off mcast_flood off`,
    ];
    expect(kernels.make('here', after.here).lines).toEqual(changed(pair.inside));
    expect(kernels.make('wan', after.there.get('wan') as WantedState).lines).toEqual(changed(pair.outside));
  });

  it('is given back what it was made, in both namespaces, and what is not a pair is made one', () => {
    const kernels = new Kernels();
    const { here, there } = want(dc2);
    kernels.make('here', here);
    kernels.make('wan', there.get('wan') as WantedState);
    const pair = crossingPair('web', 'web@dc2', 'wan');
    kernels.here.apply({ op: 'delete-link', device: pair.inside });
    kernels.wan.apply({ op: 'delete-link', device: pair.outside });
    kernels.here.apply({ op: 'add-bridge', device: pair.inside, mac: mac(9) });
    kernels.make('here', here);
    kernels.make('wan', there.get('wan') as WantedState);
    expect(kernels.here.links.get(pair.inside)?.kind).toBe('veth');
    const gone = want({ ...dc2, crossings: [] });
    kernels.make('here', gone.here);
    kernels.make('wan', gone.there.get('wan') as WantedState);
    expect([ours(kernels.here), ours(kernels.wan)]).toEqual([[], []]);
    expect([kernels.here.filter, kernels.wan.filter]).toEqual([undefined, undefined]);
  });

  it('has both ends at once where both sides are in one namespace', () => {
    const kernels = new Kernels();
    const { here } = want({ ...dc2, legs: [leg('dc2', undefined)] });
    expect(kernels.make('here', here).problems).toEqual([]);
    expect(kernels.make('here', here)).toEqual({ lines: [], problems: [] });
    const { outside } = crossingPair('web', 'web@dc2', undefined);
    expect(kernels.here.links.get(outside)?.master).toBe('nved-br200');
    // Half a pair is none.
    kernels.here.links.delete(outside);
    expect(kernels.make('here', here).problems).toEqual([]);
    expect(kernels.here.links.get(outside)?.master).toBe('nved-br200');
  });
});
