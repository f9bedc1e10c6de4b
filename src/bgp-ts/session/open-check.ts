/**
 * Whether the peer's OPEN, which the codec found well formed, is the one we wait for. Pure.
 *
 * RFC 4271 §6.2, RFC 5492 §5, RFC 6286 §2.2, RFC 9234 §4.2.
 */
import { encodeCapabilities } from '../wire/capability/capability.ts';
import { NotificationCode, OpenSubcode } from '../wire/constants.ts';
import { familyName } from '../wire/family-name.ts';
import { type Fault, sessionReset } from '../wire/fault.ts';
import { type Open, openAsn } from '../wire/message/open.ts';
import { familiesOf, type Negotiated } from './negotiate.ts';
import { roleMismatch } from './roles.ts';

export interface OpenExpectation {
  /** The peer's AS number; absent = any. */
  readonly asn?: number | undefined;
  /** Smallest hold time taken, besides 0; seconds. */
  readonly minimumHoldTime: number;
  /** Refuse a peer with which no family is in common. */
  readonly commonFamily: boolean;
  /** Refuse a peer of another AS that announces no role, where we announce one (RFC 9234 §4.2). */
  readonly strictRole: boolean;
}

/** The first objection, or undefined. */
export function checkOpen(
  local: Open,
  remote: Open,
  negotiated: Negotiated,
  expectation: OpenExpectation,
): Fault | undefined {
  const { asn, minimumHoldTime, commonFamily, strictRole } = expectation;
  if (asn !== undefined && negotiated.remoteAsn !== asn) {
    const reason = `its AS number is ${negotiated.remoteAsn} and not ${asn}`;
    return refuse('open-peer-as', reason, OpenSubcode.BadPeerAs);
  }
  // Between different ASes two speakers may have the same identifier (RFC 6286 §2.1).
  if (remote.bgpId === local.bgpId && negotiated.remoteAsn === openAsn(local)) {
    const reason = `BGP Identifier ${remote.bgpId} is our own`;
    return refuse('open-own-identifier', reason, OpenSubcode.BadBgpIdentifier);
  }
  if (remote.holdTime !== 0 && remote.holdTime < minimumHoldTime) {
    const reason = `hold time of ${remote.holdTime} s, below ${minimumHoldTime} s`;
    return refuse('open-hold-time', reason, OpenSubcode.UnacceptableHoldTime);
  }
  if (commonFamily && negotiated.families.size === 0) {
    // RFC 5492 §5: the data lists what we miss.
    const missing = encodeCapabilities(local.capabilities.filter(({ kind }) => kind === 'multiprotocol'));
    const reason = `no address family in common: it offers ${offeredText(remote)} only`;
    return refuse('open-no-common-family', reason, OpenSubcode.UnsupportedCapability, missing);
  }
  const mismatch = negotiated.kind === 'ebgp' ? roleMismatch(local, remote, strictRole) : undefined;
  if (mismatch !== undefined) return refuse('open-role', mismatch, OpenSubcode.RoleMismatch);
  return undefined;
}

/** An OPEN has room for hundreds. */
const FAMILIES_SHOWN = 8;

function offeredText(open: Open): string {
  const names = [...familiesOf(open)].map(familyName);
  const more = names.length > FAMILIES_SHOWN ? [`${names.length - FAMILIES_SHOWN} more`] : [];
  return [...names.slice(0, FAMILIES_SHOWN), ...more].join(' and ');
}

function refuse(code: string, reason: string, subcode: number, data?: Uint8Array): Fault {
  return sessionReset(code, 0, reason, NotificationCode.OpenMessage, subcode, data);
}
