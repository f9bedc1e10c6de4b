/** Commands about what should be: networks, NVEs, attachments, mappings and conflicts. */
import { listAllAttachments } from '../../api/all-attachments.ts';
import type { AttachmentFilter, AttachmentPut } from '../../api/contract/attachments.ts';
import type { NvePut } from '../../api/contract/nves.ts';
import type { VirtualNetworkPut } from '../../api/contract/virtual-networks.ts';
import { ExitCode } from '../exit-codes.ts';
import { explainFailure } from '../failures.ts';
import { formatJson } from '../format/json.ts';
import { failed, type Outcome, said } from '../outcome.ts';
import type { Session } from '../session.ts';
import { viewAttachments } from '../views/attachments.ts';
import { viewConflicts } from '../views/conflicts.ts';
import { viewExplained, viewMappings, viewUnheeded } from '../views/mappings.ts';
import { viewNve, viewNves } from '../views/nves.ts';
import { viewVirtualNetwork, viewVirtualNetworks } from '../views/virtual-networks.ts';

/** A list as JSON or a table; where it is empty, the sentence that says so. */
function listed(
  { json }: Session,
  body: object,
  rows: readonly unknown[],
  compact: boolean,
  table: () => string,
  none: string,
) {
  const code = rows.length === 0 ? ExitCode.NothingMatched : ExitCode.Ok;
  if (json) return said(formatJson(body, compact), code);
  return rows.length === 0 ? failed(code, none) : said(table());
}

export async function showVirtualNetworks(session: Session, compact: boolean): Promise<Outcome> {
  const { client, api, paint } = session;
  const result = await client.call('listVirtualNetworks', {});
  if (!result.ok) return explainFailure(result, api);
  const { virtualNetworks: all } = result.body;
  return listed(
    session,
    result.body,
    all,
    compact,
    () => viewVirtualNetworks(all, paint),
    'there are no virtual networks',
  );
}

export async function showVirtualNetwork(session: Session, name: string, compact: boolean): Promise<Outcome> {
  const { client, api, json, paint } = session;
  const result = await client.call('getVirtualNetwork', { params: { name } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, compact) : viewVirtualNetwork(result.body, paint));
}

export async function showNves(session: Session, compact: boolean): Promise<Outcome> {
  const { client, api, paint, now } = session;
  const result = await client.call('listNves', {});
  if (!result.ok) return explainFailure(result, api);
  const { nves } = result.body;
  return listed(session, result.body, nves, compact, () => viewNves(nves, now(), paint), 'there are no NVEs');
}

export async function showNve(session: Session, name: string, compact: boolean): Promise<Outcome> {
  const { client, api, json, paint, now } = session;
  const result = await client.call('getNve', { params: { name } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, compact) : viewNve(result.body, now(), paint));
}

export async function showAttachments(
  session: Session,
  network: string,
  filter: Partial<AttachmentFilter>,
  limit: number | undefined,
  compact: boolean,
): Promise<Outcome> {
  const { client, api, paint } = session;
  const result = await listAllAttachments(client, network, filter, limit);
  if (!result.ok) return explainFailure(result, api);
  const { page } = result;
  const none = Object.keys(filter).length === 0 ? `nothing is attached to ${network}` : 'no attachment matches';
  return listed(session, page, page.attachments, compact, () => viewAttachments(page, paint), none);
}

export async function showMappings(
  session: Session,
  vn: string,
  address: { readonly mac?: string; readonly ip?: string },
  limit: number,
  compact: boolean,
): Promise<Outcome> {
  const { client, api, paint, now } = session;
  const result = await client.call('listMappings', { params: { vn }, query: { ...address, limit } });
  if (!result.ok) return explainFailure(result, api);
  const { mappings } = result.body;
  const asked = address.mac ?? address.ip;
  const view = () =>
    asked === undefined ? viewMappings(result.body, now(), paint) : viewExplained(result.body, now(), paint);
  const { unheeded } = result.body;
  const missing = unheeded.length === 0 ? '' : `\n${viewUnheeded(unheeded, paint)}`.trimEnd();
  const none = asked === undefined ? `${vn} has no mappings` : `nobody in ${vn} has ${asked}${missing}`;
  return listed(session, result.body, mappings, compact, view, none);
}

export async function showConflicts(
  session: Session,
  filter: { readonly network?: string },
  compact: boolean,
): Promise<Outcome> {
  const { client, api, json, paint, now } = session;
  const result = await client.call('listConflicts', { query: filter });
  if (!result.ok) return explainFailure(result, api);
  const { conflicts } = result.body;
  if (json) return said(formatJson(result.body, compact));
  return said(
    conflicts.length === 0
      ? `there are no conflicts${filter.network === undefined ? '' : ` in ${filter.network}`}\n`
      : viewConflicts(conflicts, now(), paint),
  );
}

export async function putVirtualNetwork(session: Session, name: string, body: VirtualNetworkPut): Promise<Outcome> {
  const { client, api, json } = session;
  const result = await client.call('putVirtualNetwork', { params: { name }, body });
  if (!result.ok) return explainFailure(result, api);
  const did = result.status === 201 ? 'made' : 'so';
  return said(
    json ? formatJson(result.body, false) : `virtual network ${name} is ${did}, with VNI ${result.body.vni}\n`,
  );
}

export async function putNve(session: Session, name: string, body: NvePut): Promise<Outcome> {
  const { client, api, json } = session;
  const result = await client.call('putNve', { params: { name }, body });
  if (!result.ok) return explainFailure(result, api);
  return said(
    json ? formatJson(result.body, false) : `NVE ${name} is known, with tunnels to ${result.body.tunnelAddress}\n`,
  );
}

export async function attach(session: Session, vn: string, id: string, body: AttachmentPut): Promise<Outcome> {
  const { client, api, json } = session;
  const result = await client.call('putAttachment', { params: { vn, id }, body });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, false) : `${id} is attached to ${vn} at ${result.body.nve}\n`);
}

/** The attachment as it is, at another NVE. */
export async function move(
  session: Session,
  vn: string,
  id: string,
  nve: string,
  vap: string | undefined,
): Promise<Outcome> {
  const { client, api, json } = session;
  const held = await client.call('getAttachment', { params: { vn, id } });
  if (!held.ok) return explainFailure(held, api);
  const { status: _status, vap: before, ...rest } = held.body;
  if (rest.nve === nve && (vap === undefined || vap === before)) return said(`${id} is at ${nve} already\n`);
  // The port is one of the NVE that it leaves.
  const body = { ...rest, nve, ...(vap !== undefined && { vap }) };
  const result = await client.call('putAttachment', { params: { vn, id }, body });
  if (!result.ok) return explainFailure(result, api);
  const { sequence } = result.body.status;
  return said(json ? formatJson(result.body, false) : `${id} has moved to ${nve}, with sequence number ${sequence}\n`);
}

export async function remove(
  session: Session,
  what:
    | { readonly kind: 'virtual-network' | 'nve'; readonly name: string }
    | { readonly kind: 'attachment'; readonly network: string; readonly id: string },
): Promise<Outcome> {
  const { client, api, json } = session;
  const result =
    what.kind === 'attachment'
      ? await client.call('deleteAttachment', { params: { vn: what.network, id: what.id } })
      : what.kind === 'nve'
        ? await client.call('deleteNve', { params: { name: what.name } })
        : await client.call('deleteVirtualNetwork', { params: { name: what.name } });
  if (!result.ok) return explainFailure(result, api);
  if (json) return said(formatJson(result.body, false));
  switch (what.kind) {
    case 'attachment':
      return said(`${what.id} is detached from ${what.network}\n`);
    case 'nve':
      return said(`NVE ${what.name} is forgotten\n`);
    case 'virtual-network':
      return said(`virtual network ${what.name} is gone\n`);
  }
}

export async function release({ client, api, json }: Session, id: string): Promise<Outcome> {
  const result = await client.call('releaseConflict', { params: { id } });
  if (!result.ok) return explainFailure(result, api);
  return said(json ? formatJson(result.body, false) : `${id} is let go\n`);
}
