import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { federationNotes } from '../../../src/config/federation-notes.ts';
import { type LoadedConfig, locate, parseConfig } from '../../../src/config/load.ts';

const head = `domain: dc1
asn: 65001
routerId: 10.0.0.1
nves: [{ prefix: 10.1.0.0/16 }, { name: gw, kind: static, tunnelAddress: 10.2.0.254 }]
virtualNetworks: [{ name: web, vni: 1217 }, { name: db, vni: 1218 }]
`;

function read(text: string): { readonly loaded?: LoadedConfig; readonly refusals: readonly string[] } {
  const result = parseConfig('/etc/nvad/F', text);
  if (result.ok) return { loaded: result.loaded, refusals: [] };
  return { refusals: result.errors.map((error) => formatConfigError(error).replace('/etc/nvad/', '')) };
}

/** What is shared with one neighbour. */
const shared = (shares: string, more = '') =>
  `${head}federation:\n  - domain: dc2\n    address: 192.0.2.2\n    asn: 65002\n    virtualNetworks: ${shares}\n${more}`;

function config(text: string) {
  const { loaded, refusals } = read(text);
  if (loaded === undefined) throw new Error(refusals.join('\n'));
  return loaded;
}

describe('a neighbour domain', () => {
  it('has defaults filled in', () => {
    const [dc2] = config(shared('[{ name: web }]')).config.federation;
    expect(dc2?.neighbour).toEqual({
      domain: 'dc2',
      asn: 65002,
      domainId: '65002:0',
      networks: [{ network: 'web', gateways: { export: [], import: [] } }],
      keepStale: 300,
      limits: { routes: 1_000_000, perNetwork: 500_000, warning: 80, exceeded: 'stop' },
      rate: {
        import: { delay: 0, changesPerSecond: undefined, flap: { interval: 10_000, allowance: 5 } },
        export: { delay: 0, changesPerSecond: undefined, flap: { interval: 10_000, allowance: 5 } },
      },
      policy: {},
    });
    expect(dc2?.sessions).toMatchObject([{ address: '192.0.2.2', asn: 65002, port: 179, passive: false }]);
  });

  it('calls networks by what the neighbour is likely to call them', () => {
    const shares =
      '[{ name: web, remote: { vni: 2217 } }, { name: db, remote: { routeTarget: "65002:7" }, gateways: [10.1.0.254] }]';
    expect(config(shared(shares)).config.federation[0]?.neighbour.networks).toEqual([
      { network: 'web', remote: { vni: 2217, routeTarget: '65002:2217' }, gateways: { export: [], import: [] } },
      {
        network: 'db',
        remote: { routeTarget: '65002:7' },
        gateways: { export: ['10.1.0.254'], import: ['10.1.0.254'] },
      },
    ]);
    const all = config(
      shared('{ all: true, vniOffset: 1000, routeTargetAsn: 65002, gateways: { import: [10.1.0.254] } }'),
    );
    expect(all.config.federation[0]?.neighbour.networks).toEqual({
      vniOffset: 1000,
      routeTargetAsn: 65002,
      gateways: { export: [], import: ['10.1.0.254'] },
    });
  });

  it('has gateways that share an address, in both directions or in one', () => {
    const of = (gateways: string) => {
      const { networks } = config(shared(`[{ name: web, gateways: ${gateways} }]`)).config.federation[0]!.neighbour;
      return 'gateways' in networks ? undefined : networks[0]?.gateways;
    };
    const members = ['10.1.0.253', '10.1.0.254'];
    const list = `[${members}]`;
    expect(of(`{ anycast: 10.1.9.9, members: ${list} }`)).toEqual({
      ...{ export: members, import: members },
      anycast: { export: '10.1.9.9', import: '10.1.9.9' },
    });
    expect(of(`{ export: { anycast: "2001:DB8::9", members: ${list} }, import: ${list} }`)).toEqual({
      ...{ export: members, import: members },
      anycast: { export: '2001:db8::9' },
    });
    expect(of(`{ import: { anycast: 10.1.9.9, members: ${list} } }`)).toEqual({
      ...{ export: [], import: members },
      anycast: { import: '10.1.9.9' },
    });
  });

  it('has files beside the configuration', () => {
    const { neighbour } = config(
      shared('all', '    policy: { import: in.yaml }\n    api: { url: "https://dc2.example/", token: dc2.token }\n'),
    ).config.federation[0]!;
    expect([neighbour.policy, neighbour.api]).toEqual([
      { import: '/etc/nvad/in.yaml' },
      { url: 'https://dc2.example', token: '/etc/nvad/dc2.token' },
    ]);
  });
});

describe('is refused with its line', () => {
  const esi = (last: string) => `interconnectSegment: "00:01:02:03:04:05:06:07:08:${last}"`;
  const another = (more: string) => `  - { domain: dc3, address: 192.0.2.3, ${more}, virtualNetworks: all }\n`;
  it.each<[what: string, text: string, refusals: readonly string[]]>([
    [
      'two neighbours with one domain id',
      shared('all', `    domainId: "65009:1"\n${another('asn: 65003, domainId: "65009:1"')}`),
      [
        'F:12:62: two domains have the domain id 65009:1: federation[0].domainId and federation[1].domainId; give each domain a domainId of its own',
      ],
    ],
    [
      'a domain id that follows from the AS number of another',
      shared('all', another('asn: 65003, domainId: "65002:0"')),
      [
        'F:11:62: two domains have the domain id 65002:0: federation[0].asn and federation[1].domainId; give each domain a domainId of its own',
      ],
    ],
    [
      'our own domain id',
      `${shared('all', '    domainId: "65001:0"\n')}`,
      [
        'F:11:15: two domains have the domain id 65001:0: asn and federation[0].domainId; give each domain a domainId of its own',
      ],
    ],
    [
      'our own AS number',
      shared('all', '    domainId: "65002:1"\n').replace('asn: 65002', 'asn: 65001'),
      [
        'F:9:10: federation[0].asn is our own, and between domains there is eBGP; give each domain an AS number of its own',
      ],
    ],
    [
      'a VNI on the wire given twice',
      shared('[{ name: web, remote: { vni: 9 } }, { name: db, remote: { vni: 9, routeTarget: "65002:7" } }]'),
      [
        'F:10:85: the VNI on the wire 9 is given twice: federation[0].virtualNetworks[0].remote.vni and federation[0].virtualNetworks[1].remote.vni; give each network its own',
      ],
    ],
    [
      'a VNI on the wire that a network has of its own',
      shared('[{ name: web, remote: { vni: 1218 } }, { name: db }]'),
      [
        'F:10:69: the VNI on the wire 1218 is given twice: federation[0].virtualNetworks[0].remote.vni and federation[0].virtualNetworks[1].name; give each network its own',
      ],
    ],
    [
      'a route target on the wire given twice',
      shared('[{ name: web, remote: { routeTarget: "65002:7" } }, { name: db, remote: { routeTarget: "65002:7" } }]'),
      [
        'F:10:109: the route target on the wire 65002:7 is given twice: federation[0].virtualNetworks[0].remote.routeTarget and federation[0].virtualNetworks[1].remote.routeTarget; give each network its own',
      ],
    ],
    [
      'a route target on the wire that another network has by its VNI there',
      shared('[{ name: web, remote: { vni: 7 } }, { name: db, remote: { routeTarget: "65002:7" } }]'),
      [
        'F:10:93: the route target on the wire 65002:7 is given twice: federation[0].virtualNetworks[0].remote.vni (automatic) and federation[0].virtualNetworks[1].remote.routeTarget; give each network its own',
      ],
    ],
    [
      'a route target on the wire that another network has of its own',
      shared('[{ name: web, remote: { routeTarget: "65001:1218" } }, { name: db }]'),
      [
        'F:10:85: the route target on the wire 65001:1218 is given twice: federation[0].virtualNetworks[0].remote.routeTarget and federation[0].virtualNetworks[1].name; give each network its own',
      ],
    ],
    [
      'a route target of our own that another network has by its VNI on the wire',
      shared('[{ name: web }, { name: db, remote: { vni: 7 } }]').replace(
        'vni: 1217',
        'vni: 1217, routeTargets: ["65002:7"]',
      ),
      [
        'F:10:65: the route target on the wire 65002:7 is given twice: federation[0].virtualNetworks[0].name and federation[0].virtualNetworks[1].remote.vni (automatic); give each network its own',
      ],
    ],
    [
      'a network shared twice, and one domain twice',
      shared('[{ name: web }, { name: web }]', another('asn: 65003').replace('dc3', 'dc2')),
      [
        'F:10:46: the network web is given twice: federation[0].virtualNetworks[0].name and federation[0].virtualNetworks[1].name; leave one of them out',
        'F:11:15: two domains have the name dc2: federation[0].domain and federation[1].domain; name each neighbour domain once, as it calls itself',
      ],
    ],
    [
      'federation of a plain reflector',
      shared('all')
        .replace(/virtualNetworks: .*\n/, '')
        .replace(/, \{ name: gw.*\}/, ''),
      [
        'F:5:1: federation shares virtual networks, but without virtualNetworks nvad is a plain reflector; add virtualNetworks, if only as an empty list, or leave federation out',
      ],
    ],
    [
      'a list of no gateways',
      shared('[{ name: web, gateways: [] }]'),
      [
        'F:10:46: federation[0].virtualNetworks[0].gateways: a list of no gateways leads nowhere; leave it out where NVEs tunnel to each other directly',
      ],
    ],
    [
      'an address that gateways share and an NVE has',
      shared('[{ name: web, gateways: { anycast: 10.2.0.254, members: [10.1.0.253, 10.1.0.254] } }]'),
      [
        'F:10:57: federation[0].virtualNetworks[0].gateways.anycast is the address of an NVE (nves[1].tunnelAddress): 10.2.0.254; take an address that the members have beside their own',
      ],
    ],
    [
      'an address that gateways share and one of them has for itself',
      shared('[{ name: web, gateways: { export: { anycast: 10.1.0.254, members: [10.1.0.253, 10.1.0.254] } } }]'),
      [
        "F:10:67: federation[0].virtualNetworks[0].gateways.export.anycast is a member's own address: 10.1.0.254; take an address that the members have beside their own",
      ],
    ],
    [
      'an address that gateways share, beside an interconnect segment',
      shared(
        '{ all: true, interconnectSegment: "00:01:02:03:04:05:06:07:08:09", gateways: { import: { anycast: 10.1.9.9, members: [10.1.0.254] } } }',
      ),
      [
        'F:10:56: interconnectSegment shows our NVEs each gateway, and an anycast address shows them none; leave one of the two out',
      ],
    ],
    [
      'an address that other gateways share elsewhere',
      shared(
        '[{ name: web, gateways: { anycast: 10.1.9.9, members: [10.1.0.253, 10.1.0.254] } }, { name: db, gateways: { import: { anycast: 10.1.9.9, members: [10.1.0.254] } } }]',
      ),
      [
        'F:10:149: 10.1.9.9 is shared by other gateways in federation[0].virtualNetworks[0].gateways.anycast than in federation[0].virtualNetworks[1].gateways.import.anycast; give them the same members, or other addresses',
      ],
    ],
    [
      'an interconnect segment of two networks with different gateways',
      shared(
        `[{ name: web, gateways: [10.1.0.253, 10.1.0.254], ${esi('09')} }, { name: db, gateways: { import: [10.1.0.254] }, ${esi('09')} }]`,
      ),
      [
        'F:10:197: 00:01:02:03:04:05:06:07:08:09 has other gateways in federation[0].virtualNetworks[0].interconnectSegment than in federation[0].virtualNetworks[1].interconnectSegment; give them the same gateways, or another segment',
      ],
    ],
    [
      'an interconnect segment of two neighbours with different gateways',
      shared(
        `{ all: true, gateways: [10.1.0.253], ${esi('0a')} }`,
        another('asn: 65003').replace('all }', `{ all: true, gateways: [10.1.0.254], ${esi('0A')} } }`),
      ),
      [
        'F:11:127: 00:01:02:03:04:05:06:07:08:0A has other gateways in federation[0].virtualNetworks.interconnectSegment than in federation[1].virtualNetworks.interconnectSegment; give them the same gateways, or another segment',
      ],
    ],
    [
      'an address that gateways share that is our router id',
      shared('[{ name: web, gateways: { export: { anycast: 10.0.0.1, members: [10.1.0.253] } } }]'),
      [
        'F:10:67: federation[0].virtualNetworks[0].gateways.export.anycast is our routerId: 10.0.0.1; take an address that the members have beside their own',
      ],
    ],
    [
      'an address that gateways share and we listen on',
      shared(
        '[{ name: web, gateways: { export: { anycast: 10.1.9.9, members: [10.1.0.253] } } }]',
        'listen: ["10.1.9.9:179"]\n',
      ),
      [
        'F:10:67: federation[0].virtualNetworks[0].gateways.export.anycast is an address that we listen on (listen[0]): 10.1.9.9; take an address that the members have beside their own',
      ],
    ],
    [
      'an address that gateways share and a replica has',
      shared(
        '[{ name: web, gateways: { export: { anycast: 10.1.9.9, members: [10.1.0.253] } } }]',
        'nvas: [{ address: 10.1.9.8 }, { address: 10.1.9.9 }]\n',
      ),
      [
        'F:10:67: federation[0].virtualNetworks[0].gateways.export.anycast is the address of a replica (nvas[1].address): 10.1.9.9; take an address that the members have beside their own',
      ],
    ],
    [
      "an address that gateways share and a neighbour's NVA has",
      shared(
        '[{ name: web, gateways: { anycast: 192.0.2.3, members: [10.1.0.253] } }]',
        another('asn: 65003').replace('192.0.2.3', '[192.0.2.4, 192.0.2.3]'),
      ),
      [
        "F:10:57: federation[0].virtualNetworks[0].gateways.anycast is the address of a neighbour's NVA (federation[1].address[1]): 192.0.2.3; take an address that the members have beside their own",
      ],
    ],
    [
      'an address that gateways share and a gateway of another network has for itself',
      shared(
        '[{ name: web, gateways: { import: { anycast: 10.1.9.9, members: [10.1.0.253] } } }, { name: db, gateways: [10.1.0.253, 10.1.9.9] }]',
      ),
      [
        "F:10:67: federation[0].virtualNetworks[0].gateways.import.anycast is a gateway's own address (federation[0].virtualNetworks[1].gateways[1]): 10.1.9.9; take an address that the members have beside their own",
      ],
    ],
    [
      'a gateway given twice, in a list or as a member',
      shared(
        '[{ name: web, gateways: { export: ["2001:db8::1", "2001:DB8:0::1"] } }, { name: db, gateways: { anycast: 10.1.9.9, members: [10.1.0.253, 10.1.0.254, 10.1.0.253] } }]',
      ),
      [
        'F:10:72: the gateway 2001:db8::1 is given twice: federation[0].virtualNetworks[0].gateways.export[0] and federation[0].virtualNetworks[0].gateways.export[1]; leave one of them out',
        'F:10:171: the gateway 10.1.0.253 is given twice: federation[0].virtualNetworks[1].gateways.members[0] and federation[0].virtualNetworks[1].gateways.members[2]; leave one of them out',
      ],
    ],
    [
      'an address without those who share it, and the other way round',
      shared('[{ name: web, gateways: { anycast: 10.1.9.9 } }, { name: db, gateways: { members: [10.1.0.254] } }]'),
      [
        'F:10:46: federation[0].virtualNetworks[0].gateways.members is missing: who shares the anycast address; add members, a list of gateways',
        'F:10:104: federation[0].virtualNetworks[1].gateways.members share an address, and there is no federation[0].virtualNetworks[1].gateways.anycast; add anycast, or write the members as a list of gateways',
      ],
    ],
    [
      'an address without those who share it, in one direction',
      shared('[{ name: web, gateways: { import: { anycast: 10.1.9.9 } } }]'),
      ['F:10:56: federation[0].virtualNetworks[0].gateways.import.members is missing'],
    ],
    [
      'an address that gateways share in both directions, and others in one',
      shared('[{ name: web, gateways: { anycast: 10.1.9.9, members: [10.1.0.253], export: [10.1.0.254] } }]'),
      [
        'F:10:98: federation[0].virtualNetworks[0].gateways.anycast holds for both directions, and federation[0].virtualNetworks[0].gateways.export is given as well; write anycast and members in each direction that has them',
      ],
    ],
    [
      'a misspelt key of those who share an address',
      shared('[{ name: web, gateways: { anycast: 10.1.9.9, member: [10.1.0.253] } }]'),
      ['F:10:67: unknown key "member" in federation[0].virtualNetworks[0].gateways; did you mean "members"?'],
    ],
    [
      'a neighbour without an address',
      shared('all').replace('192.0.2.2', '[]'),
      ['F:8:14: federation[0].address: a list of no addresses leads to no NVA; name that of each replica'],
    ],
    [
      'the address of an NVE',
      shared('all').replace('nves: [', 'nves: [{ address: 192.0.2.2 }, '),
      [
        'F:8:14: two peers have the address 192.0.2.2: nves[0].address and federation[0].address; leave one of them out',
      ],
    ],
    [
      'an address that we listen on',
      `${shared('all').replace('192.0.2.2', '[192.0.2.9, 192.0.2.2]')}listen: ["192.0.2.2:179"]\n`,
      ["F:8:26: federation[0].address[1] is nvad's own address (listen[0]); name the other side"],
    ],
  ])('%s', (_, text, refusals) => {
    expect(read(text).refusals).toEqual(refusals);
  });

  it('but not gateways that may be said so', () => {
    const segments = `[{ name: web, gateways: [10.1.0.253, 10.1.0.254], ${esi('09')} }, { name: db, gateways: { import: [10.1.0.254, 10.1.0.253] }, ${esi('09')} }]`;
    expect(read(shared(segments)).refusals).toEqual([]);
    // In the neighbour's underlay an address may be another's than in ours.
    const outside = '{ export: { anycast: 10.1.9.9, members: [10.1.0.253] }, import: [10.1.9.9] }';
    expect(read(shared(`[{ name: web, gateways: ${outside} }]`)).refusals).toEqual([]);
  });

  it('and never with a secret in it', () => {
    const text = shared('all', '    password: "a-secret-of-ours\\tand more"\n    ttlSecurity: 300\n    asn: 65003\n');
    const { refusals } = read(text);
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.join('\n')).not.toContain('a-secret');
  });
});

describe('is warned of', () => {
  const notes = (text: string) => {
    const loaded = config(text);
    return federationNotes(loaded.config).map((finding) =>
      formatConfigError(locate(finding, loaded)).replace('/etc/nvad/', ''),
    );
  };
  const noNve = (place: string, address: string) =>
    `${place}: ${address} is no NVE: none is declared there, and it is in no prefix of nves; declare the gateway in nves, or write its tunnel address`;

  it('a network that is not declared', () => {
    expect(notes(shared('[{ name: web }, { name: shop }]'))).toEqual([
      'F:10:46: the network shop is not declared, and is shared from when the API makes it; declare it in virtualNetworks, or share another',
    ]);
    expect(notes(shared('all'))).toEqual([]);
  });

  const mayBeDead = (place: string, address: string, session = 'a BGP session') =>
    `${place}: ${address} lies in a prefix of nves and is not declared: it counts as dead until it has ${session}; where it has none, declare it in nves with kind static or agent`;

  it("a neighbour's NVA with the address of an NVE, or in a prefix of them", () => {
    const says = (place: string, whose: string) =>
      `${place}: and ${whose}: routes from there that name it are refused; name the other side, or leave its addresses out of nves`;
    const at = (address: string) =>
      notes(shared('all').replace('192.0.2.2', address)).map((note) =>
        note.replace(/ \S+ is given for the NVA of dc2,/, ''),
      );
    expect(at('10.2.0.253')).toEqual([]);
    expect(at('10.2.0.254')).toEqual([says('F:8:14', 'is the tunnel address of our NVE gw')]);
    expect(at('[192.0.2.2, 10.1.2.3]')).toEqual([says('F:8:26', 'lies in 10.1.0.0/16, a prefix of nves')]);
    const declared = shared('all').replace('192.0.2.2', '10.1.2.3').replace('10.2.0.254', '10.1.2.3');
    expect(notes(declared)).toEqual([
      'F:8:14: 10.1.2.3 is given for the NVA of dc2, and is the tunnel address of our NVE gw: routes from there that name it are refused; name the other side, or leave its addresses out of nves',
    ]);
  });

  it('a gateway that is expected in a prefix, and not declared, once', () => {
    expect(notes(shared('[{ name: web, gateways: [10.2.0.254] }]'))).toEqual([]);
    const both = shared('[{ name: web, gateways: [10.2.0.254, 10.1.0.254] }, { name: db, gateways: [10.1.0.254] }]');
    expect(notes(both)).toEqual([mayBeDead('F:10:46', '10.1.0.254')]);
    expect(notes(`${both}nveProtocol: { listen: "127.0.0.1:8394" }\n`)).toEqual([
      mayBeDead('F:10:46', '10.1.0.254', 'a session, by BGP or the NVE protocol'),
    ]);
    const declared = (entry: string) => both.replace('nves: [', `nves: [${entry}, `);
    expect(notes(declared('{ name: g, kind: static, tunnelAddress: 10.1.0.254 }'))).toEqual([]);
    expect(notes(declared('{ address: 10.1.0.254 }'))).toEqual([]);
  });

  it('a gateway that is no NVE', () => {
    expect(notes(shared('[{ name: web, gateways: [10.2.0.254] }]'))).toEqual([]);
    expect(notes(shared('[{ name: web, gateways: [10.2.0.254, 10.3.0.254] }]'))).toEqual([
      noNve('F:10:46', '10.3.0.254'),
    ]);
    expect(notes(shared('{ all: true, gateways: { export: [10.3.0.254] } }'))).toEqual([
      noNve('F:10:56', '10.3.0.254'),
    ]);
  });

  it('a gateway that is no NVE, of either direction, each once', () => {
    const both = (imported: string, exported: string) =>
      shared(`[{ name: web, gateways: { import: [${imported}], export: [${exported}] } }]`);
    expect(notes(both('10.2.0.254', '10.3.0.254'))).toEqual([noNve('F:10:79', '10.3.0.254')]);
    expect(notes(both('10.3.0.254', '10.2.0.254'))).toEqual([noNve('F:10:57', '10.3.0.254')]);
    expect(notes(both('10.3.0.254', '10.3.0.254'))).toEqual([noNve('F:10:57', '10.3.0.254')]);
  });

  it('not its end in the other underlay, which it says itself by the NVE protocol', () => {
    const gateways = shared('[{ name: web, gateways: { import: [10.2.0.254], export: [203.0.113.1] } }]');
    expect(notes(`${gateways}nveProtocol: { listen: "127.0.0.1:8394" }\n`)).toEqual([]);
  });

  it('one of those that share an address that is no NVE, where it stands', () => {
    const members = 'members: [10.2.0.254, 10.3.0.254]';
    expect(notes(shared(`[{ name: web, gateways: { import: { anycast: 10.1.9.9, ${members} } } }]`))).toEqual([
      noNve('F:10:99', '10.3.0.254'),
    ]);
    expect(notes(shared(`[{ name: web, gateways: { anycast: 10.1.9.9, ${members} } }]`))).toEqual([
      noNve('F:10:89', '10.3.0.254'),
    ]);
  });

  it("different Router's MACs of those that share an address", () => {
    const declared = (a: string, b: string) =>
      shared('[{ name: web, gateways: { import: { anycast: 10.1.9.9, members: [10.1.0.253, 10.1.0.254] } } }]').replace(
        'nves: [',
        `nves: [${[a, b].map((mac, i) => `{ name: g${i}, kind: static, tunnelAddress: 10.1.0.25${3 + i}, routerMac: "${mac}" }, `).join('')}`,
      );
    const routed = (text: string) => text.replace('1217', '1217, service: l3');
    expect(notes(routed(declared('02:00:00:00:00:0a', '02:00:00:00:00:0a')))).toEqual([]);
    expect(notes(declared('02:00:00:00:00:0a', '02:00:00:00:00:0b'))).toEqual([]);
    expect(notes(routed(declared('02:00:00:00:00:0a', '02:00:00:00:00:0b')))).toEqual([
      "F:10:67: 10.1.9.9 is shared by gateways with different Router's MACs: nothing that is routed crosses by them; give them the same routerMac, or elect one of them",
    ]);
  });

  it('an interconnect segment that nobody sees', () => {
    const segment = 'interconnectSegment: "00:01:02:03:04:05:06:07:08:09"';
    const ofGateways = (place: string) =>
      `${place}: interconnectSegment does nothing: our NVEs see no gateways, which gateways.import would say; add gateways, or leave it out`;
    expect(notes(shared(`[{ name: web, gateways: [10.2.0.254], ${segment} }]`))).toEqual([]);
    expect(notes(shared(`[{ name: web, gateways: { export: [10.2.0.254] }, ${segment} }]`))).toEqual([
      ofGateways('F:10:93'),
    ]);
    expect(notes(shared(`{ all: true, ${segment} }`))).toEqual([ofGateways('F:10:56')]);
    const routing = shared(`[{ name: web, gateways: [10.2.0.254], ${segment} }]`).replace('1217', '1217, service: l3');
    expect(notes(routing)).toEqual([
      'F:10:81: interconnectSegment does nothing: web has service l3, and no hosts by MAC address; leave it out',
    ]);
  });

  it('networks that an offset leaves without a VNI on the wire', () => {
    const says = (network: string, vni: number, onWire: number) =>
      `F:10:46: ${network} is not shared: with vniOffset its VNI ${vni} would be ${onWire} on the wire; take an offset with which it is at least 1 and at most 16777215`;
    expect(notes(shared('{ all: true, vniOffset: -1216 }'))).toEqual([]);
    expect(notes(shared('{ all: true, vniOffset: -1217 }'))).toEqual([says('web', 1217, 0)]);
    expect(notes(shared('{ all: true, vniOffset: 16776000 }'))).toEqual([
      says('web', 1217, 16777217),
      says('db', 1218, 16777218),
    ]);
  });
});

describe('the example', () => {
  const file = 'examples/federation.yaml';
  const text = readFileSync(file, 'utf8');

  it('is accepted as it is shipped, without a note', () => {
    const loaded = config(text);
    expect(federationNotes(loaded.config)).toEqual([]);
    expect(loaded.config.federation.map(({ neighbour }) => neighbour.domain)).toEqual(['dc2', 'dc3']);
  });

  it('is accepted with everything that is commented out in a neighbour', () => {
    const loaded = config(text.replaceAll(/^ {4}# ([a-zA-Z]+:)/gm, '    $1'));
    expect(loaded.config.federation[0]).toMatchObject({
      neighbour: { policy: { import: '/etc/nvad/from-dc2.yaml' }, api: { token: '/etc/nvad/dc2.token' } },
      sessions: [{ address: '192.0.2.2', password: 'secret', ttlSecurity: 3, role: 'peer' }, { address: '192.0.2.3' }],
    });
  });

  it('shows the defaults', () => {
    const [all] = config(text).config.federation;
    const [none] = config(shared('[{ name: web }]')).config.federation;
    expect(all?.neighbour).toMatchObject({ keepStale: none?.neighbour.keepStale, limits: none?.neighbour.limits });
    expect(all?.neighbour.rate.import).toEqual(none?.neighbour.rate.import);
  });
});
