import type { Fault } from '../wire/fault.ts';

/** What is wrong with octets that should be values of `size` octets side by side, `most` of them at most. */
export function sizeFault(bytes: Uint8Array, size: number, most = Number.POSITIVE_INFINITY): Fault | undefined {
  const count = bytes.length / size;
  if (Number.isInteger(count) && count > 0 && count <= most) return undefined;
  const notification = { code: 3, subcode: 9, data: new Uint8Array(0) };
  const reason = `${bytes.length} octets instead of ${size}`;
  return { code: 'length', outcome: 'treat-as-withdraw', offset: 0, reason, notification };
}
