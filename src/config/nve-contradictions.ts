/** What the entries of `nves` say against each other and themselves, about NVEs rather than their BGP sessions. */
import { parseAddress, parsePeerAddress, parseTunnelAddress } from './address.ts';
import { encapsulationTwice } from './encapsulation-twice.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { textOf } from './parsed.ts';
import { asList, asMap, type Claim, contradiction, isSessionless, type Raw, takenTwice } from './raw.ts';

/** Those that are about one NVE, and so not about all of a prefix. */
const ofOne = ['name', 'tunnelAddress', 'encapsulations', 'routerMac'] as const;

/** Those that are about a BGP session, or whom to expect one of. */
const sessionKeys = [
  'prefix',
  'address',
  'asn',
  'role',
  'strictRole',
  'interest',
  'interestLost',
  'port',
  'passive',
  'description',
  'holdTime',
  'sendHoldTime',
  'maxRoutes',
  'gracefulRestart',
  'password',
  'ttlSecurity',
  'addPath',
] as const;

export function nveContradictions(file: Raw): Finding[] {
  return [
    ...asList(file.nves).flatMap((entry, i) => ofEntry(asMap(entry), ['nves', i], file)),
    ...sameName(file),
    ...sameTunnelAddress(file),
  ];
}

function ofEntry(nve: Raw, path: ConfigPath, file: Raw): Finding[] {
  const found = [...nameOfAnother(nve, path), ...encapsulationTwice(nve.encapsulations, [...path, 'encapsulations'])];
  if (isSessionless(nve)) return [...found, ...sessionless(nve, path, file)];
  if (nve.prefix === undefined || nve.address !== undefined) return found;
  const name = formatPath(path);
  return [
    ...found,
    ...ofOne.flatMap((key) =>
      nve[key] === undefined
        ? []
        : [
            contradiction(
              [...path, key],
              `${name}.${key} is said of one NVE, but ${name} is all those of a prefix`,
              'make an entry with the address of that one',
            ),
          ],
    ),
  ];
}

function sessionless(nve: Raw, path: ConfigPath, file: Raw): Finding[] {
  const name = formatPath(path);
  const kind = String(nve.kind);
  const found: Finding[] = [];
  for (const key of ['name', 'tunnelAddress'] as const) {
    if (nve[key] !== undefined) continue;
    const suggestion = key === 'name' ? 'write it as in "name: leaf7"' : 'write it as in "tunnelAddress: 10.1.0.7"';
    const reason = `${name}.${key} is missing, which an NVE of kind ${kind} must have`;
    found.push({ code: 'missing', path: [...path, key], reason, suggestion });
  }
  for (const key of sessionKeys.filter((other) => nve[other] !== undefined)) {
    found.push({
      code: 'contradiction',
      path: [...path, key],
      atKey: true,
      reason: `${name}.${key} is said of a BGP session, and an NVE of kind ${kind} has none`,
      suggestion: `leave ${key} out, or kind: ${kind}`,
    });
  }
  if (file.virtualNetworks === undefined) {
    const reason = `${name} is of kind ${kind}, for which nvad announces, but without virtualNetworks it is a plain reflector`;
    found.push(contradiction([...path, 'kind'], reason, 'add virtualNetworks'));
  } else if (kind === 'agent' && file.nveProtocol === undefined) {
    const reason = `${name} speaks the NVE protocol, for which nvad listens nowhere`;
    found.push(contradiction([...path, 'kind'], reason, 'add nveProtocol'));
  }
  return found;
}

/** NVEs that nobody named are called by their address. */
function nameOfAnother({ name, address }: Raw, path: ConfigPath): Finding[] {
  const named = typeof name === 'string' ? textOf(parseAddress(name)) : undefined;
  const own = typeof address === 'string' ? textOf(parsePeerAddress(address)) : undefined;
  if (named === undefined || named === own) return [];
  const reason = `${formatPath(path)}.name is an address, but not that of its session, and an NVE without a name is called by that`;
  return [contradiction([...path, 'name'], reason, 'give it another name')];
}

function sameName(file: Raw): Finding[] {
  const names = asList(file.nves).flatMap((entry, i): Claim[] => {
    const { name } = asMap(entry);
    return typeof name === 'string' ? [{ key: name, path: ['nves', i, 'name'] }] : [];
  });
  const says = (name: string, before: Claim, one: Claim) =>
    `two NVEs have the name ${name}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(names, says, 'give one of them another');
}

/** Those that are not given are the peering addresses, of which it is said elsewhere when two are the same. */
function sameTunnelAddress(file: Raw): Finding[] {
  const ends = asList(file.nves).flatMap((entry, i): (Claim & { readonly given: boolean })[] => {
    const { tunnelAddress, address } = asMap(entry);
    const given = tunnelAddress !== undefined;
    const written = given ? tunnelAddress : address;
    const key = typeof written === 'string' ? textOf(parseTunnelAddress(written)) : undefined;
    return key === undefined ? [] : [{ key, given, path: ['nves', i, given ? 'tunnelAddress' : 'address'] }];
  });
  return takenTwice(
    ends,
    (address, before, one) =>
      before.given || one.given
        ? `the tunnels of two NVEs end at ${address}: ${formatPath(before.path)} and ${formatPath(one.path)}`
        : undefined,
    'give each its own tunnelAddress',
  );
}
