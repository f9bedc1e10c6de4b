import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { ProtectedSocket } from '../support/protected-socket.ts';
import { until } from '../support/until.ts';
import type { PeerView } from './underlay.ts';

/** nvad, a router, and behind it the peers: what they send with a TTL of 255 arrives with 254. */
const networks = [
  { family: 'IPv4', nva: '10.0.0.1', hops: ['10.0.0.254', '10.1.0.254'], far: '10.1.0.', length: 24 },
  { family: 'IPv6', nva: 'fd00::1', hops: ['fd00::fe', 'fd01::fe'], far: 'fd01::', length: 64 },
] as const;

describe.runIf(isRoot).each(networks)('a peer behind a router, over $family', (network) => {
  const bench = new Bench();
  const perTest = new Bench();
  let far: Namespace;
  let nvad: Nvad;
  const isIpv6 = network.family === 'IPv6';
  const at = (last: number) => `${network.far}${last}`;

  const config = [
    'domain: dc1',
    'asn: 65000',
    'routerId: 10.255.0.1',
    'listen: ["[::]:179"]',
    'nves:',
    `  - { address: "${at(1)}", passive: true, ttlSecurity: 1 }`,
    `  - { address: "${at(2)}", passive: true, ttlSecurity: 2 }`,
    `  - { address: "${at(3)}", ttlSecurity: 1 }`,
    `  - { address: "${at(4)}", ttlSecurity: 2 }`,
    `  - { prefix: "${network.far}/${network.length}" }`.replace('.0./', '.0.0/'),
    'api: { listen: "127.0.0.1:8080" }',
    '',
  ].join('\n');

  beforeAll(async () => {
    const nva = bench.namespace('nva');
    const router = bench.namespace('rtr');
    far = bench.namespace('far');
    nva.link('wire', router, 'near');
    router.link('far', far, 'wire');
    const words = isIpv6 ? ['nodad'] : [];
    const add = (namespace: Namespace, address: string, device: string) =>
      namespace.ip('address', 'add', `${address}/${network.length}`, 'dev', device, ...words);
    add(nva, network.nva, 'wire');
    add(router, network.hops[0], 'near');
    add(router, network.hops[1], 'far');
    for (const last of [1, 2, 3, 4, 5]) add(far, at(last), 'wire');
    nva.ip('route', 'add', 'default', 'via', network.hops[0]);
    far.ip('route', 'add', 'default', 'via', network.hops[1]);
    const forwarding = isIpv6 ? 'net.ipv6.conf.all.forwarding=1' : 'net.ipv4.ip_forward=1';
    expect(await router.succeeds('sysctl', '-q', forwarding)).toBe(true);
    nvad = await bench.nvad(nva, config).up();
  });
  afterEach(() => perTest.clear());
  afterAll(() => bench.clear());

  const call = (last: number, ttl?: number) => {
    const localAddress = at(last);
    const target = { host: network.nva, port: 179, localAddress, ...(ttl !== undefined && { ttl }) };
    const { socket } = new ProtectedSocket(target, far);
    return perTest.client(far, { localAddress, socket });
  };
  const peer = (last: number) => nvad.get<PeerView>(`/v1/peers/${at(last)}`);

  it('that calls is not let in where it has to be next to us', async () => {
    const client = call(1, 255);
    await client.ended();
    await nvad.logged(new RegExp(`^connection from ${at(1)} refused: .* TTL of 254, less than 255`));
    expect(client.messages).toEqual([]);
    expect(await peer(1)).toMatchObject({ state: 'Active', ttlSecurity: 1, counters: { sessions: 0 } });
  });

  it('that calls is let in where it may be two hops away, but not with the usual TTL', async () => {
    const usual = call(2);
    await usual.ended();
    await nvad.logged(new RegExp(`^connection from ${at(2)} refused: .* TTL of 63, less than 254`));
    await call(2, 255).establish({ asn: 65000, id: '10.0.0.2' });
    expect(await peer(2)).toMatchObject({ state: 'Established', ttlSecurity: 2, counters: { sessions: 1 } });
  });

  it('of whom nothing is asked is let in all the same', async () => {
    await call(5).establish({ asn: 65000, id: '10.0.0.5' });
    expect(await peer(5)).toMatchObject({ state: 'Established', ttlSecurity: null });
  });

  it('is called, and its answer counts only if it comes from no further than it may', async () => {
    const calls: string[] = [];
    // The listening side's TTL is that of its namespace.
    const option = isIpv6 ? 'net.ipv6.conf.wire.hop_limit=255' : 'net.ipv4.ip_default_ttl=255';
    expect(await far.succeeds('sysctl', '-q', option)).toBe(true);
    for (const last of [3, 4]) {
      const server = await far.listen({ host: at(last), port: 179 }, (socket) => {
        calls.push(`${last} from ${socket.remoteAddress}`);
        socket.on('error', () => {});
        perTest.defer(() => void socket.destroy());
      });
      perTest.defer(() => void server.close());
    }
    const before = tooFar(nvad);
    await until(async () => (await peer(4)).state === 'OpenSent', { within: 20_000, what: 'OpenSent' });
    // The SYN-ACKs of the other one were thrown away, again and again.
    await until(() => tooFar(nvad) >= before + 4, { within: 20_000, what: 'answers from too far' });
    expect([...new Set(calls)]).toEqual([`4 from ${network.nva}`]);
    expect(['Connect', 'Active']).toContain((await peer(3)).state);
  });
});

/** Segments that the kernel dropped because of their TTL, in nvad's namespace. */
function tooFar({ pid }: Nvad): number {
  const [names = '', values = ''] = readFileSync(`/proc/${pid}/net/netstat`, 'utf8').split('\n');
  return Number(values.split(' ')[names.split(' ').indexOf('TCPMinTTLDrop')]);
}
