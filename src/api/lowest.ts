/** A page of what has no order of its own. */
export interface LowestRows<T> {
  /** Those with the lowest keys behind `after`, in order. */
  readonly rows: readonly T[];
  /** Whether there are more. */
  readonly more: boolean;
  /** How many there are in all. */
  readonly total: number;
}

/**
 * The `limit` lowest of `values` by their key, behind `after`: one walk, with no more than twice as many held. A value that
 * is there from the first page to the last is on exactly one, whatever else comes and goes.
 */
export function lowest<T>(
  values: Iterable<T>,
  keyOf: (value: T) => string,
  after: string | undefined,
  limit: number,
): LowestRows<T> {
  let held: (readonly [key: string, value: T])[] = [];
  let bound: string | undefined;
  let total = 0;
  let beyond = false;
  const cut = () => {
    held.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    if (held.length <= limit) return;
    beyond = true;
    held = held.slice(0, limit);
    bound = held[limit - 1]?.[0];
  };
  for (const value of values) {
    total++;
    const key = keyOf(value);
    if (after !== undefined && key <= after) continue;
    if (bound !== undefined && key > bound) continue;
    held.push([key, value]);
    if (held.length >= 2 * limit) cut();
  }
  cut();
  return { rows: held.map(([, value]) => value), more: beyond, total };
}
