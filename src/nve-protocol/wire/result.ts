import type { WireFault } from './fault.ts';

/** What a decoder gives: the value, or the fault that stopped it. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: WireFault };
