import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex, u32 } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, type OpenOptions } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';

const Code = { asPath: 2, multiExitDisc: 4, localPref: 5 } as const;
const Role = { routeServer: 1, routeServerClient: 2 } as const;
const nva = '10.0.0.1';
const far = (last: number) => `10.2.0.${last}`;

const config = `
domain: dc1
asn: 65000
routerId: ${nva}
listen: ["${nva}:179"]
nves:
  - { prefix: ${far(0)}/29, asn: 65001, role: route-server }
  - { address: ${far(12)}, asn: 65002, passive: true, role: route-server, strictRole: true }
  - { address: ${far(13)}, asn: 65003, passive: true, role: peer }
  - { address: ${far(14)}, passive: true }
api: { listen: "127.0.0.1:8080" }
`;

/** nvad, two routers in a row, and behind them all its neighbours. */
describe.runIf(isRoot)('a route server (RFC 7947) three hops away', () => {
  const bench = new Bench();
  let behind: Namespace;
  let nvad: Nvad;
  let one: BgpClient;
  let two: BgpClient;
  let peer: BgpClient;
  let inside: BgpClient;

  const join = (last: number, asn: number, role?: number) => {
    const options: OpenOptions = {
      asn,
      id: far(last),
      capabilities: [[1, 4, 0, 25, 0, 70], [65, 4, ...u32(asn)], ...(role === undefined ? [] : [[9, 1, role]])],
    };
    return bench.client(behind, { localAddress: far(last), host: nva }).establish(options);
  };
  const route = (host: number) => macIp({ rd: rd('10.9.0.1', 1), mac: macOf(host) });
  const path = (...asns: number[]) => hex([2, asns.length, ...asns.flatMap(u32)]);

  beforeAll(async () => {
    const server = bench.namespace('rs');
    const routers = [bench.namespace('r1'), bench.namespace('r2')] as const;
    behind = bench.namespace('far');
    server.link('wire', routers[0], 'near');
    routers[0].link('far', routers[1], 'near');
    routers[1].link('far', behind, 'wire');
    const add = (namespace: Namespace, text: string, device: string) =>
      namespace.ip('address', 'add', `${text}/24`, 'dev', device);
    add(server, nva, 'wire');
    add(routers[0], '10.0.0.254', 'near');
    add(routers[0], '10.1.0.1', 'far');
    add(routers[1], '10.1.0.2', 'near');
    add(routers[1], '10.2.0.254', 'far');
    for (const last of [1, 12, 13, 14]) add(behind, far(last), 'wire');
    server.ip('route', 'add', 'default', 'via', '10.0.0.254');
    routers[0].ip('route', 'add', '10.2.0.0/24', 'via', '10.1.0.2');
    routers[1].ip('route', 'add', '10.0.0.0/24', 'via', '10.1.0.1');
    behind.ip('route', 'add', 'default', 'via', '10.2.0.254');
    for (const router of routers) expect(await router.succeeds('sysctl', '-q', 'net.ipv4.ip_forward=1')).toBe(true);
    nvad = await bench.nvad(server, config).up();
    one = await join(1, 65001);
    two = await join(12, 65002, Role.routeServerClient);
    peer = await join(13, 65003);
    inside = await join(14, 65000);
  });
  afterAll(() => bench.clear());

  it('passes AS_PATH, MED and next hop of one client to the other as they came', async () => {
    const nextHop = '10.2.0.101';
    const more = [[0x80, Code.multiExitDisc, u32(7)]] as const;
    one.send(announce([route(1)], { nextHop, localPref: null, asPath: [65001, 64999], more }));
    const { nextHop: hop, attributes } = await two.route(route(1));
    expect(hop).toBe(hex(address(nextHop)));
    expect(attributes.get(Code.asPath)?.value).toBe(path(65001, 64999));
    expect(attributes.get(Code.multiExitDisc)?.value).toBe(hex(u32(7)));
    expect(attributes.get(Code.localPref)).toBeUndefined();
  });

  it('is none to a neighbour of another role: it has our AS first, and no MED', async () => {
    const { nextHop: hop, attributes } = await peer.route(route(1));
    expect(hop).toBe(hex(address('10.2.0.101')));
    expect(attributes.get(Code.asPath)?.value).toBe(path(65000, 65001, 64999));
    expect(attributes.get(Code.multiExitDisc)).toBeUndefined();
  });

  it('names its AS before what begins in it', async () => {
    inside.send(announce([route(2)], { nextHop: far(14) }));
    for (const client of [one, two]) {
      const { nextHop: hop, attributes } = await client.route(route(2));
      expect(hop).toBe(hex(address(far(14))));
      expect(attributes.get(Code.asPath)?.value).toBe(path(65000));
    }
  });

  it('takes a path that does not begin with the AS of who announced it (RFC 4271 §6.3 leaves the check open)', async () => {
    two.send(announce([route(3)], { nextHop: far(12), localPref: null, asPath: [64998, 65002] }));
    const { attributes } = await one.route(route(3));
    expect(attributes.get(Code.asPath)?.value).toBe(path(64998, 65002));
    expect(await nvad.get('/v1/peers/10.2.0.12')).toMatchObject({ state: 'Established' });
  });
});
