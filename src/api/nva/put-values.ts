/** From what is put to the NVA's own values: what was left out is absent or has its default. */
import type { Attachment, Change, Nve, VirtualNetwork } from '../../nva/model.ts';
import type { Change as ChangeBody } from '../contract/apply.ts';
import type { AttachmentPut } from '../contract/attachments.ts';
import type { NvePut } from '../contract/nves.ts';
import type { VirtualNetworkPut } from '../contract/virtual-networks.ts';

/** The same object without members that are undefined, which JSON does not have and the NVA's values do not either. */
type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

function defined<T extends object>(value: T): Defined<T> {
  const kept = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(kept) as Defined<T>;
}

/** `automatic` gives the route targets of a network for which none are given. */
export function networkOf(
  name: string,
  put: VirtualNetworkPut,
  automatic: (vni: number) => readonly string[],
): VirtualNetwork {
  const { name: _name, status: _status, routeTargets, l3, mtu, qos, acl, ...rest } = put;
  return {
    name,
    ...rest,
    routeTargets: routeTargets ?? automatic(put.vni),
    acl: acl.map((rule) => defined(rule)),
    ...(l3 !== undefined && { l3 }),
    ...(mtu !== undefined && { mtu }),
    ...(qos !== undefined && { qos: defined(qos) }),
  };
}

export function nveOf(name: string, { tunnelAddress, kind, session, encapsulations, routerMac }: NvePut): Nve {
  return {
    name,
    tunnelAddress,
    kind,
    ...(session !== undefined && { session }),
    // Nobody else says what a static one can do.
    encapsulations: encapsulations ?? (kind === 'static' ? ['vxlan'] : []),
    ...(routerMac !== undefined && { routerMac }),
  };
}

export function attachmentOf(network: string, id: string, put: AttachmentPut): Attachment {
  const { nve, mac, ips, prefixes, vap, sticky, role, state } = put;
  return {
    network,
    id,
    nve,
    ...(mac !== undefined && { mac }),
    ips,
    prefixes,
    ...(vap !== undefined && { vap }),
    sticky,
    role,
    state,
  };
}

export function changeOf(body: ChangeBody, automatic: (vni: number) => readonly string[]): Change {
  if (body.op === 'delete') return body;
  switch (body.kind) {
    case 'virtual-network':
      return { op: 'put', kind: body.kind, value: networkOf(body.value.name, body.value, automatic) };
    case 'nve':
      return { op: 'put', kind: body.kind, value: nveOf(body.value.name, body.value) };
    case 'attachment':
      return { op: 'put', kind: body.kind, value: attachmentOf(body.value.network, body.value.id, body.value) };
  }
}
