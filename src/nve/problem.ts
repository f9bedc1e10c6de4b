/** Something that cannot be as it is asked for; the rest is as it should be. */
export interface Problem {
  readonly network: string;
  readonly code:
    | 'router'
    | 'encapsulation'
    | 'mtu'
    | 'underlay'
    | 'port-shared'
    | 'port-missing'
    | 'port-taken'
    | 'port-full'
    | 'outside'
    | 'crossing';
  /** A sentence without a full stop. */
  readonly reason: string;
  /** Device that is not in the data path because of it. */
  readonly port?: string;
}
