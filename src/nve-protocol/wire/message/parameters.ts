import {
  type AclRule,
  encapsulations,
  type Flooding,
  type Qos,
  services,
  type VirtualNetwork,
} from '../../../nva/model.ts';
import type { FieldReader } from '../field-reader.ts';
import { protocolLimits } from '../limits.ts';
import type { MessageRow } from '../message-row.ts';
import { present } from '../present.ts';

/** What an NVE has to know of a network besides its mappings. */
export type NetworkParameters = Pick<
  VirtualNetwork,
  'vni' | 'service' | 'l3' | 'mtu' | 'qos' | 'acl' | 'flooding' | 'encapsulations' | 'unknownUnicast'
>;

/** After `joined`, and after each change of them: all of them, each time. */
export interface Parameters extends NetworkParameters {
  readonly type: 'parameters';
  readonly network: string;
}

const protocols = ['tcp', 'udp', 'icmp', 'icmpv6'] as const;

export const parameters: MessageRow<Parameters> = {
  type: 'parameters',
  from: 'nva',
  decode: (read) =>
    present({
      type: 'parameters',
      network: read.name('network'),
      vni: read.integer('vni', 0, 0xff_ffff),
      service: read.oneOf('service', services),
      l3: read.optionalName('l3'),
      mtu: read.optionalInteger('mtu', 68, 65_535),
      qos: read.optionalPart('qos', decodeQos),
      acl: read.parts('acl', protocolLimits.rules, decodeRule),
      flooding: read.part('flooding', decodeFlooding) ?? { kind: 'ingress-replication' },
      encapsulations: read.known('encapsulations', encapsulations),
      unknownUnicast: read.oneOf('unknownUnicast', ['flood', 'drop']),
    }),
  encode: (message) => ({
    type: message.type,
    network: message.network,
    vni: message.vni,
    service: message.service,
    l3: message.l3,
    mtu: message.mtu,
    qos: message.qos === undefined ? undefined : { dscp: message.qos.dscp, rateKbit: message.qos.rateKbit },
    acl: message.acl.map(encodeRule),
    flooding:
      message.flooding.kind === 'multicast'
        ? { kind: message.flooding.kind, group: message.flooding.group }
        : { kind: message.flooding.kind },
    encapsulations: message.encapsulations,
    unknownUnicast: message.unknownUnicast,
  }),
};

function decodeQos(read: FieldReader): Qos {
  return present({
    dscp: read.optionalInteger('dscp', 0, 63),
    rateKbit: read.optionalInteger('rateKbit', 1, Number.MAX_SAFE_INTEGER),
  });
}

function decodeFlooding(read: FieldReader): Flooding {
  const kind = read.oneOf('kind', ['ingress-replication', 'multicast']);
  return kind === 'multicast' ? { kind, group: read.ip('group') } : { kind };
}

function decodeRule(read: FieldReader): AclRule {
  return present({
    action: read.oneOf('action', ['allow', 'deny']),
    protocol: read.has('protocol') ? read.oneOf('protocol', protocols) : undefined,
    source: read.has('source') ? read.prefix('source') : undefined,
    destination: read.has('destination') ? read.prefix('destination') : undefined,
    destinationPorts: read.optionalPart('destinationPorts', decodePorts),
  });
}

function decodePorts(read: FieldReader): { readonly from: number; readonly to: number } {
  const from = read.integer('from', 0, 65_535);
  return { from, to: read.integer('to', from, 65_535) };
}

function encodeRule(rule: AclRule): Readonly<Record<string, unknown>> {
  const ports = rule.destinationPorts;
  return {
    action: rule.action,
    protocol: rule.protocol,
    source: rule.source,
    destination: rule.destination,
    destinationPorts: ports === undefined ? undefined : { from: ports.from, to: ports.to },
  };
}
