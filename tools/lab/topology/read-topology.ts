import type { Node as YamlNode } from 'yaml';
import type { Fault } from '../fault.ts';
import { knownKeys, refusedMgmtKeys, refusedTopKeys } from './keys.ts';
import { mergeLayers } from './merge-layers.ts';
import type { Endpoint, Link, Management, Node, Topology } from './model.ts';
import { type Layer, readLayer } from './read-layer.ts';
import { readLink } from './read-link.ts';
import { Reader } from './reader.ts';
import { isIpv4Prefix, isIpv6Prefix } from './values.ts';

export type ReadTopology =
  | { readonly ok: true; readonly topology: Topology }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** containerlab's defaults (docs/manual/network.md there). */
const defaultNetwork = 'clab';
const defaultIpv4Subnet = '172.20.20.0/24';
const defaultIpv6Subnet = '3fff:172:20:20::/64';
const defaultMgmtMtu = 1500;

const namePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/**
 * Reads a containerlab topology file (format of 0.79). All faults are reported at once; any fault means that there
 * is no topology. `file` is only used for places and as the start of relative binds.
 */
export function readTopology(file: string, text: string): ReadTopology {
  const reader = new Reader(file, text);
  const topology = reader.faults.length > 0 ? undefined : readRoot(reader, file);
  if (topology === undefined || reader.faults.length > 0) return { ok: false, faults: reader.faults };
  return { ok: true, topology };
}

function readRoot(reader: Reader, file: string): Topology | undefined {
  const entries = reader.entries(reader.root, 'the file');
  if (!entries) return undefined;
  const top = knownKeys(reader, entries, 'the file', ['name', 'prefix', 'mgmt', 'topology'] as const, refusedTopKeys);
  const nameEntry = top.get('name');
  const name = nameEntry
    ? reader.text(nameEntry.value, 'name')
    : reader.fault('missing', reader.root, 'name is missing');
  if (name !== undefined && !namePattern.test(name)) {
    reader.fault('bad-value', nameEntry?.value, `name: ${name} may only hold letters, digits and . _ -`);
  }
  const prefixEntry = top.get('prefix');
  const prefix = prefixEntry && reader.text(prefixEntry.value, 'prefix');
  if (prefix && prefix !== '__lab-name' && !namePattern.test(prefix)) {
    reader.fault('bad-value', prefixEntry?.value, `prefix: ${prefix} may only hold letters, digits and . _ -`);
  }
  const mgmt = readManagement(reader, top.get('mgmt')?.value);
  const topologyEntry = top.get('topology');
  if (!topologyEntry) return reader.fault('missing', reader.root, 'topology is missing');
  const parts = reader.entries(topologyEntry.value, 'topology');
  if (!parts) return undefined;
  const found = knownKeys(reader, parts, 'topology', ['defaults', 'kinds', 'groups', 'nodes', 'links'] as const);

  const defaultsEntry = found.get('defaults');
  const levels = {
    defaults: defaultsEntry && readLayer(reader, defaultsEntry.value, 'defaults', false),
    kinds: readLayers(reader, found.get('kinds')?.value, 'kinds'),
    groups: readLayers(reader, found.get('groups')?.value, 'groups'),
  };
  const nodesEntry = found.get('nodes');
  if (!nodesEntry) return reader.fault('missing', topologyEntry.value, 'topology.nodes is missing');
  const nodes: Node[] = [];
  for (const { key, keyNode, value } of reader.entries(nodesEntry.value, 'topology.nodes') ?? []) {
    if (!namePattern.test(key)) {
      reader.fault('bad-value', keyNode, `nodes: ${key} may only hold letters, digits and . _ -`);
      continue;
    }
    const layer = readLayer(reader, value, `nodes.${key}`, true);
    const node = mergeLayers(reader, key, { ...layer, node: layer.node?.range ? layer.node : keyNode }, levels);
    if (node) nodes.push(node);
  }
  const linksEntry = found.get('links');
  const linkItems = linksEntry ? (reader.items(linksEntry.value, 'topology.links') ?? []) : [];
  const links = linkItems.flatMap((item, i) => readLink(reader, item, i) ?? []);
  checkEndpoints(reader, nodes, links);
  if (name === undefined || mgmt === undefined) return undefined;
  return { file, name, prefix, mgmt, nodes, links };
}

function readLayers(reader: Reader, node: YamlNode | null | undefined, what: string): Map<string, Layer> {
  const entries = node ? (reader.entries(node, `topology.${what}`) ?? []) : [];
  return new Map(entries.map(({ key, value }) => [key, readLayer(reader, value, `${what}.${key}`, false)]));
}

function readManagement(reader: Reader, node: YamlNode | null | undefined): Management | undefined {
  const entries = node ? reader.entries(node, 'mgmt') : [];
  if (!entries) return undefined;
  const keys = ['network', 'bridge', 'ipv4-subnet', 'ipv6-subnet', 'mtu'] as const;
  const found = knownKeys(reader, entries, 'mgmt', keys, refusedMgmtKeys);
  const text = (key: (typeof keys)[number]) => {
    const entry = found.get(key);
    return entry && reader.text(entry.value, `mgmt.${key}`);
  };
  const subnet = (key: 'ipv4-subnet' | 'ipv6-subnet', isPrefix: (text: string) => boolean) => {
    const value = text(key);
    if (value === undefined || isPrefix(value)) return value;
    const place = found.get(key)?.value;
    if (value === 'auto') return reader.fault('not-supported', place, `mgmt.${key}: this runner cannot do \`auto\``);
    return reader.fault('bad-value', place, `mgmt.${key}: ${value} is no subnet with prefix length`);
  };
  const ipv4Subnet = subnet('ipv4-subnet', isIpv4Prefix);
  const ipv6Subnet = subnet('ipv6-subnet', isIpv6Prefix);
  const mtuEntry = found.get('mtu');
  const mtu = mtuEntry && reader.integer(mtuEntry.value, 'mgmt.mtu', 68, 65535);
  const unsaid = !found.has('ipv4-subnet') && !found.has('ipv6-subnet');
  return {
    network: text('network') ?? defaultNetwork,
    bridge: text('bridge'),
    ipv4Subnet: unsaid ? defaultIpv4Subnet : ipv4Subnet,
    ipv6Subnet: unsaid ? defaultIpv6Subnet : ipv6Subnet,
    mtu: mtu ?? defaultMgmtMtu,
    at: reader.place(node ?? reader.root),
  };
}

/** Every endpoint names a node of the file, and no interface is used twice. */
function checkEndpoints(reader: Reader, nodes: readonly Node[], links: readonly Link[]): void {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const used = new Set<string>();
  const take = (key: string, endpoint: Endpoint, text: string) => {
    if (used.has(key)) reader.faults.push({ code: 'contradiction', at: endpoint.at, reason: `${text} is used twice` });
    used.add(key);
  };
  for (const link of links) {
    for (const endpoint of link.type === 'veth' ? [link.a, link.b] : [link.endpoint]) {
      const node = byName.get(endpoint.node);
      const text = `${endpoint.node}:${endpoint.interface}`;
      if (!node) {
        const reason = `${text}: there is no node \`${endpoint.node}\``;
        reader.faults.push({ code: 'contradiction', at: endpoint.at, reason });
      } else if (endpoint.interface === 'lo' || (endpoint.interface === 'eth0' && node.management)) {
        const reason = `${text}: ${endpoint.interface} exists in the node already`;
        reader.faults.push({ code: 'contradiction', at: endpoint.at, reason });
      } else take(text, endpoint, text);
    }
    if (link.type === 'host' || link.type === 'mgmt-net') {
      take(`\0host:${link.hostInterface}`, link.endpoint, `host interface ${link.hostInterface}`);
    }
  }
}
