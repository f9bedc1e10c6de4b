/** What NOTIFICATION codes and subcodes are called, for people (RFC 4271 §4.5 and the RFCs that added to it). */
import type { NotificationParts } from '../fault.ts';
import { readNotification } from './notification.ts';

const unspecific = 'Unspecific';

interface ErrorNames {
  readonly name: string;
  /** By subcode; 0 is Unspecific everywhere (RFC 4271 §4.5). */
  readonly subcodes: Readonly<Record<number, string>>;
}

const names: Readonly<Record<number, ErrorNames>> = {
  1: {
    name: 'Message Header Error',
    subcodes: { 1: 'Connection Not Synchronized', 2: 'Bad Message Length', 3: 'Bad Message Type' },
  },
  2: {
    name: 'OPEN Message Error',
    subcodes: {
      1: 'Unsupported Version Number',
      2: 'Bad Peer AS',
      3: 'Bad BGP Identifier',
      4: 'Unsupported Optional Parameter',
      5: 'Authentication Failure (deprecated)',
      6: 'Unacceptable Hold Time',
      7: 'Unsupported Capability',
      11: 'Role Mismatch',
    },
  },
  3: {
    name: 'UPDATE Message Error',
    subcodes: {
      1: 'Malformed Attribute List',
      2: 'Unrecognized Well-known Attribute',
      3: 'Missing Well-known Attribute',
      4: 'Attribute Flags Error',
      5: 'Attribute Length Error',
      6: 'Invalid ORIGIN Attribute',
      7: 'AS Routing Loop (deprecated)',
      8: 'Invalid NEXT_HOP Attribute',
      9: 'Optional Attribute Error',
      10: 'Invalid Network Field',
      11: 'Malformed AS_PATH',
    },
  },
  4: { name: 'Hold Timer Expired', subcodes: {} },
  5: {
    name: 'Finite State Machine Error',
    subcodes: {
      1: 'Receive Unexpected Message in OpenSent State',
      2: 'Receive Unexpected Message in OpenConfirm State',
      3: 'Receive Unexpected Message in Established State',
    },
  },
  6: {
    name: 'Cease',
    subcodes: {
      1: 'Maximum Number of Prefixes Reached',
      2: 'Administrative Shutdown',
      3: 'Peer De-configured',
      4: 'Administrative Reset',
      5: 'Connection Rejected',
      6: 'Other Configuration Change',
      7: 'Connection Collision Resolution',
      8: 'Out of Resources',
      9: 'Hard Reset',
      10: 'BFD Down',
    },
  },
  7: { name: 'ROUTE-REFRESH Message Error', subcodes: { 1: 'Invalid Message Length' } },
  8: { name: 'Send Hold Timer Expired', subcodes: {} },
};

/**
 * Whether the subcode is one that the code allows: 0, or one that is defined for it (RFC 4271 §4.5). A code that is not
 * defined here may be of a later RFC, as 7 and 8 were, and nothing is known of its subcodes.
 */
export function isSubcodeOf(code: number, subcode: number): boolean {
  const known = names[code];
  return known === undefined || subcode === 0 || known.subcodes[subcode] !== undefined;
}

/** For example `Cease/Administrative Shutdown`; numbers stand in for what has no name. */
export function notificationName(code: number, subcode: number): string {
  const known = names[code];
  if (known === undefined) return `error ${code}/${subcode}`;
  return `${known.name}/${subcode === 0 ? unspecific : (known.subcodes[subcode] ?? `subcode ${subcode}`)}`;
}

/** The name of what was said, with that of what a Hard Reset encloses (RFC 8538 §3.1) behind a colon. */
export function notificationTitle(notification: NotificationParts): string {
  const { code, subcode, hardReset } = readNotification(notification);
  const name = notificationName(code, subcode);
  return hardReset === undefined ? name : `${name}: ${notificationName(hardReset.code, hardReset.subcode)}`;
}
