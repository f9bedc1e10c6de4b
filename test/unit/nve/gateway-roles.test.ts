import { describe, expect, it } from 'vitest';
import { batches } from '../../../src/nve/command.ts';
import { fingerprint } from '../../../src/nve/filter.ts';
import {
  type GatewayRoles,
  grantedRoles,
  noRoles,
  type PortRole,
  roleAttachments,
} from '../../../src/nve/gateway-roles.ts';
import { KernelModel } from '../../../src/nve/kernel-model.ts';
import type { KernelState } from '../../../src/nve/kernel-state.ts';
import { type HostTable, type LearntHost, parseLearnt } from '../../../src/nve/learnt-hosts.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { PortGateways } from '../../../src/nve/port-gateways.ts';
import { reconcileGateways } from '../../../src/nve/reconcile-gateway.ts';
import type { RouterLink, RouterState } from '../../../src/nve/router-state.ts';
import { type WantedState, wantedState } from '../../../src/nve/wanted.ts';
import { freshKernel, network, ownAddress } from './arbitrary.ts';

const join: GatewayRoles['joins'][number] = {
  networks: [
    { network: 'red', prefixes: ['192.168.0.0/24'] },
    { network: 'blue', prefixes: ['172.16.0.0/24', 'fd00:1::/64'] },
  ],
  acl: [{ action: 'deny', protocol: 'tcp', destinationPorts: { from: 22, to: 22 } }],
};
const outside = (of: string, slot = 0) => ({
  ...{ network: of, device: 'eth3', prefixes: ['0.0.0.0/0'], acl: [], slot },
});
const port: PortRole = { network: 'web', port: 'veth3', maxHosts: 2 };

const networks = [
  network('web', 100, { l3: 'red' }),
  network('red', 5000, { service: 'l3' }),
  network('blue', 6000, { service: 'l3' }),
];

function want(roles: Partial<GatewayRoles>, attachments?: readonly LocalAttachment[]): WantedState {
  const configured = { ...noRoles, ...roles };
  const attached = attachments ?? roleAttachments('nve1', configured);
  return wantedState(new Map(networks.map((one) => [one.name, { parameters: one, mappings: [] }])), attached, {
    tunnelAddress: ownAddress,
    underlay: { device: 'eth0', mtu: 1500 },
    ...{ pull: false, learning: false, gateways: new Map() },
    roles: grantedRoles('nve1', configured, attached),
  });
}

const routerOf = (state: WantedState, vni: number) => state.routers.find((router) => router.vni === vni);

describe('what gateway roles want', () => {
  it('is attached at the NVA: prefixes of each other, and of outside', () => {
    const attached = roleAttachments('nve1', { ports: [port], joins: [join], outside: [outside('red')] });
    expect(attached.map(({ network: of, id, prefixes }) => `${of} ${id} ${prefixes}`)).toEqual([
      'red blue@nve1 172.16.0.0/24,fd00:1::/64',
      'blue red@nve1 192.168.0.0/24',
      'red outside:nat@nve1 0.0.0.0/0',
    ]);
  });

  it('joins two routers: routes of each by the other, and an ACL in one of them', () => {
    const state = want({ joins: [join] });
    const [red, blue] = [routerOf(state, 5000), routerOf(state, 6000)];
    expect(Object.fromEntries(red?.routes ?? [])).toEqual({
      '172.16.0.0/24': 'via 169.254.0.1 dev jn6000',
      'fd00:1::/64': 'via fe80::1 dev jn6000',
    });
    expect(Object.fromEntries(blue?.routes ?? [])).toEqual({ '192.168.0.0/24': 'via 169.254.0.1 dev jn5000' });
    const [there, here] = state.gateways.pairs[0]?.ends ?? [];
    expect(red?.neighbours.get('jn6000 169.254.0.1')).toBe(here?.mac);
    expect(blue?.neighbours.get('jn5000 169.254.0.1')).toBe(there?.mac);
    expect(red?.filter).toContain('chain acl_jn6000 {\nmeta l4proto tcp th dport 22 drop');
    expect(blue?.filter).toBeUndefined();
  });

  it('lets a network out behind an address between router and machine, and that behind the device', () => {
    const state = want({ outside: [outside('red', 130)] });
    expect(routerOf(state, 5000)?.routes.get('0.0.0.0/0')).toBe('via 169.254.65.4 dev out');
    expect(routerOf(state, 5000)?.filter).toContain('oifname "out" masquerade');
    expect(state.gateways.machineFilter?.split('\n')).toEqual(
      expect.arrayContaining([
        'iifname "nved-ou5000" drop',
        'iifname "nved-ou5000" oifname != "eth3" drop',
        'oifname "nved-ou5000" ct state != { established, related } drop',
        'ip saddr 169.254.65.5 oifname "eth3" masquerade',
      ]),
    );
  });

  it('is nothing as long as the NVA has not granted all of it', () => {
    const roles = { joins: [join], outside: [outside('red')] };
    const [first] = roleAttachments('nve1', { ...noRoles, ...roles });
    expect(want(roles, first === undefined ? [] : [first]).gateways.pairs).toEqual([]);
  });

  it('is a problem of a network without a router', () => {
    const { problems, gateways } = want({ outside: [outside('web')] });
    expect(problems).toEqual([
      {
        network: 'web',
        code: 'router',
        reason: 'web has no router here: a gateway role needs a network with L3 service',
      },
    ]);
    expect(gateways.pairs).toEqual([]);
  });

  it('learns behind a port, and of so many hosts alone; what is learnt is not made', () => {
    const common = { ips: [], prefixes: [], state: 'associated', role: 'bare-metal', sticky: false } as const;
    const at = { network: 'web', port: port.port };
    const { networks: wanted, hostFilter } = want({ ports: [port] }, [
      { ...common, ...at, id: 'veth3@nve1', source: 'configuration' },
      { ...common, ...at, id: '02:00:00:00:00:01@nve1', mac: '02:00:00:00:00:01', source: 'port' },
    ]);
    expect(wanted[0]?.ports).toEqual([
      {
        device: 'veth3',
        macs: [],
        settings: { learning: true, flood: true, neighSuppress: false, isolated: false },
      },
    ]);
    expect(hostFilter).toContain('set hosts_0 {\ntype ether_addr; size 2;');
    expect(hostFilter).toContain('iifname "veth3" update @hosts_0 { ether saddr } accept\niifname "veth3" drop');
  });
});

/** The kernel as the roles want it: routers, their devices, filters. */
function asWanted({ gateways, routers }: WantedState, forwarding: KernelState['forwarding']): KernelModel {
  const kernel = new KernelModel({
    ...freshKernel(),
    forwarding,
    ...(gateways.machineFilter !== undefined && { machineFilter: fingerprint(gateways.machineFilter) }),
    addresses: new Map(
      gateways.pairs.flatMap(({ ends }) =>
        ends.flatMap(({ namespace, address, device }) =>
          namespace === undefined && address !== undefined ? [[address.split('/')[0] as string, device] as const] : [],
        ),
      ),
    ),
    routers: new Map(
      routers.map(({ namespace, filter }): [string, RouterState] => {
        const links = gateways.pairs.flatMap(({ ends, mtu }) =>
          ends.flatMap((end): [string, RouterLink][] =>
            end.namespace === namespace
              ? [
                  [
                    end.device,
                    {
                      ...{ up: true, mtu: mtu ?? 1500, mac: end.mac },
                      addresses: new Set(end.address === undefined ? [] : [end.address]),
                    },
                  ],
                ]
              : [],
          ),
        );
        const nothing = { routes: new Map(), neighbours: new Map(), tunnels: new Map() };
        return [
          namespace,
          { links: new Map(links), ...nothing, ...(filter !== undefined && { filter: fingerprint(filter) }) },
        ];
      }),
    ),
  });
  for (const { ends, mtu } of gateways.pairs)
    for (const { namespace, device, mac } of ends)
      if (namespace === undefined)
        kernel.links.set(device, {
          ...{ name: device, kind: 'veth', address: mac, up: true, mtu: mtu ?? 1500, ownIpv6: false },
        });
  return kernel;
}

const lines = (state: WantedState, kernel: KernelState) => {
  const { make, remove } = reconcileGateways(state, kernel);
  return batches([...make, ...remove]).flatMap(({ program, namespace, text }) =>
    program === 'nft'
      ? [`${namespace ?? 'machine'}: nft`]
      : text
          .trim()
          .split('\n')
          .map((line) => `${namespace ?? 'machine'}: ${program} ${line}`),
  );
};

const red = `nved-${ownAddress}-5000`;
const blue = `nved-${ownAddress}-6000`;
const forwarding = new Map([
  ['nved-ou5000', true],
  ['eth3', true],
]);

describe('reconciling gateway roles', () => {
  const all = want({ joins: [join], outside: [outside('red')] });

  it('makes pairs of nothing', () => {
    const [one, other] = (want({ joins: [join] }).gateways.pairs[0]?.ends ?? []).map(({ mac }) => mac);
    expect(lines(want({ joins: [join] }), freshKernel())).toEqual([
      `${red}: nft`,
      `machine: ip link add name jn6000 address ${one} netns ${red} type veth peer name jn5000 address ${other} netns ${blue}`,
      `${red}: sysctl net/ipv4/conf/jn6000/rp_filter=0`,
      `${red}: sysctl net/ipv4/conf/jn6000/send_redirects=0`,
      `${red}: ip link set jn6000 addrgenmode none`,
      `${red}: ip link set jn6000 mtu 1450 up`,
      `${blue}: sysctl net/ipv4/conf/jn5000/rp_filter=0`,
      `${blue}: sysctl net/ipv4/conf/jn5000/send_redirects=0`,
      `${blue}: ip link set jn5000 addrgenmode none`,
      `${blue}: ip link set jn5000 mtu 1450 up`,
    ]);
  });

  it('does nothing where all is as it should be', () => {
    expect(lines(all, asWanted(all, forwarding))).toEqual([]);
    expect(reconcileGateways(all, asWanted(all, forwarding)).keep).toEqual(['nved-ou5000']);
  });

  it('takes away what is not wanted any more, each pair by one end', () => {
    // The networks are still here by what is plugged in.
    const plain: WantedState = {
      ...want({}, []),
      routers: all.routers.map(({ filter: _filter, ...router }) => router),
    };
    expect(lines(plain, asWanted(all, forwarding))).toEqual([
      'machine: nft',
      `${red}: nft`,
      `${red}: ip link delete jn6000`,
    ]);
  });

  it('makes a pair anew of which one end is another one', () => {
    const kernel = asWanted(all, forwarding);
    kernel.links.set('nved-ou5000', {
      ...{ name: 'nved-ou5000', kind: 'veth', address: '02:00:00:00:00:00', up: true, mtu: 1450, ownIpv6: false },
    });
    expect(lines(all, kernel).slice(0, 2)).toEqual([
      'machine: ip link delete nved-ou5000',
      expect.stringMatching(/^machine: ip link add name nved-ou5000 /),
    ]);
  });

  it('leaves the device of others as it is, and says what it lacks', () => {
    const problems = (...found: [string, boolean][]) =>
      reconcileGateways(all, asWanted(all, new Map(found))).problems.map(({ reason }) => reason);
    expect(problems(['nved-ou5000', true])).toEqual(['there is no device eth3 by which red is to be let out']);
    expect(problems(['nved-ou5000', true], ['eth3', false])).toEqual([
      'answers from outside are lost, because eth3 does not forward: sysctl -w net/ipv4/conf/eth3/forwarding=1',
    ]);
  });
});

describe('hosts behind a port', () => {
  it('are those that were learnt or have come from elsewhere', () => {
    expect(
      parseLearnt([
        { mac: '02:00:00:00:00:01', flags: [], master: 'nved-br100', state: '' },
        { mac: '02:00:00:00:00:02', flags: [], master: 'nved-br100', state: 'static' },
        { mac: '02:ff:00:00:00:00', flags: [], master: 'nved-br100', state: 'permanent' },
        { mac: '33:33:00:00:00:01', flags: ['self'], state: 'permanent' },
        7,
      ]),
    ).toEqual([
      { mac: '02:00:00:00:00:01', moved: false },
      { mac: '02:00:00:00:00:02', moved: true },
    ]);
    expect(parseLearnt('nothing')).toEqual([]);
  });

  it('are looked for once, however much happens, and again when something happened meanwhile', async () => {
    const timers: { readonly milliseconds: number; readonly call: () => void; cancelled: boolean }[] = [];
    let changed = () => {};
    let looks = 0;
    let answer: readonly LearntHost[] | undefined = [{ mac: '02:00:00:00:00:01', moved: false }];
    const hosts: HostTable = {
      learntAt: () => {
        looks++;
        return Promise.resolve(answer);
      },
      settleAt: () => Promise.resolve(),
      watchHosts: (_ports, call) => {
        changed = call;
        return () => {};
      },
    };
    const found: (readonly LearntHost[])[] = [];
    const gateways = new PortGateways([port], {
      hosts,
      clock: {
        after(milliseconds, call) {
          const timer = { milliseconds, call, cancelled: false };
          timers.push(timer);
          return () => {
            timer.cancelled = true;
          };
        },
      },
      found: (_role, there) => found.push(there),
    });
    const due = () => timers.filter(({ cancelled }) => !cancelled);
    gateways.start();
    for (let index = 0; index < 100; index++) changed();
    expect(due().map(({ milliseconds }) => milliseconds)).toEqual([100]);
    due()[0]?.call();
    await Promise.resolve();
    expect([looks, found]).toEqual([1, [answer]]);
    changed();
    expect(due().at(-1)?.milliseconds).toBe(100);
    // What cannot be said is not taken for nobody.
    answer = undefined;
    due().at(-1)?.call();
    await Promise.resolve();
    expect([looks, found.length]).toEqual([2, 1]);
    gateways.stop();
    changed();
    expect(due()).toEqual([]);
  });
});
