/** An NVA beside a speaker on a network without sockets, whose NVEs are played by hand. */

import { defaultContext } from '../../../src/bgp-ts/wire/context.ts';
import { decodeUpdate } from '../../../src/bgp-ts/wire/message/update.ts';
import type { Beyond } from '../../../src/nva/beyond.ts';
import type { Change, NvaEvent, Nve, VirtualNetwork } from '../../../src/nva/model.ts';
import { Nva, type NvaOptions } from '../../../src/nva/nva.ts';
import type { NvaStore, NvaTransaction, StoredAttachment } from '../../../src/nva/nva-store.ts';
import { bytes } from '../bgp-ts/session/hand-peer.ts';
import { Lab, type Router } from '../bgp-ts/speaker/kit.ts';

/** Keeps transactions as they come, and forgets nothing. */
export class ListStore implements NvaStore {
  readonly transactions: NvaTransaction[] = [];
  /** What the next commit throws. */
  fault: Error | undefined;

  networks(): Iterable<VirtualNetwork> {
    const held = new Map<string, VirtualNetwork>();
    for (const { networks } of this.transactions) {
      for (const one of networks) 'put' in one ? held.set(one.put.name, one.put) : held.delete(one.delete);
    }
    return held.values();
  }
  nves(): Iterable<Nve> {
    const held = new Map<string, Nve>();
    for (const { nves } of this.transactions) {
      for (const one of nves) 'put' in one ? held.set(one.put.name, one.put) : held.delete(one.delete);
    }
    return held.values();
  }
  attachments(): Iterable<StoredAttachment> {
    const held = new Map<string, StoredAttachment>();
    for (const { attachments } of this.transactions) {
      for (const one of attachments) {
        if ('put' in one) held.set(`${one.put.attachment.network} ${one.put.attachment.id}`, one.put);
        else held.delete(`${one.delete.network} ${one.delete.id}`);
      }
    }
    return held.values();
  }
  lastEvent(): number {
    return this.transactions.at(-1)?.events.at(-1)?.id ?? 0;
  }
  firstEvent(): number {
    return 1;
  }
  events(after: number, limit: number): readonly NvaEvent[] {
    return this.transactions
      .flatMap(({ events }) => events)
      .filter(({ id }) => id > after)
      .slice(0, limit);
  }
  commit(transaction: NvaTransaction): void {
    const { fault } = this;
    this.fault = undefined;
    if (fault !== undefined) throw fault;
    this.transactions.push(transaction);
  }
}

export const orchestrator = { name: 'orchestrator', via: 'api' } as const;

export const web: VirtualNetwork = {
  name: 'web',
  vni: 10,
  service: 'l2',
  routeTargets: ['65000:10'],
  acl: [],
  flooding: { kind: 'ingress-replication' },
  encapsulations: ['vxlan'],
  unknownUnicast: 'flood',
  trust: 'nve',
};

export const nve = (n: number, more: Partial<Nve> = {}): Nve => ({
  name: `nve${n}`,
  tunnelAddress: `10.0.0.${n}`,
  kind: 'static',
  encapsulations: ['vxlan'],
  ...more,
});

export const mac = (n: number) => `02:00:00:00:00:${n.toString(16).padStart(2, '0')}`;

export function attach(n: number, at: number, more: object = {}): Change {
  const base = { network: 'web', id: `vm${n}`, nve: `nve${at}`, mac: mac(n), ips: [], prefixes: [] };
  const value = { ...base, sticky: false, role: 'tenant', state: 'associated', ...more } as const;
  return { op: 'put', kind: 'attachment', value };
}

export const put = (value: VirtualNetwork | Nve): Change =>
  'vni' in value ? { op: 'put', kind: 'virtual-network', value } : { op: 'put', kind: 'nve', value };

export interface NvaLab {
  readonly lab: Lab;
  readonly nva: Nva;
  readonly store: ListStore;
  readonly told: string[];
  /** Applies changes that must be right. */
  apply(...changes: readonly Change[]): void;
}

export async function nvaLab(
  options: Partial<NvaOptions> = {},
  store = new ListStore(),
  beyond?: Beyond,
): Promise<NvaLab> {
  const told: string[] = [];
  let lab: Lab | undefined;
  const nva = new Nva(
    { admission: 'declared', ...options },
    {
      now: () => lab?.clock.now() ?? 0,
      converged: () => true,
      ...(beyond !== undefined && { beyond }),
      handler: {
        applied: (events) => void told.push(...events.map(({ id }) => `event ${id}`)),
        conflict: ({ id }, isNew) => void told.push(`${isNew ? 'conflict' : 'settled'} ${id}`),
        unannounced: (network, at, reason) => void told.push(`unannounced ${network} ${at} ${reason}`),
      },
    },
  );
  lab = await Lab.listening({}, { admission: nva.admission, decided: nva.decided });
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  const refusals = nva.begin(lab.speaker, store, []);
  if (refusals.length > 0) throw new Error(refusals[0]?.reason);
  const settle = lab;
  return {
    lab,
    nva,
    store,
    told,
    apply: (...changes) => {
      const result = nva.apply(changes, orchestrator);
      if (!result.ok) throw new Error(result.refusals.map(({ reason }) => reason).join('; '));
      settle.settle();
    },
  };
}

/** Routes that a router was told since it was last asked, in order: `+` and `-` with what each is about. */
export function heard(router: Router): string[] {
  const about = (route: object) => {
    if ('mac' in route) return `${route.mac}${'ip' in route && route.ip !== undefined ? ` ${route.ip}` : ''}`;
    if ('prefix' in route) return String(route.prefix);
    return 'originator' in route ? `presence ${route.originator}` : 'other';
  };
  return router.take().flatMap((message) => {
    const octets = bytes(message);
    if (octets[18] !== 2) return [];
    const { mpReachNlri, mpUnreachNlri } = decodeUpdate(octets, defaultContext).update.attributes;
    return [
      ...(mpUnreachNlri?.nlri ?? []).map((route) => `- ${about(route)}`),
      ...(mpReachNlri?.nlri ?? []).map((route) => `+ ${about(route)}`),
    ];
  });
}
