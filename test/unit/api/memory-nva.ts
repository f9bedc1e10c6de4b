/** An NvaSource over a store in memory, with the rules that the API's answers depend on and no others. */
import { isDeepStrictEqual } from 'node:util';
import type { ExplainedMapping, NvaSource, SourcedMapping, Unheeded } from '../../../src/api/nva-source.ts';
import type { Conflict } from '../../../src/nva/conflict.ts';
import type {
  Actor,
  Attachment,
  Change,
  ChangeRefusal,
  NvaEvent,
  Nve,
  VirtualNetwork,
} from '../../../src/nva/model.ts';
import type { NvaStore, StoredAttachment } from '../../../src/nva/nva-store.ts';
import { memoryNvaStore } from '../../../src/store/nva-memory.ts';

export interface MemoryNva extends NvaSource {
  isLoaded: boolean;
  /** Networks that stand in the configuration. */
  readonly configured: Set<string>;
  conflictList: Conflict[];
  unheededList: Unheeded[];
  readonly mappingList: Map<string, ExplainedMapping[]>;
  /** Thrown by the next transaction. */
  broken: Error | undefined;
  readonly released: { readonly id: string; readonly by: Actor }[];
}

type Outcome = 'created' | 'changed' | 'unchanged' | 'deleted';
type Objects = Map<string, VirtualNetwork | Nve | Attachment>;

const keyOf = (change: Change) => {
  if (change.kind === 'attachment') {
    const { network, id } = change.op === 'put' ? change.value : change;
    return `${change.kind} ${network} ${id}`;
  }
  return `${change.kind} ${change.op === 'put' ? change.value.name : change.name}`;
};

export function createMemoryNva(store: NvaStore = memoryNvaStore()): MemoryNva {
  const objects: Objects = new Map();
  const listeners = new Set<() => void>();
  const ofKind = <T>(kind: Change['kind']) =>
    [...objects].flatMap(([key, value]) => (key.startsWith(`${kind} `) ? [value as T] : []));
  const network = (name: string) => objects.get(`virtual-network ${name}`) as VirtualNetwork | undefined;
  const nve = (name: string) => objects.get(`nve ${name}`) as Nve | undefined;
  const stored = (attachment: Attachment): StoredAttachment => ({
    attachment,
    sequence: 0,
    registered: true,
    attached: false,
  });

  const refusalOf = (change: Change, held: Objects): Omit<ChangeRefusal, 'change'> | undefined => {
    const has = (kind: Change['kind'], name: string) => held.has(`${kind} ${name}`);
    if (change.op === 'delete') {
      const missing = {
        'virtual-network': 'no-such-network',
        nve: 'no-such-nve',
        attachment: 'no-such-attachment',
      } as const;
      if (!held.has(keyOf(change))) return { code: missing[change.kind], reason: `there is no ${keyOf(change)}` };
      const used = [...held.keys()].some((key) => key.startsWith(`attachment ${keyOf(change).split(' ')[1]} `));
      if (change.kind === 'virtual-network' && used) return { code: 'network-in-use', reason: 'detach first' };
      return undefined;
    }
    if (change.kind === 'virtual-network') {
      const { name, vni } = change.value;
      if (source.configured.has(name))
        return { code: 'configured', reason: `${name} stands in the configuration file` };
      const taken = [...held.values()].find((other) => 'vni' in other && other.vni === vni && other.name !== name);
      if (taken !== undefined)
        return { code: 'vni-taken', field: 'vni', reason: `VNI ${vni} is that of another network` };
    }
    if (change.kind === 'attachment') {
      const { network: name, nve: at, mac } = change.value;
      if (!has('virtual-network', name)) {
        return { code: 'no-such-network', field: 'network', reason: `there is no virtual network ${name}` };
      }
      if (!has('nve', at)) return { code: 'no-such-nve', field: 'nve', reason: `there is no NVE ${at}; make it first` };
      if (mac === undefined) return { code: 'incomplete', field: 'mac', reason: 'an attachment needs its MAC address' };
    }
    return undefined;
  };

  const source: MemoryNva = {
    isLoaded: true,
    configured: new Set(),
    unheededList: [],
    conflictList: [],
    mappingList: new Map(),
    broken: undefined,
    released: [],
    loaded: () => source.isLoaded,
    networks: () => ofKind('virtual-network'),
    network,
    networkStatus: (name) => ({
      configured: source.configured.has(name),
      attachments: [...source.attachments(name)].length,
      nves: new Set([...source.attachments(name)].map(({ attachment }) => attachment.nve)).size,
      mappings: source.mappingList.get(name)?.length ?? 0,
    }),
    nves: () => ofKind('nve'),
    nve,
    nveByTunnelAddress: (address) => ofKind<Nve>('nve').find(({ tunnelAddress }) => tunnelAddress === address),
    nveStatus: (name) => {
      const counts = new Map<string, number>();
      for (const { nve: at, network: of } of ofKind<Attachment>('attachment')) {
        if (at === name) counts.set(of, (counts.get(of) ?? 0) + 1);
      }
      const networks = [...counts].map(([of, attachments]) => ({ name: of, attachments }));
      const session = { protocol: 'bgp', state: 'Established', since: '2026-01-02T03:04:05.000Z' } as const;
      return { configured: false, session: nve(name)?.kind === 'bgp' ? session : null, networks };
    },
    attachments: (name) =>
      ofKind<Attachment>('attachment')
        .filter((attachment) => attachment.network === name)
        .map(stored),
    attachment: (name, id) => {
      const found = objects.get(`attachment ${name} ${id}`) as Attachment | undefined;
      return found && stored(found);
    },
    automaticRouteTargets: (vni) => [`65000:${vni}`],
    apply: (changes, by, { dryRun = false } = {}) => {
      if (source.broken !== undefined) {
        const { broken } = source;
        source.broken = undefined;
        throw broken;
      }
      const held: Objects = new Map(objects);
      const outcomes: Outcome[] = [];
      const refusals: ChangeRefusal[] = [];
      const events: NvaEvent[] = [];
      for (const [index, change] of changes.entries()) {
        const refusal = refusalOf(change, held);
        if (refusal !== undefined) {
          refusals.push({ ...refusal, change: index });
          continue;
        }
        const key = keyOf(change);
        const before = held.get(key);
        if (change.op === 'put' && isDeepStrictEqual(before, change.value)) {
          outcomes.push('unchanged');
          continue;
        }
        if (change.op === 'put') held.set(key, change.value);
        else held.delete(key);
        outcomes.push(change.op === 'delete' ? 'deleted' : before === undefined ? 'created' : 'changed');
        const id = store.lastEvent() + events.length + 1;
        events.push({ id, at: 1_795_000_000_000 + id, by, change, ...(before && { before }) });
      }
      if (refusals.length > 0) return { ok: false, refusals };
      if (dryRun) return { ok: true, outcomes };
      store.commit({ networks: [], nves: [], attachments: [], events });
      objects.clear();
      for (const [key, value] of held) objects.set(key, value);
      if (events.length > 0) for (const listener of listeners) listener();
      return { ok: true, outcomes, ...(events.length > 0 && { event: store.lastEvent() }) };
    },
    mappings: (name): Iterable<SourcedMapping> | undefined =>
      network(name) === undefined
        ? undefined
        : (source.mappingList.get(name) ?? []).map(({ mapping, source: from, since }) => ({
            mapping,
            source: from,
            since,
          })),
    explain: (name, address) =>
      (source.mappingList.get(name) ?? []).filter(
        ({ mapping }) => mapping.kind === 'host' && (mapping.mac === address || mapping.ip === address),
      ),
    explainRoute: () => undefined,
    unheeded: () => source.unheededList,
    conflicts: () => source.conflictList,
    release: (id, by) => {
      const found = source.conflictList.find((conflict) => conflict.id === id);
      if (found === undefined) return 'no-such-conflict';
      if (!found.releasable) return 'not-releasable';
      source.conflictList = source.conflictList.filter((conflict) => conflict !== found);
      source.released.push({ id, by });
      return 'released';
    },
    lastEvent: () => store.lastEvent(),
    firstEvent: () => store.firstEvent(),
    events: (after, limit) => store.events(after, limit),
    onEvents: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return source;
}
