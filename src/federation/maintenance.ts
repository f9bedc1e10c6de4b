/** What an operator has done to a neighbour domain for the time of some work, until it is released. */
export interface Maintenance {
  /**
   * `frozen`: nothing changes, in either direction. `draining`: it is told nothing any more, and what it told is less
   * preferred than anything else; `drained`: and that is withdrawn.
   */
  readonly state: 'none' | 'frozen' | 'draining' | 'drained';
  /** When the operator said so, in milliseconds since the epoch. */
  readonly since: number;
}

/** What is kept of it over a restart. Nothing is left of a neighbour then that could be drained slowly. */
export interface KeptMaintenance {
  readonly state: 'frozen' | 'drained';
  readonly since: number;
}

export interface MaintenanceStore {
  /** Undefined for a domain that was released, or never anything else. Throws when it cannot be read. */
  load(domain: string): KeptMaintenance | undefined;
  /** In the place of what was kept for the domain; undefined forgets it. Throws when it cannot be written. */
  save(domain: string, kept: KeptMaintenance | undefined): void;
}
