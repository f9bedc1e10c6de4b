import { describe, expect, it } from 'vitest';
import { formatConfigError } from '../../../src/config/error.ts';
import { parseConfig } from '../../../src/config/load.ts';

/** What is printed for a file of the given text, line by line. */
function messages(text: string): string[] {
  const result = parseConfig('F', text);
  return result.ok ? ['ok'] : result.errors.map(formatConfigError);
}

const head = 'domain: dc1\nasn: 65000\nrouterId: 10.0.0.1\n';

interface BadFile {
  readonly what: string;
  readonly text: string;
  readonly printed: readonly string[];
}

const badFiles: readonly BadFile[] = [
  {
    what: 'an empty file',
    text: '',
    printed: ['F: is empty; it needs at least domain, asn and routerId'],
  },
  {
    what: 'a file of comments',
    text: '# nothing yet\n',
    printed: ['F: is empty; it needs at least domain, asn and routerId'],
  },
  {
    what: 'mandatory keys left out',
    text: 'nves: []\n',
    printed: [
      'F:1:1: domain is missing; write it as in "domain: dc1"',
      'F:1:1: asn is missing; write it as in "asn: 65000"',
      'F:1:1: routerId is missing; write it as in "routerId: 10.0.0.1"',
    ],
  },
  {
    what: 'text that is no map',
    text: 'hello\n',
    printed: ['F:1:1: the file must be a map of keys and values, not the text "hello"'],
  },
  {
    what: 'a misspelt key',
    text: `${head}lisen: ["[::]:179"]\n`,
    printed: ['F:4:1: unknown key "lisen"; did you mean "listen"?'],
  },
  {
    what: 'a key of another style',
    text: `${head}cluster-id: 10.0.0.1\n`,
    printed: ['F:4:1: unknown key "cluster-id"; did you mean "clusterId"?'],
  },
  {
    what: 'a key like no other',
    text: `${head}store: { kind: memory, size: 1 }\n`,
    printed: ['F:4:24: unknown key "size" in store; known here: kind, path, synchronous'],
  },
  {
    what: 'a key that is a property of every object',
    text: `${head}__proto__: { nves: [] }\n`,
    printed: [
      'F:4:1: unknown key "__proto__"; known here: domain, asn, routerId, clusterId, domainId, listen, nves, nvas, virtualNetworks, admission, macMobility, nveProtocol, federation, bfd, gracefulRestart, api, store, log, user, group',
    ],
  },
  {
    what: 'a misspelt kind, on which depends what else there must be',
    text: `${head}virtualNetworks: []\nnves: [{ name: leaf1, kind: sttic, tunnelAddress: 10.0.0.11 }]\n`,
    printed: ['F:5:29: nves[0].kind must be one of bgp, agent, static, not the text "sttic"; did you mean static?'],
  },
  {
    what: 'a misspelt key in a list',
    text: `${head}nves:\n  - adress: 10.1.0.7\n`,
    printed: ['F:5:5: unknown key "adress" in nves[0]; did you mean "address"?'],
  },
  {
    what: 'an NVE without address whose other key is misspelt',
    text: `${head}nves:\n  - holdTme: 9\n`,
    printed: [
      'F:5:5: unknown key "holdTme" in nves[0]; did you mean "holdTime"?',
      'F:5:5: nves[0] has neither address nor prefix; write address for one NVE, or prefix for all NVEs of a network',
    ],
  },
  {
    what: 'a mandatory key misspelt',
    text: 'domian: dc1\nasn: 65000\nrouterId: 10.0.0.1\n',
    printed: ['F:1:1: unknown key "domian"; did you mean "domain"?'],
  },
  {
    what: 'a key given twice',
    text: `${head}asn: 65001\n`,
    printed: ['F:4:1: asn is given twice; it stands in line 2 already'],
  },
  {
    what: 'a number in quotes',
    text: 'domain: dc1\nasn: "65000"\nrouterId: 10.0.0.1\n',
    printed: ['F:2:6: asn must be a number, not the text "65000"; write 65000 without quotes'],
  },
  {
    what: 'a fraction where a whole number is needed',
    text: 'domain: dc1\nasn: 1.10\nrouterId: 10.0.0.1\n',
    printed: [
      'F:2:6: asn must be a whole number, not the number 1.1; write the AS number without a dot: what is before it times 65536, and what is behind it added',
    ],
  },
  {
    what: 'AS 0',
    text: 'domain: dc1\nasn: 0\nrouterId: 10.0.0.1\n',
    printed: ['F:2:6: asn: AS 0 is reserved and no speaker can have it (RFC 7607)'],
  },
  {
    what: 'AS_TRANS',
    text: 'domain: dc1\nasn: 23456\nrouterId: 10.0.0.1\n',
    printed: ['F:2:6: asn: AS 23456 only stands in for four-octet AS numbers (RFC 6793)'],
  },
  {
    what: 'an AS number of more than 32 bits',
    text: 'domain: dc1\nasn: 4294967296\nrouterId: 10.0.0.1\n',
    printed: ['F:2:6: asn must be at most 4294967295, not 4294967296'],
  },
  {
    what: 'a domain that YAML takes for a number',
    text: 'domain: 7\nasn: 65000\nrouterId: 10.0.0.1\n',
    printed: ['F:1:9: domain must be text, not the number 7; write "7", in quotes'],
  },
  {
    what: 'a domain with spaces',
    text: 'domain: my dc\nasn: 65000\nrouterId: 10.0.0.1\n',
    printed: [
      'F:1:9: domain: a domain name has 1 to 63 letters, digits, dots, hyphens or underscores and starts with a letter or digit',
    ],
  },
  {
    what: 'router id 0.0.0.0',
    text: 'domain: dc1\nasn: 65000\nrouterId: 0.0.0.0\n',
    printed: ['F:3:11: routerId: a router id cannot be 0.0.0.0 (RFC 6286 §2.1); use an address of this machine'],
  },
  {
    what: 'a router id of three numbers',
    text: 'domain: dc1\nasn: 65000\nrouterId: 10.0.1\n',
    printed: ['F:3:11: routerId: "10.0.1" is not a router id; write four numbers of 0 to 255, as in 10.0.0.1'],
  },
  {
    what: 'a router id without a value',
    text: 'domain: dc1\nasn: 65000\nrouterId:\n',
    printed: ['F:3:1: routerId must be text, not empty; give it a value or leave it out'],
  },
  {
    what: 'listen without a list',
    text: `${head}listen: 10.0.0.1:179\n`,
    printed: ['F:4:9: listen must be a list, not the text "10.0.0.1:179"; write ["10.0.0.1:179"]'],
  },
  {
    what: 'listen without a port',
    text: `${head}listen: [10.0.0.1, "2001:db8::1"]\n`,
    printed: [
      'F:4:10: listen[0]: "10.0.0.1" is not an address with a port; add the port: "10.0.0.1:179"',
      'F:4:20: listen[1]: "2001:db8::1" is not an address with a port; write "[2001:db8::1]:179"',
    ],
  },
  {
    what: 'listen with an impossible port',
    text: `${head}listen: ["10.0.0.1:0", "10.0.0.1:65536"]\n`,
    printed: [
      'F:4:10: listen[0]: "10.0.0.1:0" has an impossible port; a port is 1 to 65535',
      'F:4:24: listen[1]: "10.0.0.1:65536" has an impossible port; a port is 1 to 65535',
    ],
  },
  {
    what: 'listen without an address, or with a name',
    text: `${head}listen: [":179"]\napi: { listen: "localhost:8080" }\n`,
    printed: [
      'F:4:10: listen[0]: ":179" names no address; write "[::]:179" for all addresses or "127.0.0.1:179" for this machine only',
      'F:5:16: api.listen: "localhost:8080" has a name where an IP address is needed; write "127.0.0.1:8080" or "[::1]:8080"',
    ],
  },
  {
    what: 'listeners that exclude each other',
    text: `${head}listen: ["[::]:179", "10.0.0.1:179", "10.0.0.1:1790"]\napi: { listen: "0.0.0.0:1790", tokens: t }\n`,
    printed: [
      'F:4:22: listen[1] is 10.0.0.1:179, which listen[0] ([::]:179) overlaps; leave one of them out',
      'F:5:16: api.listen is 0.0.0.0:1790, which listen[2] (10.0.0.1:1790) overlaps; give the API a port of its own',
    ],
  },
  {
    what: 'an impossible peer address',
    text: `${head}nves:\n  - address: 10.1.0.300\n  - address: leaf7\n  - address: 224.0.0.5\n  - address: "::"\n  - address: fe80::1\n  - address: 10.1.0.7/32\n`,
    printed: [
      'F:5:14: nves[0].address: "10.1.0.300" is not an IP address; each of the four numbers is 0 to 255, without leading zeros',
      'F:6:14: nves[1].address: "leaf7" is not an IP address; names are not looked up',
      'F:7:14: nves[2].address: "224.0.0.5" is a multicast address, which no peer can have',
      'F:8:14: nves[3].address: "::" is the unspecified address, which no peer can have',
      'F:9:14: nves[4].address: "fe80::1" is link-local, which says nothing without an interface',
      'F:10:14: nves[5].address: "10.1.0.7/32" is not an IP address; leave the prefix length out, or use prefix instead of address',
    ],
  },
  {
    what: 'a peer in IPv4-mapped form',
    text: `${head}nves:\n  - address: "::ffff:10.0.0.7"\n`,
    printed: ['F:5:14: nves[0].address: "::ffff:10.0.0.7" is an IPv4 address in IPv6 form; write 10.0.0.7'],
  },
  {
    what: 'two peers with one address, written in two ways',
    text: `${head}nves:\n  - address: 2001:db8::7\nnvas:\n  - address: "2001:DB8:0:0::7"\n`,
    printed: [
      'F:7:14: two peers have the address 2001:db8::7: nves[0].address and nvas[0].address; leave one of them out',
    ],
  },
  {
    what: "nvad's own address as a peer",
    text: `${head}listen: ["10.0.0.1:179"]\nnvas:\n  - address: 10.0.0.1\n`,
    printed: ["F:6:14: nvas[0].address is nvad's own address (listen[0]); name the other side"],
  },
  {
    what: 'a prefix with host bits',
    text: `${head}nves:\n  - prefix: 10.0.0.1/16\n  - prefix: 2001:db8::1/32\n`,
    printed: [
      'F:5:13: nves[0].prefix: "10.0.0.1/16" has host bits set; did you mean 10.0.0.0/16?',
      'F:6:13: nves[1].prefix: "2001:db8::1/32" has host bits set; did you mean 2001:db8::/32?',
    ],
  },
  {
    what: 'a prefix without or with an impossible length',
    text: `${head}nves:\n  - prefix: 10.0.0.7\n  - prefix: 10.0.0.0/33\n  - prefix: ten/8\n`,
    printed: [
      'F:5:13: nves[0].prefix: "10.0.0.7" has no prefix length; write 10.0.0.7/32 for this one address, or use address instead',
      'F:6:13: nves[1].prefix: "10.0.0.0/33" has an impossible prefix length; an IPv4 length is 0 to 32',
      'F:7:13: nves[2].prefix: "ten" is not an IP address; names are not looked up',
    ],
  },
  {
    what: 'one prefix twice',
    text: `${head}nves:\n  - prefix: 10.0.0.0/16\n  - prefix: 10.0.0.0/16\n`,
    printed: [
      'F:6:13: the prefix 10.0.0.0/16 is given twice: nves[0].prefix and nves[1].prefix; leave one of them out',
    ],
  },
  {
    what: 'an NVE with both or neither of address and prefix',
    text: `${head}nves:\n  - address: 10.1.0.7\n    prefix: 10.1.0.0/16\n  - holdTime: 9\n`,
    printed: [
      'F:6:13: nves[0] has both prefix and address, and is one or the other; make them two entries',
      'F:7:5: nves[1] has neither address nor prefix; write address for one NVE, or prefix for all NVEs of a network',
    ],
  },
  {
    what: 'a list and a map that are never closed',
    text: `${head}listen: ["10.0.0.1:179"\nnves:\n  - prefix: 10.0.0.0/16\n`,
    printed: ['F:4:9: this [ is never closed; end what it begins with ]'],
  },
  {
    what: 'a map in a list, neither closed',
    text: `${head}nves: [{ prefix: 10.0.0.0/16\nnvas: []\n`,
    printed: ['F:4:8: this { is never closed; end what it begins with }'],
  },
  {
    what: 'AS numbers with a dot (RFC 5396)',
    text: `domain: dc1\nasn: 1.10\nrouterId: 10.0.0.1\nnves: [{ prefix: 10.0.0.0/16, asn: "1.10" }]\n`,
    printed: [
      'F:2:6: asn must be a whole number, not the number 1.1; write the AS number without a dot: what is before it times 65536, and what is behind it added',
      'F:4:36: nves[0].asn must be a number, not the text "1.10"; write the AS number without a dot: 65546',
    ],
  },
  {
    what: 'an address of the API without a port',
    text: `${head}api: { listen: "10.0.0.1" }\n`,
    printed: ['F:4:16: api.listen: "10.0.0.1" is not an address with a port; add the port: "10.0.0.1:8080"'],
  },
  {
    what: 'an API for everybody',
    text: `${head}api: { listen: "10.0.0.1:8080", tls: { certificate: c, key: k } }\n`,
    printed: [
      'F:4:16: whoever reaches 10.0.0.1:8080 could do everything: api has neither tokens nor tls.clientCa; give one of them, or listen on 127.0.0.1 or unix:PATH',
    ],
  },
  {
    what: 'TLS where nothing leaves the machine, and files without a name',
    text: `${head}api: { listen: "unix:/run/a", tls: { certificate: c }, tokens: "", audit: 7 }\n`,
    printed: [
      'F:4:36: api.tls.key is missing; write it as in "key: nvad.key"',
      'F:4:36: api.tls is for TCP, and unix:/run/a is a Unix socket, which never leaves the machine; leave it out',
      'F:4:64: api.tokens: the path of the file of tokens is empty',
      'F:4:75: api.audit must be text, not the number 7; write "7", in quotes',
    ],
  },
  {
    what: 'an option that a prefix cannot have',
    text: `${head}nves:\n  - prefix: 10.0.0.0/16\n    port: 1790\n`,
    printed: [
      'F:6:11: nves[0].port says where nvad connects to, but those of a prefix have no port of their own; leave port out',
    ],
  },
  {
    what: 'a port of a passive peer',
    text: `${head}nvas:\n  - { address: 10.0.0.2, port: 1790, passive: true }\n`,
    printed: [
      'F:5:32: nvas[0].port says where nvad connects to, but passive: true says that it never does; leave one of them out',
    ],
  },
  {
    what: 'a hold time that RFC 4271 forbids',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, holdTime: 2 }\n  - { prefix: 10.1.0.0/16, holdTime: 65536 }\n  - { prefix: 10.2.0.0/16, holdTime: 9s }\n`,
    printed: [
      'F:5:38: nves[0].holdTime: a hold time is 0 (no keepalives) or at least 3 seconds (RFC 4271 §4.2)',
      'F:6:38: nves[1].holdTime must be at most 65535, not 65536',
      'F:7:38: nves[2].holdTime must be a number, not the text "9s"',
    ],
  },
  {
    what: 'a send hold time that is over before the hold time',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, sendHoldTime: 90 }\n  - { prefix: 10.1.0.0/16, sendHoldTime: 0 }\n  - { prefix: 10.2.0.0/16, holdTime: 9, sendHoldTime: 10 }\n  - { prefix: 10.3.0.0/16, sendHoldTime: -1 }\nnvas:\n  - { address: 10.0.0.2, holdTime: 300, sendHoldTime: 60 }\n`,
    printed: [
      'F:5:42: nves[0].sendHoldTime is 90, which is not longer than the hold time of 90 (RFC 9687); 480 is what the RFC recommends and what nvad does without it',
      'F:8:42: nves[3].sendHoldTime must be at least 0, not -1',
      'F:10:55: nvas[0].sendHoldTime is 60, which is not longer than the hold time of 300 (RFC 9687); 600 is what the RFC recommends and what nvad does without it',
    ],
  },
  {
    what: 'a word for a boolean',
    text: `${head}nvas:\n  - address: 10.0.0.2\n    passive: yes\n`,
    printed: ['F:6:14: nvas[0].passive must be true or false, not the text "yes"; write true'],
  },
  {
    what: 'no routes at all',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, maxRoutes: 0 }\n`,
    printed: ['F:5:39: nves[0].maxRoutes must be at least 1, not 0'],
  },
  {
    what: 'a route limit that is none',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, maxRoutes: many }\n  - prefix: 10.1.0.0/16\n    maxRoutes: { warning: 101, restart: soon, limits: 5 }\n`,
    printed: [
      'F:5:39: nves[0].maxRoutes must be a whole number or a map of keys and values, not the text "many"',
      'F:7:27: nves[1].maxRoutes.warning must be at most 100, not 101',
      'F:7:41: nves[1].maxRoutes.restart must be a whole number or never, not the text "soon"',
      'F:7:47: unknown key "limits" in nves[1].maxRoutes; did you mean "limit"?',
    ],
  },
  {
    what: 'times of a graceful restart that do not fit their fields',
    text: `${head}gracefulRestart: { restartTime: 4096, staleTime: 0, enable: true, longLivedStaleTime: 16777216 }\nnvas:\n  - { address: 10.0.0.2, gracefulRestart: no }\n`,
    printed: [
      'F:4:33: gracefulRestart.restartTime must be at most 4095, not 4096',
      'F:4:50: gracefulRestart.staleTime must be at least 1, not 0',
      'F:4:53: unknown key "enable" in gracefulRestart; did you mean "enabled"?',
      'F:4:87: gracefulRestart.longLivedStaleTime must be at most 16777215, not 16777216',
      'F:6:43: nvas[0].gracefulRestart must be a map of keys and values, not the text "no"',
    ],
  },
  {
    what: 'a map where a list is needed, and an item that is no map',
    text: `${head}nves:\n  prefix: 10.0.0.0/16\nnvas:\n  - 10.0.0.2\n`,
    printed: [
      'F:5:3: nves must be a list, not a map; start each item with "- "',
      'F:7:5: nvas[0] must be a map of keys and values, not the text "10.0.0.2"',
    ],
  },
  {
    what: 'an interest of a replica, and what is to be done when one is lost that nobody has',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, interestLost: keep }\n  - { prefix: 10.1.0.0/16, interest: all, interestLost: withdraw }\n  - { prefix: 10.2.0.0/16, interest: derive }\nnvas:\n  - { address: 10.0.0.2, interest: derived, interestLost: keep }\n`,
    printed: [
      'F:5:42: nves[0].interestLost is for interest: derived, which this peer does not have; leave it out, or add interest: derived',
      'F:6:57: nves[1].interestLost is for interest: derived, which this peer does not have; leave it out, or add interest: derived',
      'F:7:38: nves[2].interest must be one of all, derived, not the text "derive"; did you mean derived?',
      'F:9:26: a replica is to know every route, as nvad does; leave interest out',
      'F:9:45: a replica is to know every route, as nvad does; leave interestLost out',
    ],
  },
  {
    what: 'what a replica cannot have',
    text: `${head}nvas:\n  - { address: 10.0.0.2, asn: 65000 }\n  - { prefix: 10.0.0.0/16 }\n`,
    printed: [
      'F:5:26: a replica has the AS number of its domain; leave asn out',
      'F:6:5: nvas[1].address is missing; write it as in "address: 10.1.0.7"',
      'F:6:7: replicas are named one by one; use address instead of prefix',
    ],
  },
  {
    what: 'what this release does not do',
    text: `${head}store: { kind: etcd, endpoints: [] }\n`,
    printed: ['F:4:10: store.kind etcd is not implemented yet in this release; use memory or sqlite'],
  },
  {
    what: 'passwords that are none, or too long, or no text, without repeating them',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, password: "" }\n  - { address: 10.1.0.7, password: "${'ä'.repeat(41)}" }\nnvas:\n  - { address: 10.0.0.2, password: 481516 }\n`,
    printed: [
      'F:5:38: nves[0].password: an empty password protects nothing',
      'F:6:36: nves[1].password: a TCP-MD5 password has at most 80 octets (RFC 2385)',
      'F:8:36: nvas[0].password must be text; put it in quotes',
    ],
  },
  {
    what: 'numbers of hops that there cannot be',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, ttlSecurity: 0 }\n  - { address: 10.1.0.7, ttlSecurity: 255 }\n  - { address: 10.1.0.8, ttlSecurity: false }\n`,
    printed: [
      'F:5:41: nves[0].ttlSecurity must be at least 1, not 0',
      'F:6:39: nves[1].ttlSecurity must be at most 254, not 255',
      'F:7:39: nves[2].ttlSecurity must be true or a whole number, not the value false',
    ],
  },
  {
    what: 'an unknown kind of store',
    text: `${head}store: { kind: sqllite, path: /var/lib/nvad/state.db }\n`,
    printed: ['F:4:16: store.kind must be one of memory, sqlite, not the text "sqllite"; did you mean sqlite?'],
  },
  {
    what: 'a store that contradicts itself, or lacks its path',
    text: `${head}store: { kind: memory, path: /var/lib/nvad/state.db }\n`,
    printed: ['F:4:24: store.path names a file, but kind: memory keeps none; use kind: sqlite, or leave path out'],
  },
  {
    what: 'a store without its path',
    text: `${head}store: { kind: sqlite }\n`,
    printed: ['F:4:8: store.path is missing; write it as in "path: /var/lib/nvad/state.db"'],
  },
  {
    what: 'a store without its kind',
    text: `${head}store: {}\n`,
    printed: ['F:4:8: store.kind is missing; write it as in "kind: memory"'],
  },
  {
    what: 'wrong log settings',
    text: `${head}log:\n  level: inof\n  levels: { bpg: debug, api: loud }\n  format: xml\n`,
    printed: [
      'F:5:10: log.level must be one of trace, debug, info, warn, error, fatal, silent, not the text "inof"; did you mean info?',
      'F:6:13: unknown key "bpg" in log.levels; did you mean "bgp"?',
      'F:6:30: log.levels.api must be one of trace, debug, info, warn, error, fatal, silent, not the text "loud"',
      'F:7:11: log.format must be one of json, pretty, not the text "xml"',
    ],
  },
  {
    what: 'a unix socket with too long a path',
    text: `${head}api: { listen: "unix:/${'a'.repeat(107)}" }\n`,
    printed: ["F:4:16: api.listen: the socket's path is longer than the 107 octets a unix socket can have"],
  },
  {
    what: 'a group without a user',
    text: `${head}group: nvad\n`,
    printed: ['F:4:8: group is given without user; add user, or leave group out'],
  },
  {
    what: 'a description of two lines',
    text: `${head}nves:\n  - { prefix: 10.0.0.0/16, description: "a\\nb" }\n`,
    printed: ['F:5:41: nves[0].description: a description has 1 to 255 characters on one line'],
  },
  {
    what: 'YAML: a tab',
    text: `${head}nves:\n\t- prefix: 10.0.0.0/16\n`,
    printed: ['F:5:1: not valid YAML: tabs are not allowed as indentation; indent with spaces'],
  },
  {
    what: 'YAML: an address in brackets without quotes',
    text: `${head}listen:\n  - [::]:179\n`,
    printed: ['F:5:9: not valid YAML: unexpected scalar at node end; put "[::]:179" in quotes, since [ starts a list'],
  },
  {
    what: 'YAML: a second document',
    text: `${head}---\nasn: 1\n`,
    printed: ['F:4:1: a second document starts here; a configuration is one'],
  },
  {
    what: 'YAML: an alias without anchor, a tag and a merge key',
    text: `${head}api: *where\nlog: !include log.yaml\n<<: { asn: 1 }\n`,
    printed: [
      'F:4:6: no anchor &where stands before this alias',
      'F:5:6: not valid YAML: unresolved tag: !include',
      'F:5:15: log must be a map of keys and values, not the text "log.yaml"',
      'F:6:1: merge keys (<<) are not part of YAML 1.2; repeat the values instead',
    ],
  },
];

describe('a bad configuration is refused with place, reason and suggestion', () => {
  it.each(badFiles)('$what', ({ text, printed }) => {
    expect(messages(text)).toEqual(printed);
  });

  it('reports everything of one file together, in the order of the file', () => {
    const text = `asn: 0\nrouterId: 0.0.0.0\nnves:\n  - prefix: 10.0.0.1/16\n  - address: 10.0.0.9\n  - address: 10.0.0.9\nlgo: {}\n`;
    expect(messages(text)).toEqual([
      'F:1:1: domain is missing; write it as in "domain: dc1"',
      'F:1:6: asn: AS 0 is reserved and no speaker can have it (RFC 7607)',
      'F:2:11: routerId: a router id cannot be 0.0.0.0 (RFC 6286 §2.1); use an address of this machine',
      'F:4:13: nves[0].prefix: "10.0.0.1/16" has host bits set; did you mean 10.0.0.0/16?',
      'F:6:14: two peers have the address 10.0.0.9: nves[1].address and nves[2].address; leave one of them out',
      'F:7:1: unknown key "lgo"; did you mean "log"?',
    ]);
  });
});
