import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { type PolicyUse, readPolicy } from '../../../src/config/policy-file.ts';

const refusals = (text: string, use?: PolicyUse) => {
  const read = readPolicy('P', text, use);
  return read.ok ? [] : read.errors.map(formatConfigError);
};
const warnings = (text: string, use?: PolicyUse) => {
  const read = readPolicy('P', text, use);
  return read.ok ? read.warnings.map(formatConfigError) : read.errors.map(formatConfigError);
};
const match = (text: string) => `rules:\n  - match: ${text}\n    then: refuse\n`;

it('is read into values whose texts are canonical', () => {
  const read = readPolicy(
    'P',
    `
rules:
  - name: all of it
    match:
      type: 2
      network: [web, db]
      mac: ["02-00-00-00-00-01", "02:00:5E:00:00:00/ff:ff:ff:00:00:00"]
      oui: [00-16-3E, "02:00:00"]
      ip: [10.0.0.1, "2001:DB8::/32"]
      community: ["65535:65281", 65000:1:2]
      routeTarget: 65000:1
      encapsulation: vxlan
      sequence: { min: 1 }
      sticky: false
      dPath: { contains: "65001:1", length: { max: 3 } }
      age: { min: 60, max: 3600 }
    then: accept
  - match: { prefix: [10.0.0.0/8, { prefix: 10.0.0.0/8, ge: 9 }, { prefix: 10.0.0.0/8, le: 9 }] }
    then: { stripCommunity: all, preference: 50 }
default: refuse
`,
  );
  expect(read).toEqual({
    ok: true,
    warnings: [],
    policy: {
      file: 'P',
      default: 'refuse',
      rules: [
        {
          line: 3,
          name: 'all of it',
          match: {
            type: [2],
            network: ['web', 'db'],
            mac: ['02:00:00:00:00:01', '02:00:5e:00:00:00/24'],
            oui: ['00:16:3e', '02:00:00'],
            ip: ['10.0.0.1', '2001:db8::/32'],
            community: ['no-export', '65000:1:2'],
            routeTarget: ['65000:1'],
            encapsulation: ['vxlan'],
            sequence: { min: 1 },
            sticky: false,
            dPath: { contains: ['65001:1'], length: { max: 3 } },
            age: { min: 60, max: 3600 },
          },
          action: { outcome: 'accept' },
        },
        {
          line: 18,
          match: {
            prefix: [
              { prefix: '10.0.0.0/8', ge: 8, le: 8 },
              { prefix: '10.0.0.0/8', ge: 9, le: 32 },
              { prefix: '10.0.0.0/8', ge: 8, le: 9 },
            ],
          },
          action: { outcome: 'accept', communities: { strip: 'all', add: [] }, preference: 50 },
        },
      ],
    },
  });
});

describe('is refused with the place of what is wrong', () => {
  it.each<[string, string[]]>([
    ['ruels: []', ['P:1:1: unknown key "ruels"; did you mean "rules"?']],
    ['rules: [{}]', ['P:1:9: rules[0].then is missing; write it as in "then: refuse"']],
    [
      'rules: [{ then: reject }]',
      ['P:1:17: rules[0].then must be accept or refuse or a map of keys and values, not the text "reject"'],
    ],
    ['rules: [{ then: {} }]', ['P:1:17: rules[0].then: says nothing; write accept or refuse']],
    [
      'rules: [{ then: { adCommunity: [65000:1] } }]',
      ['P:1:19: unknown key "adCommunity" in rules[0].then; did you mean "addCommunity"?'],
    ],
    [
      'rules: [{ then: { setCommunity: [65000:1], stripCommunity: all } }]',
      [
        'P:1:33: rules[0].then.setCommunity: says all there is to say of communities; leave addCommunity and stripCommunity out',
      ],
    ],
    [
      'rules: [{ then: { aggregate: 10.0.0.0/8, summariseMacs: true } }]',
      [
        'P:1:57: rules[0].then.summariseMacs: what is aggregated into a prefix has no MAC routes left; make it two rules',
      ],
    ],
    [
      'rules: [{ then: { aggregate: 10.0.0.1/8 } }]',
      ['P:1:30: rules[0].then.aggregate: "10.0.0.1/8" has host bits set; did you mean 10.0.0.0/8?'],
    ],
    [match('{ macs: "02:00:00:00:00:01" }'), ['P:2:14: unknown key "macs" in rules[0].match; did you mean "mac"?']],
    [
      match('{ mac: "02:00:00:00:00:01/24" }'),
      ['P:2:19: rules[0].match.mac: "02:00:00:00:00:01/24" has bits set behind its mask; set them to zero'],
    ],
    [
      match('{ mac: "02:00:00:00:00:00/49" }'),
      [
        'P:2:19: rules[0].match.mac: "02:00:00:00:00:00/49" is not a MAC address, nor one with a prefix length of 0 to 48 or a mask; write it as in 02:00:00:00:00:01, 02:00:5e:00:00:00/24 or 02:00:00:00:00:00/ff:ff:00:00:00:00',
      ],
    ],
    [
      match('{ oui: "02:00:00:01" }'),
      [
        'P:2:19: rules[0].match.oui: "02:00:00:01" is not an OUI; write the first three octets of a MAC address, as in 00:16:3e',
      ],
    ],
    [
      match('{ community: [no-exprot] }'),
      [
        'P:2:26: rules[0].match.community[0]: "no-exprot" is not a community; write it as in "65000:1" (two numbers up to 65535), "4200000000:1:2" or no-export',
      ],
    ],
    [
      match('{ type: [] }'),
      ['P:2:20: rules[0].match.type: a list of nothing matches nothing; leave it out where it does not matter'],
    ],
    [match('{ type: 4 }'), ['P:2:20: rules[0].match.type must be 2 or 3 or 5 or a list, not the number 4']],
    [
      match('{ dPath: { contains: dc1 } }'),
      [
        'P:2:33: rules[0].match.dPath.contains: "dc1" is not a domain id; write it as in "65000:1" (up to 4294967295:65535)',
      ],
    ],
    [
      match('{ dPath: { contains: "65000:1", length: 0 } }'),
      ['P:2:21: rules[0].match.dPath: a path of no domains contains none; leave one of contains and length out'],
    ],
    [
      match('{ sequence: { min: 5, max: 4 } }'),
      ['P:2:24: rules[0].match.sequence: min is more than max, which no sequence fulfils; swap them'],
    ],
    [match('{ age: { mn: 5 } }'), ['P:2:21: unknown key "mn" in rules[0].match.age; did you mean "min"?']],
    [match('{ age: {} }'), ['P:2:19: rules[0].match.age: neither min nor max of age is given; give one of them']],
    [
      match('{ prefix: { prefix: 10.0.0.0/8, ge: 24, le: 16 } }'),
      ['P:2:48: rules[0].match.prefix.ge: ge 24 is more than le 16; swap them'],
    ],
    [
      match('{ prefix: { prefix: 10.0.0.0/8, le: 7 } }'),
      ['P:2:48: rules[0].match.prefix.le: no prefix in 10.0.0.0/8 is as short as 7; give at least 8'],
    ],
    [
      match('{ prefix: [{ prefix: 10.0.0.0/8, ge: 33 }] }'),
      ['P:2:49: rules[0].match.prefix[0].ge: an IPv4 prefix has at most 32 bits; give at most 32'],
    ],
    [
      match('{ type: 3, mac: "02:00:00:00:00:01" }'),
      [
        'P:2:5: rules[0] can never match: no route fulfils type (type 3) and mac (type 2); leave one out, or make it two rules',
      ],
    ],
    [
      match('{ mac: "02:00:00:00:00:01", oui: "00:16:3e" }'),
      ['P:2:5: rules[0] can never match: no route fulfils both mac and oui; leave one out, or make it two rules'],
    ],
    [
      'rules:\n  - { match: { ip: 10.2.0.0/16 }, then: { aggregate: 10.1.0.0/16 } }',
      ['P:2:5: rules[0] can never match: no route fulfils both ip and aggregate; leave one out, or make it two rules'],
    ],
    [
      'rules:\n  - { match: { type: 5 }, then: { summariseMacs: true } }',
      [
        'P:2:5: rules[0] can never match: no route fulfils type (type 5) and summariseMacs (type 2); leave one out, or make it two rules',
      ],
    ],
  ])('%s', (text, expected) => {
    expect(refusals(text)).toEqual(expected);
  });
});

describe('a rule that another comes before is warned of', () => {
  it.each<[earlier: string, later: string, shadowed: boolean]>([
    ['{}', '{ network: web }', true],
    ['{ network: [web, db] }', '{ network: web, type: 3 }', true],
    ['{ network: web }', '{ network: [web, db] }', false],
    ['{ type: 2 }', '{ mac: "02:00:00:00:00:01" }', true],
    ['{ type: [2, 3] }', '{ ip: 10.0.0.1 }', true],
    ['{ type: 5 }', '{ ip: 10.0.0.1 }', false],
    ['{ oui: "02:00:00" }', '{ mac: ["02:00:00:00:00:01", "02:00:00:10:00:00/28"] }', true],
    ['{ oui: "02:00:00" }', '{ mac: "02:00:00:00:00:00/23" }', false],
    ['{ mac: "02:00:00:00:00:01/ff:00:00:00:00:ff" }', '{ mac: "02:00:00:00:00:01" }', true],
    ['{ ip: 10.0.0.0/8 }', '{ ip: [10.1.0.0/16, 10.0.0.1] }', true],
    ['{ ip: 10.0.0.0/8 }', '{ ip: [10.1.0.0/16, 11.0.0.1] }', false],
    ['{ prefix: { prefix: 10.0.0.0/8, le: 24 } }', '{ prefix: { prefix: 10.1.0.0/16, le: 24 } }', true],
    ['{ prefix: { prefix: 10.0.0.0/8, le: 24 } }', '{ prefix: { prefix: 10.1.0.0/16, le: 25 } }', false],
    ['{ community: [65000:1, 65000:2] }', '{ community: 65000:1 }', true],
    ['{ community: 65000:1 }', '{ community: 65000:2 }', false],
    ['{ sequence: { min: 1 } }', '{ sequence: { min: 2, max: 4 } }', true],
    ['{ age: { max: 60 } }', '{ age: { max: 61 } }', false],
    ['{ sticky: true }', '{ sticky: false }', false],
    ['{ sticky: true, network: web }', '{ sticky: true }', false],
    ['{ dPath: { contains: ["65001:1", "65002:1"] } }', '{ dPath: { contains: "65001:1", length: 1 } }', true],
  ])('%s before %s: %s', (earlier, later, shadowed) => {
    const text = `rules:\n  - { match: ${earlier}, then: accept }\n  - { match: ${later}, then: refuse }\n`;
    const sentence =
      'P:3:5: rules[1] can never match: rules[0] in line 2 matches whatever it does; put it before that rule, or leave it out';
    expect(warnings(text)).toEqual(shadowed ? [sentence] : []);
  });
});

it('more rules than may be are refused by their number', () => {
  const rules = Array.from({ length: 1001 }, () => '{ then: accept }');
  expect(refusals(`rules: [${rules}]\n`)).toEqual(['P:1:8: rules must have at most 1000 entries, and has 1001']);
});

it('rules that make one route and say different things of it are warned of', () => {
  const two = (first: string, second: string) => warnings(`rules:\n  - { ${first} }\n  - { ${second} }\n`);
  const hosts = 'match: { type: 2 }, then: { aggregate: 10.1.0.0/16 }';
  expect(two(hosts, 'then: { aggregate: 10.1.0.0/16 }')).toEqual([]);
  expect(two(hosts, 'then: { aggregate: 10.2.0.0/16, addCommunity: [65000:1] }')).toEqual([]);
  expect(two(hosts, 'then: { aggregate: 10.1.0.0/16, addCommunity: [65000:1] }')).toEqual([
    'P:3:13: rules[1] makes the same route as rules[0] in line 2, with other changes: it has those of the member that came last; give both the same changes',
  ]);
  const quiet = (network: string, gateway: string) =>
    `match: { network: ${network} }, then: { summariseMacs: true, gateway: ${gateway} }`;
  expect(two(quiet('web', '10.1.0.1'), quiet('db', '10.1.0.2'))).toEqual([]);
});

describe('against what is shared', () => {
  const networks = new Map([
    ['web', { gateways: ['10.1.0.254'], service: 'l2' as const }],
    ['db', { gateways: [] }],
    ['tenant', { gateways: [], service: 'l3' as const }],
    ['routed', { gateways: [], service: 'l2' as const, isRouted: true }],
  ]);
  const use = (direction: PolicyUse['direction'], shared: PolicyUse['networks'] = networks): PolicyUse => ({
    direction,
    networks: shared,
    destination: '65001:0',
    forgedTargets: new Set(direction === 'import' ? ['65001:1217', '65001:1218'] : []),
  });

  it('a gateway is one of each network that the rule can be about', () => {
    const rule = (of: string) => `rules:\n  - { ${of} then: { gateway: 10.1.0.254 } }\n`;
    expect(refusals(rule('match: { network: web },'), use('export'))).toEqual([]);
    expect(refusals(rule(''), use('export'))).toEqual([
      'P:2:25: 10.1.0.254 is no gateway of db for export; db has none',
    ]);
    expect(refusals('rules:\n  - { match: { network: web }, then: { gateway: 10.1.0.9 } }\n', use('import'))).toEqual([
      'P:2:49: 10.1.0.9 is no gateway of web for import; it has: 10.1.0.254',
    ]);
  });

  it('a network that is not shared is warned of', () => {
    expect(warnings(match('{ network: [web, app] }'), use('import'))).toEqual([
      'P:2:23: rules[0] matches less than it says: app is not shared; shared are: web, db, tenant, routed',
    ]);
    expect(warnings(match('{ network: app }'), use('import'))).toEqual([
      'P:2:23: rules[0] matches nothing: app is not shared; shared are: web, db, tenant, routed',
    ]);
    expect(warnings(match('{ network: app }'), use('import', new Map()))).toEqual([
      'P:2:23: rules[0] matches nothing: app is not shared; none is',
    ]);
  });

  it.each([
    ['{ network: web, type: 5 }', 'P:2:23', '5', 'l2', '2 or 3'],
    ['{ network: web, prefix: 10.0.0.0/8 }', 'P:2:23', '5', 'l2', '2 or 3'],
    ['{ network: tenant, mac: "02:00:00:00:00:01" }', 'P:2:23', '2', 'l3', '5'],
    ['{ network: [tenant], type: [2, 3] }', 'P:2:23', '2 or 3', 'l3', '5'],
  ])('a rule about routes that its network has none of is warned of: %s', (text, place, asked, service, there) => {
    expect(warnings(match(text), use('export'))).toEqual([
      `${place}: rules[0] can never match: it is of type ${asked}, and routes of a network with service ${service} are of type ${there}; name another network, or make it a rule about other routes`,
    ]);
  });

  it.each([
    '{ network: web, type: [3, 5] }',
    '{ network: [web, tenant], type: 5 }',
    '{ network: [web, db], type: 5 }',
    '{ network: tenant }',
    '{ type: 5 }',
  ])('not one that some route may be for: %s', (text) => {
    expect(warnings(match(text), use('export'))).toEqual([]);
  });

  describe('a rule that names no network', () => {
    const only = (service: 'l2' | 'l3', ...more: readonly 'unknown'[]) =>
      new Map<string, { readonly gateways: readonly string[]; readonly service?: 'l2' | 'l3' }>([
        ['one', { gateways: [], service }],
        ['other', { gateways: [], ...(more.length === 0 && { service }) }],
      ]);

    it.each([
      ['{ type: 5 }', 'l2', '5'],
      ['{ prefix: 10.0.0.0/8 }', 'l2', '5'],
      ['{ type: [2, 3] }', 'l3', '2 or 3'],
      ['{ mac: "02:00:00:00:00:01" }', 'l3', '2'],
    ] as const)('is warned of where no network has such routes: %s', (text, service, asked) => {
      expect(warnings(match(text), use('export', only(service)))).toEqual([
        `P:2:5: rules[0] can never match: it is of type ${asked}, and no network that is shared has service ${service === 'l2' ? 'l3' : 'l2'}; share one that has, or leave the rule out`,
      ]);
      expect(warnings(match(text), use('export', only(service, 'unknown')))).toEqual([]);
      expect(warnings(match(text), use('export', new Map()))).toEqual([]);
    });

    it('is warned of where only what becomes of a route says its type', () => {
      const rule = 'rules:\n  - { then: { summariseMacs: true } }\n';
      expect(warnings(rule, use('export', only('l2')))).toEqual([]);
      expect(warnings(rule, use('export', only('l3')))).toEqual([
        'P:2:5: rules[0] can never match: it is of type 2, and no network that is shared has service l2; share one that has, or leave the rule out',
      ]);
    });

    it('is not where it may be of another type', () => {
      expect(warnings(match('{ type: [3, 5] }'), use('export', only('l2')))).toEqual([]);
      expect(warnings(match('{ community: 65000:1 }'), use('export', only('l3')))).toEqual([]);
    });
  });

  it('a rule about route targets that no neighbour may name is warned of', () => {
    const never = (named: string) =>
      `P:2:27: rules[0] can never match: a route with ${named}, which our networks have inside our domain alone, is refused before any rule is asked; name route targets on the wire: on import they are those of the neighbour`;
    expect(warnings(match('{ routeTarget: "065001:1217" }'), use('import'))).toEqual([never('65001:1217')]);
    expect(warnings(match('{ routeTarget: ["65001:1217", "65001:1218"] }'), use('import'))).toEqual([
      never('65001:1217 or 65001:1218'),
    ]);
    expect(warnings(match('{ routeTarget: ["65001:1217", "65002:2217"] }'), use('import'))).toEqual([]);
    expect(warnings(match('{ routeTarget: "65001:1217" }'), use('export'))).toEqual([]);
  });

  it('a rule about routes that have been in the domain that they go to is warned of', () => {
    expect(warnings(match('{ dPath: { contains: "65001:0" } }'), use('import'))).toEqual([
      'P:2:33: rules[0] can never match: a route that has passed through 65001:0 is refused before any rule is asked; leave the rule out',
    ]);
    expect(warnings(match('{ dPath: { contains: ["65001:0", "65003:0"] } }'), use('import'))).toEqual([]);
  });

  it.each([
    ['no-advertise', 'import', 'no-advertise'],
    ['no-advertise', 'export', 'no-advertise'],
    ['[no-export, "65535:65283"]', 'export', 'no-export or no-export-subconfed'],
  ] as const)('a rule about routes that go no further is warned of: %s, %s', (community, direction, named) => {
    expect(warnings(match(`{ community: ${community} }`), use(direction))).toEqual([
      `P:2:25: rules[0] can never match: a route with ${named} is refused before any rule is asked (RFC 1997); leave the rule out`,
    ]);
  });

  it('not one about routes that come with no-export, or may have another community', () => {
    expect(warnings(match('{ community: no-export }'), use('import'))).toEqual([]);
    expect(warnings(match('{ community: [no-export, 65000:1] }'), use('export'))).toEqual([]);
  });

  it('hosts that no prefix stands for are warned of', () => {
    const rule = (of: string) => `rules:\n  - { ${of}then: { aggregate: 10.1.0.0/16 } }\n`;
    const lost = (place: string) =>
      `${place}: hosts of web do not cross, and 10.1.0.0/16 does not in their place: no network that routes for them (l3) is shared; share it, or let the rule match other networks`;
    expect(warnings(rule('match: { network: web }, '), use('import'))).toEqual([lost('P:2:51')]);
    expect(warnings(rule(''), use('export'))).toEqual([lost('P:2:26')]);
    for (const match of ['{ network: tenant }', '{ network: db }', '{ network: routed }', '{ type: 5 }']) {
      expect(warnings(rule(`match: ${match}, `), use('export'))).toEqual([]);
    }
  });

  it('a preference is for what is imported', () => {
    const text = 'rules:\n  - { then: { preference: 50 } }\n';
    expect(refusals(text, use('import'))).toEqual([]);
    expect(refusals(text, use('export'))).toEqual([
      'P:2:27: a preference is not told to other domains (RFC 4271 §5.1.5); add a community that they lower it for',
    ]);
  });
});
