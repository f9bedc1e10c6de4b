/** Communities (RFC 1997): four octets, kept as one unsigned number. */

/** AS number × 65536 + value, or a well-known one. */
export type Community = number;

/** Well-known communities by the names of IANA's registry. */
export const WellKnownCommunity = {
  /** RFC 8326. */
  GracefulShutdown: 0xffff0000,
  /** RFC 7611. */
  AcceptOwn: 0xffff0001,
  /** RFC 9494. */
  LlgrStale: 0xffff0006,
  /** RFC 9494. */
  NoLlgr: 0xffff0007,
  /** RFC 7999. */
  Blackhole: 0xffff029a,
  /** RFC 1997. */
  NoExport: 0xffffff01,
  /** RFC 1997. */
  NoAdvertise: 0xffffff02,
  /** RFC 1997. */
  NoExportSubconfed: 0xffffff03,
  /** RFC 3765. */
  NoPeer: 0xffffff04,
} as const satisfies Record<string, Community>;

const names: ReadonlyMap<Community, string> = new Map([
  [WellKnownCommunity.GracefulShutdown, 'graceful-shutdown'],
  [WellKnownCommunity.AcceptOwn, 'accept-own'],
  [WellKnownCommunity.LlgrStale, 'llgr-stale'],
  [WellKnownCommunity.NoLlgr, 'no-llgr'],
  [WellKnownCommunity.Blackhole, 'blackhole'],
  [WellKnownCommunity.NoExport, 'no-export'],
  [WellKnownCommunity.NoAdvertise, 'no-advertise'],
  [WellKnownCommunity.NoExportSubconfed, 'no-export-subconfed'],
  [WellKnownCommunity.NoPeer, 'no-peer'],
]);

/** A well-known name, or `65000:100`. */
export function formatCommunity(community: Community): string {
  return names.get(community) ?? `${community >>> 16}:${community & 0xffff}`;
}

/** Reads what {@link formatCommunity} writes; undefined for anything else. */
export function parseCommunity(text: string): Community | undefined {
  for (const [community, name] of names) if (name === text) return community;
  const parts = /^(\d{1,5}):(\d{1,5})$/.exec(text);
  if (parts === null) return undefined;
  const [asn, value] = [Number(parts[1]), Number(parts[2])];
  return asn <= 0xffff && value <= 0xffff ? asn * 0x10000 + value : undefined;
}
