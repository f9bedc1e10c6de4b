/** What the neighbour domains of a file say against each other, against ourselves, and against our networks. */
import { automaticRouteTarget } from '../evpn/route-target.ts';
import { parseDomainId } from './domain-id.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { gatewayContradictions } from './gateway-contradictions.ts';
import { peerClaims } from './peer-claims.ts';
import { asList, asMap, type Claim, contradiction, type Raw, takenTwice } from './raw.ts';
import { parseRouteTarget } from './route-target.ts';

export function federationContradictions(file: Raw): Finding[] {
  if (file.federation === undefined) return [];
  const entries = asList(file.federation).map(asMap);
  if (file.virtualNetworks === undefined && entries.length > 0) {
    const reason = 'federation shares virtual networks, but without virtualNetworks nvad is a plain reflector';
    const suggestion = 'add virtualNetworks, if only as an empty list, or leave federation out';
    return [{ code: 'contradiction', path: ['federation'], atKey: true, reason, suggestion }];
  }
  return [
    ...entries.flatMap((entry, i) => ofEntry(entry, ['federation', i], file)),
    ...sameName(file, entries),
    ...sameDomainId(file, entries),
    ...samePeer(file, entries),
    ...gatewayContradictions(file, entries),
  ];
}

function ofEntry(entry: Raw, path: ConfigPath, file: Raw): Finding[] {
  const found: Finding[] = [];
  const name = formatPath(path);
  if (entry.asn !== undefined && entry.asn === file.asn) {
    const reason = `${name}.asn is our own, and between domains there is eBGP`;
    found.push(contradiction([...path, 'asn'], reason, 'give each domain an AS number of its own'));
  }
  const shares = asList(entry.virtualNetworks).map(asMap);
  const networks = shares.flatMap(({ name: shared }, i): Claim[] =>
    typeof shared === 'string' ? [{ key: shared, path: [...path, 'virtualNetworks', i, 'name'] }] : [],
  );
  const twice = (what: string) => (key: string, before: Claim, one: Claim) =>
    `${what} ${key} is given twice: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  const names = wireNames(shares, { asn: entry.asn, path: [...path, 'virtualNetworks'] }, file);
  return [
    ...found,
    ...takenTwice(networks, twice('the network'), 'leave one of them out'),
    ...takenTwice(names.vnis, twice('the VNI on the wire'), 'give each network its own'),
    ...takenTwice(names.targets, targetTwice, 'give each network its own'),
  ];
}

interface TargetClaim extends Claim {
  /** Written in the share, made of the VNI that is written there, or that of our network. */
  readonly origin: 'written' | 'automatic' | 'own';
}

/** What shares are called on the wire, with a place for each name; of a network that is shared twice, once our own. */
function wireNames(
  shares: readonly Raw[],
  neighbour: { readonly asn: unknown; readonly path: ConfigPath },
  file: Raw,
): { readonly vnis: readonly Claim[]; readonly targets: readonly TargetClaim[] } {
  const declared = new Map(asList(file.virtualNetworks).map((network) => [asMap(network).name, asMap(network)]));
  const vnis: Claim[] = [];
  const targets: TargetClaim[] = [];
  for (const [i, share] of shares.entries()) {
    const at = [...neighbour.path, i];
    const network = declared.get(share.name) ?? {};
    declared.delete(share.name);
    const { vni, routeTarget } = asMap(share.remote);
    const numbered = vni === undefined ? network.vni : vni;
    const numberAt = vni === undefined ? [...at, 'name'] : [...at, 'remote', 'vni'];
    if (typeof numbered === 'number') vnis.push({ key: String(numbered), path: numberAt });
    const [target, origin] =
      routeTarget !== undefined
        ? [canonical(routeTarget), 'written' as const]
        : vni !== undefined
          ? [automatic(neighbour.asn, vni), 'automatic' as const]
          : [ownTarget(network, file.asn), 'own' as const];
    const targetAt = origin === 'written' ? [...at, 'remote', 'routeTarget'] : numberAt;
    if (target !== undefined) targets.push({ key: target, path: targetAt, origin });
  }
  return { vnis, targets };
}

/** Of two that are automatic, or our own, it is said of what they come from. */
function targetTwice(target: string, before: TargetClaim, one: TargetClaim): string | undefined {
  if (before.origin === one.origin && one.origin !== 'written') return undefined;
  const name = ({ path, origin }: TargetClaim) => `${formatPath(path)}${origin === 'automatic' ? ' (automatic)' : ''}`;
  return `the route target on the wire ${target} is given twice: ${name(before)} and ${name(one)}`;
}

function ownTarget({ vni, routeTargets }: Raw, asn: unknown): string | undefined {
  return routeTargets === undefined ? automatic(asn, vni) : canonical(asList(routeTargets)[0]);
}

function automatic(asn: unknown, vni: unknown): string | undefined {
  return typeof asn === 'number' && typeof vni === 'number' ? automaticRouteTarget(asn, vni) : undefined;
}

function canonical(written: unknown): string | undefined {
  const parsed = typeof written === 'string' ? parseRouteTarget(written) : undefined;
  return parsed?.ok === true ? parsed.value : undefined;
}

function sameName(file: Raw, entries: readonly Raw[]): Finding[] {
  const ours: Claim[] = typeof file.domain === 'string' ? [{ key: file.domain, path: ['domain'] }] : [];
  const theirs = entries.flatMap(({ domain }, i): Claim[] =>
    typeof domain === 'string' ? [{ key: domain, path: ['federation', i, 'domain'] }] : [],
  );
  const says = (domain: string, before: Claim, one: Claim) =>
    `two domains have the name ${domain}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice([...ours, ...theirs], says, 'name each neighbour domain once, as it calls itself');
}

/** Where none is given it follows from the AS number. */
function sameDomainId(file: Raw, entries: readonly Raw[]): Finding[] {
  const claim = ({ domainId, asn }: Raw, path: ConfigPath): Claim[] => {
    if (domainId === undefined) return typeof asn === 'number' ? [{ key: `${asn}:0`, path: [...path, 'asn'] }] : [];
    const parsed = typeof domainId === 'string' ? parseDomainId(domainId) : undefined;
    return parsed?.ok === true ? [{ key: parsed.value, path: [...path, 'domainId'] }] : [];
  };
  const all = [...claim(file, []), ...entries.flatMap((entry, i) => claim(entry, ['federation', i]))];
  const says = (id: string, before: Claim, one: Claim) =>
    before.path[0] === 'asn' && one.path.at(-1) === 'asn'
      ? undefined
      : `two domains have the domain id ${id}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(all, says, 'give each domain a domainId of its own');
}

function samePeer(file: Raw, entries: readonly Raw[]): Finding[] {
  const ours = (['nves', 'nvas'] as const).flatMap((list) =>
    asList(file[list]).flatMap((entry, i) => peerClaims(entry, [list, i])),
  );
  const theirs = entries.flatMap((entry, i) => peerClaims(entry, ['federation', i]));
  const says = (address: string, before: Claim, now: Claim) =>
    `two peers have the address ${address}: ${formatPath(before.path)} and ${formatPath(now.path)}`;
  // Of two among nves and nvas it is said elsewhere.
  const first = [...new Map(ours.map((claim) => [claim.key, claim])).values()];
  return takenTwice([...first, ...theirs], says, 'leave one of them out');
}
