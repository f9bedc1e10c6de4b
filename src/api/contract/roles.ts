/** What those who ask may do. Whoever may change something may read everything. */
export const roles = ['read', 'orchestrate', 'operate'] as const;
/**
 * `read`: look at everything. `orchestrate`: say what should be, networks, NVEs and attachments. `operate`: act on what is,
 * such as sessions, log levels and frozen addresses.
 */
export type Role = (typeof roles)[number];

/** Whether one with these roles may do what `needed` asks for. */
export function allows(held: readonly Role[], needed: Role): boolean {
  return held.includes(needed) || (needed === 'read' && held.length > 0);
}
