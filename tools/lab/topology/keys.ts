import type { Entry, Reader } from './reader.ts';
import { nearest } from './reader.ts';

/**
 * Keys of containerlab 0.79 (schemas/clab.schema.json) that this runner knows and refuses, each with the reason.
 * A key in neither list is a mistake in the file, and refused as such.
 */
export const refusedNodeKeys: Readonly<Record<string, string>> = {
  aliases: 'there is no DNS of its own in the management network; use node names',
  'auto-remove': 'nodes that stopped stay until `down`',
  certificate: 'there is no certificate authority',
  'cgroup-parent': 'nodes are not put into control groups',
  'cgroupns-mode': 'nodes are not put into control groups',
  'cap-add': 'nodes run with all capabilities, as containerlab runs them',
  components: 'it belongs to another kind of node',
  config: 'there is no configuration engine',
  cpu: 'nodes are not put into control groups',
  'cpu-set': 'nodes are not put into control groups',
  credentials: 'there is nothing to log in to',
  devices: 'nodes see the devices of the host',
  dns: 'nodes use the resolver of the host',
  'enforce-startup-config': 'it belongs to another kind of node',
  'env-files': 'write the variables under env',
  extras: 'it belongs to another kind of node',
  healthcheck: 'nothing would run it',
  'image-pull-policy': 'images are mapped to programs of the host, never pulled',
  license: 'it belongs to another kind of node',
  'link-apply-mode': 'links are only made by `up`',
  memory: 'nodes are not put into control groups',
  'pid-mode': 'every node has processes of its own',
  privileged: 'nodes always run privileged, as containerlab runs them',
  runtime: 'there is one runtime: namespaces',
  'security-opts': 'there is no security module to set',
  'shm-size': 'nodes share the /dev of the host',
  stages: 'use startup-delay, or let the program wait',
  'startup-config': 'it belongs to another kind of node',
  'suppress-startup-config': 'it belongs to another kind of node',
  tmpfs: 'every node has a /tmp and a /run of its own already',
  type: 'kind linux has no types',
  user: 'the main process of a node runs as root',
  volumes: 'there are no named volumes; use binds',
};

export const refusedMgmtKeys: Readonly<Record<string, string>> = {
  'driver-opts': 'there is no Docker network behind it',
  'external-access': 'the management network never leaves the host',
  'ipv4-gw': 'the first address of the subnet is the gateway',
  'ipv6-gw': 'the first address of the subnet is the gateway',
  'ipv4-range': 'addresses are given out from the whole subnet',
  'ipv6-range': 'addresses are given out from the whole subnet',
  'skip-when-unused': 'the management network is always made',
};

export const refusedTopKeys: Readonly<Record<string, string>> = {
  settings: 'there is no certificate authority to set up',
  debug: 'there is nothing to debug in containers',
};

const noKeys: Readonly<Record<string, string>> = {};

/** Sorts the entries of a mapping by key and refuses by name what is unknown or cannot be done. */
export function knownKeys<K extends string>(
  reader: Reader,
  entries: readonly Entry[],
  what: string,
  known: readonly K[],
  refused: Readonly<Record<string, string>> = noKeys,
): Map<K, Entry> {
  const found = new Map<K, Entry>();
  for (const entry of entries) {
    const key = known.find((name) => name === entry.key);
    if (key !== undefined) {
      found.set(key, entry);
      continue;
    }
    const reason = Object.hasOwn(refused, entry.key) ? refused[entry.key] : undefined;
    if (reason !== undefined) {
      reader.fault('not-supported', entry.keyNode, `${what}: this runner cannot do \`${entry.key}\`: ${reason}`);
      continue;
    }
    const meant = nearest(entry.key, known);
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    reader.fault('unknown-key', entry.keyNode, `${what}: there is no key \`${entry.key}\`${hint}`);
  }
  return found;
}
