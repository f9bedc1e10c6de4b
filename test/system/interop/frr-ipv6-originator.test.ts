import { afterAll, beforeAll, describe, expect } from 'vitest';
import { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, unhex } from '../support/bytes.ts';
import { ethernetSegment, inclusiveMulticast, macIp, macOf, rd } from '../support/evpn-routes.ts';
import { frrName, hasFrr } from '../support/frr.ts';
import { announce, type RawAttribute, withdraw } from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import type { Nvad } from '../support/nvad.ts';
import { Nve } from '../support/nve.ts';
import { reflector, Underlay } from '../support/underlay.ts';
import { bgpd } from './support/frr-config.ts';
import { established, neighbourOf, pathOf, pathsOf } from './support/frr-view.ts';
import { interop } from './support/matrix.ts';

const router = '10.0.0.11';
const [sourceAddress, witnessAddress] = ['10.0.0.101', '10.0.0.102'] as const;
/** Of neighbours that FRR calls: with each it ends one session. */
const directAddresses = ['10.0.0.111', '10.0.0.112', '10.0.0.113', '10.0.0.114'] as const;
const originator = '2001:db8::101';
const config = `
domain: dc1
asn: 65000
routerId: ${reflector}
listen: ["${reflector}:179"]
nves: [{ prefix: 10.0.0.0/24 }]
api: { listen: "127.0.0.1:8080" }
`;
const OPTIONAL_ATTRIBUTE_ERROR = /^0309/;

interface PeerView {
  readonly address: string;
  readonly egress: { readonly heldBack: readonly { readonly count: number; readonly routes: string }[] };
}

describe.runIf(isRoot && hasFrr)('IPv6 originators and FRR', () => {
  const peer = frrName();
  const bench = new Bench();
  let nvad: Nvad;
  let frr: Nve['frr'];
  let source: BgpClient;
  let witness: BgpClient;
  const calls: (() => Promise<BgpClient>)[] = [];

  beforeAll(async () => {
    const underlay = new Underlay(bench);
    underlay.addresses(sourceAddress, witnessAddress);
    const raw = underlay.node('raw', ...directAddresses);
    for (const directAddress of directAddresses) calls.push(await bench.called(raw, directAddress));
    nvad = await bench.nvad(underlay.nva, config).up();
    const nve = new Nve(bench, underlay, router);
    nve.join(100);
    const neighbours = Object.fromEntries(
      [reflector, ...directAddresses].map((neighbour) => [neighbour, ['remote-as 65000']]),
    );
    frr = nve.start({ bgpd: bgpd({ id: router, neighbours }) });
    const client = (localAddress: string) =>
      bench.client(underlay.nva, { localAddress, host: reflector }).establish({ asn: 65000, id: localAddress });
    source = await client(sourceAddress);
    witness = await client(witnessAddress);
    await established(frr, reflector);
  });
  afterAll(() => bench.clear());

  /** What FRR answers to a neighbour that does not spare it this. */
  async function answerTo(...messages: readonly Uint8Array[]): Promise<string> {
    const direct = await calls.shift()!();
    await direct.establish({ asn: 65000, id: direct.address });
    direct.send(...messages);
    return direct.notification();
  }

  interop(
    {
      peer,
      what: 'Types 3 and 4 with an IPv6 originator do not reach FRR, which keeps its session; others get them, and the API says what is held back',
      standard: 'RFC 7432 §7.3, §7.4',
    },
    async ({ limit }) => {
      const at = { rd: rd(sourceAddress, 1) };
      const esi = '03aabbccddeeff000007';
      const tunnel = [[0xc0, 22, [0, 6, 0, 0, 100, ...address(originator)]]] as const;
      const flood = inclusiveMulticast({ ...at, originator });
      const segment = ethernetSegment({ ...at, esi, originator });
      const behind = macIp({ ...at, mac: macOf(1) });
      source.send(
        announce([flood], { nextHop: originator, more: tunnel }),
        announce([segment], { nextHop: originator }),
        announce([behind], { nextHop: sourceAddress }),
      );
      for (const route of [flood, segment, behind]) await witness.route(route);
      await pathOf(frr, `${sourceAddress}:1 [2]:[0]:[48]:[02:00:00:00:00:01]`);
      const learnt = [...(await pathsOf(frr)).keys()].filter((route) => route.startsWith(`${sourceAddress}:`));
      expect(learnt).toHaveLength(1);
      expect(await neighbourOf(frr, reflector)).toMatchObject({
        bgpState: 'Established',
        connectionsEstablished: 1,
        connectionsDropped: 0,
        messageStats: { notificationsSent: 0 },
      });
      const { peers } = await nvad.get<{ peers: PeerView[] }>('/v1/peers');
      const heldBack = Object.fromEntries(peers.map(({ address, egress }) => [address, egress.heldBack]));
      const present = heldBack[router]?.filter(({ count }) => count > 0);
      // The route of type 3 counts for its tunnel as well.
      expect(present).toMatchObject([
        { count: 2, routes: 'types 3 and 4 with an IPv6 originator' },
        { count: 1, routes: 'PMSI_TUNNEL with an IPv6 endpoint' },
      ]);
      expect(heldBack[witnessAddress]).toEqual([]);

      expect(await answerTo(announce([flood], { nextHop: originator }))).toMatch(OPTIONAL_ATTRIBUTE_ERROR);
      limit('FRR ends the session with NOTIFICATION 3/9 over such a route');
    },
  );

  /** Attributes that are right, and over which FRR ends the session. */
  const refused = [
    {
      what: 'PMSI_TUNNEL with an IPv6 endpoint',
      standard: 'RFC 6514 §5',
      attribute: [0xc0, 22, [0, 6, 0, 0, 100, ...address(originator)]],
      answer: /^0305c016/,
    },
    {
      what: 'PMSI_TUNNEL of assisted replication, and of every type above 7',
      standard: 'RFC 9574 §4, RFC 7385',
      attribute: [0xc0, 22, [0, 10, 0, 0, 100, ...address(sourceAddress)]],
      answer: /^0309c016/,
    },
    {
      what: 'TUNNEL_ENCAPSULATION with two tunnels',
      standard: 'RFC 9012 §2',
      attribute: [
        0xc0,
        23,
        unhex('0008 000e 010c 80 000064 000000000000 0000 0008 000e 010c 80 000065 000000000000 0000'),
      ],
      answer: /^0309c017/,
    },
  ] as const;

  for (const [index, { what, standard, attribute, answer }] of refused.entries()) {
    interop(
      { peer, what: `${what}: held back from FRR, which keeps its session`, standard },
      async ({ limit, test }) => {
        const at = { rd: rd(sourceAddress, 10 + index) };
        const flood = inclusiveMulticast({ ...at, originator: sourceAddress });
        const behind = macIp({ ...at, mac: macOf(10 + index) });
        const more = [attribute as RawAttribute];
        test.onTestFinished(() => source.send(withdraw([flood, behind])));
        const dropped = async () => (await neighbourOf(frr, reflector))?.connectionsDropped;
        const before = await dropped();
        source.send(
          announce([flood], { nextHop: sourceAddress, more }),
          announce([behind], { nextHop: sourceAddress }),
        );
        for (const route of [flood, behind]) await witness.route(route);
        await pathOf(frr, `${sourceAddress}:${10 + index} [2]:[0]:[48]:[02:00:00:00:00:0${'abc'[index]}]`);
        expect(await dropped()).toBe(before);

        expect(await answerTo(announce([flood], { nextHop: sourceAddress, more }))).toMatch(answer);
        limit('FRR ends the session over such a route');
      },
    );
  }
});
