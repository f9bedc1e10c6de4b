/**
 * The path attributes that are understood, one row each. A new one is a file beside this one and a row here: the
 * decoded type, decoding, encoding and display follow from the row.
 *
 * `error` is what a malformed attribute costs, `section` where that is written, `malformedWhen` what the rules are. Conflicting
 * flags cost the same unless the row says otherwise: RFC 7606 §3 c has treat-as-withdraw for them, except where the
 * attribute's own rules are to discard it whatever is wrong. The rows are in the order of their type codes.
 */
import { AttributeCode, AttributeFlag } from '../constants.ts';
import type { Outcome } from '../fault.ts';
import { aggregator } from './aggregator.ts';
import { aigp } from './aigp.ts';
import { asPath } from './as-path.ts';
import { as4Aggregator } from './as4-aggregator.ts';
import { as4Path } from './as4-path.ts';
import { atomicAggregate } from './atomic-aggregate.ts';
import { attrSet } from './attr-set.ts';
import { clusterList } from './cluster-list.ts';
import type { AttributeCodec } from './codec.ts';
import { communities } from './communities.ts';
import { dPath } from './d-path.ts';
import { extendedCommunities } from './extended-communities.ts';
import { ipv6ExtendedCommunities } from './ipv6-extended-communities.ts';
import { largeCommunities } from './large-communities.ts';
import { linkState } from './link-state.ts';
import { localPref } from './local-pref.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';
import { multiExitDisc } from './multi-exit-disc.ts';
import { nextHop } from './next-hop.ts';
import { nextHopCharacteristics } from './next-hop-characteristics.ts';
import { onlyToCustomer } from './only-to-customer.ts';
import { origin } from './origin.ts';
import { originatorId } from './originator-id.ts';
import { pmsiTunnel } from './pmsi-tunnel.ts';
import { prefixSid } from './prefix-sid.ts';
import { tunnelEncapsulation } from './tunnel-encapsulation.ts';

/** RFC 4271 §5: the four categories as the two flag bits that tell them apart on the wire. */
const wellKnown = AttributeFlag.Transitive;
const optionalTransitive = AttributeFlag.Optional | AttributeFlag.Transitive;
const optionalNonTransitive = AttributeFlag.Optional;

export interface AttributeRow {
  readonly code: number;
  /** For people. */
  readonly name: string;
  /** Optional and Transitive bits. */
  readonly flags: number;
  /** What a malformed one costs the UPDATE. */
  readonly error: Outcome;
  /** Where its error handling is written. */
  readonly section: string;
  /**
   * The rules that make its value malformed, parted by semicolons; behind an arrow what breaking one costs where that is
   * not `error`. That it may not be empty, nor have other flags, is a rule for every attribute (RFC 7606 §4, §3 c).
   */
  readonly malformedWhen: string;
  readonly codec: AttributeCodec<unknown>;
  /** What conflicting flags cost, where that differs from `error`. */
  readonly flagsError?: Outcome;
  /** Length zero is allowed; of all others it is a syntax error (RFC 7606 §4). */
  readonly mayBeEmpty?: true;
  /** Only believed from inside the AS; discarded from outside (RFC 7606 §7.5, §7.9, §7.10). */
  readonly internal?: true;
  /** Only for a speaker with two-octet AS numbers; passed over from any other (RFC 6793 §6). */
  readonly twoOctetOnly?: true;
}

const withdraw = 'treat-as-withdraw';
const discard = 'attribute-discard';
const reset = 'session-reset';

// biome-ignore format: one row, two lines
/** One row for each attribute that is understood, under the name it has in PathAttributes. */
export const attributes = {
  origin:                  { code: AttributeCode.Origin,                  name: 'ORIGIN',                    flags: wellKnown,             error: withdraw, codec: origin,
    section: 'RFC 7606 §7.1', malformedWhen: 'its length is not 1; its value is none of 0, 1 and 2' },
  asPath:                  { code: AttributeCode.AsPath,                  name: 'AS_PATH',                   flags: wellKnown,             error: withdraw, codec: asPath, mayBeEmpty: true,
    section: 'RFC 7606 §7.2', malformedWhen: 'a segment is of no known type; a segment runs past the attribute; an octet is left behind the last segment; a segment holds no AS number; AS number 0 stands in it (RFC 7607 §2); a confederation segment comes from outside (RFC 5065 §5)' },
  nextHop:                 { code: AttributeCode.NextHop,                 name: 'NEXT_HOP',                  flags: wellKnown,             error: withdraw, codec: nextHop,
    section: 'RFC 7606 §7.3', malformedWhen: 'its length is not 4; it is no address that a host can have (RFC 4271 §6.3)' },
  multiExitDisc:           { code: AttributeCode.MultiExitDisc,           name: 'MULTI_EXIT_DISC',           flags: optionalNonTransitive, error: withdraw, codec: multiExitDisc,
    section: 'RFC 7606 §7.4', malformedWhen: 'its length is not 4' },
  localPref:               { code: AttributeCode.LocalPref,               name: 'LOCAL_PREF',                flags: wellKnown,             error: withdraw, codec: localPref, internal: true,
    section: 'RFC 7606 §7.5', malformedWhen: 'its length is not 4; it comes from an external neighbour → attribute-discard' },
  atomicAggregate:         { code: AttributeCode.AtomicAggregate,         name: 'ATOMIC_AGGREGATE',          flags: wellKnown,             error: discard,  codec: atomicAggregate, mayBeEmpty: true,
    section: 'RFC 7606 §7.6', malformedWhen: 'its length is not 0' },
  aggregator:              { code: AttributeCode.Aggregator,              name: 'AGGREGATOR',                flags: optionalTransitive,    error: discard,  codec: aggregator,
    section: 'RFC 7606 §7.7', malformedWhen: 'its length is not 8, or 6 with AS numbers of two octets; its AS number is 0 (RFC 7607 §2)' },
  communities:             { code: AttributeCode.Communities,             name: 'COMMUNITIES',               flags: optionalTransitive,    error: withdraw, codec: communities,
    section: 'RFC 7606 §7.8', malformedWhen: 'its length is no multiple of 4' },
  originatorId:            { code: AttributeCode.OriginatorId,            name: 'ORIGINATOR_ID',             flags: optionalNonTransitive, error: withdraw, codec: originatorId, internal: true,
    section: 'RFC 7606 §7.9', malformedWhen: 'its length is not 4; it comes from an external neighbour → attribute-discard' },
  clusterList:             { code: AttributeCode.ClusterList,             name: 'CLUSTER_LIST',              flags: optionalNonTransitive, error: withdraw, codec: clusterList, internal: true,
    section: 'RFC 7606 §7.10', malformedWhen: 'its length is no multiple of 4; it comes from an external neighbour → attribute-discard' },
  mpReachNlri:             { code: AttributeCode.MpReachNlri,             name: 'MP_REACH_NLRI',             flags: optionalNonTransitive, error: reset,    codec: mpReachNlri,
    section: 'RFC 7606 §7.11, §5.3', malformedWhen: 'it is shorter than 5 octets; its next hop runs past it; its next hop is of no length that the family has; its next hop is no address of a host, in a family whose routes are held (RFC 4271 §6.3) → treat-as-withdraw; a route cannot be told from the next; a route of EVPN is malformed inside (§5.4) → treat-as-withdraw' },
  mpUnreachNlri:           { code: AttributeCode.MpUnreachNlri,           name: 'MP_UNREACH_NLRI',           flags: optionalNonTransitive, error: reset,    codec: mpUnreachNlri,
    section: 'RFC 7606 §7.12, §5.3', malformedWhen: 'it is shorter than 3 octets; a route cannot be told from the next; a route of EVPN is malformed inside (§5.4) → treat-as-withdraw' },
  extendedCommunities:     { code: AttributeCode.ExtendedCommunities,     name: 'EXTENDED COMMUNITIES',      flags: optionalTransitive,    error: withdraw, codec: extendedCommunities,
    section: 'RFC 7606 §7.14', malformedWhen: 'its length is no multiple of 8' },
  as4Path:                 { code: AttributeCode.As4Path,                 name: 'AS4_PATH',                  flags: optionalTransitive,    error: discard,  codec: as4Path, flagsError: withdraw, twoOctetOnly: true,
    section: 'RFC 6793 §6', malformedWhen: 'its length is below 6; it has the faults of an AS_PATH; it comes from a speaker with AS numbers of four octets → ignore' },
  as4Aggregator:           { code: AttributeCode.As4Aggregator,           name: 'AS4_AGGREGATOR',            flags: optionalTransitive,    error: discard,  codec: as4Aggregator, flagsError: withdraw, twoOctetOnly: true,
    section: 'RFC 6793 §6', malformedWhen: 'its length is not 8; its AS number is 0 (RFC 7607 §2); it comes from a speaker with AS numbers of four octets → ignore' },
  pmsiTunnel:              { code: AttributeCode.PmsiTunnel,              name: 'PMSI_TUNNEL',               flags: optionalTransitive,    error: withdraw, codec: pmsiTunnel,
    section: 'RFC 6514 §5', malformedWhen: 'it is shorter than 5 octets; its tunnel identifier has not the form of its tunnel type' },
  tunnelEncapsulation:     { code: AttributeCode.TunnelEncapsulation,     name: 'TUNNEL_ENCAPSULATION',      flags: optionalTransitive,    error: withdraw, codec: tunnelEncapsulation,
    section: 'RFC 9012 §13', malformedWhen: 'a tunnel runs past the attribute; a sub-TLV runs past its tunnel; no tunnel has a valid egress endpoint' },
  aigp:                    { code: AttributeCode.Aigp,                    name: 'AIGP',                      flags: optionalNonTransitive, error: discard,  codec: aigp,
    section: 'RFC 7311 §3', malformedWhen: 'a TLV does not fit; a TLV of the metric has not 11 octets' },
  ipv6ExtendedCommunities: { code: AttributeCode.Ipv6ExtendedCommunities, name: 'IPV6 EXTENDED COMMUNITIES', flags: optionalTransitive,    error: withdraw, codec: ipv6ExtendedCommunities,
    section: 'RFC 7606 §7.15', malformedWhen: 'its length is no multiple of 20' },
  linkState:               { code: AttributeCode.LinkState,               name: 'BGP-LS',                    flags: optionalNonTransitive, error: discard,  codec: linkState, mayBeEmpty: true,
    section: 'RFC 9552 §8.2.2', malformedWhen: 'a TLV runs past the attribute' },
  largeCommunities:        { code: AttributeCode.LargeCommunities,        name: 'LARGE_COMMUNITY',           flags: optionalTransitive,    error: withdraw, codec: largeCommunities,
    section: 'RFC 8092 §6', malformedWhen: 'its length is no multiple of 12' },
  onlyToCustomer:          { code: AttributeCode.OnlyToCustomer,          name: 'ONLY_TO_CUSTOMER',          flags: optionalTransitive,    error: withdraw, codec: onlyToCustomer,
    section: 'RFC 9234 §5', malformedWhen: 'its length is not 4; its AS number is 0 (RFC 7607 §2)' },
  dPath:                   { code: AttributeCode.DPath,                   name: 'D-PATH',                    flags: optionalTransitive,    error: withdraw, codec: dPath,
    section: 'RFC 10039 §4', malformedWhen: 'a segment holds no domain; a segment runs past the attribute' },
  nextHopCharacteristics:  { code: AttributeCode.NextHopCharacteristics,  name: 'NHC',                       flags: optionalTransitive,    error: discard,  codec: nextHopCharacteristics,
    section: 'draft-ietf-idr-nhc §2', malformedWhen: 'its next hop runs past the attribute; a characteristic runs past the attribute' },
  prefixSid:               { code: AttributeCode.PrefixSid,               name: 'PREFIX-SID',                flags: optionalTransitive,    error: discard,  codec: prefixSid,
    section: 'RFC 8669 §6, RFC 9252 §7', malformedWhen: 'a TLV runs past the attribute; a Label-Index TLV has not 7 octets; an Originator SRGB TLV holds no whole ranges; an SRv6 Service TLV is malformed inside → treat-as-withdraw' },
  attrSet:                 { code: AttributeCode.AttrSet,                 name: 'ATTR_SET',                  flags: optionalTransitive,    error: withdraw, codec: attrSet,
    section: 'RFC 7606 §7.16', malformedWhen: 'it is shorter than 4 octets; an attribute in it runs past it' },
} as const satisfies Record<string, AttributeRow>;

type Table = typeof attributes;
type Value<Row> = Row extends { readonly codec: AttributeCodec<infer T> } ? T : never;

/** The name of an attribute in PathAttributes, such as `asPath`; also AS4_PATH and AS4_AGGREGATOR have one. */
export type AttributeKey = keyof Table;

/** Every attribute as it stands on the wire, under the key of its row. */
export type WireAttributes = { readonly [K in AttributeKey]?: Value<Table[K]> };

const keyOfCode = new Map<number, AttributeKey>();
for (const [key, row] of Object.entries(attributes)) keyOfCode.set(row.code, key as AttributeKey);

/** Key of the row for a type code, or undefined when the attribute is not recognised. */
export function attributeKey(code: number): AttributeKey | undefined {
  return keyOfCode.get(code);
}

/** The row under `key`, with the fields that only some rows have. */
export function attributeRow(key: AttributeKey): AttributeRow {
  return attributes[key];
}
