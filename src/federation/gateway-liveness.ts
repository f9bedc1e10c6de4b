/** Whether a gateway may be used, from what is known of it. Pure: facts and times are handed in. */

/** What is watched of a gateway; absent: it is not watched. */
export interface GatewayFacts {
  /** Its BGP session with us is established. */
  readonly bgpSessionUp?: boolean | undefined;
  /** Its session of the NVE protocol is established. */
  readonly nveProtocolUp?: boolean | undefined;
  /** What BFD says of its tunnel address (RFC 5880). */
  readonly probe?: 'up' | 'down' | undefined;
  /** What an operator says of it; false takes it out of service. */
  readonly declaredAlive?: boolean | undefined;
}

export interface GatewayLiveness {
  /** `returning`: it was dead, and has not been alive for long enough again. */
  readonly state: 'alive' | 'returning' | 'dead';
  /** For people: `its BGP session is down`. */
  readonly reason: string;
  /** While it is `returning`, when that is over, in the milliseconds of `now`. */
  readonly aliveAt?: number;
  /** It has been alive since it is known, so that coming up again is a return. */
  readonly wasAlive: boolean;
}

/** Milliseconds for which a gateway that was dead is to be alive before it is used again, if nothing else is configured. */
const defaultHoldUp = 5000;

/** What each fact is called, and what is said of it when it fails. */
const watched: readonly [name: string, failed: string, of: (facts: GatewayFacts) => boolean | undefined][] = [
  ['BGP session', 'its BGP session is down', ({ bgpSessionUp }) => bgpSessionUp],
  ['NVE protocol session', 'its NVE protocol session is down', ({ nveProtocolUp }) => nveProtocolUp],
  ['BFD', 'its tunnel address does not answer BFD', ({ probe }) => (probe === undefined ? undefined : probe === 'up')],
  ['declaration', 'it is declared to be out of service', ({ declaredAlive }) => declaredAlive],
];

/**
 * What a gateway is now: dead as soon as anything fails that is watched, alive when nothing does. One that nobody watches
 * is taken to be alive, because nothing speaks against it. To be called when a fact changes, and when `aliveAt` has come.
 *
 * @param before what was answered of it last; undefined the first time.
 * @param holdUp milliseconds for which a gateway that has come back is `returning`.
 */
export function judgeGateway(
  before: GatewayLiveness | undefined,
  facts: GatewayFacts,
  now: number,
  holdUp = defaultHoldUp,
): GatewayLiveness {
  const known = watched.filter(([, , of]) => of(facts) !== undefined);
  const failing = known.filter(([, , of]) => of(facts) === false);
  const wasAlive = before?.wasAlive ?? false;
  if (failing.length > 0) {
    return { state: 'dead', reason: failing.map(([, failed]) => failed).join(', and '), wasAlive };
  }
  const aliveAt = aliveFrom(before, now, holdUp);
  if (aliveAt > now) {
    const reason = `it is back, and is used again when it has stayed for ${holdUp / 1000} s, or at once where no other is alive`;
    return { state: 'returning', reason, aliveAt, wasAlive };
  }
  const names = known.map(([name]) => name).join(', ');
  const reason =
    names === '' ? 'nobody watches it, so it is taken to be alive' : `nothing that is watched fails: ${names}`;
  return { state: 'alive', reason, wasAlive: true };
}

/** Nothing is held up when it is alive for the first time. */
function aliveFrom(before: GatewayLiveness | undefined, now: number, holdUp: number): number {
  if (before?.state === 'returning') return before.aliveAt ?? now;
  return before?.state === 'dead' && before.wasAlive ? now + holdUp : now;
}

/** Those to elect from: all that are alive, or, where there are none, those that are returning. */
export function usableGateways(gateways: ReadonlyMap<string, GatewayLiveness>): ReadonlySet<string> {
  const those = (wanted: GatewayLiveness['state']) => [...gateways].filter(([, { state }]) => state === wanted);
  const alive = those('alive');
  return new Set((alive.length > 0 ? alive : those('returning')).map(([gateway]) => gateway));
}
