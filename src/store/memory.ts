import type { KnownNve, Store } from './store.ts';

/** Forgets everything when the process ends. */
export function memoryStore(): Store {
  const nves = new Map<string, KnownNve>();
  return {
    knownNves: (limit) => [...nves.values()].sort((a, b) => b.seen - a.seen).slice(0, limit),
    rememberNve: (nve) => {
      nves.set(nve.address, nve);
    },
    forgetNve: (address) => {
      nves.delete(address);
    },
    close() {},
  };
}
