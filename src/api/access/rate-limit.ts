/** A bucket of tokens for each client: so many a second, and so many at once. */
export interface RateLimitOptions {
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
  /** Clients that are remembered; those that have asked for longest ago are forgotten first. */
  readonly capacity: number;
}

export interface RateLimit {
  /** Takes one; the answer is undefined, or after how many seconds there is one again. */
  take(client: string): number | undefined;
}

/** `now` is milliseconds that never go back. */
export function createRateLimit({ perSecond, burst, capacity }: RateLimitOptions, now: () => number): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (client) => {
      const at = now();
      const held = buckets.get(client);
      const left = Math.min(burst, held === undefined ? burst : held.left + ((at - held.at) / 1000) * perSecond);
      buckets.delete(client);
      if (buckets.size >= capacity) for (const oldest of buckets.keys()) if (buckets.delete(oldest)) break;
      const taken = left >= 1;
      buckets.set(client, { left: taken ? left - 1 : left, at });
      return taken ? undefined : Math.max(1, Math.ceil((1 - left) / perSecond));
    },
  };
}
