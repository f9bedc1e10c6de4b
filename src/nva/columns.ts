/** Columns of numbers, by destination or whatever else is numbered. */
type Column = Int32Array | Uint16Array | Uint8Array | Float64Array;

/** A column with more room, which begins with the old one. */
export function grown<T extends Column>(old: T, into: T): T {
  into.set(old);
  return into;
}
