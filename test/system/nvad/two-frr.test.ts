import { describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { hasFrr } from '../support/frr.ts';
import { isRoot } from '../support/namespace.ts';
import { addresses, TwoNves } from '../support/two-nves.ts';
import { reflector } from '../support/underlay.ts';

/** What is promised: milliseconds from nvad's start to the first ping. */
const PROMISED = 10_000;

const config = (store: string) => `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
store: ${store}
`;

/** Two FRR routers in their own network: needs root and FRR, and is skipped without. */
describe.runIf(isRoot && hasFrr)('two FRR routers that somebody else configured, and one nvad', () => {
  const cases = [
    { store: 'memory', first: 'nvad' },
    { store: 'memory', first: 'FRR' },
    { store: 'sqlite', first: 'nvad' },
    { store: 'sqlite', first: 'FRR' },
  ] as const;

  it.concurrent.for(cases)(
    'ping each other within 10 s: store $store, $first started first',
    async ({ store, first }, { onTestFinished }) => {
      const bench = new Bench();
      onTestFinished(() => bench.clear());
      const overlay = new TwoNves(bench);
      const file = config(store === 'memory' ? '{ kind: memory }' : `{ kind: sqlite, path: ${bench.folder}/state.db }`);
      const start = () => bench.nvad(overlay.nva, file);
      const measured = { start: 0, restart: 0, absence: 0 };

      if (first === 'FRR') {
        overlay.startRouters();
        // Both dialled, were refused, and will not dial again for two minutes.
        await overlay.inState('Active', 20_000);
      }
      let nvad = start();
      if (first === 'nvad') {
        await nvad.up();
        overlay.startRouters();
      }
      const since = first === 'FRR' ? nvad.startedAt : overlay.routers[0]!.startedAt;
      measured.start = await overlay.reachable(since, PROMISED);
      await overlay.inState('Established', 2000);

      const shown = await overlay.routers[1]!.show(`show bgp l2vpn evpn route rd ${addresses[0]}:2`);
      expect(shown).toMatch(/ \[3\]:\[0\]:\[32\]:\[10\.0\.0\.11\]/);
      expect(shown).toMatch(/PMSI Tunnel Type: Ingress Replication, label: 100/);
      const paths = shown.match(/^ {4}\S+ from .*$/gm)?.map((line) => line.trim());
      expect(new Set(paths)).toEqual(new Set([`${addresses[0]} from ${reflector} (${addresses[0]})`]));
      const reflected = shown.match(/Originator: .*$/gm)?.map((line) => line.trim());
      expect(new Set(reflected)).toEqual(new Set([`Originator: ${addresses[0]}, Cluster list: ${reflector}`]));

      // Killed, and back before anybody has noticed much: the sessions have to be new ones, made by the new process.
      await nvad.kill();
      nvad = start();
      for (const address of addresses) await nvad.logged(new RegExp(`session with ${address} established`));
      measured.restart = await overlay.reachable(nvad.startedAt, PROMISED);

      // Killed, and away until both routers have noticed, dialled in vain and forgotten what they knew.
      await nvad.kill();
      await overlay.inState('Active', 20_000);
      expect(await overlay.ping()).toBe(false);
      // What is left of them then is the sessions of before, in the kernel's table of connections.
      if (first === 'FRR') overlay.nva.ip('neigh', 'flush', 'all');
      nvad = start();
      await nvad.logged(
        store === 'sqlite' ? /^dialling 2 NVEs known from before$/ : /^asking 2 neighbours of this machine/,
      );
      measured.absence = await overlay.reachable(nvad.startedAt, PROMISED);

      for (const milliseconds of Object.values(measured)) expect(milliseconds).toBeLessThan(PROMISED);
      const { peers } = await nvad.get<{ peers: { address: string }[] }>('/v1/peers');
      expect(peers.map(({ address }) => address).sort()).toEqual([...addresses]);
      const rounded = Object.entries(measured).map(([what, value]) => `${what} ${Math.round(value)} ms`);
      process.stdout.write(`store ${store}, ${first} first: ${rounded.join(', ')}\n`);
    },
  );
});
