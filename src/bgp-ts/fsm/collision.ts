/** Connection collision (RFC 4271 §6.8, with the tie-break of RFC 6286 §2.3). Pure. */
import type { FsmStateName } from './state.ts';

/** Which side initiated a TCP connection. */
export type Initiator = 'local' | 'remote';

export interface CollisionInput {
  /** BGP Identifiers as unsigned 32-bit numbers; the remote one as the OPEN just received says. */
  readonly localId: number;
  readonly remoteId: number;
  readonly localAsn: number;
  readonly remoteAsn: number;
  /** The connection that the OPEN came on. */
  readonly opened: { readonly initiator: Initiator };
  /** The other connection with the same peer. */
  readonly existing: { readonly initiator: Initiator; readonly state: FsmStateName };
  /** CollisionDetectEstablishedState. */
  readonly detectEstablished: boolean;
}

/** `none`: the other connection is not far enough for a collision; look again when it gets an OPEN. */
export type CollisionVerdict = 'close-existing' | 'close-opened' | 'none';

/** Which of two connections with one peer is to be closed, with Cease/Connection Collision Resolution (6/7). */
export function resolveCollision(input: CollisionInput): CollisionVerdict {
  const { opened, existing, detectEstablished } = input;
  if (existing.state === 'Established' && !detectEstablished) return 'close-opened';
  if (existing.state !== 'OpenConfirm' && existing.state !== 'Established') return 'none';
  // Not the collision of §6.8, whose two connections have opposite directions: whoever dialled twice means the
  // second.
  if (opened.initiator === existing.initiator) return 'close-existing';
  return opened.initiator === preferredInitiator(input) ? 'close-existing' : 'close-opened';
}

/** Only the connection initiated by the speaker with the higher BGP Identifier is retained. */
function preferredInitiator({ localId, remoteId, localAsn, remoteAsn }: CollisionInput): Initiator {
  if (localId !== remoteId) return localId > remoteId ? 'local' : 'remote';
  return localAsn > remoteAsn ? 'local' : 'remote';
}
