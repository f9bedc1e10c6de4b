/** What the entries of `virtualNetworks` say against each other and themselves. */

import { automaticRouteTarget } from '../evpn/route-target.ts';
import { defaultService } from '../nva/defaults.ts';
import { encapsulationTwice } from './encapsulation-twice.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { parseAnyPrefix } from './prefix.ts';
import { asList, asMap, type Claim, claims, contradiction, type Raw, takenTwice } from './raw.ts';
import { parseRouteTarget } from './route-target.ts';
import { nearest } from './spelling.ts';

/** Most that an MPLS label holds (RFC 3032 §2.1). */
const mostLabel = 0xfffff;

export function networkContradictions(file: Raw): Finding[] {
  const networks = asList(file.virtualNetworks).map(asMap);
  const index = new Map(networks.map(({ name }, i) => [name, i]));
  const at = (i: number): ConfigPath => ['virtualNetworks', i];
  return [
    ...sameName(file),
    ...sameVni(networks),
    ...networks.flatMap((network, i) => [
      ...bridgingWithoutBridge(network, at(i)),
      ...router(network, at(i), networks, index),
      ...labels(network, at(i)),
      ...encapsulationTwice(network.encapsulations, [...at(i), 'encapsulations']),
      ...asList(network.acl).flatMap((rule, j) => ruleContradictions(asMap(rule), [...at(i), 'acl', j])),
    ]),
    ...sameRouteTarget(networks, file.asn),
  ];
}

function sameName(file: Raw): Finding[] {
  const names = claims(file.virtualNetworks, ['virtualNetworks'], 'name', (name) => name);
  const says = (name: string, before: Claim, one: Claim) =>
    `two virtual networks have the name ${name}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(names, says, 'give one of them another');
}

function sameVni(networks: readonly Raw[]): Finding[] {
  const vnis = networks.flatMap(({ vni }, i): Claim[] =>
    typeof vni === 'number' ? [{ key: String(vni), path: ['virtualNetworks', i, 'vni'] }] : [],
  );
  const says = (vni: string, before: Claim, one: Claim) =>
    `two virtual networks have the VNI ${vni}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(vnis, says, 'give one of them another');
}

/** What is about frames and MAC addresses says nothing where packets are delivered by IP address. */
const ofFrames = {
  l3: 'names the network that routes for one with service l2',
  flooding: 'says how flooded frames reach all NVEs',
  unknownUnicast: 'says what becomes of frames to an unknown MAC address',
} as const;

function bridgingWithoutBridge(network: Raw, path: ConfigPath): Finding[] {
  if (network.service !== 'l3') return [];
  const name = formatPath(path);
  return (Object.keys(ofFrames) as (keyof typeof ofFrames)[])
    .filter((key) => network[key] !== undefined)
    .map((key) => {
      const reason = `${name}.${key} ${ofFrames[key]}, but ${name} has service l3`;
      return contradiction([...path, key], reason, `leave ${key} out, or make it service: l2`);
    });
}

/** `index`: of each network, by its name. */
function router(
  { service, l3 }: Raw,
  path: ConfigPath,
  networks: readonly Raw[],
  index: ReadonlyMap<unknown, number>,
): Finding[] {
  if (typeof l3 !== 'string' || service === 'l3') return [];
  const found = index.get(l3);
  const name = formatPath(path);
  if (found === undefined) {
    const routing = networks.filter((network) => network.service === 'l3').flatMap((network) => asText(network.name));
    const meant = nearest(l3, routing);
    const reason = `${name}.l3 is ${l3}, and there is no virtual network of that name`;
    const suggestion = meant === undefined ? 'declare it with service: l3' : `did you mean ${meant}?`;
    return [contradiction([...path, 'l3'], reason, suggestion)];
  }
  const theirs = networks[found]?.service ?? defaultService;
  // A service that is wrong by itself was named already.
  if (theirs !== 'l2') return [];
  const reason = `${name}.l3 is ${l3}, which has service l2 (${formatPath(['virtualNetworks', found])}) and routes for nobody`;
  return [contradiction([...path, 'l3'], reason, 'name one with service: l3')];
}

function labels({ vni, encapsulations }: Raw, path: ConfigPath): Finding[] {
  if (typeof vni !== 'number' || vni <= mostLabel) return [];
  return asList(encapsulations).flatMap((encapsulation, i) =>
    typeof encapsulation === 'string' && encapsulation.startsWith('mpls-')
      ? [
          contradiction(
            [...path, 'encapsulations', i],
            `${encapsulation} has a label of 20 bits, in which the VNI ${vni} has no room`,
            `leave it out, or take a VNI of at most ${mostLabel}`,
          ),
        ]
      : [],
  );
}

interface TargetClaim extends Claim {
  /** Index of the network. */
  readonly network: number;
  readonly automatic: boolean;
}

/** By route target NVEs tell which network a route is of. The automatic ones count too. */
function sameRouteTarget(networks: readonly Raw[], asn: unknown): Finding[] {
  const perNetwork = networks.map((network, i) => targetsOf(network, i, asn));
  const twice = (target: string, before: Claim) => `the route target ${target} is ${formatPath(before.path)} already`;
  return [
    ...perNetwork.flatMap((targets) => takenTwice(targets, twice, 'leave one of them out')),
    ...takenTwice(perNetwork.flat(), shared, 'give one of them another'),
  ];
}

function targetsOf({ vni, routeTargets }: Raw, network: number, asn: unknown): TargetClaim[] {
  const path: ConfigPath = ['virtualNetworks', network];
  if (routeTargets === undefined) {
    if (typeof vni !== 'number' || typeof asn !== 'number') return [];
    return [{ network, automatic: true, key: automaticRouteTarget(asn, vni), path: [...path, 'vni'] }];
  }
  return asList(routeTargets).flatMap((written, j) => {
    const parsed = typeof written === 'string' ? parseRouteTarget(written) : undefined;
    return parsed?.ok === true
      ? [{ network, automatic: false, key: parsed.value, path: [...path, 'routeTargets', j] }]
      : [];
  });
}

function shared(target: string, before: TargetClaim, one: TargetClaim): string | undefined {
  if (before.network === one.network) return undefined;
  // Where both are automatic the VNIs are the same, of which it is said elsewhere.
  if (before.automatic && one.automatic) return undefined;
  const name = ({ path, automatic }: TargetClaim) => `${formatPath(path)}${automatic ? ' (automatic)' : ''}`;
  return `two virtual networks have the route target ${target}: ${name(before)} and ${name(one)}`;
}

export function ruleContradictions(rule: Raw, path: ConfigPath): Finding[] {
  const name = formatPath(path);
  const { protocol, destinationPorts: ports } = rule;
  const found: Finding[] = [];
  if (ports !== undefined && protocol !== 'tcp' && protocol !== 'udp') {
    const has = protocol === undefined ? 'without a protocol it is about all' : `${String(protocol)} has none`;
    const reason = `${name}.destinationPorts is for TCP and UDP, and ${has}`;
    found.push(contradiction([...path, 'destinationPorts'], reason, 'add protocol: tcp or udp, or leave it out'));
  }
  const { from, to } = asMap(ports);
  if (typeof from === 'number' && typeof to === 'number' && from > to) {
    const reason = `${name}.destinationPorts begins behind its end`;
    found.push(contradiction([...path, 'destinationPorts'], reason, `did you mean { from: ${to}, to: ${from} }?`));
  }
  const families = (['source', 'destination'] as const).flatMap((key) => {
    const written = rule[key];
    const parsed = typeof written === 'string' ? parseAnyPrefix(written) : undefined;
    return parsed?.ok === true ? [{ key, family: parsed.value.address.family }] : [];
  });
  const [one, other] = families;
  if (one !== undefined && other !== undefined && one.family !== other.family) {
    const reason = `${name} is of packets from IPv${one.family} to IPv${other.family}, which there are none of`;
    found.push(contradiction([...path, other.key], reason, 'make it two rules'));
  }
  const wanted = protocol === 'icmp' ? 4 : protocol === 'icmpv6' ? 6 : undefined;
  const odd = families.find(({ family }) => wanted !== undefined && family !== wanted);
  if (odd !== undefined) {
    const reason = `${name}.protocol is ${String(protocol)}, which IPv${odd.family} does not carry`;
    const suggestion = `write protocol: ${odd.family === 4 ? 'icmp' : 'icmpv6'}`;
    found.push(contradiction([...path, 'protocol'], reason, suggestion));
  }
  return found;
}

function asText(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}
