/** How much a neighbour domain's routes were refused for each reason; what a neighbour sends cannot make it grow. */

/** Reasons that are counted by themselves. */
const MAX_REASONS = 64;
const OTHER = 'other';

export class RefusalCounts {
  readonly #counts = new Map<string, number>();

  /** One more refused for this reason, or as `other` where there are too many reasons. */
  count(reason: string): void {
    const isOwn = this.#counts.has(reason) || this.#counts.size < MAX_REASONS;
    const key = isOwn ? reason : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  get total(): number {
    let total = 0;
    for (const count of this.#counts.values()) total += count;
    return total;
  }

  /** By reason, the most frequent first; at most 65, `other` among them. */
  entries(): readonly (readonly [reason: string, count: number])[] {
    return [...this.#counts].sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1));
  }
}
