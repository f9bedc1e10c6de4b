import { flagOnly } from './flag-only.ts';

/** Route Refresh (RFC 2918 §2): this speaker can send its routes again when asked. */
export const routeRefresh = flagOnly;
