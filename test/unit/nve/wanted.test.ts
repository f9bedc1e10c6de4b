import { describe, expect, it } from 'vitest';
import type { HostMapping } from '../../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../../src/nva/model.ts';
import { noRoles } from '../../../src/nve/gateway-roles.ts';
import type { LocalAttachment } from '../../../src/nve/local-attachment.ts';
import { type WantedOptions, wantedState } from '../../../src/nve/wanted.ts';
import { network, ownAddress } from './arbitrary.ts';

const options: WantedOptions = {
  tunnelAddress: ownAddress,
  underlay: { device: 'eth0', mtu: 1500 },
  pull: false,
  learning: false,
  gateways: new Map(),
  roles: noRoles,
};

const attachment = (more: Partial<LocalAttachment> = {}): LocalAttachment => ({
  network: 'web',
  id: 'vm1',
  port: 'veth0',
  mac: '02:00:00:00:00:01',
  ips: ['192.168.0.1'],
  prefixes: [],
  state: 'associated',
  role: 'tenant',
  sticky: false,
  ...more,
});

const host = (more: Partial<HostMapping> = {}): HostMapping => ({
  kind: 'host',
  nve: '10.0.0.2',
  encapsulation: 'vxlan',
  vni: 100,
  mac: '02:00:00:00:00:02',
  sequence: 0,
  sticky: false,
  ...more,
});

function want(
  parameters: readonly VirtualNetwork[],
  mappings: Readonly<Record<string, readonly HostMapping[]>>,
  attachments: readonly LocalAttachment[],
  more: Partial<WantedOptions> = {},
) {
  const known = parameters.map((one) => [one.name, { parameters: one, mappings: mappings[one.name] ?? [] }] as const);
  return wantedState(new Map(known), attachments, { ...options, ...more });
}

describe('a network with L2 service', () => {
  it('is not there until something is attached to it', () => {
    expect(want([network('web', 100)], { web: [host()] }, [])).toMatchObject({ networks: [], filter: undefined });
  });

  it('has its hosts where the highest sequence says', () => {
    const web = [host({ sequence: 1, nve: '10.0.0.3' }), host({ sequence: 0, ip: '192.168.0.2' })];
    const { networks } = want([network('web', 100)], { web }, [attachment()]);
    expect(networks[0]?.hosts).toEqual(new Map([['02:00:00:00:00:02', '10.0.0.3']]));
    expect(networks[0]?.neighbours).toEqual(new Map([['192.168.0.2', '02:00:00:00:00:02']]));
  });

  it('is called by another VNI where that is what the NVE there calls it', () => {
    const { networks } = want([network('web', 100)], { web: [host({ vni: 2217 })] }, [attachment()]);
    expect(networks[0]?.hosts.get('02:00:00:00:00:02')).toBe('10.0.0.2 2217');
  });

  it('believes the NVA on a host that has moved away and is still plugged in', () => {
    const { networks } = want([network('web', 100)], { web: [host({ mac: '02:00:00:00:00:01' })] }, [attachment()]);
    expect(networks[0]?.hosts.get('02:00:00:00:00:01')).toBe('10.0.0.2');
    expect(networks[0]?.ports).toMatchObject([{ device: 'veth0', macs: [] }]);
  });

  it('makes the port of a host ready that a migration will bring, and leaves the host where it is', () => {
    const { networks } = want([network('web', 100)], { web: [] }, [attachment({ state: 'pre-associated' })]);
    expect(networks[0]?.ports).toMatchObject([{ device: 'veth0', macs: [], settings: { learning: false } }]);
  });

  it('learns who is behind a port of which that is not said', () => {
    const { mac: _mac, ...unknown } = attachment();
    const { networks } = want([network('web', 100)], {}, [unknown]);
    expect(networks[0]?.ports).toMatchObject([{ settings: { learning: true, flood: true } }]);
  });

  it('says what cannot be: an encapsulation, an MTU, a port in two networks', () => {
    const parameters = [network('web', 100, { mtu: 1500 }), network('db', 101)];
    const { problems } = want(parameters, { web: [host({ encapsulation: 'nvgre' })] }, [
      attachment(),
      attachment({ network: 'db' }),
    ]);
    expect(problems.map(({ code, reason }) => `${code}: ${reason}`)).toEqual([
      'port-shared: veth0 of vm1 is a port of the network web already',
      'encapsulation: cannot reach 10.0.0.2 by nvgre: nved does VXLAN alone, which that NVE and the network would have to offer',
      'mtu: web has an MTU of 1500, and eth0 has room for 1450: larger packets are lost',
    ]);
  });

  it('takes the MTU that the underlay has room for', () => {
    const mtu = (more: Partial<WantedOptions>) =>
      want([network('web', 100)], {}, [attachment()], more).networks[0]?.mtu;
    expect(mtu({})).toBe(1450);
    expect(mtu({ tunnelAddress: 'fd00::1' })).toBe(1430);
  });
});

describe('a filter', () => {
  const acl = (...rules: VirtualNetwork['acl']) =>
    want([network('web', 100, { acl: rules })], {}, [attachment()]).filter?.split('chain acl_100')[1];

  it('has the rules of an ACL in their order, and lets address resolution through', () => {
    expect(
      acl(
        { action: 'allow', protocol: 'tcp', source: '10.0.0.0/8', destinationPorts: { from: 80, to: 90 } },
        { action: 'deny', destination: 'fd00::/8', protocol: 'icmpv6' },
        { action: 'deny' },
      ),
    ).toBe(
      [
        ' {',
        'ether type != { ip, ip6 } accept',
        'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
        'ip saddr 10.0.0.0/8 meta l4proto tcp th dport 80-90 accept',
        'ip6 daddr fd00::/8 meta l4proto ipv6-icmp drop',
        'drop',
        '}',
      ].join('\n'),
    );
  });

  it('polices what a port sends', () => {
    const { filter } = want([network('web', 100, { qos: { rateKbit: 8000 } })], {}, [attachment()]);
    expect(filter).toContain('iifname "veth0" limit rate over 1000000 bytes/second burst 100000 bytes drop');
  });
});

describe('a network with L3 service', () => {
  const l3 = network('tenant', 5000, { service: 'l3' });
  const there = { vni: 5000, routerMac: '06:6e:00:00:00:02' };

  it('routes to hosts here and there, by the MAC address of the router there', () => {
    const { mac: _mac, ...routed } = host({ vni: 5000, ip: '192.168.0.2', l3: there });
    const { routers, networks } = want([l3], { tenant: [routed] }, [attachment({ network: 'tenant' })]);
    expect(routers).toMatchObject([
      {
        namespace: 'nved-10.0.0.1-5000',
        routes: new Map([
          ['192.168.0.2/32', 'via 10.0.0.2 dev nved-vx5000'],
          ['192.168.0.1/32', 'dev gw5000'],
        ]),
        neighbours: new Map([
          ['nved-vx5000 10.0.0.2', '06:6e:00:00:00:02'],
          ['gw5000 192.168.0.1', '02:00:00:00:00:01'],
        ]),
        tunnels: new Map([['06:6e:00:00:00:02', '10.0.0.2']]),
      },
    ]);
    expect(networks[0]).toMatchObject({ vxlan: undefined, ports: [{ settings: { isolated: true } }] });
  });

  it('routes for a network with L2 service that is here, without being attached to itself', () => {
    const web = network('web', 100, { l3: 'tenant' });
    const mappings = {
      web: [host({ ip: '192.168.0.2', l3: there }), host({ mac: '02:00:00:00:00:03', ip: '192.168.0.3' })],
    };
    const { routers, networks } = want([l3, web], mappings, [attachment()], {
      gateways: new Map([['web', ['192.168.0.254/24']]]),
    });
    expect(routers[0]?.segments).toMatchObject([{ device: 'gw100', addresses: ['192.168.0.254/24'], proxyArp: false }]);
    expect([...(routers[0]?.routes.keys() ?? [])]).toEqual(['192.168.0.2/32', '192.168.0.1/32']);
    expect(networks).toMatchObject([{ name: 'web', gateway: { port: 'nved-gw100', namespace: 'nved-10.0.0.1-5000' } }]);
  });
});
