/** Who is behind the ports of gateway roles, as the kernel's bridges have learnt it. */

/** A host that was heard of at a port. */
export interface LearntHost {
  readonly mac: string;
  /** Its entry was made for another place, from which it has come: the kernel moves entries that are static. */
  readonly moved: boolean;
}

export interface HostTable {
  /** Hosts at a port; none without the port, undefined when it cannot be said. */
  learntAt(port: string): Promise<readonly LearntHost[] | undefined>;
  /** Has the kernel forget a host that moved there when nothing is heard of it, as one that was learnt. */
  settleAt(port: string, mac: string): Promise<void>;
  /** Calls `changed` when entries at one of the ports come or go; the answer ends it. */
  watchHosts(ports: readonly string[], changed: () => void): () => void;
}

/** From `bridge -j fdb show brport PORT`. Ports' own addresses are permanent. */
export function parseLearnt(report: unknown): LearntHost[] {
  if (!Array.isArray(report)) return [];
  return (report as readonly unknown[]).flatMap((entry): LearntHost[] => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { mac, master, state } = entry as Readonly<Record<string, unknown>>;
    if (typeof mac !== 'string' || typeof master !== 'string' || state === 'permanent') return [];
    return [{ mac, moved: state === 'static' }];
  });
}
