import type { RefreshMarks } from '../egress/member.ts';
import { Family, type FamilyId } from '../wire/constants.ts';
import { encodeRouteRefresh, RefreshSubtype } from '../wire/message/route-refresh.ts';

/** Asks for all routes (RFC 2918 §3). */
export const refreshRequest: Uint8Array = encodeRouteRefresh({ family: Family.Evpn, subtype: RefreshSubtype.Request });

/** What stands around a dump that was asked for (RFC 7313 §3.2). */
export const refreshMarks = (family: FamilyId): RefreshMarks => ({
  begin: encodeRouteRefresh({ family, subtype: RefreshSubtype.BeginningOfRib }),
  end: encodeRouteRefresh({ family, subtype: RefreshSubtype.EndOfRib }),
});
