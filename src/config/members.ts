/** Who is in a configuration, and where in its file. Pure. */
import type { Nve } from '../nva/model.ts';
import type { Config, Neighbour } from './config.ts';
import type { ConfigPath } from './error.ts';

/** How nvad treats a peer: client of the reflector, or non-client (RFC 4456 §6). */
export type PeerRole = 'nve' | 'nva' | 'domain';

export interface Member {
  readonly role: PeerRole;
  readonly neighbour: Neighbour;
  readonly path: ConfigPath;
}

/** All with whom there is BGP. */
export function neighboursOf({ nves, nvas }: Config): Member[] {
  return [
    ...nves.flatMap((entry, i): Member[] =>
      entry.kind === 'sessionless' ? [] : [{ role: 'nve', neighbour: entry, path: ['nves', i] }],
    ),
    ...nvas.map((neighbour, i): Member => ({ role: 'nva', neighbour, path: ['nvas', i] })),
  ];
}

/** The same, and those of neighbour domains. */
export function sessionsOf(config: Config): Member[] {
  return [
    ...neighboursOf(config),
    ...config.federation.flatMap(({ sessions }, i) =>
      sessions.map((neighbour): Member => ({ role: 'domain', neighbour, path: ['federation', i] })),
    ),
  ];
}

/** The NVEs of which the file says more than how to reach them. */
export function declaredNves({ nves }: Config): { readonly nve: Nve; readonly path: ConfigPath }[] {
  return nves.flatMap((entry, i) =>
    entry.kind === 'dynamic' || entry.nve === undefined ? [] : [{ nve: entry.nve, path: ['nves', i] }],
  );
}
