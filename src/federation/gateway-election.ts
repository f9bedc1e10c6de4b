/**
 * Which gateway serves which shared network, where a list of gateways is configured for several of them.
 *
 * The algorithm. Every replica computes it from the names of the networks, the addresses of the gateways and who of them
 * is alive, and from nothing that happened before, so that all come to the same.
 *
 * 1. A network weighs each gateway by a hash of both names, and prefers the one that weighs most (highest random weight,
 *    as in RFC 8584 §3, here with a limit: step 2).
 * 2. The networks choose in turn, in the order of a hash of their names. With N networks and G gateways a gateway takes
 *    N / G of them, rounded down, and the first N mod G gateways that are asked for more take one more. A network gets of
 *    those that take one more the one that it prefers: its *home*. All gateways count here, dead or alive.
 * 3. Networks whose home is alive stay there. The others choose likewise among those alive, which take as many as makes
 *    them even.
 *
 * What that guarantees: the numbers of networks of any two gateways alive differ by one at most, whoever is dead. When one
 * gateway dies, its networks move and no others; when it is back, they come back and no others move. While it is dead,
 * the death or return of a second one moves the networks that it serves, and may move those whose home is dead, never one
 * whose home is alive: to be even without a memory leaves no more to promise. A network that is shared, or no longer shared,
 * moves a few others.
 *
 * Networks that have other lists of gateways are elected by themselves: what is even is each list.
 */

/**
 * The gateway of each network; empty when none is alive.
 *
 * @param networks names of all networks that have this list of gateways, in any order.
 * @param gateways addresses in canonical text, in any order.
 */
export function electGateways(
  networks: readonly string[],
  gateways: readonly string[],
  isAlive: (gateway: string) => boolean,
): ReadonlyMap<string, string> {
  const all = [...new Set(gateways)].sort();
  const alive = new Set(all.filter(isAlive));
  if (alive.size === 0) return new Map();
  const inTurn = [...new Set(networks)].map((name) => ({ name, turn: hash(name) })).sort(byTurn);
  const homes = spread(
    inTurn.map(({ name }) => name),
    all,
    new Map(),
  );
  const elected = new Map([...homes].filter(([, home]) => alive.has(home)));
  const homeless = [...homes.keys()].filter((name) => !elected.has(name));
  return spread(homeless, [...alive], elected);
}

/** Adds to `elected` the networks of `inTurn`, so that in the end the gateways have even numbers. */
function spread(
  inTurn: readonly string[],
  gateways: readonly string[],
  elected: Map<string, string>,
): Map<string, string> {
  const loads = new Map(gateways.map((gateway) => [gateway, 0]));
  for (const gateway of elected.values()) loads.set(gateway, loads.get(gateway)! + 1);
  const total = elected.size + inTurn.length;
  const share = Math.floor(total / gateways.length);
  // Where a gateway has its one more already, all of the others have their share, and what is left is one more for each.
  let oneMore = total % gateways.length;
  for (const network of inTurn) {
    const most = oneMore > 0 ? share : share - 1;
    const gateway = preferred(
      network,
      gateways.filter((candidate) => loads.get(candidate)! <= most),
    );
    const load = loads.get(gateway)!;
    if (load === share) oneMore--;
    loads.set(gateway, load + 1);
    elected.set(network, gateway);
  }
  return elected;
}

/** Of equal weights, the first: gateways are in order. There is at least one. */
function preferred(network: string, gateways: readonly string[]): string {
  const weights = gateways.map((gateway) => hash(`${gateway} ${network}`));
  return gateways[weights.indexOf(Math.max(...weights))];
}

function byTurn(a: { name: string; turn: number }, b: { name: string; turn: number }): number {
  return a.turn - b.turn || (a.name < b.name ? -1 : 1);
}

/** FNV-1a over UTF-16 units, and a finish that spreads the last of them over all 32 bits. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
