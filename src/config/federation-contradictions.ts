/** What the neighbour domains of a file say against each other, against ourselves, and against our networks. */
import { parsePeerAddress } from './address.ts';
import { parseDomainId } from './domain-id.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { textOf } from './parsed.ts';
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
  const at = (i: number): ConfigPath => [...path, 'virtualNetworks', i];
  const networks = shares.flatMap(({ name: shared }, i): Claim[] =>
    typeof shared === 'string' ? [{ key: shared, path: [...at(i), 'name'] }] : [],
  );
  const ours = new Map(asList(file.virtualNetworks).map((network) => [asMap(network).name, asMap(network).vni]));
  const wire = (field: 'vni' | 'routeTarget') =>
    shares.flatMap(({ name: shared, remote }, i): Claim[] => {
      const written = asMap(remote)[field];
      if (typeof written === 'number') return [{ key: String(written), path: [...at(i), 'remote', field] }];
      const isFirst = shares.findIndex(({ name: other }) => other === shared) === i;
      const own = field === 'vni' && written === undefined && isFirst ? ours.get(shared) : undefined;
      if (typeof own === 'number') return [{ key: String(own), path: [...at(i), 'name'] }];
      const key = typeof written === 'string' ? canonical(written) : undefined;
      return key === undefined ? [] : [{ key, path: [...at(i), 'remote', field] }];
    });
  const twice = (what: string) => (key: string, before: Claim, one: Claim) =>
    `${what} ${key} is given twice: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return [
    ...found,
    ...takenTwice(networks, twice('the network'), 'leave one of them out'),
    ...takenTwice(wire('vni'), twice('the VNI on the wire'), 'give each network its own'),
    ...takenTwice(wire('routeTarget'), twice('the route target on the wire'), 'give each network its own'),
  ];
}

const canonical = (text: string): string | undefined => {
  const parsed = parseRouteTarget(text);
  return parsed.ok ? parsed.value : undefined;
};

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
  const one = (written: unknown, path: ConfigPath): Claim[] => {
    const key = typeof written === 'string' ? textOf(parsePeerAddress(written)) : undefined;
    return key === undefined ? [] : [{ key, path }];
  };
  const ours = (['nves', 'nvas'] as const).flatMap((list) =>
    asList(file[list]).flatMap((entry, i) => one(asMap(entry).address, [list, i, 'address'])),
  );
  const theirs = entries.flatMap(({ address }, i) => {
    const path: ConfigPath = ['federation', i, 'address'];
    return Array.isArray(address) ? address.flatMap((text, j) => one(text, [...path, j])) : one(address, path);
  });
  const says = (address: string, before: Claim, now: Claim) =>
    `two peers have the address ${address}: ${formatPath(before.path)} and ${formatPath(now.path)}`;
  // Of two among nves and nvas it is said elsewhere.
  const first = [...new Map(ours.map((claim) => [claim.key, claim])).values()];
  return takenTwice([...first, ...theirs], says, 'leave one of them out');
}
