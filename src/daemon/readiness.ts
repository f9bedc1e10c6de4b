/** When nvad may be relied on: it listens, and the peers it knows have told what they have. Pure. */
import type { Readiness } from '../api/contract/health.ts';

export interface ReadinessView {
  readonly listening: boolean;
  /** Milliseconds since the daemon started. */
  readonly age: number;
  /** Whether nothing waits to be decided. */
  readonly settled: boolean;
  /** Peers whose routes are waited for before anybody is told anything, after a restart (RFC 4724 §4.1). */
  readonly awaited: readonly string[];
  readonly peers: readonly PeerReadiness[];
}

export interface PeerReadiness {
  readonly address: string;
  /** It is waited for: configured by address, or known from before the restart. */
  readonly expected: boolean;
  /** Milliseconds since the session was established; undefined while it is not. */
  readonly establishedFor: number | undefined;
  /** The peer sends End-of-RIB markers (RFC 4724 §2), and has. */
  readonly sendsEndOfRib: boolean;
  readonly endOfRib: boolean;
}

/** Milliseconds that a peer may take to come up, and to say End-of-RIB, before readiness goes on without it. */
export const PATIENCE = 30_000;
/** Milliseconds after which the routes of a peer without End-of-RIB count as told. */
const QUIET = 2_000;

/** Peers named in one reason. */
const NAMED = 3;

/** Convergence is waited for once; `converged` is what an earlier call found. */
export function readiness(view: ReadinessView, converged: boolean): Readiness {
  const reasons: { code: string; text: string }[] = [];
  if (!view.listening) reasons.push({ code: 'not-listening', text: 'no BGP listener is open' });
  if (!converged) {
    for (const peer of view.peers) {
      const missing = missingFrom(peer, view.age);
      if (missing !== undefined) reasons.push({ code: 'converging', text: `${peer.address} ${missing}` });
    }
    if (view.awaited.length > 0) {
      const whom = `${view.awaited.slice(0, NAMED).join(', ')}${view.awaited.length > NAMED ? ' and others' : ''}`;
      const said = view.awaited.length === 1 ? 'has said what it has' : 'have said what they have';
      reasons.push({ code: 'deferring', text: `routes are told to nobody before ${whom} ${said}` });
    }
    if (!view.settled) reasons.push({ code: 'deciding', text: 'received routes are still being decided' });
  }
  return { ready: reasons.length === 0, reasons };
}

function missingFrom(peer: PeerReadiness, age: number): string | undefined {
  if (peer.establishedFor === undefined) {
    return peer.expected && age < PATIENCE ? 'has not come up yet' : undefined;
  }
  if (peer.endOfRib || peer.establishedFor >= PATIENCE) return undefined;
  if (peer.sendsEndOfRib) return 'has not sent End-of-RIB yet';
  return peer.establishedFor < QUIET ? 'came up just now' : undefined;
}
