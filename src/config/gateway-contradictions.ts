/** What gateways that share an address say against each other, against NVEs, and against what is said beside them. */
import { parseAddress } from './address.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { textOf } from './parsed.ts';
import { asList, asMap, contradiction, type Raw } from './raw.ts';

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
  const ends = tunnelEnds(file);
  return [
    ...shares.flatMap(({ share, path }) => [...forms(asMap(share.gateways), [...path, 'gateways'])]),
    ...shares.flatMap(({ share, path, neighbour }) => besideSegment(share, path, groupsOf(share, path, neighbour))),
    ...groups.flatMap((group) => ownAddress(group, ends)),
    ...otherMembers(groups),
  ];
}

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

function ownAddress({ anycast, members, path, isSeenInside }: Group, ends: ReadonlyMap<string, string>): Finding[] {
  if (anycast === undefined) return [];
  const says = (whose: string) =>
    contradiction(
      path,
      `${formatPath(path)} is ${whose}: ${anycast}`,
      'take an address that the members have beside their own',
    );
  if (members.includes(anycast)) return [says("a member's own address")];
  const end = isSeenInside ? ends.get(anycast) : undefined;
  return end === undefined ? [] : [says(`the address of an NVE (${end})`)];
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
    if (before === undefined || sameMembers(before, group)) return [];
    const reason = `${anycast} is shared by other gateways in ${formatPath(before.path)} than in ${formatPath(path)}`;
    return [contradiction(path, reason, 'give them the same members, or other addresses')];
  });
}

const sameMembers = (one: Group, other: Group) =>
  [...new Set(one.members)].sort().join() === [...new Set(other.members)].sort().join();
