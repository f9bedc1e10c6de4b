function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}

/** The known name that was probably meant: at most a third of its letters differ, case not counted. */
export function suggest(given: string, known: readonly string[]): string | undefined {
  const wanted = given.slice(0, 64).toLowerCase();
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const steps = distance(wanted, name.toLowerCase());
    if (steps < bestDistance && steps <= Math.max(1, Math.floor(name.length / 3))) {
      best = name;
      bestDistance = steps;
    }
  }
  return best;
}
