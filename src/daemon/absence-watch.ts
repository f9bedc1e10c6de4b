/**
 * Peers that are configured by address are expected to be there. One that is not, for half a minute, is a warning with
 * what was tried last, then once an hour, and a line when it is back.
 */
import type { Clock, Neighbour } from 'bgp-ts';
import { describeDown, describeObjection } from './failure-text.ts';
import type { Logger } from './logging.ts';

/** What is known of a peer that is expected. */
export type ExpectedPeer = Pick<Neighbour, 'address' | 'source' | 'heldUntil'> & {
  readonly peer: Pick<Neighbour['peer'], 'lastDown'>;
};

export interface AbsenceWatchModules {
  readonly clock: Clock;
  /** Those that nvad dials because they are configured by address. */
  readonly expected: () => Iterable<ExpectedPeer>;
  readonly logger: Logger;
}

/** Milliseconds between two looks, until the first line about a peer, and between two of them. */
const INTERVAL = 5_000;
const PATIENCE = 30_000;
const SILENCE = 3_600_000;

interface Absence {
  readonly since: number;
  /** When it was told last. */
  toldAt: number | undefined;
}

/** Looks until the answer is called. */
export function watchAbsences({ clock, expected, logger }: AbsenceWatchModules): () => void {
  let absences = new Map<string, Absence>();
  const look = () => {
    const now = clock.now();
    const still = new Map<string, Absence>();
    for (const peer of expected()) {
      const { address, source, heldUntil } = peer;
      const absence = absences.get(address) ?? { since: now, toldAt: undefined };
      const seconds = Math.round((now - absence.since) / 1000);
      if (source !== undefined) {
        if (absence.toldAt !== undefined)
          logger.info({ peer: address, seconds }, `${address} is back after ${seconds} s`);
        continue;
      }
      // That it is kept down has been said, and for how long.
      if (heldUntil !== undefined) continue;
      still.set(address, absence);
      const due = absence.toldAt === undefined ? absence.since + PATIENCE : absence.toldAt + SILENCE;
      if (now < due) continue;
      absence.toldAt = now;
      logger.warn({ peer: address, seconds }, `no session with ${address} for ${seconds} s: ${lastFailure(peer)}`);
    }
    absences = still;
    timer = clock.setTimer(INTERVAL, look);
  };
  let timer = clock.setTimer(0, look);
  return () => timer.cancel();
}

function lastFailure({ peer: { lastDown } }: ExpectedPeer): string {
  if (lastDown === undefined) return 'it does not answer';
  return describeObjection(lastDown) ?? describeDown(lastDown);
}
