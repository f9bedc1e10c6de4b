import { flagOnly } from './flag-only.ts';

/** BFD Strict-Mode (draft-ietf-idr-bgp-bfd-strict-mode §4): no Established before BFD is up. */
export const strictBfd = flagOnly;
