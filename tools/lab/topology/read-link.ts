import type { Node as YamlNode } from 'yaml';
import { knownKeys } from './keys.ts';
import type { Endpoint, Link } from './model.ts';
import type { Entry, Reader } from './reader.ts';
import { isInterfaceName, isIpv4Prefix, isIpv6Prefix, isMac } from './values.ts';

/** containerlab's own default for links between nodes. */
const defaultMtu = 9500;
/** The kernel's bounds for a veth device (ETH_MIN_MTU, ETH_MAX_MTU). */
const minMtu = 68;
const maxMtu = 65535;

const refusedVars = { vars: 'there is no configuration engine to use them' };
const refusedTypes = ['veth-stitch', 'macvlan', 'vxlan', 'vxlan-stitch'];

export function readLink(reader: Reader, node: YamlNode, index: number): Link | undefined {
  const what = `links[${index}]`;
  const entries = reader.entries(node, what);
  if (!entries) return undefined;
  const typeEntry = entries.find((entry) => entry.key === 'type');
  if (!typeEntry) return readShort(reader, node, entries, what);

  const type = reader.text(typeEntry.value, `${what}.type`);
  switch (type) {
    case undefined:
      return undefined;
    case 'veth':
      return readVeth(reader, node, entries, what);
    case 'host':
    case 'mgmt-net': {
      const keys = ['type', 'endpoint', 'host-interface', 'mtu', 'labels'] as const;
      const found = knownKeys(reader, entries, what, keys, refusedVars);
      const endpoint = readEndpoint(reader, found.get('endpoint')?.value ?? node, `${what}.endpoint`);
      const hostInterface = readInterface(reader, found.get('host-interface')?.value ?? node, `${what}.host-interface`);
      if (!endpoint || hostInterface === undefined) return undefined;
      return { type, endpoint, hostInterface, mtu: readMtu(reader, found.get('mtu'), what), at: reader.place(node) };
    }
    case 'dummy': {
      const found = knownKeys(reader, entries, what, ['type', 'endpoint', 'mtu', 'labels'] as const, refusedVars);
      const endpoint = readEndpoint(reader, found.get('endpoint')?.value ?? node, `${what}.endpoint`);
      if (!endpoint) return undefined;
      return { type, endpoint, mtu: readMtu(reader, found.get('mtu'), what), at: reader.place(node) };
    }
    default:
      if (refusedTypes.includes(type)) {
        return reader.fault(
          'not-supported',
          typeEntry.value,
          `${what}: this runner cannot do links of type \`${type}\``,
        );
      }
      return reader.fault('bad-value', typeEntry.value, `${what}: there is no link type \`${type}\``);
  }
}

function readMtu(reader: Reader, entry: Entry | undefined, what: string): number {
  return (entry && reader.integer(entry.value, `${what}.mtu`, minMtu, maxMtu)) ?? defaultMtu;
}

function readShort(reader: Reader, node: YamlNode, entries: Entry[], what: string): Link | undefined {
  const found = knownKeys(reader, entries, what, ['endpoints', 'mtu', 'ipv4', 'ipv6'] as const, refusedVars);
  const endpointsNode = found.get('endpoints')?.value;
  if (!endpointsNode) return reader.fault('missing', node, `${what} has no endpoints`);
  const texts = reader.texts(endpointsNode, `${what}.endpoints`);
  if (!texts) return undefined;
  const [first, second] = texts;
  if (!first || !second || texts.length !== 2) {
    return reader.fault('bad-value', endpointsNode, `${what}: a link has two endpoints, not ${texts.length}`);
  }
  const mtu = readMtu(reader, found.get('mtu'), what);
  const at = reader.place(node);
  const ipv4 = readPair(reader, found.get('ipv4'), `${what}.ipv4`, isIpv4Prefix);
  const ipv6 = readPair(reader, found.get('ipv6'), `${what}.ipv6`, isIpv6Prefix);
  const ends = [first, second].map(({ text, node: endNode }, i) => {
    const [name, port, rest] = text.split(':');
    if (!name || !port || rest !== undefined) {
      return reader.fault('bad-value', endNode, `${what}: ${text} is not node:interface`);
    }
    if (!isInterfaceName(port)) return badInterface(reader, endNode, what, port);
    return { node: name, interface: port, mac: undefined, ipv4: ipv4[i], ipv6: ipv6[i], at: reader.place(endNode) };
  });
  const [a, b] = ends;
  if (!a || !b) return undefined;
  for (const end of [a, b]) {
    if (end.node === 'macvlan' || end.node === 'vxlan') {
      const endNode = end === a ? first.node : second.node;
      return reader.fault('not-supported', endNode, `${what}: this runner cannot do links of type \`${end.node}\``);
    }
  }
  for (const [own, other] of [[a, b] as const, [b, a] as const]) {
    if (other.node === 'host' || other.node === 'mgmt-net') {
      return { type: other.node, endpoint: own, hostInterface: other.interface, mtu, at };
    }
    if (other.node === 'dummy') return { type: 'dummy', endpoint: own, mtu, at };
  }
  return { type: 'veth', a, b, mtu, at };
}

/** `ipv4: [first, second]` of a short link; an empty text leaves that side without. */
function readPair(reader: Reader, entry: Entry | undefined, what: string, isPrefix: (text: string) => boolean) {
  if (!entry) return [];
  return (reader.texts(entry.value, what) ?? []).map(({ text, node }) => {
    if (text === '') return undefined;
    return isPrefix(text) ? text : reader.fault('bad-value', node, `${what}: ${text} is no address with prefix length`);
  });
}

function readVeth(reader: Reader, node: YamlNode, entries: Entry[], what: string): Link | undefined {
  const found = knownKeys(reader, entries, what, ['type', 'endpoints', 'mtu', 'labels'] as const, refusedVars);
  const endpointsNode = found.get('endpoints')?.value;
  if (!endpointsNode) return reader.fault('missing', node, `${what} has no endpoints`);
  const items = reader.items(endpointsNode, `${what}.endpoints`);
  if (!items) return undefined;
  if (items.length !== 2) {
    return reader.fault('bad-value', endpointsNode, `${what}: a link has two endpoints, not ${items.length}`);
  }
  const [a, b] = items.map((item, i) => readEndpoint(reader, item, `${what}.endpoints[${i}]`));
  if (!a || !b) return undefined;
  return { type: 'veth', a, b, mtu: readMtu(reader, found.get('mtu'), what), at: reader.place(node) };
}

function readEndpoint(reader: Reader, node: YamlNode, what: string): Endpoint | undefined {
  const entries = reader.entries(node, what);
  if (!entries) return undefined;
  const keys = ['node', 'interface', 'mac', 'ipv4', 'ipv6'] as const;
  const found = knownKeys(reader, entries, what, keys, refusedVars);
  const name = found.get('node');
  const port = found.get('interface');
  if (!name || !port) return reader.fault('missing', node, `${what} needs node and interface`);
  const nodeName = reader.text(name.value, `${what}.node`);
  const interfaceName = readInterface(reader, port.value, `${what}.interface`);
  if (nodeName === undefined || interfaceName === undefined) return undefined;
  const checked = (key: 'mac' | 'ipv4' | 'ipv6', isValid: (text: string) => boolean, needs: string) => {
    const entry = found.get(key);
    const text = entry && reader.text(entry.value, `${what}.${key}`);
    if (entry === undefined || text === undefined) return undefined;
    return isValid(text) ? text : reader.fault('bad-value', entry.value, `${what}.${key}: ${text} is not ${needs}`);
  };
  return {
    node: nodeName,
    interface: interfaceName,
    mac: checked('mac', isMac, 'a unicast MAC address'),
    ipv4: checked('ipv4', isIpv4Prefix, 'an IPv4 address with prefix length'),
    ipv6: checked('ipv6', isIpv6Prefix, 'an IPv6 address with prefix length'),
    at: reader.place(node),
  };
}

function readInterface(reader: Reader, node: YamlNode | null, what: string): string | undefined {
  const text = reader.text(node, what);
  if (text === undefined || isInterfaceName(text)) return text;
  return badInterface(reader, node, what, text);
}

function badInterface(reader: Reader, node: YamlNode | null, what: string, text: string): undefined {
  return reader.fault(
    'bad-value',
    node,
    `${what}: ${text} is no Linux interface name (at most 15 characters, no / or :)`,
  );
}
