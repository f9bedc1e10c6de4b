import { isDeepStrictEqual } from 'node:util';
import type { Admission, MacMobility } from '../nva/admission.ts';
import type { Nve, VirtualNetwork } from '../nva/model.ts';
import type { Config, NveProtocolConfig } from './config.ts';
import { declaredNves } from './members.ts';

/** What becomes another for the authority over virtual networks. Networks and NVEs are the same while their name is. */
export type AuthorityChange =
  | { readonly kind: 'network-added'; readonly network: VirtualNetwork }
  | { readonly kind: 'network-removed'; readonly network: VirtualNetwork }
  | {
      readonly kind: 'network-changed';
      readonly before: VirtualNetwork;
      readonly network: VirtualNetwork;
      readonly fields: readonly (keyof VirtualNetwork)[];
    }
  | { readonly kind: 'nve-added'; readonly nve: Nve }
  | { readonly kind: 'nve-removed'; readonly nve: Nve }
  | {
      readonly kind: 'nve-changed';
      readonly before: Nve;
      readonly nve: Nve;
      readonly fields: readonly (keyof Nve)[];
    }
  | { readonly kind: 'admission'; readonly admission: Admission }
  | { readonly kind: 'mac-mobility'; readonly macMobility: MacMobility }
  /** Absent `before`: not listened for until now; absent `now`: no longer. */
  | { readonly kind: 'nve-protocol'; readonly before?: NveProtocolConfig; readonly now?: NveProtocolConfig };

/**
 * Removals come first, so that a VNI or a tunnel address can go from one to another. All of them together are right, where
 * one by one they may not be: a network can go in the same file in which another no longer names it as its `l3`.
 */
export function authorityChanges(before: Config, after: Config): AuthorityChange[] {
  const networks = compare(before.authority?.networks ?? [], after.authority?.networks ?? []);
  const nves = compare(nvesOf(before), nvesOf(after));
  return [
    ...nves.removed.map((nve) => ({ kind: 'nve-removed', nve }) as const),
    ...networks.removed.map((network) => ({ kind: 'network-removed', network }) as const),
    ...networks.changed.map(({ before, now, fields }) => ({
      kind: 'network-changed' as const,
      before,
      network: now,
      fields,
    })),
    ...nves.changed.map(({ before, now, fields }) => ({ kind: 'nve-changed' as const, before, nve: now, fields })),
    ...networks.added.map((network) => ({ kind: 'network-added', network }) as const),
    ...nves.added.map((nve) => ({ kind: 'nve-added', nve }) as const),
    ...settings(before, after),
  ];
}

function settings({ authority: old }: Config, { authority: now }: Config): AuthorityChange[] {
  const changes: AuthorityChange[] = [];
  if (now === undefined) return changes;
  const { admission, macMobility } = now;
  if (admission !== old?.admission) changes.push({ kind: 'admission', admission });
  if (!isDeepStrictEqual(macMobility, old?.macMobility)) changes.push({ kind: 'mac-mobility', macMobility });
  if (!isDeepStrictEqual(now.nveProtocol, old?.nveProtocol)) {
    changes.push({
      kind: 'nve-protocol',
      ...(old?.nveProtocol !== undefined && { before: old.nveProtocol }),
      ...(now.nveProtocol !== undefined && { now: now.nveProtocol }),
    });
  }
  return changes;
}

function nvesOf(config: Config): Nve[] {
  return declaredNves(config).map(({ nve }) => nve);
}

interface Compared<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly changed: readonly { readonly before: T; readonly now: T; readonly fields: readonly (keyof T)[] }[];
}

function compare<T extends { readonly name: string }>(before: readonly T[], after: readonly T[]): Compared<T> {
  const old = new Map(before.map((one) => [one.name, one]));
  const names = new Set(after.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !old.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.flatMap((now) => {
      const previous = old.get(now.name);
      if (previous === undefined) return [];
      const fields = fieldsThatDiffer(previous, now);
      return fields.length === 0 ? [] : [{ before: previous, now, fields }];
    }),
  };
}

function fieldsThatDiffer<T extends object>(before: T, now: T): (keyof T)[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(now)] as (keyof T)[]);
  return [...keys].filter((key) => !isDeepStrictEqual(before[key], now[key]));
}
