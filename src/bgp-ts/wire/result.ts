import type { Fault } from './fault.ts';

/**
 * What every decoder gives back: the value, or the one fault that stopped it. `partial` is what could still be
 * read in spite of the fault, which a treat-as-withdraw needs (RFC 7606 §3 j).
 */
export type Result<T, F = Fault> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: F; readonly partial?: T };

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<F>(fault: F): { readonly ok: false; readonly fault: F } {
  return { ok: false, fault };
}
