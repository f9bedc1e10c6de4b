/** The NVA's values as the contract has them. */
import type { Conflict } from '../../nva/conflict.ts';
import type { NvaEvent, Nve, VirtualNetwork } from '../../nva/model.ts';
import type { StoredAttachment } from '../../nva/nva-store.ts';
import type { Attachment as AttachmentView } from '../contract/attachments.ts';
import type { Conflict as ConflictView } from '../contract/conflicts.ts';
import type { ChangeEvent } from '../contract/events.ts';
import type { Mapping as MappingView } from '../contract/mappings.ts';
import type { Nve as NveView } from '../contract/nves.ts';
import type { VirtualNetwork as VirtualNetworkView } from '../contract/virtual-networks.ts';
import type { ExplainedMapping, NvaSource, SourcedMapping } from '../nva-source.ts';

const moment = (milliseconds: number) => new Date(milliseconds).toISOString();

export function viewNetwork(network: VirtualNetwork, source: NvaSource): VirtualNetworkView {
  return {
    ...network,
    routeTargets: [...network.routeTargets],
    acl: [...network.acl],
    encapsulations: [...network.encapsulations],
    status: source.networkStatus(network.name),
  };
}

export function viewNve(nve: Nve, source: NvaSource): NveView {
  const { configured, session, networks } = source.nveStatus(nve.name);
  return {
    ...nve,
    encapsulations: [...nve.encapsulations],
    status: {
      configured,
      session,
      attachments: networks.reduce((sum, { attachments }) => sum + attachments, 0),
      networks: [...networks],
    },
  };
}

export function viewAttachment({ attachment, sequence, registered, attached }: StoredAttachment): AttachmentView {
  const { ips, prefixes } = attachment;
  return { ...attachment, ips: [...ips], prefixes: [...prefixes], status: { sequence, registered, attached } };
}

export function viewEvent({ id, at, by, change, before }: NvaEvent): ChangeEvent {
  const { op, kind } = change;
  return {
    id,
    at: moment(at),
    by,
    op,
    kind,
    ...named(change),
    before: before === undefined ? null : { ...before },
    after: op === 'put' ? { ...change.value } : null,
  };
}

/** The name of what a change is about; of an attachment also its network. */
export function named(change: NvaEvent['change']): { readonly network?: string; readonly name: string } {
  if (change.kind !== 'attachment') return { name: change.op === 'put' ? change.value.name : change.name };
  const { network, id } = change.op === 'put' ? change.value : change;
  return { network, name: id };
}

/** Of a row of the list, or of an address that was asked for. */
export function viewMapping(row: SourcedMapping | ExplainedMapping, source: NvaSource): MappingView {
  const { mapping } = row;
  const host = mapping.kind === 'host' ? mapping : undefined;
  return {
    kind: mapping.kind,
    mac: host?.mac ?? null,
    ip: host?.ip ?? null,
    prefix: mapping.kind === 'prefix' ? mapping.prefix : null,
    nve: mapping.nve,
    nveName: source.nveByTunnelAddress(mapping.nve)?.name ?? null,
    encapsulation: mapping.encapsulation,
    vni: mapping.vni,
    sequence: host?.sequence ?? null,
    sticky: host?.sticky ?? false,
    l3: host?.l3 ?? null,
    source: row.source,
    since: moment(row.since),
    decisions: 'decisions' in row ? [...row.decisions] : [],
    others: 'others' in row ? row.others.map(viewClaim) : [],
  };
}

function viewClaim({
  mapping,
  source,
  since,
  lost,
}: ExplainedMapping['others'][number]): MappingView['others'][number] {
  const host = mapping.kind === 'host' ? mapping : undefined;
  const { sequence = null, sticky = false } = host ?? {};
  return { nve: mapping.nve, source, sequence, sticky, since: moment(since), lost };
}

export function viewConflict({ network, claims, since, ...rest }: Conflict): ConflictView {
  return {
    ...rest,
    network: network ?? null,
    claims: claims.map(({ encapsulations, ...claim }) => ({
      ...claim,
      ...(encapsulations !== undefined && { encapsulations: [...encapsulations] }),
    })),
    since: since === undefined ? null : moment(since),
  };
}
