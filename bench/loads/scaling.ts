/** What doubling does: clients with the same routes, and routes with the same clients. */
import type { Load } from '../model/load.ts';
import { everywhere } from '../model/population.ts';
import { type Size, thousands } from './size.ts';

const SENDERS = 20;
/** In all; the senders have equal parts of them. */
const ROUTES_FOR_CLIENTS = 100_000;
const clientCounts = [125, 250, 500, 1000] as const;
const routeCounts = [125_000, 250_000, 500_000, 1_000_000, 2_000_000] as const;
const NETWORKS = 10;
const NETWORKS_FOR_MANY = 50;
const QUICK = 25;

export const scaling: readonly ((size: Size) => Load)[] = [
  ...clientCounts.map((count) => (size: Size): Load => {
    const [clients, routes] = size === 'full' ? [count, ROUTES_FOR_CLIENTS] : [count / 5, ROUTES_FOR_CLIENTS / QUICK];
    return {
      name: `clients-${count}`,
      title: `${thousands(clients)} clients, ${SENDERS} send ${thousands(routes)} routes`,
      population: everywhere({ clients, networks: NETWORKS, macs: routes / SENDERS / NETWORKS, senders: SENDERS }),
      steps: [{ kind: 'announce' }],
      shown: ['announce'],
    };
  }),
  ...routeCounts.map((count) => (size: Size): Load => {
    const routes = size === 'full' ? count : count / QUICK;
    return {
      name: `routes-${count / 1000}k`,
      title: `${SENDERS} clients, ${thousands(routes)} routes`,
      population: everywhere({
        clients: SENDERS,
        networks: NETWORKS_FOR_MANY,
        macs: routes / SENDERS / NETWORKS_FOR_MANY,
      }),
      steps: [{ kind: 'announce' }],
      shown: ['announce'],
    };
  }),
];

/** Names of the loads of one series, by what grows in it. */
export const series: Readonly<Record<'clients' | 'routes', readonly string[]>> = {
  clients: clientCounts.map((count) => `clients-${count}`),
  routes: routeCounts.map((count) => `routes-${count / 1000}k`),
};
