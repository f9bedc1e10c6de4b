export const admissions = ['declared', 'open'] as const;
/** Whether routes of virtual networks that nobody declared are refused, or passed on as they come. */
export type Admission = (typeof admissions)[number];

/**
 * When a MAC address that moves is a duplicate (RFC 7432 §15.1): with so many moves in so many seconds it is frozen where
 * it is. The RFC calls them N and M.
 */
export interface MacMobility {
  readonly moves: number;
  readonly seconds: number;
}

export const defaultMacMobility: MacMobility = { moves: 5, seconds: 180 };
