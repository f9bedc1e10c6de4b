/** Loads in which something else happens than announcing and withdrawing everything. */
import type { Load } from '../model/load.ts';
import { everywhere, type Group, type Population, scattered } from '../model/population.ts';
import { type Size, type Sized, thousands } from './size.ts';

type Unnamed = Omit<Load, 'name'>;

/** Many small virtual networks: everybody must get the routes of those that he is in. */
export function smallNetworks(size: Size): Unnamed {
  const shapes: Sized<Parameters<typeof scattered>[0]> = {
    full: { clients: 200, networks: 2000, networksOfEach: 30, macs: 100 },
    quick: { clients: 50, networks: 250, networksOfEach: 15, macs: 40 },
  };
  const { clients, networks, networksOfEach } = shapes[size];
  return {
    title: `${thousands(networks)} networks, ${clients} clients in ${networksOfEach} each`,
    population: scattered(shapes[size]),
    steps: [{ kind: 'announce' }, { kind: 'withdraw' }],
    shown: ['announce', 'withdraw'],
  };
}

/** The same, and nobody says which he is in. */
export function silentNetworks(size: Size): Unnamed {
  const load = smallNetworks(size);
  return { ...load, title: `${load.title}, without RT-Constrain`, silent: true };
}

/** Changes while much is standing: how long each takes to reach everybody. */
export function churn(size: Size): Unnamed {
  const rate = 2000;
  const [clients, macs, duration] = size === 'full' ? [50, 200, 60] : [10, 20, 3];
  const population = everywhere({ clients, networks: 10, macs });
  return {
    title: `${thousands(clients * macs * 10)} routes standing, ${thousands(rate)} changes a second`,
    population,
    steps: [{ kind: 'announce' }, { kind: 'churn', rate, changes: rate * duration }],
    shown: ['churn'],
  };
}

/** The clock runs from the first connection. */
export function cold(size: Size): Unnamed {
  const clients = size === 'full' ? 500 : 50;
  return {
    title: `cold start: ${clients} clients × 100 routes connect at once`,
    population: everywhere({ clients, networks: 10, macs: 10 }),
    steps: [{ kind: 'announce', cold: true }],
    shown: ['announce'],
  };
}

/** The others must not notice one that hardly reads. */
export function slowReader(size: Size): Unnamed {
  const clients = size === 'full' ? 100 : 30;
  return {
    title: `${clients} clients × 1,000 routes, one reads 10 KB/s: the others`,
    population: everywhere({ clients, networks: 10, macs: 100 }),
    slow: { client: clients - 1, rate: 10_240 },
    steps: [{ kind: 'announce' }, { kind: 'catch-up' }],
    shown: ['announce'],
  };
}

export function refresh(size: Size): Unnamed {
  const [clients, macs] = size === 'full' ? [100, 100] : [30, 30];
  return {
    title: `${clients} clients ask for ${thousands(clients * macs * 10)} routes again`,
    population: everywhere({ clients, networks: 10, macs }),
    steps: [{ kind: 'announce' }, { kind: 'refresh' }],
    shown: ['refresh'],
  };
}

/** One client has nearly everything, and goes. */
export function leaving(size: Size): Unnamed {
  const routes = size === 'full' ? 50_000 : 5_000;
  return {
    title: `one of 20 clients goes away, with ${thousands(routes)} routes`,
    population: uneven(20, routes, 1000),
    steps: [{ kind: 'announce' }, { kind: 'leave', client: 0 }],
    shown: ['leave'],
  };
}

/** The first client has `most` routes, the others `few` each, in ten networks. */
function uneven(clients: number, most: number, few: number): Population {
  const networks = 10;
  const groups: Group[] = [];
  let first = 0;
  for (let client = 0; client < clients; client++) {
    const count = (client === 0 ? most : few) / networks;
    for (let network = 0; network < networks; network++) {
      groups.push({ first, count, network, announcers: [client] });
      first += count;
    }
  }
  return { clients, ip: 4, type: 2, groups };
}
