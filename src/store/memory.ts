import type { KeptMaintenance } from '../federation/maintenance.ts';
import type { PolicyVersion } from '../federation/policy/history.ts';
import { memoryNvaStore } from './nva-memory.ts';
import type { KnownNve, Store } from './store.ts';

/** Forgets everything when the process ends. */
export function memoryStore(): Store {
  const nves = new Map<string, KnownNve>();
  const sessions = new Set<string>();
  const policies = new Map<string, readonly PolicyVersion[]>();
  const maintenance = new Map<string, KeptMaintenance>();
  let last: number | undefined;
  return {
    nva: memoryNvaStore(),
    policies: {
      load: (domain) => policies.get(domain) ?? [],
      save: (domain, versions) => {
        policies.set(domain, versions);
      },
    },
    maintenance: {
      load: (domain) => maintenance.get(domain),
      save: (domain, kept) => {
        if (kept === undefined) maintenance.delete(domain);
        else maintenance.set(domain, { ...kept, since: Math.floor(kept.since) });
      },
    },
    knownNves: (limit) => [...nves.values()].sort((a, b) => b.seen - a.seen).slice(0, limit),
    rememberNve: ({ address, seen }) => {
      nves.set(address, { address, seen: Math.floor(seen) });
    },
    forgetNve: (address) => {
      nves.delete(address);
    },
    sessionsUp: () => [...sessions],
    sessionUp: (address) => {
      sessions.add(address);
    },
    sessionDown: (address) => {
      sessions.delete(address);
    },
    lastAlive: () => last,
    alive: (at) => {
      last = Math.floor(at);
    },
    close() {},
  };
}
