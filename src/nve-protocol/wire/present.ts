/** What is left of `T` when fields that are undefined are left out. */
type Present<T> = {
  readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** A copy without the fields that are undefined. */
export function present<const T extends object>(fields: T): Present<T> {
  const copy: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) copy[key] = fields[key];
  return copy as Present<T>;
}
