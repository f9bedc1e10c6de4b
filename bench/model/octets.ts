/** Octets by hand: what is sent and expected must not come from the code that is measured. */
export const u16 = (value: number): readonly number[] => [(value >>> 8) & 255, value & 255];
export const u24 = (value: number): readonly number[] => [(value >>> 16) & 255, ...u16(value)];
export const u32 = (value: number): readonly number[] => [(value >>> 24) & 255, ...u24(value)];
export const hexOf = (octets: Iterable<number>): string => Buffer.from([...octets]).toString('hex');
