import { parsePeerAddress } from './address.ts';
import { defaultApiListen, defaultBgpPort, defaultHoldTime, defaultListen } from './config.ts';
import { overlaps, parseApiEndpoint, parseTcpEndpoint, type TcpEndpoint } from './endpoint.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { parsePrefix } from './prefix.ts';

/** The keys of which this module reads, at whatever level, with nothing known about their values. */
type Raw = Readonly<
  Partial<
    Record<
      | 'asn'
      | 'listen'
      | 'nves'
      | 'nvas'
      | 'api'
      | 'user'
      | 'group'
      | 'prefix'
      | 'address'
      | 'port'
      | 'passive'
      | 'role'
      | 'strictRole'
      | 'interest'
      | 'interestLost'
      | 'holdTime'
      | 'sendHoldTime',
      unknown
    >
  >
>;

/**
 * What two values of a file say against each other. It reads the plain data, of whatever form, and passes over
 * values that are wrong by themselves, so that one run over a file reports everything at once.
 */
export function contradictions(data: unknown): Finding[] {
  const file = asMap(data);
  const listeners = readListeners(file);
  return [
    ...overlappingListeners(listeners),
    ...asList(file.nves).flatMap((entry, i) => nveContradictions(entry, ['nves', i], file.asn)),
    ...asList(file.nvas).flatMap((entry, i) => nvaContradictions(asMap(entry), ['nvas', i])),
    ...samePeerTwice(file),
    ...samePrefixTwice(file),
    ...ownAddressAsPeer(file, listeners),
    ...groupWithoutUser(file),
  ];
}

function nveContradictions(entry: unknown, path: ConfigPath, domainAsn: unknown): Finding[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return [];
  const nve = asMap(entry);
  const hasPrefix = nve.prefix !== undefined;
  const hasAddress = nve.address !== undefined;
  const name = formatPath(path);
  if (hasPrefix && hasAddress) {
    const suggestion = 'make them two entries';
    return [
      contradiction([...path, 'prefix'], `${name} has both prefix and address, and is one or the other`, suggestion),
    ];
  }
  if (!hasPrefix && !hasAddress) {
    const suggestion = 'write address for one NVE, or prefix for all NVEs of a network';
    return [{ code: 'missing', path, reason: `${name} has neither address nor prefix`, suggestion }];
  }
  const findings = [...roleContradictions(nve, path, domainAsn), ...interest(nve, path), ...sendHoldTime(nve, path)];
  if (hasAddress) return [...findings, ...passiveWithPort(nve, path)];
  if (nve.port !== undefined) {
    findings.push(
      contradiction(
        [...path, 'port'],
        `${name}.port says where nvad connects to, but those of a prefix have no port of their own`,
        'leave port out',
      ),
    );
  }
  return findings;
}

function roleContradictions(nve: Raw, path: ConfigPath, domainAsn: unknown): Finding[] {
  const name = formatPath(path);
  if (nve.role !== undefined && (nve.asn === undefined || nve.asn === domainAsn)) {
    const reason = `${name}.role is for a peer of another AS, and this one has the domain's (RFC 9234 §4)`;
    return [contradiction([...path, 'role'], reason, 'leave role out, or give the asn of the peer')];
  }
  if (nve.strictRole === true && nve.role === undefined) {
    const reason = `${name}.strictRole asks for the peer's role, but nvad has none to compare it with`;
    return [contradiction([...path, 'strictRole'], reason, 'give a role as well')];
  }
  return [];
}

function interest(nve: Raw, path: ConfigPath): Finding[] {
  if (nve.interestLost === undefined || nve.interest === 'derived') return [];
  const reason = `${formatPath(path)}.interestLost is for interest: derived, which this peer does not have`;
  return [contradiction([...path, 'interestLost'], reason, 'leave it out, or add interest: derived')];
}

function nvaContradictions(nva: Raw, path: ConfigPath): Finding[] {
  return [...passiveWithPort(nva, path), ...sendHoldTime(nva, path)];
}

/**
 * RFC 9687 recommends twice the hold time and at least eight minutes. Less is an operator's choice, down to the hold time:
 * below it, a session would end over what the hold timer on the other side forgives.
 */
function sendHoldTime(peer: Raw, path: ConfigPath): Finding[] {
  const { holdTime = defaultHoldTime, sendHoldTime: time } = peer;
  if (typeof time !== 'number' || time <= 0 || typeof holdTime !== 'number' || time > holdTime) return [];
  const reason = `${formatPath(path)}.sendHoldTime is ${time}, which is not longer than the hold time of ${holdTime} (RFC 9687)`;
  const suggestion = `${Math.max(480, 2 * holdTime)} is what the RFC recommends and what nvad does without it`;
  return [contradiction([...path, 'sendHoldTime'], reason, suggestion)];
}

function passiveWithPort(peer: Raw, path: ConfigPath): Finding[] {
  if (peer.passive !== true || peer.port === undefined) return [];
  const reason = `${formatPath(path)}.port says where nvad connects to, but passive: true says that it never does`;
  return [contradiction([...path, 'port'], reason, 'leave one of them out')];
}

function samePeerTwice(file: Raw): Finding[] {
  const first = new Map<string, string>();
  return (['nves', 'nvas'] as const).flatMap((list) =>
    asList(file[list]).flatMap((entry, i) => {
      const written = asMap(entry).address;
      const parsed = typeof written === 'string' ? parsePeerAddress(written) : undefined;
      if (parsed?.ok !== true) return [];
      const path = [list, i, 'address'];
      const before = first.get(parsed.value.text);
      if (before === undefined) first.set(parsed.value.text, formatPath(path));
      return before === undefined
        ? []
        : [
            contradiction(
              path,
              `two peers have the address ${parsed.value.text}: ${before} and ${formatPath(path)}`,
              'leave one of them out',
            ),
          ];
    }),
  );
}

function samePrefixTwice(file: Raw): Finding[] {
  const first = new Map<string, string>();
  return asList(file.nves).flatMap((entry, i) => {
    const written = asMap(entry).prefix;
    const parsed = typeof written === 'string' ? parsePrefix(written) : undefined;
    if (parsed?.ok !== true) return [];
    const path = ['nves', i, 'prefix'];
    const before = first.get(parsed.value.text);
    if (before === undefined) first.set(parsed.value.text, formatPath(path));
    return before === undefined
      ? []
      : [
          contradiction(
            path,
            `the prefix ${parsed.value.text} is given twice: ${before} and ${formatPath(path)}`,
            'leave one of them out',
          ),
        ];
  });
}

interface Listener {
  readonly path: ConfigPath;
  readonly endpoint: TcpEndpoint;
}

function readListeners(file: Raw): Listener[] {
  const listen = file.listen ?? [defaultListen];
  const api = asMap(file.api).listen ?? defaultApiListen;
  const found: Listener[] = [];
  for (const [i, written] of asList(listen).entries()) {
    const parsed = typeof written === 'string' ? parseTcpEndpoint(written) : undefined;
    if (parsed?.ok === true) found.push({ path: ['listen', i], endpoint: parsed.value });
  }
  const parsed = typeof api === 'string' ? parseApiEndpoint(api) : undefined;
  if (parsed?.ok === true && parsed.value.kind === 'tcp')
    found.push({ path: ['api', 'listen'], endpoint: parsed.value });
  return found;
}

function overlappingListeners(listeners: readonly Listener[]): Finding[] {
  return listeners.flatMap((listener, i) => {
    const before = listeners.slice(0, i).find((other) => overlaps(other.endpoint, listener.endpoint));
    if (before === undefined) return [];
    const [mine, theirs] = [listener.endpoint.text, before.endpoint.text];
    const reason =
      mine === theirs
        ? `${formatPath(listener.path)} is ${mine}, which is ${formatPath(before.path)} already`
        : `${formatPath(listener.path)} is ${mine}, which ${formatPath(before.path)} (${theirs}) overlaps`;
    const suggestion = listener.path[0] === 'api' ? 'give the API a port of its own' : 'leave one of them out';
    return [contradiction(listener.path, reason, suggestion)];
  });
}

function ownAddressAsPeer(file: Raw, listeners: readonly Listener[]): Finding[] {
  return (['nves', 'nvas'] as const).flatMap((list) =>
    asList(file[list]).flatMap((entry, i) => {
      const peer = asMap(entry);
      const parsed = typeof peer.address === 'string' ? parsePeerAddress(peer.address) : undefined;
      if (parsed?.ok !== true) return [];
      const port = peer.port ?? defaultBgpPort;
      const own = listeners.find(({ endpoint }) => endpoint.host === parsed.value.text && endpoint.port === port);
      if (own === undefined) return [];
      const path = [list, i, 'address'];
      return [
        contradiction(
          path,
          `${formatPath(path)} is nvad's own address (${formatPath(own.path)})`,
          'name the other side',
        ),
      ];
    }),
  );
}

function groupWithoutUser(file: Raw): Finding[] {
  if (file.group === undefined || file.user !== undefined) return [];
  return [contradiction(['group'], 'group is given without user', 'add user, or leave group out')];
}

function contradiction(path: ConfigPath, reason: string, suggestion: string): Finding {
  return { code: 'contradiction', path, reason, suggestion };
}

function asMap(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
