/**
 * Connection collision (RFC 4271 §6.8, with the tie-break of RFC 6286 §2.3), and the new connection of a peer that has
 * restarted (RFC 4724 §4.2, §5). Pure.
 *
 * RFC 4724 §5 gives up the established session as soon as the peer's new TCP connection is there. We wait for the OPEN
 * on it: to who only looks whether the port is open no session is worth losing.
 */
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
  readonly existing: {
    readonly initiator: Initiator;
    readonly state: FsmStateName;
    /**
     * The peer announced that it may restart gracefully (RFC 4724 §3), or can have ended this connection without our
     * hearing it, and the connection that the OPEN came on was made when this one was established already.
     */
    readonly replaceable: boolean;
  };
  /** CollisionDetectEstablishedState. */
  readonly detectEstablished: boolean;
}

/**
 * `none`: the other connection is not far enough for a collision; look again when it gets an OPEN. `replace-existing`:
 * the peer has restarted; the other connection is gone already, but for our noticing, and ends without a NOTIFICATION.
 */
export type CollisionVerdict = 'close-existing' | 'replace-existing' | 'close-opened' | 'none';

/** Which of two connections with one peer is to be closed, with Cease/Connection Collision Resolution (6/7). */
export function resolveCollision(input: CollisionInput): CollisionVerdict {
  const { opened, existing, detectEstablished } = input;
  if (existing.state === 'Established' && existing.replaceable) return 'replace-existing';
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
