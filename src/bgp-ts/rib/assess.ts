/**
 * What a set of attributes means, found out once when it is first seen: whether it is well-formed (RFC 7606), whether
 * the route has been here before (RFC 4271 §9.1.2, RFC 4456 §8, RFC 10039 §4), and its rank in the decision process. Pure.
 */
import { asPathLength } from '../wire/attribute/as-path-segments.ts';
import type { DomainId } from '../wire/attribute/d-path.ts';
import { decodeAttributes } from '../wire/attribute/decode.ts';
import type { PathAttributes } from '../wire/attribute/path-attributes.ts';
import { describeExtendedCommunity } from '../wire/community/extended/extended.ts';
import { WellKnownCommunity } from '../wire/community/standard.ts';
import { Family, familyId } from '../wire/constants.ts';
import type { Fault } from '../wire/fault.ts';
import { ipv4ToNumber } from '../wire/ip.ts';
import { missingMandatory } from '../wire/message/update.ts';
import { prefixTerms } from '../wire/nlri/evpn/overlay-index.ts';
import { emptyLayout } from '../wire/update-layout.ts';
import type { Assessment, Ineligible } from './attribute-store.ts';
import type { RankedPath } from './best-path.ts';
import { attributeRequirements } from './requirements.ts';
import type { Source } from './source.ts';
import { routeTargetsOf } from './target-set.ts';

/** Who we are, for the loop checks; identifiers as unsigned 32-bit numbers. */
export interface LocalIdentity {
  readonly asn: number;
  readonly routerId: number;
  readonly clusterId: number;
  /** Domains that we are a gateway of: a route that has been in one of them is not taken again (RFC 10039 §4). */
  readonly domainIds?: readonly DomainId[] | undefined;
}

/** LOCAL_PREF of a route that has none (RFC 4271 §9.1.1 leaves it to the speaker; everyone takes 100). */
export const DEFAULT_LOCAL_PREF = 100;

const noLayout = emptyLayout();
const NO_FAULTS: readonly Fault[] = [];
const originRank = { igp: 0, egp: 1, incomplete: 2 } as const;

/** Judges an attribute field with MP_REACH_NLRI, whose NLRI do not matter. */
export function assess(block: Uint8Array, source: Source, local: LocalIdentity): Assessment {
  const { attributes, faults: found, present } = decodeAttributes(block, 0, block.length, source.decode);
  // Beside MP_REACH_NLRI a NEXT_HOP is ignored, whatever address it holds (RFC 4760 §3).
  const faults = found.filter(({ code }) => code !== 'next-hop-address');
  const all = [...faults, ...missingMandatory(noLayout, present)];
  const communities = attributes.communities ?? [];
  return {
    rank: rankOf(attributes, block, source),
    // What we announce ourselves has been with us by our own will.
    ineligible: source.kind === 'local' ? undefined : looped(attributes, local),
    faults: all.length === 0 ? NO_FAULTS : all,
    noLongLived: communities.includes(WellKnownCommunity.NoLlgr),
    noAdvertise: communities.includes(WellKnownCommunity.NoAdvertise),
    noExport:
      communities.includes(WellKnownCommunity.NoExport) || communities.includes(WellKnownCommunity.NoExportSubconfed),
    routeTargets: routeTargetsOf(attributes.extendedCommunities ?? []),
    needs: attributeRequirements(attributes),
    prefixTerms: prefixTerms(attributes),
  };
}

function rankOf(attributes: PathAttributes, block: Uint8Array, source: Source): RankedPath {
  const { asPath = [], clusterList = [], originatorId, communities = [], extendedCommunities = [] } = attributes;
  let sticky = false;
  let mobilitySequence = 0;
  for (const community of extendedCommunities) {
    const view = describeExtendedCommunity(community);
    if (view.kind === 'mac-mobility') ({ sticky, sequence: mobilitySequence } = view);
  }
  const first = asPath[0];
  const family = familyId((block[4] << 8) | block[5], block[6]);
  return {
    longLivedStale: source.longLived === true && communities.includes(WellKnownCommunity.LlgrStale),
    behindClients: family === Family.RtConstrain && source.kind === 'non-client',
    sticky,
    mobilitySequence,
    // MP_REACH_NLRI stands first: header of four octets, AFI, SAFI, the next hop's length, the next hop.
    nextHop: block.subarray(8, 8 + block[7]),
    localPref: attributes.localPref ?? DEFAULT_LOCAL_PREF,
    asPathLength: asPathLength(asPath),
    origin: originRank[attributes.origin ?? 'incomplete'],
    med: attributes.multiExitDisc ?? 0,
    neighbourAs: first?.type === 'sequence' ? (first.asns[0] ?? 0) : 0,
    external: source.kind === 'ebgp' || source.kind === 'local',
    originatorId: (originatorId === undefined ? undefined : ipv4ToNumber(originatorId)) ?? source.routerId,
    clusterListLength: clusterList.length,
    peerAddress: source.addressBytes,
  };
}

function looped(attributes: PathAttributes, local: LocalIdentity): Ineligible | undefined {
  const { asPath = [], originatorId, clusterList = [], dPath = [] } = attributes;
  if (originatorId !== undefined && ipv4ToNumber(originatorId) === local.routerId) return 'originator-loop';
  if (clusterList.some((id) => ipv4ToNumber(id) === local.clusterId)) return 'cluster-loop';
  if (asPath.some((segment) => segment.asns.includes(local.asn))) return 'as-loop';
  const { domainIds = [] } = local;
  if (dPath.some((domains) => domains.some(({ domain }) => domainIds.includes(domain)))) return 'domain-loop';
  return undefined;
}
