/** Bounds of the protocol itself, the same for both sides (docs/nve-protocol.md, Limits). */
export const protocolLimits = {
  /** Octets of a payload that an NVA has to take. */
  nvaPayload: 64 * 1024,
  /** Octets of a payload that an NVE has to take. */
  nvePayload: 256 * 1024,
  /** Arrays and maps in one another, the message itself being the first. */
  depth: 8,
  /** Characters of a name or an id. */
  name: 255,
  /** Characters of a reason. */
  reason: 1024,
  /** Characters of a token. */
  token: 1024,
  /** Entries of `mappings` and `changes`, and addresses of an `invalidate`. */
  entries: 256,
  /** Addresses of an attachment, and prefixes. */
  addresses: 256,
  /** Legs of a hello. */
  legs: 64,
  /** Entries of one `crossings`. */
  crossings: 64,
  /** Rules of an ACL. */
  rules: 1000,
  /** Mappings that a credit may add. */
  credit: 0x7fff_ffff,
} as const;
