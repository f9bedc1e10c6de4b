/** What gateways say against each other, against NVEs and peers, and against what is said beside them. */
import { parseAddress } from './address.ts';
import { parseTcpEndpoint } from './endpoint.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { parseEsi } from './esi.ts';
import { textOf } from './parsed.ts';
import { peerClaims } from './peer-claims.ts';
import { asList, asMap, type Claim, contradiction, type Raw, takenTwice } from './raw.ts';

/** Gateways that share an address, as they are written. */
interface Group {
  /** Canonical; undefined where it is none. */
  readonly anycast: string | undefined;
  readonly members: readonly string[];
  readonly path: ConfigPath;
  /** Whether it is what our NVEs see. */
  readonly isSeenInside: boolean;
  /** In what underlay the address is: our own, or that of which neighbour. */
  readonly underlays: readonly string[];
}

export function gatewayContradictions(file: Raw, entries: readonly Raw[]): Finding[] {
  const shares = entries.flatMap(({ virtualNetworks: shared }, i) => {
    const path: ConfigPath = ['federation', i, 'virtualNetworks'];
    const all = Array.isArray(shared)
      ? shared.map((share, j) => ({ share, path: [...path, j] }))
      : [{ share: shared, path }];
    return all.map((one) => ({ ...one, share: asMap(one.share), neighbour: `of federation[${i}]` }));
  });
  const groups = shares.flatMap(({ share, path, neighbour }) => groupsOf(share, path, neighbour));
  const lists = shares.flatMap(({ share, path, neighbour }) => listsOf(share, path, neighbour));
  const taken = { ends: tunnelEnds(file), speakers: speakers(file, entries), lists };
  return [
    ...shares.flatMap(({ share, path }) => forms(asMap(share.gateways), [...path, 'gateways'])),
    ...shares.flatMap(({ share, path, neighbour }) => besideSegment(share, path, groupsOf(share, path, neighbour))),
    ...groups.flatMap((group) => ownAddress(group, taken)),
    ...otherMembers(groups),
    ...lists.flatMap(({ gateways }) => takenTwice(gateways, gatewayTwice, 'leave one of them out')),
    ...otherEnds(shares.flatMap(({ share, path }) => segmentOf(share, path))),
  ];
}

const gatewayTwice = (address: string, before: Claim, one: Claim) =>
  `the gateway ${address} is given twice: ${formatPath(before.path)} and ${formatPath(one.path)}`;

/** Those of one share. */
function groupsOf({ gateways: written }: Raw, share: ConfigPath, neighbour: string): Group[] {
  const gateways = asMap(written);
  const path = [...share, 'gateways'];
  const group = (one: Raw, at: ConfigPath, underlays: readonly string[]): Group[] => {
    if (one.anycast === undefined) return [];
    const members = asList(one.members).flatMap((member) => canonical(member) ?? []);
    const isSeenInside = underlays.includes(INSIDE);
    return [{ anycast: canonical(one.anycast), members, path: [...at, 'anycast'], isSeenInside, underlays }];
  };
  return [
    ...group(gateways, path, [INSIDE, neighbour]),
    ...group(asMap(gateways.export), [...path, 'export'], [neighbour]),
    ...group(asMap(gateways.import), [...path, 'import'], [INSIDE]),
  ];
}

const INSIDE = 'of our own';

/** Gateways that are written by their own addresses: to elect from, or as members. */
interface List {
  readonly gateways: readonly Claim[];
  readonly underlays: readonly string[];
}

/** Those of one share. Members are NVEs of ours, also where the address that they share is the neighbour's alone to see. */
function listsOf({ gateways: written }: Raw, share: ConfigPath, neighbour: string): List[] {
  const path = [...share, 'gateways'];
  const list = (of: unknown, at: ConfigPath, underlays: readonly string[]): List[] => {
    if (!Array.isArray(of)) return [];
    const gateways = of.flatMap((one, i): Claim[] => {
      const key = canonical(one);
      return key === undefined ? [] : [{ key, path: [...at, i] }];
    });
    return [{ gateways, underlays }];
  };
  const both = [INSIDE, neighbour];
  const { members, export: exported, import: imported } = asMap(written);
  return [
    ...list(written, path, both),
    ...list(members, [...path, 'members'], both),
    ...list(exported, [...path, 'export'], [neighbour]),
    ...list(asMap(exported).members, [...path, 'export', 'members'], both),
    ...list(imported, [...path, 'import'], [INSIDE]),
    ...list(asMap(imported).members, [...path, 'import', 'members'], [INSIDE]),
  ];
}

const canonical = (written: unknown) => (typeof written === 'string' ? textOf(parseAddress(written)) : undefined);

/** Of a map for both directions, which has the keys of both forms. */
function forms(gateways: Raw, path: ConfigPath): Finding[] {
  const { anycast, members } = gateways;
  const name = formatPath(path);
  if (anycast === undefined && members === undefined) return [];
  if (anycast === undefined) {
    const reason = `${name}.members share an address, and there is no ${name}.anycast`;
    return [contradiction([...path, 'members'], reason, 'add anycast, or write the members as a list of gateways')];
  }
  if (members === undefined) {
    const reason = `${name}.members is missing: who shares the anycast address`;
    return [{ code: 'missing', path: [...path, 'members'], reason, suggestion: 'add members, a list of gateways' }];
  }
  return (['export', 'import'] as const)
    .filter((direction) => gateways[direction] !== undefined)
    .map((direction) => {
      const reason = `${name}.anycast holds for both directions, and ${name}.${direction} is given as well`;
      return contradiction([...path, direction], reason, 'write anycast and members in each direction that has them');
    });
}

/** Of the segment each gateway is an end by itself (RFC 9014 §3.5). */
function besideSegment({ interconnectSegment }: Raw, path: ConfigPath, groups: readonly Group[]): Finding[] {
  if (interconnectSegment === undefined || !groups.some(({ isSeenInside }) => isSeenInside)) return [];
  const reason = 'interconnectSegment shows our NVEs each gateway, and an anycast address shows them none';
  return [contradiction([...path, 'interconnectSegment'], reason, 'leave one of the two out')];
}

/** What NVEs that are declared have for themselves, and where that is said. */
function tunnelEnds(file: Raw): ReadonlyMap<string, string> {
  const ends = asList(file.nves).flatMap((entry, i) =>
    (['tunnelAddress', 'address'] as const).flatMap((key) => {
      const address = canonical(asMap(entry)[key]);
      return address === undefined ? [] : [[address, formatPath(['nves', i, key])] as const];
    }),
  );
  return new Map(ends);
}

/** Who speaks BGP, by the addresses that say so: we, our replicas, and the NVAs of neighbours. */
function speakers(file: Raw, entries: readonly Raw[]): ReadonlyMap<string, string> {
  const routerId = canonical(file.routerId);
  const listeners = asList(file.listen).flatMap((written, i) => {
    const endpoint = typeof written === 'string' ? parseTcpEndpoint(written) : undefined;
    if (endpoint?.ok !== true) return [];
    return [[endpoint.value.host, `an address that we listen on (${formatPath(['listen', i])})`] as const];
  });
  const peers = (of: unknown, at: ConfigPath, who: string) =>
    peerClaims(of, at).map(({ key, path }) => [key, `the address of ${who} (${formatPath(path)})`] as const);
  const all = [
    ...(routerId === undefined ? [] : [[routerId, 'our routerId'] as const]),
    ...listeners,
    ...asList(file.nvas).flatMap((nva, i) => peers(nva, ['nvas', i], 'a replica')),
    ...entries.flatMap((entry, i) => peers(entry, ['federation', i], "a neighbour's NVA")),
  ];
  return new Map(all.toReversed());
}

/** Who has addresses for itself. */
interface Taken {
  readonly ends: ReadonlyMap<string, string>;
  readonly speakers: ReadonlyMap<string, string>;
  readonly lists: readonly List[];
}

function ownAddress({ anycast, members, path, ...group }: Group, { ends, speakers: who, lists }: Taken): Finding[] {
  if (anycast === undefined) return [];
  const says = (whose: string) =>
    contradiction(
      path,
      `${formatPath(path)} is ${whose}: ${anycast}`,
      'take an address that the members have beside their own',
    );
  if (members.includes(anycast)) return [says("a member's own address")];
  const end = group.isSeenInside ? ends.get(anycast) : undefined;
  if (end !== undefined) return [says(`the address of an NVE (${end})`)];
  const speaker = who.get(anycast);
  if (speaker !== undefined) return [says(speaker)];
  const gateway = lists
    .filter(({ underlays }) => underlays.some((underlay) => group.underlays.includes(underlay)))
    .flatMap(({ gateways }) => gateways)
    .find(({ key }) => key === anycast);
  return gateway === undefined ? [] : [says(`a gateway's own address (${formatPath(gateway.path)})`)];
}

/** A gateway that has the address and is no member would be sent to itself by what is said of the others. */
function otherMembers(groups: readonly Group[]): Finding[] {
  const first = new Map<string, Group>();
  return groups.flatMap((group) => {
    const { anycast, path, underlays } = group;
    if (anycast === undefined) return [];
    const keys = underlays.map((underlay) => `${anycast} ${underlay}`);
    const before = keys.map((key) => first.get(key)).find((one) => one !== undefined);
    for (const key of keys) if (!first.has(key)) first.set(key, group);
    if (before === undefined || sameGateways(before.members, group.members)) return [];
    const reason = `${anycast} is shared by other gateways in ${formatPath(before.path)} than in ${formatPath(path)}`;
    return [contradiction(path, reason, 'give them the same members, or other addresses')];
  });
}

const sameGateways = (some: readonly string[], others: readonly string[]) =>
  [...new Set(some)].sort().join() === [...new Set(others)].sort().join();

/** A segment with the gateways that are its ends. */
interface Segment extends Claim {
  readonly written: string;
  readonly ends: readonly string[];
}

/** Without gateways that our NVEs see it does nothing, and of one beside an anycast address it is said elsewhere. */
function segmentOf({ interconnectSegment: written, gateways }: Raw, path: ConfigPath): Segment[] {
  const esi = typeof written === 'string' ? parseEsi(written) : undefined;
  if (esi?.ok !== true) return [];
  const seen = Array.isArray(gateways) ? gateways : asList(asMap(gateways).import);
  const ends = seen.flatMap((gateway) => canonical(gateway) ?? []);
  if (ends.length === 0) return [];
  return [{ key: esi.value, written: String(written), ends, path: [...path, 'interconnectSegment'] }];
}

/** An Ethernet segment is one site: NVEs send by all its ends what is for a host behind it (RFC 7432 §5, §8.4). */
function otherEnds(segments: readonly Segment[]): Finding[] {
  const says = (_: string, before: Segment, one: Segment) =>
    sameGateways(before.ends, one.ends)
      ? undefined
      : `${one.written} has other gateways in ${formatPath(before.path)} than in ${formatPath(one.path)}`;
  return takenTwice(segments, says, 'give them the same gateways, or another segment');
}
