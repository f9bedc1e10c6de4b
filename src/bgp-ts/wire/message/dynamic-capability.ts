/**
 * The body of the CAPABILITY message, type 6, in the form that routers have sent: action, capability code, length of
 * one octet, value, again and again (draft-ietf-idr-dynamic-cap-02 §4; later drafts number the revisions). Nothing here
 * negotiates it, so a session answers the message with Bad Message Type; this is for those who read captures.
 */
import { concat } from '../bytes.ts';
import { NotificationCode } from '../constants.ts';
import { checkUint } from '../encode-error.ts';
import { sessionReset } from '../fault.ts';
import { ok, type Result } from '../result.ts';

export interface CapabilityRevision {
  readonly action: 'advertise' | 'remove';
  readonly code: number;
  readonly value: Uint8Array;
}

const actions = ['advertise', 'remove'] as const;
const HEADER = 3;
const UNSPECIFIC = 0;

/** Reads `bytes[start, end)`: at least one revision, and nothing behind the last. */
export function decodeDynamicCapability(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): Result<CapabilityRevision[]> {
  const refuse = (at: number, reason: string): Result<CapabilityRevision[]> => ({
    ok: false,
    fault: sessionReset('dynamic-capability', at, reason, NotificationCode.OpenMessage, UNSPECIFIC),
  });
  if (start === end) return refuse(start, 'no capability is revised');
  const revisions: CapabilityRevision[] = [];
  for (let at = start; at < end; ) {
    const value = at + HEADER;
    const next = value + (value <= end ? bytes[at + 2] : 0);
    if (next > end) return refuse(at, 'a capability runs past the message');
    const action = actions[bytes[at]];
    if (action === undefined) return refuse(at, `action ${bytes[at]} is not defined`);
    revisions.push({ action, code: bytes[at + 1], value: bytes.slice(value, next) });
    at = next;
  }
  return ok(revisions);
}

export function encodeDynamicCapability(revisions: readonly CapabilityRevision[]): Uint8Array {
  return concat(
    revisions.map(({ action, code, value }) =>
      Uint8Array.of(
        actions.indexOf(action),
        checkUint('capability code', code, 255),
        checkUint('capability length', value.length, 255),
        ...value,
      ),
    ),
  );
}
