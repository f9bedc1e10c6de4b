/** A stream of pseudo-random numbers that its seed determines: what a run did can be done again. */
export interface Random {
  /** An integer in `0 … limit - 1`; `limit` is at least 1. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  octets(count: number): Uint8Array;
}

/** The generator mulberry32: 32 bits of state, good enough for choosing mutations. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number) => next() % limit;
  return {
    below,
    chance: (probability) => next() < probability * 0x1_0000_0000,
    pick: (list) => list[below(list.length)],
    octets: (count) => Uint8Array.from({ length: count }, () => below(256)),
  };
}
