/**
 * A wrong TCP-MD5 key is silence: neither side is told, and the connection just does not come up. The kernel counts what
 * it drops, though, for all sockets together. Where that rises while a peer is missing, a line of the log says so.
 */
import type { Clock } from 'bgp-ts';
import type { Md5Drops } from 'bgp-ts/linux';
import type { Logger } from './logging.ts';

/** A peer, or a prefix of which nobody can tell who is missing. */
export interface MissingPeer {
  readonly name: string;
  readonly hasPassword: boolean;
}

export interface Md5WatchModules {
  readonly clock: Clock;
  /** Those who have no session. */
  readonly missing: () => readonly MissingPeer[];
  readonly read: () => Md5Drops | undefined;
  readonly logger: Logger;
}

/** Milliseconds between two looks, and between two lines. */
const INTERVAL = 5_000;
const SILENCE = 60_000;
const PEERS_SHOWN = 10;

/** Looks until the answer is called. */
export function watchMd5Drops({ clock, missing, read, logger }: Md5WatchModules): () => void {
  let known = read();
  let quietUntil = 0;
  const look = () => {
    timer = clock.setTimer(INTERVAL, look);
    const now = read();
    if (now === undefined || known === undefined || clock.now() < quietUntil) return;
    const risen = difference(now, known);
    known = now;
    if (risen.missing + risen.unexpected + risen.wrong === 0) return;
    // Whoever has no password here may have one on the other side.
    const suspects = missing().filter(({ hasPassword }) => hasPassword || risen.unexpected > 0);
    if (suspects.length === 0) return;
    quietUntil = clock.now() + SILENCE;
    const names = suspects.map(({ name }) => name);
    logger.warn({ ...risen, peers: names.slice(0, PEERS_SHOWN) }, sentence(risen, names));
  };
  let timer = clock.setTimer(INTERVAL, look);
  return () => timer.cancel();
}

function sentence({ missing, unexpected, wrong }: Md5Drops, names: readonly string[]): string {
  const parts = [
    [wrong, 'made with another'],
    [missing, 'without one'],
    [unexpected, 'with one where none is expected'],
  ] as const;
  const counts = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const more = names.length > PEERS_SHOWN ? ` and ${names.length - PEERS_SHOWN} more` : '';
  const who = names.slice(0, PEERS_SHOWN).join(', ') + more;
  return `segments with a wrong or missing TCP-MD5 key were dropped (${counts.join(', ')}): likely the password of ${who} is not the same on both sides`;
}

function difference(now: Md5Drops, before: Md5Drops): Md5Drops {
  return {
    missing: now.missing - before.missing,
    unexpected: now.unexpected - before.unexpected,
    wrong: now.wrong - before.wrong,
  };
}
