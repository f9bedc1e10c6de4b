import type { VirtualNetwork } from '../../api/contract/virtual-networks.ts';
import type { Paint } from '../format/paint.ts';
import { formatFields, formatTable } from '../format/table.ts';

const flooding = ({ flooding: how }: VirtualNetwork) =>
  how.kind === 'multicast' ? `multicast ${how.group}` : how.kind;

/** One row for each virtual network. */
export function viewVirtualNetworks(networks: readonly VirtualNetwork[], paint: Paint): string {
  return formatTable<VirtualNetwork>(
    [
      { title: 'NAME', cell: ({ name }) => name },
      { title: 'VNI', align: 'right', cell: ({ vni }) => String(vni) },
      { title: 'SERVICE', cell: ({ service, l3 }) => (l3 === undefined ? service : `${service}, routed by ${l3}`) },
      { title: 'ROUTE TARGETS', cell: ({ routeTargets }) => routeTargets.join(',') },
      { title: 'TRUST', cell: ({ trust }) => trust },
      { title: 'NVES', align: 'right', cell: ({ status }) => String(status.nves) },
      { title: 'ATTACHMENTS', align: 'right', cell: ({ status }) => String(status.attachments) },
      { title: 'MAPPINGS', align: 'right', cell: ({ status }) => String(status.mappings) },
      { title: 'FROM', cell: ({ status }) => (status.configured ? 'configuration' : 'API') },
    ],
    networks,
    paint,
  );
}

/** All that there is to say of one. */
export function viewVirtualNetwork(network: VirtualNetwork, paint: Paint): string {
  const { name, vni, service, routeTargets, l3, mtu, qos, acl, encapsulations, unknownUnicast, trust, status } =
    network;
  const rules = acl.map(({ action, protocol, source, destination, destinationPorts: ports }) => {
    const to =
      ports === undefined ? '' : ports.from === ports.to ? ` port ${ports.from}` : ` ports ${ports.from}-${ports.to}`;
    return `${action} ${protocol ?? 'any'} from ${source ?? 'any'} to ${destination ?? 'any'}${to}`;
  });
  const marks = [
    qos?.dscp === undefined ? '' : `DSCP ${qos.dscp}`,
    qos?.rateKbit === undefined ? '' : `${qos.rateKbit} kbit/s for each attachment`,
  ].filter((mark) => mark !== '');
  return formatFields(
    [
      ['virtual network', `${name}, ${status.configured ? 'of the configuration' : 'made by the API'}`],
      ['VNI', String(vni)],
      ['service', l3 === undefined ? service : `${service}, routed by ${l3}`],
      ['route targets', routeTargets.join(', ')],
      ['trust', trust],
      ['flooding', flooding(network)],
      ['unknown unicast', unknownUnicast],
      ['encapsulations', encapsulations.join(', ')],
      ['MTU', mtu === undefined ? null : String(mtu)],
      ['QoS', marks.length === 0 ? null : marks.join(', ')],
      ...rules.map((rule, i): [string, string] => [i === 0 ? 'ACL' : '', rule]),
      ['NVEs', String(status.nves)],
      ['attachments', String(status.attachments)],
      ['mappings', String(status.mappings)],
    ],
    paint,
  );
}
