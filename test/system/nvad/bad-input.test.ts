import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, u16, u32 } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import { announce, capability, keepalive, message, open, Type, update } from '../support/messages.ts';
import { isRoot, type Namespace } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';

const config = `
domain: dc1
asn: 65000
routerId: 10.255.0.1
listen: ["127.0.0.1:179"]
nves:
  - { prefix: 127.0.1.0/24 }
  - { prefix: 127.0.3.0/24, holdTime: 3 }
api: { listen: "127.0.0.1:8080" }
`;

interface PeerView {
  readonly address: string;
  readonly state: string;
  readonly since: string;
  readonly lastErrorSent: { readonly code: number; readonly subcode: number; readonly name: string } | null;
  readonly counters: { readonly sessions: number };
}

/** nvad as a process in a network of its own: needs root, and is skipped without. */
describe.runIf(isRoot)('what nvad does with input that is no good', () => {
  let bench: Bench;
  let net: Namespace;
  let nvad: Nvad;
  /** Two good neighbours, of which nothing that others send may cost anything. */
  let speaker: BgpClient;
  let witness: BgpClient;
  let before: readonly PeerView[];
  const route = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1) });
  let round = 0;
  let host = 100;

  const goodPeers = async () => {
    const { peers } = await nvad.get<{ peers: PeerView[] }>('/v1/peers');
    return peers.filter(({ address: at }) => at === speaker.address || at === witness.address);
  };
  /** A connection from a peer's address of its own. */
  const stranger = (prefix = '127.0.1') => bench.client(net, { localAddress: `${prefix}.${++host}` });
  const opened = async () => {
    const client = stranger();
    return client.establish({ asn: 65000, id: client.address });
  };

  beforeAll(async () => {
    bench = new Bench();
    net = bench.namespace('lo');
    nvad = await bench.nvad(net, config).up();
    speaker = bench.client(net, { localAddress: '127.0.1.1' });
    witness = bench.client(net, { localAddress: '127.0.1.2' });
    for (const client of [speaker, witness]) await client.establish({ asn: 65000, id: client.address });
    speaker.send(announce([route], { nextHop: '10.0.0.11' }));
    await witness.route(route);
    before = await goodPeers();
  });
  afterEach(async () => {
    const fresh = macIp({ rd: rd('10.0.0.11', 2), mac: macOf(1000 + ++round) });
    speaker.send(announce([fresh], { nextHop: '10.0.0.11' }));
    await witness.route(fresh);
    expect(witness.routes.size).toBe(1 + round);
    expect(witness.holds(route)).toBe(true);
    expect(witness.withdrawals).toBe(0);
    const now = await goodPeers();
    for (const [i, peer] of before.entries()) {
      expect(now[i]).toMatchObject({ state: 'Established', since: peer.since, counters: { sessions: 1 } });
    }
  });
  afterAll(() => bench.clear());

  describe('a header that is none (RFC 4271 §6.1)', () => {
    const cases: readonly (readonly [what: string, octets: Uint8Array, notification: string])[] = [
      ['something that is not BGP', Buffer.from('GET / HTTP/1.1\r\nHost: nvad\r\n\r\n'), '0101'],
      ['zeros', new Uint8Array(64), '0101'],
      ['a length below that of a header', header(18, Type.keepalive), '01020012'],
      ['a length beyond all messages', header(4097, Type.update), '01021001'],
      ['an OPEN that is too short', header(28, Type.open), '0102001c'],
      ['a KEEPALIVE with a body', header(20, Type.keepalive), '01020014'],
      ['an UPDATE that is too short', header(22, Type.update), '01020016'],
      ['a NOTIFICATION that is too short', header(20, Type.notification), '01020014'],
      ['a type that nobody knows', header(19, 9), '010309'],
    ];

    it.each(cases)('before the OPEN: %s', async (_, octets, notification) => {
      const client = stranger();
      client.send(octets);
      expect(await client.notification()).toBe(notification);
      await client.ended();
    });

    it.each(cases)('in a session: %s', async (_, octets, notification) => {
      const client = await opened();
      client.send(octets);
      expect(await client.notification()).toBe(notification);
      await client.ended();
    });
  });

  describe('an OPEN that cannot be (RFC 4271 §6.2)', () => {
    const good = { asn: 65000, id: '10.1.1.1' };
    const version = open(good);
    version[19] = 3;
    const parameter = message(Type.open, [4, ...u16(65000), ...u16(90), ...address('10.1.1.1'), 4, 9, 2, 0, 0]);
    const overrun = message(Type.open, [4, ...u16(65000), ...u16(90), ...address('10.1.1.1'), 200, 2, 2, 0, 0]);
    it.each([
      ['another version', version, '02010004'],
      ['another AS number', open({ ...good, asn: 65009 }), '0202'],
      ['an identifier of zero', open({ ...good, id: '0.0.0.0' }), '0203'],
      ['our own identifier', open({ ...good, id: '10.255.0.1' }), '0203'],
      ['a hold time of 2 s', open({ ...good, holdTime: 2 }), '0206'],
      ['a parameter that nobody knows', parameter, '0204'],
      ['parameters that run past the message', overrun, '0200'],
      [
        'no family in common (RFC 5492 §5)',
        open({ ...good, capabilities: [[1, 4, 0, 1, 0, 1], capability.asn4(65000)] }),
        // what we would have it announce: EVPN, and RT-Constrain
        '0207010400190046010400010084',
      ],
    ])('%s', async (_, octets, notification) => {
      const client = stranger();
      client.send(octets);
      expect(await client.notification()).toBe(notification);
      await client.ended();
    });
  });

  it('a message that is not due: a KEEPALIVE in OpenSent (RFC 6608)', async () => {
    const client = stranger();
    await client.received(Type.open);
    client.send(keepalive);
    expect(await client.notification()).toBe('050104');
  });

  describe('an UPDATE in error (RFC 7606)', () => {
    it('whose fields run past its end: the session ends, since the routes cannot be found', async () => {
      const client = await opened();
      client.send(message(Type.update, [0, 0, ...u16(500), 1, 2, 3, 4]));
      expect(await client.notification()).toBe('0301');
    });

    it('with an ORIGIN that is none: the route is withdrawn, the session stays', async () => {
      const client = await opened();
      const mine = macIp({ rd: rd('10.0.0.12', 2), mac: macOf(7) });
      client.send(announce([mine], { nextHop: '10.0.0.12' }));
      await witness.route(mine);
      const hop = address('10.0.0.12');
      const reach = [0, 25, 70, 4, ...hop, 0, ...mine];
      client.send(
        update([
          [0x80, 14, reach],
          [0x40, 1, [9]],
          [0x40, 2, []],
          [0x40, 5, u32(100)],
        ]),
      );
      const view = async () => nvad.get<{ state: string; counters: object }>(`/v1/peers/${client.address}`);
      await expect.poll(view, { timeout: 5000 }).toMatchObject({
        state: 'Established',
        counters: { routes: { received: 0, withdrawnByError: 1 }, faults: { 'origin-value': 1 } },
      });
      await expect.poll(() => witness.holds(mine)).toBe(false);
      witness.withdrawals = 0;
    });
  });

  it('half an UPDATE: dropped when its hold time of 3 s is over (RFC 4271 §6.5)', async () => {
    const client = stranger('127.0.3');
    client.send(open({ asn: 65000, id: client.address, holdTime: 3 }));
    await client.received(Type.open);
    client.send(keepalive);
    await client.received(Type.keepalive);
    const since = performance.now();
    client.send(announce([macIp({ rd: rd('10.0.0.13', 2), mac: macOf(8) })], { nextHop: '10.0.0.13' }).subarray(0, 40));
    expect(await client.notification(6000)).toBe('0400');
    expect(performance.now() - since).toBeGreaterThan(2500);
    await client.ended();
    const { lastErrorSent } = await nvad.get<PeerView>(`/v1/peers/${client.address}`);
    expect(lastErrorSent).toMatchObject({ code: 4, subcode: 0 });
  });

  it('an address that is no peer: Cease/Connection Rejected (RFC 4486), and a line in the log', async () => {
    const client = bench.client(net, { localAddress: '127.9.9.9' });
    expect(await client.notification()).toBe('0605');
    await client.ended();
    expect(client.messages.map(({ type }) => type)).toEqual([Type.notification]);
    await nvad.logged(/^connection from 127\.9\.9\.9 refused: it is no configured peer/);
  });
});

/** A header with this length and type, and as much behind it as the length says, up to 64 octets. */
function header(length: number, type: number): Uint8Array {
  const body = Array<number>(Math.max(0, Math.min(length, 64) - 19)).fill(0);
  return Uint8Array.from([...Array<number>(16).fill(255), ...u16(length), type, ...body]);
}

describe.runIf(isRoot)('a configuration that cannot be', () => {
  let bench: Bench;
  let net: Namespace;
  beforeAll(() => {
    bench = new Bench();
    net = bench.namespace('lo');
  });
  afterAll(() => bench.clear());

  const good = ['domain: dc1', 'asn: 65000', 'routerId: 10.255.0.1', 'listen: ["127.0.0.1:179"]'];
  const cases = [
    {
      what: 'an unknown key',
      lines: ['nvse: []'],
      error: '5:1: unknown key "nvse"; did you mean "nves"?',
    },
    {
      what: 'a wrong type',
      lines: ['nves: [{ prefix: 127.0.1.0/24, holdTime: long }]'],
      error: '5:42: nves[0].holdTime must be a number, not the text "long"',
    },
    {
      what: 'an impossible address',
      lines: ['nves:', '  - { address: 10.0.0.256 }'],
      error:
        '6:16: nves[0].address: "10.0.0.256" is not an IP address; ' +
        'each of the four numbers is 0 to 255, without leading zeros',
    },
    {
      what: 'two peers with one address',
      lines: ['nves:', '  - { address: 10.0.0.7 }', '  - { address: 10.0.0.7 }'],
      error: '7:16: two peers have the address 10.0.0.7: nves[0].address and nves[1].address; leave one of them out',
    },
  ];

  it.each(cases)('$what: exit code 2, one sentence with its place, nothing started', async ({ lines, error }) => {
    const nvad = bench.nvad(net, [...good, ...lines, ''].join('\n'));
    expect(await nvad.exit()).toEqual({ code: 2, signal: null });
    expect(nvad.stderr).toBe(`${nvad.configFile}:${error}\n`);
    expect(nvad.logs).toEqual([]);
  });

  it.each([
    {
      what: 'a port of BGP',
      lines: ['listen: ["127.0.0.1:1179", "127.0.0.1:179"]', 'api: { listen: "127.0.0.1:8081" }'],
      error: '4:28: cannot listen on 127.0.0.1:179: port 179 is in use; "ss -ltnp sport = :179" shows by whom',
    },
    {
      what: 'the port of the API',
      lines: ['listen: ["127.0.0.1:1179"]', 'api: { listen: "127.0.0.1:8080" }'],
      error: '5:16: cannot listen on 127.0.0.1:8080: port 8080 is in use; "ss -ltnp sport = :8080" shows by whom',
    },
  ])('$what in use: exit code 2, and nothing is left open', async ({ lines, error }) => {
    const first = await bench.nvad(net, `${good.join('\n')}\napi: { listen: "127.0.0.1:8080" }\n`).up();
    const listeners = () => readFileSync(`/proc/${first.pid}/net/tcp`, 'utf8').match(/ 0A /g)?.length;
    expect(listeners()).toBe(2);
    const second = bench.nvad(net, [...good.slice(0, 3), ...lines, ''].join('\n'), { file: 'second.yaml' });
    expect(await second.exit()).toEqual({ code: 2, signal: null });
    expect(second.stderr).toBe(`${second.configFile}:${error}\n`);
    expect(second.messages().filter((text) => text.includes('ready'))).toEqual([]);
    expect(listeners()).toBe(2);
    expect(first.ended).toBeUndefined();
    await first.kill();
  });
});
