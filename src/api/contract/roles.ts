/** What those who ask may do. Whoever may change something may read everything. */
export const roles = ['read', 'orchestrate', 'operate', 'federation'] as const;
/**
 * `read`: look at everything. `orchestrate`: say what should be, networks, NVEs and attachments. `operate`: act on what is,
 * such as sessions, log levels and frozen addresses. `federation`: of a neighbour domain, which may ask what became of its
 * own routes, and nothing else.
 */
export type Role = (typeof roles)[number];

/** Whether one with these roles may do what `needed` asks for. */
export function allows(held: readonly Role[], needed: Role): boolean {
  if (held.includes(needed)) return true;
  return (needed === 'read' || needed === 'federation') && held.some((role) => role !== 'federation');
}
