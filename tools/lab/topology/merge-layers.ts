import type { Bind, Node } from './model.ts';
import type { Layer } from './read-layer.ts';
import type { Reader } from './reader.ts';

export type Levels = {
  readonly defaults: Layer | undefined;
  readonly kinds: ReadonlyMap<string, Layer>;
  readonly groups: ReadonlyMap<string, Layer>;
};

/**
 * One node with what it inherits, from the least to the most specific level: defaults, kind, group, node. Single
 * values are replaced, maps merged by key, binds by target, and `exec` lists follow each other.
 */
export function mergeLayers(reader: Reader, name: string, own: Layer, levels: Levels): Node | undefined {
  const what = `nodes.${name}`;
  const groupName = own.group ?? levels.defaults?.group;
  const group = groupName && levels.groups.get(groupName.text);
  const kind = own.kind ?? (group || undefined)?.kind ?? levels.defaults?.kind;
  if (!kind) return reader.fault('missing', own.node, `${what}: no kind is given, neither here nor in defaults`);
  if (kind.text !== 'linux') {
    return reader.fault('not-supported', kind.node, `${what}: this runner cannot do kind \`${kind.text}\`, only linux`);
  }
  const layers = [levels.defaults, levels.kinds.get(kind.text), group || undefined, own].filter((l) => l !== undefined);
  const last = <K extends keyof Layer>(key: K): Layer[K] | undefined =>
    layers.findLast((layer) => layer[key] !== undefined)?.[key];
  const merged = (key: 'env' | 'labels' | 'sysctls'): Record<string, string> =>
    Object.assign({}, ...layers.map((layer) => layer[key] ?? {}));

  const image = last('image');
  if (!image) return reader.fault('missing', own.node, `${what}: no image is given`);
  const binds = new Map<string, Bind>();
  for (const layer of layers) for (const bind of layer.binds ?? []) binds.set(bind.target, bind);
  const sysctls = merged('sysctls');
  for (const key of Object.keys(sysctls)) {
    if (!/^net\.[\w./-]+$/.test(key)) {
      reader.fault('not-supported', own.node, `${what}: sysctl \`${key}\` is not of the network namespace (net.…)`);
    }
  }
  return {
    name,
    kind: 'linux',
    image: image.text,
    imageAt: reader.place(image.node),
    group: groupName?.text,
    hostname: last('hostname') ?? name,
    entrypoint: last('entrypoint'),
    cmd: last('cmd'),
    env: merged('env'),
    binds: [...binds.values()],
    exec: layers.flatMap((layer) => layer.exec ?? []),
    labels: merged('labels'),
    sysctls,
    ports: own.ports ?? [],
    mgmtIpv4: own.mgmtIpv4,
    mgmtIpv6: own.mgmtIpv6,
    management: last('management') ?? true,
    startupDelaySeconds: last('startupDelaySeconds') ?? 0,
    at: reader.place(own.node),
  };
}
