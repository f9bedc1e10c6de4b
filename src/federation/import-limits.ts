/**
 * How many routes are taken over from a neighbour domain, of each network and in all. Pure.
 *
 * A route beyond a limit is refused and not counted, unless that is only to be warned of. There is room for another as soon as
 * one of those taken goes; when to ask again about those that were refused is told when there are clearly fewer, so that
 * neither logs nor routes flap at the limit.
 */
export interface ImportLimitsOptions {
  /** Of all networks together; absent: no limit. */
  readonly routes?: number;
  /** Of each network; absent: no limit. */
  readonly perNetwork?: number;
  /** Percent of a limit with which a warning is told; absent: none is. */
  readonly warning?: number;
  /** `warn`: what is beyond a limit is told of, and taken. */
  readonly exceeded?: 'warn' | 'stop' | 'reset';
}

export type ImportVerdict = 'taken' | 'over-network' | 'over-all';

/** `network` is absent where it concerns all together; `routes` is how many are taken. */
export interface ImportLimitEvent {
  /**
   * `near-limit`: more than the warning is for; `well-below` when that is over. `exceeded`: the first route is beyond it;
   * `has-room` when those that were refused may be asked about again. Each is told once until its counterpart is.
   */
  readonly type: 'near-limit' | 'well-below' | 'exceeded' | 'has-room';
  readonly network?: string;
  readonly routes: number;
  readonly limit: number;
  /** What is beyond the limit is taken nevertheless. */
  readonly isTaken?: true;
}

/** Of a limit, or of what is warned for: with fewer routes than this part it is over. */
const CLEARLY_FEWER = 0.95;

export class ImportLimits {
  readonly #all: Count;
  #perNetwork: number;
  #warnAbove: number;
  #isTaken: boolean;
  readonly #told: (event: ImportLimitEvent) => void;
  /** Networks that have routes, or of which something was told that is not over. */
  readonly #networks = new Map<string, Count>();

  constructor(options: ImportLimitsOptions, told: (event: ImportLimitEvent) => void) {
    const { routes, perNetwork, warning } = inNumbers(options);
    this.#warnAbove = warning;
    this.#perNetwork = perNetwork;
    this.#isTaken = options.exceeded === 'warn';
    this.#told = told;
    this.#all = new Count(routes, this.#warnAbove * routes);
  }

  /**
   * Others hold from now on. What was taken stays, and is told of where it is more than may be now; where there is room
   * now, that is told at once. What was exceeded before and still is is told again, since the limit is another.
   */
  become(options: ImportLimitsOptions): void {
    const { routes, perNetwork, warning } = inNumbers(options);
    this.#warnAbove = warning;
    this.#perNetwork = perNetwork;
    this.#isTaken = options.exceeded === 'warn';
    for (const [network, own] of [...this.#networks]) {
      for (const event of own.become(perNetwork, warning * perNetwork)) this.#tell(event, network);
      this.#tidy(network, own);
    }
    for (const event of this.#all.become(routes, warning * routes)) this.#tell(event);
  }

  /** Routes taken, of a network or in all. */
  routes(network?: string): number {
    return network === undefined ? this.#all.routes : (this.#networks.get(network)?.routes ?? 0);
  }

  /** One more; it counts only where it is taken. */
  add(network: string): ImportVerdict {
    let own = this.#networks.get(network);
    if (own === undefined) {
      own = new Count(this.#perNetwork, this.#warnAbove * this.#perNetwork);
      this.#networks.set(network, own);
    }
    const verdict = own.isFull ? 'over-network' : this.#all.isFull ? 'over-all' : 'taken';
    if (verdict === 'over-network') this.#tell(own.exceed(), network);
    else if (verdict === 'over-all') this.#tell(this.#all.exceed());
    const isTaken = verdict === 'taken' || this.#isTaken;
    if (isTaken) {
      this.#tell(own.add(), network);
      this.#tell(this.#all.add());
    }
    this.#tidy(network, own);
    return isTaken ? 'taken' : verdict;
  }

  /** One that was taken has gone. */
  remove(network: string): void {
    const own = this.#networks.get(network);
    if (own === undefined || own.routes === 0) return;
    for (const event of own.remove()) this.#tell(event, network);
    for (const event of this.#all.remove()) this.#tell(event);
    this.#tidy(network, own);
  }

  #tell(event: Told | undefined, network?: string): void {
    if (event === undefined) return;
    this.#told({ ...event, ...(this.#isTaken && { isTaken: true }), ...(network !== undefined && { network }) });
  }

  #tidy(network: string, own: Count): void {
    if (own.routes === 0 && !own.isUnsettled) this.#networks.delete(network);
  }
}

/** The warning as a part of a limit. */
function inNumbers({ routes, perNetwork, warning }: ImportLimitsOptions) {
  const unlimited = Number.POSITIVE_INFINITY;
  return {
    routes: routes ?? unlimited,
    perNetwork: perNetwork ?? unlimited,
    warning: warning === undefined ? unlimited : warning / 100,
  };
}

type Told = Omit<ImportLimitEvent, 'network' | 'isTaken'>;

/** Routes against one limit, and what has been told of it. */
class Count {
  routes = 0;
  #limit: number;
  #warnAbove: number;
  #isWarned = false;
  /** One was beyond it since there last was room. */
  #isExceeded = false;

  constructor(limit: number, warnAbove: number) {
    this.#limit = limit;
    this.#warnAbove = warnAbove;
  }

  get isFull(): boolean {
    return this.routes >= this.#limit;
  }

  /** Something was told that is not over. */
  get isUnsettled(): boolean {
    return this.#isWarned || this.#isExceeded;
  }

  become(limit: number, warnAbove: number): readonly Told[] {
    this.#limit = limit;
    this.#warnAbove = warnAbove;
    const told: Told[] = [];
    const isExceeded = this.routes > limit || (this.#isExceeded && this.isFull);
    if (isExceeded) told.push(this.#event('exceeded'));
    else if (this.#isExceeded) told.push(this.#event('has-room'));
    this.#isExceeded = isExceeded;
    const isNear = this.routes > warnAbove;
    if (isNear !== this.#isWarned) told.push(this.#event(isNear ? 'near-limit' : 'well-below'));
    this.#isWarned = isNear;
    return told;
  }

  /** One is beyond it. */
  exceed(): Told | undefined {
    if (this.#isExceeded) return undefined;
    this.#isExceeded = true;
    return this.#event('exceeded');
  }

  add(): Told | undefined {
    this.routes++;
    if (this.#isWarned || this.routes <= this.#warnAbove) return undefined;
    this.#isWarned = true;
    return this.#event('near-limit');
  }

  /** What is over now: mostly nothing, and both where few routes make all the difference. */
  remove(): readonly Told[] {
    this.routes--;
    const over: Told[] = [];
    if (this.#isExceeded && this.routes < CLEARLY_FEWER * this.#limit) {
      this.#isExceeded = false;
      over.push(this.#event('has-room'));
    }
    if (this.#isWarned && this.routes < CLEARLY_FEWER * this.#warnAbove) {
      this.#isWarned = false;
      over.push(this.#event('well-below'));
    }
    return over;
  }

  #event(type: ImportLimitEvent['type']): Told {
    return { type, routes: this.routes, limit: this.#limit };
  }
}
