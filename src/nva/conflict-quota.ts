/** How many conflicts are listed: so many of each kind and each source that none hides the others. */
import type { Conflict } from './conflict.ts';

/** Of one kind from one source, and of one kind. */
const MAX_OF_SOURCE = 200;
const MAX_OF_KIND = 700;
/** Sources that are named with what is left out of theirs. */
const MAX_NAMED = 3;

interface Kind {
  listed: number;
  readonly bySource: Map<string, { listed: number; leftOut: number }>;
}

export class ConflictQuota {
  readonly #kinds = new Map<string, Kind>();

  /** Whether one more is listed; counts it where it is not. `source` is who causes it: a peer, or the network. */
  takes(code: string, source: string): boolean {
    let kind = this.#kinds.get(code);
    if (kind === undefined) {
      kind = { listed: 0, bySource: new Map() };
      this.#kinds.set(code, kind);
    }
    let of = kind.bySource.get(source);
    if (of === undefined) {
      of = { listed: 0, leftOut: 0 };
      kind.bySource.set(source, of);
    }
    if (kind.listed >= MAX_OF_KIND || of.listed >= MAX_OF_SOURCE) {
      of.leftOut++;
      return false;
    }
    kind.listed++;
    of.listed++;
    return true;
  }

  /** One for each kind of which not all are listed. `isAll`: whether all that there are were counted. */
  *leftOut(isAll: boolean): Iterable<Conflict> {
    for (const [code, { bySource }] of this.#kinds) {
      const sources = [...bySource].filter(([, { leftOut }]) => leftOut > 0);
      if (sources.length === 0) continue;
      sources.sort(([, a], [, b]) => b.leftOut - a.leftOut);
      const sum = sources.reduce((total, [, { leftOut }]) => total + leftOut, 0);
      const named = sources.slice(0, MAX_NAMED).map(([source, { leftOut }]) => `${leftOut} of ${source}`);
      const others = sources.length > MAX_NAMED ? `, and others of ${sources.length - MAX_NAMED} more` : '';
      yield {
        id: `left-out ${code}`,
        code: 'left-out',
        reason: `${isAll ? '' : 'at least '}${sum} more ${code} are not listed: ${named.join(', ')}${others}`,
        claims: [],
        done: 'the same is done about them as about those that are listed',
        remedy: 'settle those that are listed; the others are listed then',
        releasable: false,
      };
    }
  }
}
