import { isIPv4, isIPv6 } from 'node:net';
import type { Node as YamlNode } from 'yaml';
import { shellWords } from '../shell-words.ts';
import { knownKeys, refusedNodeKeys } from './keys.ts';
import type { Bind, Command } from './model.ts';
import type { Reader } from './reader.ts';

/** The node settings of one level: defaults, a kind, a group or a node. What is absent was not written there. */
export type Layer = {
  readonly node: YamlNode | null;
  kind?: { readonly text: string; readonly node: YamlNode | null };
  image?: { readonly text: string; readonly node: YamlNode | null };
  group?: { readonly text: string; readonly node: YamlNode | null };
  hostname?: string;
  entrypoint?: readonly string[];
  cmd?: readonly string[];
  env?: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  sysctls?: Readonly<Record<string, string>>;
  binds?: readonly Bind[];
  exec?: readonly Command[];
  ports?: readonly string[];
  mgmtIpv4?: string;
  mgmtIpv6?: string;
  management?: boolean;
  startupDelaySeconds?: number;
};

const sharedKeys = [
  'kind',
  'image',
  'group',
  'hostname',
  'entrypoint',
  'cmd',
  'env',
  'labels',
  'sysctls',
  'binds',
  'exec',
  'network-mode',
  'restart-policy',
  'startup-delay',
] as const;

/** containerlab reads these at a node only. */
const nodeOnlyKeys = ['mgmt-ipv4', 'mgmt-ipv6', 'ports'] as const;

export function readLayer(reader: Reader, node: YamlNode | null, what: string, isNode: boolean): Layer {
  const layer: Layer = { node };
  // `host1:` with nothing under it takes everything from the levels above.
  if (node === null || (!reader.isMapping(node) && 'value' in node && node.value === null)) return layer;
  const entries = reader.entries(node, what);
  if (!entries) return layer;
  const known: readonly (typeof sharedKeys | typeof nodeOnlyKeys)[number][] = isNode
    ? [...sharedKeys, ...nodeOnlyKeys]
    : sharedKeys;

  for (const [key, { value }] of knownKeys(reader, entries, what, known, refusedNodeKeys)) {
    const name = `${what}.${key}`;
    switch (key) {
      case 'kind':
      case 'image':
      case 'group': {
        const text = reader.text(value, name);
        if (text !== undefined) layer[key] = { text, node: value };
        break;
      }
      case 'hostname': {
        const text = reader.text(value, name);
        if (text !== undefined) layer.hostname = text;
        break;
      }
      case 'entrypoint':
      case 'cmd': {
        const command = readCommand(reader, value, name);
        if (command) layer[key] = command.argv;
        break;
      }
      case 'env':
      case 'labels':
      case 'sysctls': {
        const map = reader.textMap(value, name);
        if (map) layer[key] = map;
        if (key === 'env' && map && '__IMPORT_ENVS' in map) {
          reader.fault('not-supported', value, `${name}: this runner imports no environment; name the variables`);
        }
        break;
      }
      case 'binds': {
        const texts = reader.texts(value, name);
        if (texts) layer.binds = texts.flatMap(({ text, node }) => readBind(reader, text, node, name) ?? []);
        break;
      }
      case 'exec': {
        const items = reader.items(value, name);
        if (items) layer.exec = items.flatMap((item) => readCommand(reader, item, `each of ${name}`) ?? []);
        break;
      }
      case 'ports': {
        const texts = reader.texts(value, name);
        if (texts) layer.ports = texts.map(({ text }) => text);
        break;
      }
      case 'mgmt-ipv4':
      case 'mgmt-ipv6': {
        const text = reader.text(value, name);
        const isAddress = key === 'mgmt-ipv4' ? isIPv4 : isIPv6;
        if (text === undefined) break;
        if (!isAddress(text)) reader.fault('bad-value', value, `${name}: ${text} is no ${key.slice(5)} address`);
        else if (key === 'mgmt-ipv4') layer.mgmtIpv4 = text;
        else layer.mgmtIpv6 = text;
        break;
      }
      case 'network-mode': {
        const text = reader.text(value, name);
        if (text === undefined) break;
        if (text === 'none') layer.management = false;
        else reader.fault('not-supported', value, `${name}: this runner cannot do \`${text}\`, only \`none\``);
        break;
      }
      case 'restart-policy': {
        const text = reader.text(value, name);
        if (text !== undefined && text.toLowerCase() !== 'no') {
          reader.fault('not-supported', value, `${name}: this runner restarts nothing by itself; write "no"`);
        }
        break;
      }
      case 'startup-delay': {
        const seconds = reader.integer(value, name, 0, 600);
        if (seconds !== undefined) layer.startupDelaySeconds = seconds;
        break;
      }
    }
  }
  return layer;
}

function readCommand(reader: Reader, node: YamlNode | null, what: string): Command | undefined {
  const text = reader.text(node, what);
  if (text === undefined) return undefined;
  const argv = shellWords(text);
  if (argv === undefined) return reader.fault('bad-value', node, `${what}: a quote is left open in: ${text}`);
  if (argv.length === 0) return reader.fault('bad-value', node, `${what} is empty`);
  return { argv, at: reader.place(node) };
}

function readBind(reader: Reader, text: string, node: YamlNode, what: string): Bind | undefined {
  const magic = /__clab\w+__/.exec(text);
  if (magic) return reader.fault('not-supported', node, `${what}: this runner has no ${magic[0]} folder`);
  const [source, target, mode, rest] = text.split(':');
  if (!source || !target || rest !== undefined) {
    return reader.fault('bad-value', node, `${what}: ${text} is not host-path:node-path[:ro]`);
  }
  if (!target.startsWith('/') || target.split('/').includes('..')) {
    return reader.fault('bad-value', node, `${what}: ${target} must be an absolute path without ..`);
  }
  if (mode !== undefined && mode !== 'ro' && mode !== 'rw') {
    return reader.fault('not-supported', node, `${what}: this runner cannot do the bind option \`${mode}\``);
  }
  if (source.startsWith('~')) {
    return reader.fault('not-supported', node, `${what}: this runner does not expand ~; write the path`);
  }
  return { source, target, readOnly: mode === 'ro', at: reader.place(node) };
}
