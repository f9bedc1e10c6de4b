import type { ConfigErrorCode, ConfigPath, Finding } from './error.ts';

interface Refusal {
  /** Keys from the root; `*` is any list index. */
  readonly path: readonly string[];
  /** Refused only where the map that holds the key is like this; always when absent. */
  readonly when?: (holder: { readonly kind?: unknown }) => boolean;
  readonly code: ConfigErrorCode;
  readonly reason: string;
  readonly suggestion?: string;
}

/** Keys that exist in the contract, or that one may expect, and why they are refused. */
export const refusals: readonly Refusal[] = [
  {
    path: ['store', 'kind'],
    when: (store) => store.kind === 'etcd',
    code: 'not-implemented',
    reason: 'store.kind etcd is not implemented yet in this release',
    suggestion: 'use memory or sqlite',
  },
  {
    path: ['store', 'path'],
    when: (store) => store.kind === 'memory',
    code: 'contradiction',
    reason: 'store.path names a file, but kind: memory keeps none',
    suggestion: 'use kind: sqlite, or leave path out',
  },
  {
    path: ['nvas', '*', 'asn'],
    code: 'contradiction',
    reason: 'a replica has the AS number of its domain',
    suggestion: 'leave asn out',
  },
  {
    path: ['nvas', '*', 'prefix'],
    code: 'contradiction',
    reason: 'replicas are named one by one',
    suggestion: 'use address instead of prefix',
  },
  {
    path: ['trust'],
    code: 'contradiction',
    reason: 'trust is said of each virtual network, and a plain reflector believes whatever its NVEs announce',
    suggestion: 'make it a key of the entries of virtualNetworks',
  },
  ...['interest', 'interestLost'].map(
    (key): Refusal => ({
      path: ['nvas', '*', key],
      code: 'contradiction',
      reason: 'a replica is to know every route, as nvad does',
      suggestion: `leave ${key} out`,
    }),
  ),
];

/** Takes the refused keys out of the data, so that nothing else is said about them, and names each. */
export function takeRefused(data: unknown): Finding[] {
  const findings: Finding[] = [];
  for (const { path, when, code, reason, suggestion } of refusals) {
    for (const { holder, at } of holdersOf(data, path)) {
      if (when !== undefined && !when(holder)) continue;
      delete holder[at.at(-1) as string];
      findings.push({ code, path: at, atKey: true, reason, ...(suggestion === undefined ? {} : { suggestion }) });
    }
  }
  return findings;
}

/** Whether a key is never accepted, whatever stands beside it; list indices may be numbers. */
export function isAlwaysRefused(path: ConfigPath): boolean {
  return refusals.some(
    (refusal) =>
      refusal.when === undefined &&
      refusal.path.length === path.length &&
      refusal.path.every((part, i) => part === path[i] || (part === '*' && typeof path[i] === 'number')),
  );
}

interface Held {
  readonly holder: Record<string, unknown>;
  readonly at: ConfigPath;
}

function holdersOf(data: unknown, path: readonly string[], at: ConfigPath = []): Held[] {
  const [key, ...rest] = path;
  if (key === undefined || typeof data !== 'object' || data === null) return [];
  if (key === '*') {
    return Array.isArray(data) ? data.flatMap((item, i) => holdersOf(item, rest, [...at, i])) : [];
  }
  if (Array.isArray(data) || !Object.hasOwn(data, key)) return [];
  const holder = data as Record<string, unknown>;
  return rest.length === 0 ? [{ holder, at: [...at, key] }] : holdersOf(holder[key], rest, [...at, key]);
}
