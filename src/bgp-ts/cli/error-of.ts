import type { Fault } from '../wire/fault.ts';

/** Code and subcode of the NOTIFICATION that a fault maps to; undefined where it maps to none. */
export function errorOf({ notification }: Fault): { readonly code: number; readonly subcode: number } | undefined {
  const { code, subcode } = notification;
  return code === 0 ? undefined : { code, subcode };
}
