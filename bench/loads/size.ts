/** `quick` is about a tenth of everything, to see that it works. */
export type Size = 'full' | 'quick';

export type Sized<T> = Readonly<Record<Size, T>>;

export const thousands = (value: number): string => value.toLocaleString('en');
