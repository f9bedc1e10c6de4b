/** What an entry of `nves` or `nvas` says against itself, about its BGP session. */
import { nveKinds } from '../nva/model.ts';
import { defaultHoldTime } from './config.ts';
import { type ConfigPath, type Finding, formatPath } from './error.ts';
import { asMap, contradiction, isSessionless, type Raw } from './raw.ts';

/** Of one entry of `nves`, about its BGP session. */
export function nveSessionContradictions(entry: unknown, path: ConfigPath, domainAsn: unknown): Finding[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return [];
  const nve = asMap(entry);
  if (isSessionless(nve)) return [];
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
    // What it lacks depends on what it is, and that is not said yet.
    if (nve.kind !== undefined && !nveKinds.some((kind) => kind === nve.kind)) return [];
    const suggestion =
      nve.tunnelAddress === undefined
        ? 'write address for one NVE, or prefix for all NVEs of a network'
        : 'write address for its BGP session, or kind: agent or static if it has none';
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

/** Of one entry of `nvas`. */
export function nvaContradictions(nva: Raw, path: ConfigPath): Finding[] {
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
