import { chmodSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { Frr, hasFrr } from '../support/frr.ts';
import { announce } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { ProtectedSocket } from '../support/protected-socket.ts';
import { until } from '../support/until.ts';
import type { PeerView } from './underlay.ts';

const families = [
  {
    family: 'IPv4',
    host: '127.0.0.1',
    near: '127.0.1.1',
    other: '127.0.1.2',
    prefix: '127.0.2.0/24',
    far: '127.0.2.9',
  },
  { family: 'IPv6', host: '::1', near: 'fd00::1', other: 'fd00::2', prefix: 'fd00:2::/64', far: 'fd00:2::9' },
] as const;

interface Passwords {
  readonly near?: string;
  readonly prefix?: string;
}

/** nvad without privileges: nothing of this needs any. */
const config = ({ near, other, prefix }: (typeof families)[number], passwords: Passwords) => {
  const password = (key: string | undefined) => (key === undefined ? '' : `, password: "${key}"`);
  return [
    'domain: dc1',
    'asn: 65000',
    'routerId: 10.255.0.1',
    'listen: ["[::]:179"]',
    'nves:',
    `  - { address: "${near}", passive: true${password(passwords.near)} }`,
    `  - { address: "${other}", passive: true }`,
    `  - { prefix: "${prefix}"${password(passwords.prefix)} }`,
    'api: { listen: "127.0.0.1:8080" }',
    'user: nobody',
    '',
  ].join('\n');
};

interface Counters {
  readonly counters: { readonly sessions: number };
  readonly since: string;
}

describe.runIf(isRoot).each(families)('a change of password over $family', (family) => {
  const { host, near, other, far } = family;
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  let watcher: BgpClient;

  const start = async (passwords: Passwords) => {
    nvad = await bench.nvad(net, config(family, passwords)).up();
    watcher = bench.client(net, { localAddress: other });
    await watcher.establish({ asn: 65000, id: '10.0.0.2' });
  };
  const join = async (localAddress: string, key: string | undefined) => {
    const secured = new ProtectedSocket({ host, port: 179, localAddress, ...(key !== undefined && { key }) }, net);
    const client = bench.client(net, { localAddress, socket: secured.socket });
    await client.establish({ asn: 65000, id: '10.0.0.1', holdTime: 240 });
    return { client, secured };
  };
  const reload = async (passwords: Passwords) => {
    const from = nvad.logs.length;
    nvad.configure(config(family, passwords));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration reloaded$/, { from });
    return nvad.logs.slice(from).map(({ msg }) => msg);
  };
  /** A route of `client` arrives at the other neighbour, and one of that at `client`. */
  const flows = async (client: BgpClient, number: number) => {
    const there = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(number) });
    const back = macIp({ rd: rd('10.0.0.12', 2), mac: macOf(number) });
    client.send(announce([there], { nextHop: '10.0.0.11' }));
    watcher.send(announce([back], { nextHop: '10.0.0.12' }));
    await watcher.route(there, 30_000);
    await client.route(back, 30_000);
  };
  const peer = (address: string) => nvad.get<PeerView & Counters>(`/v1/peers/${address}`);

  beforeEach(() => {
    bench = new Bench();
    // nobody has to read the configuration again
    chmodSync(bench.folder, 0o755);
    net = bench.namespace('lo');
    for (const address of ['fd00::1', 'fd00::2', 'fd00:2::9']) {
      net.ip('address', 'add', `${address}/128`, 'dev', 'lo', 'nodad');
    }
  });
  afterEach(() => bench.clear());

  it.each([
    ['from one to another', 'old', 'new'],
    ['from none to one', undefined, 'new'],
    ['from one to none', 'old', undefined],
  ])('%s reaches a session that is up, which goes on', async (_, before, after) => {
    await start({ ...(before !== undefined && { near: before }) });
    const { client, secured } = await join(near, before);
    await flows(client, 1);
    const { since } = await peer(near);

    const lines = await reload({ ...(after !== undefined && { near: after }) });
    expect(lines).toContain(`nve ${near} changed (password); its session stays`);
    // Until the other side changes its own, what it sends is not taken.
    const late = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(2) });
    client.send(announce([late], { nextHop: '10.0.0.11' }));
    await until(async () => (await dropped(nvad)) > 0, { within: 10_000, what: 'a segment that is dropped' });
    expect(watcher.holds(late)).toBe(false);
    secured.setKey(after);
    await watcher.route(late, 30_000);
    await flows(client, 3);
    expect(client.closed).toBe(false);
    expect(await peer(near)).toMatchObject({
      ...{ state: 'Established', since, tcpMd5: after !== undefined },
      counters: { sessions: 1 },
    });
    // It is the new one that a new session needs, also now that nvad is nobody special any more.
    client.destroy();
    await until(async () => (await peer(near)).state !== 'Established', { within: 5000, what: 'the end' });
    const again = await join(near, after);
    await flows(again.client, 4);
  });

  it('of a prefix reaches whom it let in', async () => {
    await start({ prefix: 'old' });
    const { client, secured } = await join(far, 'old');
    await flows(client, 1);
    await reload({ prefix: 'new' });
    secured.setKey('new');
    await flows(client, 2);
    expect(await peer(far)).toMatchObject({ state: 'Established', tcpMd5: true, counters: { sessions: 1 } });
  });
});

/**
 * FRR 8.4.4 ends a session whose password is changed, and says so with the old one. Whoever is changed first, the next
 * session has the new password; nobody waits for a hold timer.
 */
describe.runIf(isRoot && hasFrr)('a change of password with FRR', () => {
  const bench = new Bench();
  let nvad: Nvad;
  let frr: Frr;
  let from = 0;

  const config = (password: string) => `
domain: dc1
asn: 65000
routerId: 10.0.0.1
nves: [{ address: 10.0.0.2, password: "${password}" }]
`;
  const here = async (password: string) => {
    nvad.configure(config(password));
    nvad.signal('SIGHUP');
    await nvad.logged(/^configuration reloaded$/, { from });
  };
  const there = (password: string) =>
    frr.show(['configure terminal', 'router bgp 65000', `neighbor 10.0.0.1 password ${password}`].join('\n'));
  /** Counted on FRR's side, which holds its session for the live one. */
  const established = async (session: number) => {
    const peer = async () => (await frr.json<FrrNeighbours>('show bgp neighbors 10.0.0.1'))?.['10.0.0.1'];
    await until(async () => (await peer())?.connectionsEstablished === session, {
      within: 45_000,
      every: 100,
      what: () => `session number ${session}; nvad says\n${nvad.messages().join('\n')}`,
    });
    await until(async () => (await nvad.get<Counters>('/v1/peers/10.0.0.2')).counters.sessions === session, {
      within: 5000,
      what: `session number ${session} at nvad`,
    });
  };

  beforeAll(async () => {
    const nva = bench.namespace('nva');
    const router = bench.namespace('rtr');
    nva.link('wire', router, 'wire');
    nva.ip('address', 'add', '10.0.0.1/24', 'dev', 'wire');
    router.ip('address', 'add', '10.0.0.2/24', 'dev', 'wire');
    nvad = await bench.nvad(nva, config('first')).up();
    const bgpd = [
      'router bgp 65000',
      ' no bgp default ipv4-unicast',
      ' neighbor 10.0.0.1 remote-as 65000',
      ' neighbor 10.0.0.1 password first',
      ' address-family l2vpn evpn',
      '  neighbor 10.0.0.1 activate',
    ];
    frr = new Frr({ bgpd: bgpd.join('\n') }, router);
    bench.defer(() => frr.stop());
    await established(1);
  });
  afterAll(() => bench.clear());
  beforeEach(() => {
    from = nvad.logs.length;
  });

  it('on its side first', async () => {
    await there('second');
    await nvad.logged(/^session with 10.0.0.2 ended: notification received/, { from });
    await here('second');
    await established(2);
  });

  it('on our side first', async () => {
    await here('third');
    await there('third');
    await established(3);
    expect(nvad.messages().slice(from)).toContain(
      'warn: session with 10.0.0.2 ended: connection failed, the peer has come anew',
    );
  });
});

interface FrrNeighbours {
  readonly '10.0.0.1'?: { readonly connectionsEstablished: number };
}

/** Segments that were dropped because of their key, so far. */
async function dropped(nvad: Nvad): Promise<number> {
  const { text } = await nvad.http('/metrics');
  const values = text.matchAll(/^nvad_tcp_md5_dropped_segments_total\{.*\} (\d+)$/gm);
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}
