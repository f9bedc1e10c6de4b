import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { parseConfig } from '../../../src/config/load.ts';

const head = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

function messages(text: string): string[] {
  const result = parseConfig('F', `${head}${text}`);
  return result.ok ? ['ok'] : result.errors.map(formatConfigError);
}

interface BadFile {
  readonly what: string;
  readonly text: string;
  readonly printed: readonly string[];
}

const networks = (...lines: string[]) => `virtualNetworks:\n${lines.map((line) => `  - ${line}\n`).join('')}`;

const badNetworks: readonly BadFile[] = [
  {
    what: 'a network without its name and VNI',
    text: networks('{ service: l2 }'),
    printed: [
      'F:5:5: virtualNetworks[0].name is missing; write it as in "name: web"',
      'F:5:5: virtualNetworks[0].vni is missing; write it as in "vni: 1217"',
    ],
  },
  {
    what: 'misspelt keys and values',
    text: networks('{ name: web, vni: 1, servise: l2, trust: orchestrater, encapsulations: [vxln] }'),
    printed: [
      'F:5:26: unknown key "servise" in virtualNetworks[0]; did you mean "service"?',
      'F:5:46: virtualNetworks[0].trust must be one of nve, orchestrator, both, not the text "orchestrater"; did you mean orchestrator?',
      'F:5:77: virtualNetworks[0].encapsulations[0] must be one of vxlan, vxlan-gpe, nvgre, geneve, mpls-in-gre, mpls-in-udp, not the text "vxln"; did you mean vxlan?',
    ],
  },
  {
    what: 'VNIs that do not fit 24 bits',
    text: networks('{ name: a, vni: 0 }', '{ name: b, vni: 16777216 }', '{ name: c, vni: "9" }'),
    printed: [
      'F:5:21: virtualNetworks[0].vni: a VNI is 1 to 16777215 (24 bits)',
      'F:6:21: virtualNetworks[1].vni: a VNI is 1 to 16777215 (24 bits)',
      'F:7:21: virtualNetworks[2].vni must be a number, not the text "9"; write 9 without quotes',
    ],
  },
  {
    what: 'a name that no path of the API could have',
    text: networks('{ name: ../web, vni: 1 }'),
    printed: [
      'F:5:13: virtualNetworks[0].name: the name of a virtual network has 1 to 63 letters, digits, dots, hyphens or underscores and starts with a letter or digit',
    ],
  },
  {
    what: 'two networks of one name, and of one VNI',
    text: networks('{ name: a, vni: 1 }', '{ name: a, vni: 2 }', '{ name: b, vni: 1 }'),
    printed: [
      'F:6:13: two virtual networks have the name a: virtualNetworks[0].name and virtualNetworks[1].name; give one of them another',
      'F:7:21: two virtual networks have the VNI 1: virtualNetworks[0].vni and virtualNetworks[2].vni; give one of them another',
    ],
  },
  {
    what: 'MTUs that are too small for IPv6, and too great for an outer packet',
    text: networks('{ name: a, vni: 1, mtu: 1279 }', '{ name: b, vni: 2, mtu: 65466 }'),
    printed: [
      'F:5:29: virtualNetworks[0].mtu: an MTU is at least 1280, which IPv6 needs (RFC 8200 §5)',
      'F:6:29: virtualNetworks[1].mtu: an MTU is at most 65465, since an outer packet has no room for more',
    ],
  },
  {
    what: 'route targets that are none, in two places of one network, or of two networks',
    text: networks(
      '{ name: a, vni: 1, routeTargets: ["65000:100", "1:2:3", "65536:65536", "x"] }',
      '{ name: b, vni: 2, routeTargets: ["1:9", "01:9"] }',
      '{ name: c, vni: 100 }',
      '{ name: d, vni: 4, routeTargets: ["192.0.2.1:7"] }',
      '{ name: e, vni: 5, routeTargets: ["192.0.2.1:7"] }',
      '{ name: f, vni: 6, routeTargets: [] }',
    ),
    printed: [
      'F:5:52: virtualNetworks[0].routeTargets[1]: "1:2:3" is not a route target; write it as in "65000:100" or "192.0.2.1:100"',
      'F:5:61: virtualNetworks[0].routeTargets[2]: "65536:65536" does not fit a route target; behind 65536 a number of at most 65535 has room',
      'F:5:76: virtualNetworks[0].routeTargets[3]: "x" is not a route target; write it as in "65000:100" or "192.0.2.1:100"',
      'F:6:46: the route target 1:9 is virtualNetworks[1].routeTargets[0] already; leave one of them out',
      'F:7:21: two virtual networks have the route target 65000:100: virtualNetworks[0].routeTargets[0] and virtualNetworks[2].vni (automatic); give one of them another',
      'F:9:39: two virtual networks have the route target 192.0.2.1:7: virtualNetworks[3].routeTargets[0] and virtualNetworks[4].routeTargets[0]; give one of them another',
      'F:10:38: virtualNetworks[5].routeTargets: without a route target nobody would import the routes; leave it out for the automatic one',
    ],
  },
  {
    what: 'an l3 network that there is not, or that has service l2',
    text: networks(
      '{ name: a, vni: 1, l3: blu }',
      '{ name: blue, vni: 2, service: l3 }',
      '{ name: c, vni: 3, l3: a }',
      '{ name: d, vni: 4, l3: internet }',
    ),
    printed: [
      'F:5:28: virtualNetworks[0].l3 is blu, and there is no virtual network of that name; did you mean blue?',
      'F:7:28: virtualNetworks[2].l3 is a, which has service l2 (virtualNetworks[0]) and routes for nobody; name one with service: l3',
      'F:8:28: virtualNetworks[3].l3 is internet, and there is no virtual network of that name; declare it with service: l3',
    ],
  },
  {
    what: 'what is about frames in a network with service l3',
    text: networks(
      '{ name: b, vni: 2, service: l3, l3: b, flooding: ingress-replication, unknownUnicast: drop }',
      '{ name: c, vni: 3, service: l2, flooding: ingress-replication, unknownUnicast: drop }',
    ),
    printed: [
      'F:5:41: virtualNetworks[0].l3 names the network that routes for one with service l2, but virtualNetworks[0] has service l3; leave l3 out, or make it service: l2',
      'F:5:54: virtualNetworks[0].flooding says how flooded frames reach all NVEs, but virtualNetworks[0] has service l3; leave flooding out, or make it service: l2',
      'F:5:91: virtualNetworks[0].unknownUnicast says what becomes of frames to an unknown MAC address, but virtualNetworks[0] has service l3; leave unknownUnicast out, or make it service: l2',
    ],
  },
  {
    what: 'groups that are none, or that no router forwards',
    text: networks(
      '{ name: a, vni: 1, flooding: { multicast: 10.0.0.1 } }',
      '{ name: b, vni: 2, flooding: { multicast: 224.0.0.5 } }',
      '{ name: c, vni: 3, flooding: { multicast: "ff02::1" } }',
      '{ name: d, vni: 4, flooding: {} }',
      '{ name: e, vni: 5, flooding: ingress }',
    ),
    printed: [
      'F:5:47: virtualNetworks[0].flooding.multicast: "10.0.0.1" is not a multicast address; groups lie in 224.0.0.0/4 and in ff00::/8',
      'F:6:47: virtualNetworks[1].flooding.multicast: "224.0.0.5" does not leave its link; take one for private use, as in 239.1.1.1',
      'F:7:47: virtualNetworks[2].flooding.multicast: "ff02::1" does not leave its link; take one for private use, as in ff05::1:1',
      'F:8:34: virtualNetworks[3].flooding.multicast is missing; write it as in "multicast: 239.1.1.1"',
      'F:9:34: virtualNetworks[4].flooding must be ingress-replication or a map of keys and values, not the text "ingress"',
    ],
  },
  {
    what: 'a VNI that is no MPLS label, and an encapsulation twice',
    text: networks(
      '{ name: a, vni: 1048575, encapsulations: [mpls-in-gre, vxlan, mpls-in-gre] }',
      '{ name: b, vni: 1048576, encapsulations: [vxlan, mpls-in-udp] }',
      '{ name: c, vni: 3, encapsulations: [] }',
    ),
    printed: [
      'F:5:67: mpls-in-gre is virtualNetworks[0].encapsulations[0] already; leave one of them out',
      'F:6:54: mpls-in-udp has a label of 20 bits, in which the VNI 1048576 has no room; leave it out, or take a VNI of at most 1048575',
      'F:7:40: virtualNetworks[2].encapsulations: a list of no encapsulations lets nothing through; leave it out instead',
    ],
  },
  {
    what: 'a QoS that asks for nothing, or for too much',
    text: networks('{ name: a, vni: 1, qos: {} }', '{ name: b, vni: 2, qos: { dscp: 64, rate: 0 } }'),
    printed: [
      'F:5:29: virtualNetworks[0].qos: neither dscp nor rate is given; give one of them, or leave qos out',
      'F:6:37: virtualNetworks[1].qos.dscp must be at most 63, not 64',
      'F:6:47: virtualNetworks[1].qos.rate must be at least 1, not 0',
    ],
  },
  {
    what: 'rules that match nothing that there is',
    text: `virtualNetworks:\n  - name: a\n    vni: 1\n    acl:\n${[
      '{ action: allow, destinationPorts: 53 }',
      '{ action: allow, protocol: icmp, destinationPorts: { from: 1, to: 2 } }',
      '{ action: deny, protocol: tcp, destinationPorts: { from: 90, to: 80 } }',
      '{ action: deny, source: 10.0.0.0/8, destination: "2001:db8::/32" }',
      '{ action: deny, protocol: icmp, source: "2001:db8::/32" }',
      '{ action: deny, source: 10.0.0.1 }',
      '{ protocol: tcp, destinationPorts: 65536 }',
      '{ action: allow, destination: 239.0.0.0/8 }',
    ]
      .map((rule) => `      - ${rule}\n`)
      .join('')}`,
    printed: [
      'F:8:44: virtualNetworks[0].acl[0].destinationPorts is for TCP and UDP, and without a protocol it is about all; add protocol: tcp or udp, or leave it out',
      'F:9:60: virtualNetworks[0].acl[1].destinationPorts is for TCP and UDP, and icmp has none; add protocol: tcp or udp, or leave it out',
      'F:10:58: virtualNetworks[0].acl[2].destinationPorts begins behind its end; did you mean { from: 80, to: 90 }?',
      'F:11:58: virtualNetworks[0].acl[3] is of packets from IPv4 to IPv6, which there are none of; make it two rules',
      'F:12:35: virtualNetworks[0].acl[4].protocol is icmp, which IPv6 does not carry; write protocol: icmpv6',
      'F:13:33: virtualNetworks[0].acl[5].source: "10.0.0.1" has no prefix length; write 10.0.0.1/32 for this one address',
      'F:14:9: virtualNetworks[0].acl[6].action is missing; write it as in "action: allow"',
      'F:14:44: virtualNetworks[0].acl[6].destinationPorts must be at most 65535, not 65536',
    ],
  },
  {
    what: 'what is said of networks where nvad is a plain reflector',
    text: 'admission: open\nmacMobility: { moves: 9 }\nnveProtocol: { listen: "127.0.0.1:8394" }\ntrust: both\n',
    printed: [
      'F:4:1: admission says what becomes of routes of undeclared networks, but without virtualNetworks nvad is a plain reflector; leave admission out, or add virtualNetworks, if only as an empty list',
      'F:5:1: macMobility says when a MAC address that moves within a network is a duplicate, but without virtualNetworks nvad is a plain reflector; leave macMobility out, or add virtualNetworks, if only as an empty list',
      'F:6:1: nveProtocol serves NVEs with what is known of networks, but without virtualNetworks nvad is a plain reflector; leave nveProtocol out, or add virtualNetworks, if only as an empty list',
      'F:7:1: trust is said of each virtual network, and a plain reflector believes whatever its NVEs announce; make it a key of the entries of virtualNetworks',
    ],
  },
  {
    what: 'moves that are none, in no time',
    text: 'virtualNetworks: []\nmacMobility: { moves: 1, seconds: 0 }\nadmission: closed\n',
    printed: [
      'F:5:23: macMobility.moves must be at least 2, not 1',
      'F:5:35: macMobility.seconds must be at least 1, not 0',
      'F:6:12: admission must be one of declared, open, not the text "closed"',
    ],
  },
  {
    what: 'an NVE protocol that is open to all, or has the port of another',
    text: 'listen: ["[::]:179"]\nvirtualNetworks: []\nnveProtocol: { listen: "10.0.0.1:179", tls: { certificate: a.crt, key: a.key } }\n',
    printed: [
      'F:6:24: nveProtocol.listen is 10.0.0.1:179, which listen[0] ([::]:179) overlaps; give the NVE protocol a port of its own',
      'F:6:24: whoever reaches 10.0.0.1:179 could speak for any NVE: nveProtocol has neither tls.clientCa nor tokens; give one of them, or listen on 127.0.0.1',
    ],
  },
  {
    what: 'an NVE protocol without what it needs',
    text: 'virtualNetworks: []\nnveProtocol: { tls: { certificate: a.crt }, tokens: "", limits: { messageSize: 1, rate: 5 } }\n',
    printed: [
      'F:5:14: nveProtocol.listen is missing; write it as in "listen: "127.0.0.1:8394""',
      'F:5:21: nveProtocol.tls.key is missing; write it as in "key: nvad.key"',
      'F:5:53: nveProtocol.tokens: the path of the tokens that let an NVE in is empty',
      'F:5:80: nveProtocol.limits.messageSize must be at least 1024, not 1',
      'F:5:83: unknown key "rate" in nveProtocol.limits; known here: connections, messageSize, messagesPerSecond',
    ],
  },
];

const nves = (...lines: string[]) => `virtualNetworks: []\nnves:\n${lines.map((line) => `  - ${line}\n`).join('')}`;

const badNves: readonly BadFile[] = [
  {
    what: 'two NVEs of one name, and with one tunnel address',
    text: nves(
      '{ address: 10.1.0.7, name: leaf }',
      '{ address: 10.1.0.8, name: leaf }',
      '{ address: 10.1.0.9, tunnelAddress: 10.1.0.7 }',
      '{ kind: static, name: tor, tunnelAddress: 10.1.0.8 }',
    ),
    printed: [
      'F:7:32: two NVEs have the name leaf: nves[0].name and nves[1].name; give one of them another',
      'F:8:41: the tunnels of two NVEs end at 10.1.0.7: nves[0].address and nves[2].tunnelAddress; give each its own tunnelAddress',
      'F:9:47: the tunnels of two NVEs end at 10.1.0.8: nves[1].address and nves[3].tunnelAddress; give each its own tunnelAddress',
    ],
  },
  {
    what: 'values that an NVE cannot have',
    text: nves(
      '{ address: 10.1.0.7, tunnelAddress: 239.1.1.1 }',
      '{ address: 10.1.0.8, routerMac: 02:00:00 }',
      '{ address: 10.1.0.9, routerMac: "01:00:5e:00:00:01" }',
      '{ address: 10.1.0.10, encapsulations: [vxlan, vxlan] }',
      '{ address: 10.1.0.11, name: 10.1.0.7 }',
      '{ address: 10.1.0.12, kind: switch }',
    ),
    printed: [
      'F:6:41: nves[0].tunnelAddress: "239.1.1.1" is a multicast address, which no NVE can have',
      'F:7:37: nves[1].routerMac: "02:00:00" is not a MAC address; write it as in 02:00:00:00:00:01',
      'F:8:37: nves[2].routerMac: "01:00:5e:00:00:01" is a group address, which no interface has; the first octet of one is even',
      'F:9:51: vxlan is nves[3].encapsulations[0] already; leave one of them out',
      'F:10:33: nves[4].name is an address, but not that of its session, and an NVE without a name is called by that; give it another name',
      'F:11:33: nves[5].kind must be one of bgp, agent, static, not the text "switch"',
    ],
  },
  {
    what: 'of a prefix, what only one NVE can have',
    text: nves('{ prefix: 10.1.0.0/16, name: leaves, routerMac: "02:00:00:00:00:01" }'),
    printed: [
      'F:6:34: nves[0].name is said of one NVE, but nves[0] is all those of a prefix; make an entry with the address of that one',
      'F:6:53: nves[0].routerMac is said of one NVE, but nves[0] is all those of a prefix; make an entry with the address of that one',
    ],
  },
  {
    what: 'a BGP session of who has none, and none of who has one',
    text: nves(
      '{ kind: static, name: tor, tunnelAddress: 10.1.0.7, address: 10.1.0.7, holdTime: 9 }',
      '{ kind: static }',
      '{ name: leaf, tunnelAddress: 10.1.0.9 }',
    ),
    printed: [
      'F:6:57: nves[0].address is said of a BGP session, and an NVE of kind static has none; leave address out, or kind: static',
      'F:6:76: nves[0].holdTime is said of a BGP session, and an NVE of kind static has none; leave holdTime out, or kind: static',
      'F:7:5: nves[1].name is missing, which an NVE of kind static must have; write it as in "name: leaf7"',
      'F:7:5: nves[1].tunnelAddress is missing, which an NVE of kind static must have; write it as in "tunnelAddress: 10.1.0.7"',
      'F:8:5: nves[2] has neither address nor prefix; write address for its BGP session, or kind: agent or static if it has none',
    ],
  },
  {
    what: 'an agent whom nobody listens to',
    text: nves('{ kind: agent, name: host7, tunnelAddress: 10.1.0.7 }'),
    printed: ['F:6:13: nves[0] speaks the NVE protocol, for which nvad listens nowhere; add nveProtocol'],
  },
  {
    what: 'NVEs for which a plain reflector would have to announce',
    text: 'nves:\n  - { kind: static, name: tor, tunnelAddress: 10.1.0.7 }\n',
    printed: [
      'F:5:13: nves[0] is of kind static, for which nvad announces, but without virtualNetworks it is a plain reflector; add virtualNetworks',
    ],
  },
];

describe('virtual networks that are refused with place, reason and suggestion', () => {
  it.each(badNetworks)('$what', ({ text, printed }) => {
    expect(messages(text)).toEqual(printed);
  });
});

describe('NVEs that are refused with place, reason and suggestion', () => {
  it.each(badNves)('$what', ({ text, printed }) => {
    expect(messages(text)).toEqual(printed);
  });
});
