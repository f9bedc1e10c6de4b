/**
 * What nved filters, as two tables of nftables in the family `bridge`: ACL, rate, and that tenants never reach the machine
 * itself; and how many hosts are learnt behind a port. A table is written whole, in one transaction, and carries the
 * fingerprint of its text.
 */
import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { AclRule } from '../nva/model.ts';
import { FINGERPRINT } from './filter-state.ts';
import { FILTER_TABLE } from './names.ts';

/** What is filtered of a network. */
export interface FilteredNetwork {
  readonly vni: number;
  /** Its VXLAN device. */
  readonly tunnel: string | undefined;
  /** The port that leads to its router. */
  readonly gateway: string | undefined;
  readonly ports: readonly string[];
  /** Ports that lead to other domains. */
  readonly crossings: readonly string[];
  readonly acl: readonly AclRule[];
  /** Kilobits a second that each port may send. */
  readonly rateKbit: number | undefined;
  /** nved answers ARP and ND of which the kernel knows no answer: they are not flooded into the tunnel. */
  readonly resolvesAddresses: boolean;
}

/**
 * Where a bridge filters. br_netfilter, which others may load at any time, takes IP packets out of the bridge's hooks at 0, and
 * what is filtered at 0 and was there before it never sees them.
 */
const PRIORITY = -200;

/** Tokens of a port's rate are worth a tenth of a second, and one full frame at least. */
const burst = (octetsPerSecond: number) => Math.max(Math.ceil(octetsPerSecond / 10), 10_000);

/** A port of which hosts are learnt. */
export interface LearningPort {
  readonly port: string;
  /** Frames of others are dropped. */
  readonly maxHosts: number;
}

/**
 * The text for `nft -f` within the table that bounds the hosts behind ports, or undefined when none are learnt. It knows who
 * was heard, which is lost when the table is written: nothing else is in it.
 */
export function hostFilterText(learning: readonly LearningPort[]): string | undefined {
  if (learning.length === 0) return undefined;
  return [
    ...learning.map(({ maxHosts }, index) => hostSet(index, maxHosts)),
    // Before the bridge learns, so that its table has a bound.
    chain('early', `type filter hook prerouting priority ${PRIORITY}; policy accept;`, learning.flatMap(learningRules)),
  ].join('\n');
}

/** The text for `nft -f` within its table, or undefined when there is no network. */
export function filterText(networks: readonly FilteredNetwork[]): string | undefined {
  if (networks.length === 0) return undefined;
  const members = ({ tunnel, gateway, ports, crossings }: FilteredNetwork) => [
    ...(tunnel === undefined ? [] : [tunnel]),
    ...(gateway === undefined ? [] : [gateway]),
    ...ports,
    ...crossings,
  ];
  const filtered = networks.filter(({ acl }) => acl.length > 0);
  const chains = [
    // A bridge hands broadcasts to the machine as well, and Linux answers ARP for every address that it has anywhere.
    chain('inward', `type filter hook input priority ${PRIORITY}; policy accept;`, [
      `iifname ${set(networks.flatMap(members))} drop`,
    ]),
    chain('across', `type filter hook forward priority ${PRIORITY}; policy accept;`, [
      ...networks.flatMap(({ ports, rateKbit }) =>
        rateKbit === undefined ? [] : ports.map((port) => `iifname "${port}" ${rateLimit(rateKbit)} drop`),
      ),
      ...networks
        .filter(({ resolvesAddresses }) => resolvesAddresses)
        .flatMap(({ tunnel }) =>
          tunnel === undefined
            ? []
            : [
                `oifname "${tunnel}" ether daddr ff:ff:ff:ff:ff:ff arp operation request drop`,
                `oifname "${tunnel}" ip6 daddr ff02::1:ff00:0/104 icmpv6 type nd-neighbor-solicit drop`,
              ],
        ),
      // Each NVE's router answers who is plugged in there; the others' would answer as well.
      ...networks.flatMap(({ tunnel, gateway, crossings }) =>
        tunnel === undefined || gateway === undefined
          ? []
          : [tunnel, ...crossings].flatMap((far) => [
              `iifname "${far}" oifname "${gateway}" ether type arp drop`,
              `iifname "${far}" oifname "${gateway}" icmpv6 type nd-neighbor-solicit drop`,
              `iifname "${gateway}" oifname "${far}" ether type arp drop`,
            ]),
      ),
      // Domains that are neighbours of ours may be each other's: what one floods reaches the other by itself.
      ...networks.flatMap(({ crossings }) =>
        crossings.length < 2
          ? []
          : [
              `iifname ${set(crossings)} oifname ${set(crossings)} ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00 drop`,
            ],
      ),
      ...filtered.flatMap((network) => `iifname ${set(members(network))} jump acl_${network.vni}`),
    ]),
    ...filtered.map(({ vni, acl }) => chain(`acl_${vni}`, undefined, aclRules(acl))),
  ];
  return chains.join('\n');
}

/** One transaction for `nft -f` that puts the table in place of what was there. */
export function filterTransaction(text: string | undefined, family: 'bridge' | 'inet', table = FILTER_TABLE): string {
  const away = `add table ${family} ${table}\ndelete table ${family} ${table}\n`;
  if (text === undefined) return away;
  return `${away}table ${family} ${table} {\nchain ${FINGERPRINT}${fingerprint(text)} {\n}\n${text}\n}\n`;
}

/** Of a table's text: what its chain says that carries it; undefined without a table. */
export function fingerprintOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : fingerprint(text);
}

export function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export function chain(name: string, hook: string | undefined, rules: readonly string[]): string {
  return [`chain ${name} {`, ...(hook === undefined ? [] : [hook]), ...rules, '}'].join('\n');
}

/** Seconds for which a bridge knows a host that says nothing (IEEE 802.1Q §8.8.3). */
const AGEING = 300;

const hostSet = (index: number, maxHosts: number) =>
  `set hosts_${index} {\ntype ether_addr; size ${maxHosts}; flags dynamic,timeout; timeout ${AGEING}s;\n}`;

const learningRules = ({ port }: LearningPort, index: number) => [
  `iifname "${port}" update @hosts_${index} { ether saddr } accept`,
  `iifname "${port}" drop`,
];

const set = (devices: readonly string[]) => `{ ${devices.map((device) => `"${device}"`).join(', ')} }`;

function rateLimit(kbit: number): string {
  const octets = kbit * 125;
  return `limit rate over ${octets} bytes/second burst ${burst(octets)} bytes`;
}

/** Rules are about IP packets: ARP, and neighbour discovery as its equal, pass. */
function aclRules(acl: readonly AclRule[]): string[] {
  return [
    'ether type != { ip, ip6 } accept',
    'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    ...acl.flatMap(aclRule),
  ];
}

/** One rule, as it is written in the families `bridge` and `inet`; none where nothing can match. */
export function aclRule({ action, protocol, source, destination, destinationPorts: ports }: AclRule): string[] {
  const verdict = action === 'allow' ? 'accept' : 'drop';
  const families = [source, destination].flatMap((prefix) => (prefix === undefined ? [] : [familyOf(prefix)]));
  // Of two families, as nothing is.
  if (new Set(families).size > 1) return [];
  const match = [
    ...(source === undefined ? [] : [`${familyOf(source)} saddr ${source}`]),
    ...(destination === undefined ? [] : [`${familyOf(destination)} daddr ${destination}`]),
    ...transport(protocol, ports),
  ];
  return [[...match, verdict].join(' ')];
}

function transport(protocol: AclRule['protocol'], ports: AclRule['destinationPorts']): string[] {
  const name = protocol === 'icmpv6' ? 'ipv6-icmp' : protocol;
  if (ports === undefined) return name === undefined ? [] : [`meta l4proto ${name}`];
  const range = ports.from === ports.to ? `${ports.from}` : `${ports.from}-${ports.to}`;
  return [`meta l4proto ${name ?? '{ tcp, udp }'}`, `th dport ${range}`];
}

const familyOf = (prefix: string) => (isIPv6(prefix.split('/')[0] ?? '') ? 'ip6' : 'ip');
