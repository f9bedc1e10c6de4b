import { flagOnly } from './flag-only.ts';

/** Enhanced Route Refresh (RFC 7313 §3.1): begin and end of a refresh are marked. */
export const enhancedRouteRefresh = flagOnly;
