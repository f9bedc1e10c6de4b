/**
 * How long a pull of the NVE protocol takes at a steady rate: `node bench/nve-protocol/main.ts [RATE [CLIENTS [SECONDS]]]`. The
 * NVA is a process of its own with 100,000 mappings; the clients share this one, so that what is measured includes their
 * own waiting. A question's time counts from when it was due, not from when it was sent.
 */
import { fork } from 'node:child_process';
import process from 'node:process';
import type { NveAuthority } from '../../src/nva/authority.ts';
import type { HostMapping, MappingTable } from '../../src/nva/mapping.ts';
import type { VirtualNetwork } from '../../src/nva/model.ts';
import { NodeTransport, NveClient, systemClock } from '../../src/nve-protocol/client/index.ts';
import { NveServer } from '../../src/nve-protocol/server/server.ts';

const HOSTS = 100_000;
const ipOf = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;

async function nva(): Promise<void> {
  const hosts = new Map<string, HostMapping>();
  for (let i = 0; i < HOSTS; i++) {
    const hex = i.toString(16).padStart(6, '0');
    const mac = `02:00:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
    const common = { kind: 'host', nve: '192.0.2.1', encapsulation: 'vxlan', vni: 100 } as const;
    hosts.set(ipOf(i), { ...common, mac, ip: ipOf(i), sequence: 0, sticky: false });
  }
  const table: MappingTable = {
    version: 0,
    snapshot: () => hosts.values(),
    changesSince: (version) => ({ changes: [], version }),
    find: (address) => hosts.get(address),
  };
  const network: VirtualNetwork = {
    name: 'web',
    vni: 100,
    service: 'l2',
    routeTargets: [],
    acl: [],
    flooding: { kind: 'ingress-replication' },
    encapsulations: ['vxlan'],
    unknownUnicast: 'flood',
    trust: 'nve',
  };
  const authority: NveAuthority = {
    epoch: 'bench',
    converged: true,
    hello: (identity) => ({ ok: true, nve: { ...identity, kind: 'agent' } }),
    goodbye: () => {},
    network: () => network,
    attachment: () => undefined,
    apply: () => ({ ok: true, outcomes: [] }),
    mappings: () => table,
    watch: () => () => {},
  };
  const server = new NveServer({}, { authority, clock: systemClock, log: () => {} });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  process.send?.(port);
  process.on('disconnect', () => process.exit());
}

async function measure(rate: number, count: number, seconds: number): Promise<void> {
  const child = fork(import.meta.filename, ['nva']);
  const port = await new Promise<number>((resolve) => child.once('message', (message) => resolve(Number(message))));
  const clients = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const identity = {
        name: `nve${index}`,
        tunnelAddress: `192.0.2.${index + 2}`,
        encapsulations: ['vxlan'],
      } as const;
      const client = new NveClient(
        { identity, nvas: [{ host: '127.0.0.1', port }] },
        { transport: new NodeTransport(), clock: systemClock },
      );
      client.join('web', 'pull');
      client.start();
      await client.resolve('web', ipOf(HOSTS - 1 - index));
      return client;
    }),
  );
  const total = rate * seconds;
  const times = new Float64Array(total);
  let sent = 0;
  let answered = 0;
  let missed = 0;
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    const pump = () => {
      const now = performance.now();
      const due = Math.min(total, Math.floor(((now - begin) * rate) / 1000));
      for (; sent < due; sent++) {
        const at = begin + (sent * 1000) / rate;
        const index = sent;
        // Each client asks for each address once, so that none is answered from what it keeps.
        const client = clients[index % count];
        client?.resolve('web', ipOf(Math.floor(index / count) % (HOSTS - count))).then(({ status }) => {
          times[index] = performance.now() - at;
          if (status !== 'found') missed++;
          if (++answered === total) resolve();
        });
      }
      if (sent < total) setImmediate(pump);
    };
    pump();
  });
  const elapsed = (performance.now() - begin) / 1000;
  times.sort();
  const at = (share: number) => `${(times[Math.floor(total * share)] ?? 0).toFixed(2)} ms`;
  const speed = Math.round(total / elapsed).toLocaleString('en');
  console.log(`${count} clients, ${speed} pulls/s for ${elapsed.toFixed(1)} s, ${missed} not found`);
  console.log(`median ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, longest ${at(1 - 1 / total)}`);
  for (const client of clients) client.stop();
  child.disconnect();
}

const [first, ...rest] = process.argv.slice(2);
if (first === 'nva') await nva();
else await measure(Number(first ?? 10_000), Number(rest[0] ?? 4), Number(rest[1] ?? 10));
