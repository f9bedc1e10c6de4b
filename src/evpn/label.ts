/** Label fields of EVPN routes: raw 24 bits, of which `vniOfLabel` says what they hold (RFC 7432 §7, RFC 8365 §5.1.3). */

/** Octets of a label field. */
export const LABEL = 3;

export const readLabel = (bytes: Uint8Array, at: number): number =>
  (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];

/** Returns where it ends. */
export function writeLabel(bytes: Uint8Array, at: number, label: number): number {
  bytes[at] = label >>> 16;
  bytes[at + 1] = label >>> 8;
  bytes[at + 2] = label;
  return at + LABEL;
}
