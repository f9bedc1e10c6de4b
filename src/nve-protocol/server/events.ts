/** What is worth a line in a log, as values. */
export type NveServerEvent =
  | { readonly kind: 'connected'; readonly nve: string; readonly remote: string }
  /** A connection that never became an NVE's. */
  | {
      readonly kind: 'refused';
      readonly remote: string;
      readonly code: string;
      readonly reason: string;
      readonly name?: string;
    }
  | {
      readonly kind: 'ended';
      readonly nve: string;
      readonly remote: string;
      readonly code: string;
      readonly reason: string;
    }
  /** A message of an NVE that was refused; the connection goes on. At most one a minute for each connection. */
  | {
      readonly kind: 'malformed';
      readonly nve: string;
      readonly remote: string;
      readonly code: string;
      readonly reason: string;
    };

/** Counted since the start, for metrics. */
export interface NveServerCounts {
  connections: number;
  refused: number;
  messages: number;
  faults: number;
  pulls: number;
  found: number;
  noSuchAddress: number;
  cannotSayYet: number;
  invalidated: number;
  changes: number;
  snapshots: number;
}

export function noCounts(): NveServerCounts {
  return {
    connections: 0,
    refused: 0,
    messages: 0,
    faults: 0,
    pulls: 0,
    found: 0,
    noSuchAddress: 0,
    cannotSayYet: 0,
    invalidated: 0,
    changes: 0,
    snapshots: 0,
  };
}
