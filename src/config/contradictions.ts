import { parsePeerAddress } from './address.ts';
import { apiContradictions } from './api-contradictions.ts';
import { authorityContradictions } from './authority-contradictions.ts';
import { defaultApiListen, defaultBgpPort, defaultListen } from './config.ts';
import { overlaps, parseApiEndpoint, parseTcpEndpoint, type TcpEndpoint } from './endpoint.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { federationContradictions } from './federation-contradictions.ts';
import { networkContradictions } from './network-contradictions.ts';
import { nveContradictions } from './nve-contradictions.ts';
import { textOf } from './parsed.ts';
import { peerClaims } from './peer-claims.ts';
import { nvaContradictions, nveSessionContradictions } from './peer-contradictions.ts';
import { parsePrefix } from './prefix.ts';
import { asList, asMap, type Claim, claims, contradiction, type Raw, takenTwice } from './raw.ts';

/**
 * What two values of a file say against each other. It reads the plain data, of whatever form, and passes over
 * values that are wrong by themselves, so that one run over a file reports everything at once.
 */
export function contradictions(data: unknown): Finding[] {
  const file = asMap(data);
  const listeners = readListeners(file);
  return [
    ...overlappingListeners(listeners),
    ...asList(file.nves).flatMap((entry, i) => nveSessionContradictions(entry, ['nves', i], file.asn)),
    ...asList(file.nvas).flatMap((entry, i) => nvaContradictions(asMap(entry), ['nvas', i])),
    ...samePeerTwice(file),
    ...samePrefixTwice(file),
    ...ownAddressAsPeer(file, listeners),
    ...nveContradictions(file),
    ...networkContradictions(file),
    ...authorityContradictions(file),
    ...federationContradictions(file),
    ...apiContradictions(file),
    ...groupWithoutUser(file),
  ];
}

function samePeerTwice(file: Raw): Finding[] {
  const peers = (['nves', 'nvas'] as const).flatMap((list) =>
    claims(file[list], [list], 'address', (written) => textOf(parsePeerAddress(written))),
  );
  const says = (address: string, before: Claim, one: Claim) =>
    `two peers have the address ${address}: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(peers, says, 'leave one of them out');
}

function samePrefixTwice(file: Raw): Finding[] {
  const prefixes = claims(file.nves, ['nves'], 'prefix', (written) => textOf(parsePrefix(written)));
  const says = (prefix: string, before: Claim, one: Claim) =>
    `the prefix ${prefix} is given twice: ${formatPath(before.path)} and ${formatPath(one.path)}`;
  return takenTwice(prefixes, says, 'leave one of them out');
}

interface Listener {
  readonly path: ConfigPath;
  readonly endpoint: TcpEndpoint;
}

function readListeners(file: Raw): Listener[] {
  const listen = file.listen ?? [defaultListen];
  const api = asMap(file.api).listen ?? defaultApiListen;
  const nveProtocol = asMap(file.nveProtocol).listen;
  const found: Listener[] = [];
  for (const [i, written] of asList(listen).entries()) {
    const parsed = typeof written === 'string' ? parseTcpEndpoint(written) : undefined;
    if (parsed?.ok === true) found.push({ path: ['listen', i], endpoint: parsed.value });
  }
  const parsed = typeof api === 'string' ? parseApiEndpoint(api) : undefined;
  if (parsed?.ok === true && parsed.value.kind === 'tcp')
    found.push({ path: ['api', 'listen'], endpoint: parsed.value });
  const nves = typeof nveProtocol === 'string' ? parseTcpEndpoint(nveProtocol) : undefined;
  if (nves?.ok === true) found.push({ path: ['nveProtocol', 'listen'], endpoint: nves.value });
  return found;
}

const ownPort: Readonly<Record<string, string>> = {
  api: 'give the API a port of its own',
  nveProtocol: 'give the NVE protocol a port of its own',
};

function overlappingListeners(listeners: readonly Listener[]): Finding[] {
  return listeners.flatMap((listener, i) => {
    const before = listeners.slice(0, i).find((other) => overlaps(other.endpoint, listener.endpoint));
    if (before === undefined) return [];
    const [mine, theirs] = [listener.endpoint.text, before.endpoint.text];
    const reason =
      mine === theirs
        ? `${formatPath(listener.path)} is ${mine}, which is ${formatPath(before.path)} already`
        : `${formatPath(listener.path)} is ${mine}, which ${formatPath(before.path)} (${theirs}) overlaps`;
    const suggestion = ownPort[String(listener.path[0])] ?? 'leave one of them out';
    return [contradiction(listener.path, reason, suggestion)];
  });
}

function ownAddressAsPeer(file: Raw, listeners: readonly Listener[]): Finding[] {
  return (['nves', 'nvas', 'federation'] as const).flatMap((list) =>
    asList(file[list]).flatMap((entry, i) => {
      const { port = defaultBgpPort } = asMap(entry);
      return peerClaims(entry, [list, i]).flatMap(({ key, path }) => {
        const own = listeners.find(({ endpoint }) => endpoint.host === key && endpoint.port === port);
        if (own === undefined) return [];
        const reason = `${formatPath(path)} is nvad's own address (${formatPath(own.path)})`;
        return [contradiction(path, reason, 'name the other side')];
      });
    }),
  );
}

function groupWithoutUser(file: Raw): Finding[] {
  if (file.group === undefined || file.user !== undefined) return [];
  return [contradiction(['group'], 'group is given without user', 'add user, or leave group out')];
}
