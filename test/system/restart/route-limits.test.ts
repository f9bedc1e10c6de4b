import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { announceMany, macRoutes } from '../support/many-routes.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';

const peer = '127.0.1.1';
const config = (maxRoutes: string) => `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves: [{ prefix: 127.0.1.0/24, maxRoutes: ${maxRoutes} }]
api: { listen: "127.0.0.1:8080" }
`;

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('a route limit', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  beforeEach(() => {
    bench = new Bench();
    net = bench.namespace('lo');
  });
  afterEach(() => bench.clear());

  const connect = () => bench.client(net, { localAddress: peer });
  const establish = () => connect().establish({ asn: 65000, id: peer });
  const routes = (count: number) => announceMany(macRoutes(0, count), { nextHop: peer });
  /** RFC 4486 §4: AFI, SAFI and the upper bound. */
  const tooMany = (limit: number) => `0601001946${limit.toString(16).padStart(8, '0')}`;

  it('warns on the way, keeps who had too many down, and lets it come back when it is reset', async () => {
    nvad = await bench.nvad(net, config('{ limit: 100, warning: 50, restart: never }')).up();
    const client = await establish();
    client.send(routes(60));
    await nvad.logged(/^127\.0\.1\.1 has \d+ routes, more than the \d+ that maxRoutes warns above/);
    expect((await nvad.http('/metrics')).text).toContain(`nvad_peer_near_route_limit{peer="${peer}"} 1\n`);
    client.send(routes(101));
    expect(await client.notification()).toBe(tooMany(100));
    await nvad.logged(/^127\.0\.1\.1 is kept down until it is reset \(nvactl reset 127\.0\.1\.1\)$/);
    expect(await connect().notification()).toBe('0605');
    const shown = (await nvad.ctl('show', 'peer', peer)).stdout;
    const line = 'route limit +100 routes, warning above 50, exceeded 1 time, kept down until it is reset';
    expect(shown).toMatch(new RegExp(`^${line}$`, 'm'));
    const from = nvad.logs.length;
    expect((await nvad.ctl('reset', peer)).code).toBe(0);
    const again = await establish();
    again.send(routes(60));
    await nvad.logged(/that maxRoutes warns above/, { from });
  });

  it('keeps it down for a while, and no longer than until it may have more', async () => {
    nvad = await bench.nvad(net, config('{ limit: 10, restart: 1 }')).up();
    (await establish()).send(routes(11));
    await nvad.logged(/^127\.0\.1\.1 is kept down for 1 s$/);
    await nvad.logged(/^127\.0\.1\.1 may come back$/);
    nvad.configure(config('{ limit: 10, restart: 3600 }'));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration reloaded$/);
    const client = await establish();
    client.send(routes(11));
    expect(await client.notification()).toBe(tooMany(10));
    expect(await connect().notification()).toBe('0605');
    const from = nvad.logs.length;
    nvad.configure(config('20'));
    nvad.signal('SIGHUP');
    await nvad.logged(/may come back$/, { from });
    (await establish()).send(routes(11));
  });
});
