/** Who is there and who announces what: the plain description that streams, expectations and the comparison come from. */

/** Index of a client, from 0. */
export type ClientIndex = number;

/** Routes with consecutive numbers that the same clients announce into the same virtual network. */
export interface Group {
  readonly first: number;
  readonly count: number;
  /** Number of the virtual network, from 0: of the route distinguisher, of the route target, of the VNI. */
  readonly network: number;
  /** All announce the same keys; the first has the lowest address and identifier, so its path is best. */
  readonly announcers: readonly ClientIndex[];
}

export interface Population {
  readonly clients: number;
  /** What the underlay speaks: sessions, next hops and hosts. */
  readonly ip: 4 | 6;
  /** EVPN route type. */
  readonly type: 2 | 5;
  readonly groups: readonly Group[];
  /** Networks that a client is in; absent when it wants everything. */
  readonly interest?: (client: ClientIndex) => readonly number[];
}

/** What is needed of a load where each sender announces `networks` × `macs` routes. */
export interface Shape {
  readonly clients: number;
  readonly networks: number;
  readonly macs: number;
  /** The first so many clients announce; default all. */
  readonly senders?: number;
  /** Clients that announce the same keys; default 1. */
  readonly paths?: number;
  readonly ip?: 4 | 6;
  readonly type?: 2 | 5;
}

export const routeCount = ({ groups }: Population): number =>
  groups.reduce((most, { first, count }) => Math.max(most, first + count), 0);

/** Every sender is in every network. */
export function everywhere(shape: Shape): Population {
  const { clients, networks, macs, senders = clients, paths = 1, ip = 4, type = 2 } = shape;
  const groups: Group[] = [];
  for (let sender = 0; sender < senders; sender += paths) {
    const announcers = Array.from({ length: Math.min(paths, senders - sender) }, (_, path) => sender + path);
    for (let network = 0; network < networks; network++) {
      groups.push({ first: groups.length * macs, count: macs, network, announcers });
    }
  }
  return { clients, ip, type, groups };
}

/** Spreads the members of a network over the clients; has no factor in common with the numbers of networks used. */
const STRIDE = 7;

/** Many virtual networks, of which each client is in a few: all have equally many members. */
export function scattered(shape: {
  readonly clients: number;
  readonly networks: number;
  readonly networksOfEach: number;
  readonly macs: number;
}): Population {
  const { clients, networks, networksOfEach, macs } = shape;
  const interest = (client: ClientIndex) =>
    Array.from({ length: networksOfEach }, (_, i) => ((client * networksOfEach + i) * STRIDE) % networks);
  const groups: Group[] = [];
  for (let client = 0; client < clients; client++) {
    for (const network of interest(client)) {
      groups.push({ first: groups.length * macs, count: macs, network, announcers: [client] });
    }
  }
  return { clients, ip: 4, type: 2, groups, interest };
}
