import {
  announcedRoutes,
  BgpRole,
  type Client,
  type ClientOptions,
  connect,
  type DownReason,
  Family,
  type Negotiated,
  type Nlri,
  TcpTransport,
  type Transport,
  type Update,
} from 'bgp-ts';
import { LinuxTcpSecurity, loadLibc } from 'bgp-ts/linux';
import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { Bird, birdName, hasBird } from '../support/bird.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { NvaLab, nva, nva6 } from './support/nva-lab.ts';
import { sharedRows } from './support/shared-rows.ts';

const bird4 = '10.0.0.51';
const bird6 = 'fd00::51';

const peer = birdName();
const missing = hasBird ? undefined : 'the package bird2 is not installed';

/** One session as BIRD's file has it. */
const protocol = (name: string, local: string, neighbor: string, more: string) => `
protocol bgp s_${name} {
  local ${local};
  neighbor ${neighbor};
  strict bind on;
  connect delay time 1; connect retry time 2; error wait time 1, 2;
  ${more}
}`;

const ipv4 = 'ipv4 { import all; export all; };';

interface Strangers {
  readonly nvad: Nvad;
  readonly bird: Bird;
  readonly client: BgpClient;
}

// BIRD 2 has no EVPN, and so it has no session with nvad. That it hears why is what there is to be seen.
sharedRows<Strangers>(
  { title: 'no session with nvad', peer, missing },
  async (bench) => {
    const lab = new NvaLab(bench);
    const bird = await startBird(lab, bench, [
      protocol('calls', `${bird4} as 65000`, `${nva} as 65000`, ipv4),
      protocol('calls6', `${bird6} as 65000`, `${nva6} as 65000`, ipv4),
      protocol('called', '10.0.0.52 as 65000', `${nva} as 65000`, `passive on; ${ipv4}`),
      protocol('strange', '10.0.0.53 as 65099', `${nva} as 65000`, `multihop; ${ipv4}`),
      protocol('twin', '10.0.0.54 as 65000', `${nva} as 65000`, `router id ${nva}; ${ipv4}`),
    ]);
    const nvad = await lab.nvad(['{ address: 10.0.0.52 }']);
    return { nvad, bird, client: await lab.client() };
  },
  (row) => {
    const told = async ({ nvad }: Strangers, address: string) => {
      type Peer = { lastErrorSent: { code: number; subcode: number } | null };
      const error = await until(
        async () => {
          const { status, text } = await nvad.http(`/v1/peers/${address}`);
          return status === 200 ? (JSON.parse(text) as Peer).lastErrorSent : undefined;
        },
        { within: 10_000, every: 50, what: `a NOTIFICATION for ${address}` },
      );
      return [error.code, error.subcode];
    };

    row('No address family in common, BIRD calls over IPv4: both refuse', 'RFC 5492 §3', async (lab) => {
      expect(await told(lab, bird4)).toEqual([2, 7]);
      await lab.bird.logged(/<RMT> s_calls: Error: Required capability missing/);
    });

    row('No address family in common, BIRD calls over IPv6: both refuse', 'RFC 5492 §3', async (lab) => {
      expect(await told(lab, bird6)).toEqual([2, 7]);
      await lab.bird.logged(/<RMT> s_calls6: Error: Required capability missing/);
    });

    row('No address family in common, nvad calls: both refuse', 'RFC 5492 §3', async (lab) => {
      expect(await told(lab, '10.0.0.52')).toEqual([2, 7]);
      await lab.bird.logged(/<RMT> s_called: Error: Required capability missing/);
    });

    row('An AS number that nvad does not expect: Bad Peer AS', 'RFC 4271 §6.2', async (lab) => {
      expect(await told(lab, '10.0.0.53')).toEqual([2, 2]);
    });

    row('The BGP Identifier of nvad itself: Bad BGP Identifier', 'RFC 6286 §2.2', async (lab) => {
      expect(await told(lab, '10.0.0.54')).toEqual([2, 3]);
      await lab.bird.logged(/<RMT> s_twin: Error: Bad BGP identifier/);
      // nobody else has noticed anything
      expect(lab.client.closed).toBe(false);
    });
  },
);

async function startBird(lab: NvaLab, bench: Bench, protocols: readonly string[], more = ''): Promise<Bird> {
  const config = `router id ${bird4};\nprotocol device {}\n${more}${protocols.join('\n')}\n`;
  const bird = new Bird(bench.folder, config, lab.net);
  bench.defer(() => bird.kill());
  return bird.up();
}

/** Protected sessions: what BIRD's file says, what bgp-ts is told, and where it comes from, over IPv4 and IPv6. */
const protections = {
  md5: { host: 71, theirs: 'password "one-secret";', ours: { md5Key: 'one-secret' } },
  gtsm: { host: 72, theirs: 'multihop 1; ttl security on;', ours: { ttlSecurity: 1 } },
  both: {
    host: 73,
    theirs: 'password "one-secret"; multihop 1; ttl security on;',
    ours: { md5Key: 'one-secret', ttlSecurity: 1 },
  },
} as const;
type Protection = keyof typeof protections;
type ProtectedName = Protection | `${Protection}6`;
const protectedSessions = Object.entries(protections).flatMap(([name, { host, theirs, ours }]) => [
  { name: name as Protection, from: `10.0.0.${host}`, to: bird4, theirs, ours },
  { name: `${name as Protection}6` as const, from: `fd00::${host}`, to: bird6, theirs, ours },
]);

interface Sessions {
  readonly lab: NvaLab;
  readonly bird: Bird;
  /** By the name of BIRD's protocol. */
  readonly sessions: Readonly<
    Record<'plain' | 'six' | 'full' | 'full2' | 'big' | 'old' | 'customer' | 'brief' | ProtectedName, Session>
  >;
}

const NETWORK = '192.0.2.0/24';
/** What BIRD has of its own, with attributes to be told from others. */
const statics = `
protocol static {
  ipv4;
  route ${NETWORK} blackhole {
    bgp_community.add((65000, 7));
    bgp_large_community.add((4200000000, 1, 2));
    bgp_med = 9;
  };
}
`;
const ours = {
  withdrawn: [],
  attributes: { origin: 'igp', asPath: [], nextHop: '10.0.0.61', localPref: 150, communities: [(65000 << 16) >>> 0] },
  nlri: [{ kind: 'prefix', family: Family.Ipv4Unicast, prefix: '198.51.100.0/24' }],
} as const satisfies Update;
const withdrawal = { withdrawn: ours.nlri, attributes: {}, nlri: [] } as const satisfies Update;
const OURS = ours.nlri[0].prefix;

// What is under nvad, with a family that BIRD has too.
sharedRows<Sessions>(
  { title: 'sessions of bgp-ts', peer, missing },
  async (bench) => {
    const lab = new NvaLab(bench);
    const one = (name: string, neighbor: string, more: string, local = `${bird4} as 65000`) =>
      protocol(name, local, neighbor, `passive on; rr client; ${more}`);
    const external = (name: string, neighbor: string, more: string, local = `${bird4} as 65000`) =>
      protocol(name, local, neighbor, `passive on; multihop; ${more}`);
    const full = 'enable extended messages on; graceful restart on; long lived graceful restart on;';
    const bird = await startBird(
      lab,
      bench,
      [
        one('plain', '10.0.0.61 as 65000', ipv4),
        one('six', 'fd00::61 as 65000', 'ipv4 { import all; export all; extended next hop on; };', `${bird6} as 65000`),
        one('full', '10.0.0.62 as 65000', `${full} ipv4 { import all; export all; add paths on; };`),
        one('full2', '10.0.0.63 as 65000', `${full} ipv4 { import all; export all; };`),
        external('big', '10.0.0.64 as 4200000002', ipv4, `${bird4} as 4200000001`),
        one('brief', '10.0.0.65 as 65000', `hold time 3; keepalive time 1; ${ipv4}`),
        external('customer', '10.0.0.66 as 65066', `local role provider; require roles on; ${ipv4}`),
        external('mismatch', '10.0.0.67 as 65067', `local role provider; ${ipv4}`),
        external('strict', '10.0.0.68 as 65068', `local role provider; require roles on; ${ipv4}`),
        external('old', '10.0.0.69 as 65069', `enable as4 off; ${ipv4}`),
        ...protectedSessions.map(({ name, from, to, theirs }) =>
          one(
            name,
            `${from} as 65000`,
            `${theirs} ipv4 { import all; export all; extended next hop on; };`,
            `${to} as 65000`,
          ),
        ),
        one('wrong', '10.0.0.74 as 65000', `password "another-secret"; ${ipv4}`),
        one('far', '10.0.0.75 as 65000', `multihop 1; ttl security on; ${ipv4}`),
      ],
      statics,
    );
    const family = Family.Ipv4Unicast;
    const at = (localAddress: string, more: Partial<ClientOptions> = {}) =>
      new Session(lab, { localAddress, address: bird4, ...more });
    const sessions = {
      plain: at('10.0.0.61'),
      six: at('fd00::61', {
        address: bird6,
        capabilities: [{ kind: 'extendedNextHop', value: [{ family, nextHopAfi: 2 }] }],
      }),
      full: at('10.0.0.62', { capabilities: [{ kind: 'addPath', value: [{ family, send: true, receive: true }] }] }),
      full2: at('10.0.0.63', {
        capabilities: [
          { kind: 'enhancedRouteRefresh', value: true },
          { kind: 'longLivedGracefulRestart', value: [] },
        ],
      }),
      big: at('10.0.0.64', { localAsn: 4200000002 }),
      old: at('10.0.0.69', { localAsn: 65069 }),
      customer: at('10.0.0.66', { localAsn: 65066, capabilities: [{ kind: 'role', value: BgpRole.Customer }] }),
      brief: at('10.0.0.65'),
      ...(Object.fromEntries(
        protectedSessions.map(({ name, from, to, ours }) => [
          name,
          at(from, {
            address: to,
            capabilities: [{ kind: 'extendedNextHop', value: [{ family, nextHopAfi: 2 }] }],
            ...ours,
          }),
        ]),
      ) as Record<ProtectedName, Session>),
    };
    for (const session of Object.values(sessions)) await session.established();
    return { lab, bird, sessions };
  },
  (register) => {
    const row: typeof register = (what, ...more) => register(`Client of bgp-ts: ${what}`, ...more);
    const prefixes = (session: Session) => session.updates.flatMap((update) => announcedRoutes(update)).map(textOf);
    const heard = (session: Session, text: string) =>
      until(() => prefixes(session).includes(text), {
        within: 5000,
        what: () => `${text}; there are ${prefixes(session)}`,
      });
    /** The attributes that came with a prefix. */
    const attributesOf = (session: Session, text: string) =>
      session.updates.findLast((update) => announcedRoutes(update).some((route) => textOf(route) === text))?.attributes;
    async function shown({ bird }: Sessions, prefix: string, what: RegExp): Promise<string> {
      const look = async () => bird.show(`show route all for ${prefix}`);
      let last = '';
      await until(
        async () => {
          last = await look();
          return what.test(last);
        },
        { within: 5000, every: 50, what: () => `${what} in:\n${last}\n${bird.log.slice(-1500)}` },
      );
      return last;
    }

    row('IPv4 routes each way, with their attributes', 'RFC 4271 §5', async (all) => {
      const { plain } = all.sessions;
      await heard(plain, NETWORK);
      expect(attributesOf(plain, NETWORK)).toMatchObject({
        origin: 'igp',
        asPath: [],
        localPref: 100,
        multiExitDisc: 9,
        communities: [65000 * 65536 + 7],
        largeCommunities: ['4200000000:1:2'],
      });
      expect(plain.client.send(ours)).toBe(true);
      const text = await shown(all, OURS, /BGP\.local_pref: 150/);
      expect(text).toMatch(/BGP\.next_hop: 10\.0\.0\.61/);
      expect(text).toMatch(/BGP\.community: \(65000,0\)/);
      plain.client.send(withdrawal);
      await shown(all, OURS, /Network not found/);
    });

    row('IPv4 routes with an IPv6 next hop over IPv6', 'RFC 8950 §4', async ({ sessions: { six } }) => {
      expect([...(await six.established()).extendedNextHop]).toEqual([Family.Ipv4Unicast]);
      await heard(six, NETWORK);
      expect(attributesOf(six, NETWORK)?.mpReachNlri?.nextHop).toBe(bird6);
    });

    row('Capabilities: what both have is used', 'RFC 5492 §3', async ({ sessions: { full2 } }) => {
      expect(await full2.established()).toMatchObject({
        kind: 'ibgp',
        asn4: true,
        extendedMessages: true,
        routeRefresh: true,
        enhancedRouteRefresh: true,
        gracefulRestart: { restartTime: 120 },
        longLivedGracefulRestart: [{ family: Family.Ipv4Unicast, staleTime: 3600 }],
      });
    });

    row('Route refresh, with marks around the answer', 'RFC 2918, RFC 7313', async ({ sessions: { full2 } }) => {
      await heard(full2, NETWORK);
      const before = prefixes(full2).length;
      expect(full2.client.refresh(Family.Ipv4Unicast)).toBe(true);
      await until(() => prefixes(full2).length > before, { within: 5000, what: 'the routes again' });
      expect(full2.ends).toEqual([]);
    });

    row('Several paths a route, each way', 'RFC 7911', async (all) => {
      const { full } = all.sessions;
      const { addPathReceive, addPathSend } = await full.established();
      expect([[...addPathReceive], [...addPathSend]]).toEqual([[Family.Ipv4Unicast], [Family.Ipv4Unicast]]);
      await heard(full, NETWORK);
      const [first] = full.updates.flatMap((update) => announcedRoutes(update, Family.Ipv4Unicast));
      expect(first).toHaveProperty('pathId');
      const route = (pathId: number) => [{ ...ours.nlri[0], pathId }];
      for (const pathId of [1, 2]) {
        full.client.send({ ...ours, attributes: { ...ours.attributes, multiExitDisc: pathId }, nlri: route(pathId) });
      }
      const text = await shown(all, OURS, /s_full[\s\S]*s_full/);
      expect(text.match(/BGP\.next_hop/g)).toHaveLength(2);
      full.client.send({ ...withdrawal, withdrawn: route(1) });
      full.client.send({ ...withdrawal, withdrawn: route(2) });
      await shown(all, OURS, /Network not found/);
    });

    row('Messages of more than 4,096 octets, each way', 'RFC 8654', async ({ sessions: { full, full2 } }) => {
      for (const session of [full, full2]) expect((await session.established()).extendedMessages).toBe(true);
      const communities = Array.from({ length: 2000 }, (_, i) => 65000 * 65536 + i);
      const nlri = [{ ...ours.nlri[0], prefix: '203.0.113.0/24', pathId: 1 }];
      full.client.send({ ...ours, attributes: { ...ours.attributes, communities }, nlri });
      await heard(full2, '203.0.113.0/24');
      expect(attributesOf(full2, '203.0.113.0/24')?.communities).toEqual(communities);
      full.client.send({ ...withdrawal, withdrawn: nlri });
    });

    row('AS numbers of four octets, and a BIRD that has two', 'RFC 6793', async (all) => {
      const { big, old } = all.sessions;
      expect(await big.established()).toMatchObject({ kind: 'ebgp', remoteAsn: 4200000001, asn4: true });
      await heard(big, NETWORK);
      expect(attributesOf(big, NETWORK)?.asPath).toEqual([{ type: 'sequence', asns: [4200000001] }]);
      expect(await old.established()).toMatchObject({ kind: 'ebgp', asn4: false });
      const asPath = [{ type: 'sequence', asns: [65069, 4200000009] }] as const;
      old.client.send({ ...ours, attributes: { origin: 'igp', nextHop: '10.0.0.69', asPath } });
      await shown(all, OURS, /BGP\.as_path: 65069 4200000009/);
      old.client.send(withdrawal);
    });

    row('Roles: provider and customer agree', 'RFC 9234 §4.2, §5', async ({ sessions: { customer } }) => {
      await heard(customer, NETWORK);
      expect(attributesOf(customer, NETWORK)?.onlyToCustomer).toBe(65000);
    });

    row('Roles: not two providers, nor one without a role where one is asked for', 'RFC 9234 §4.2', async ({ lab }) => {
      const role = { kind: 'role', value: BgpRole.Provider } as const;
      const at = { address: bird4 };
      const two = new Session(lab, { ...at, localAddress: '10.0.0.67', localAsn: 65067, capabilities: [role] });
      const none = new Session(lab, { ...at, localAddress: '10.0.0.68', localAsn: 65068 });
      for (const session of [two, none]) {
        await until(() => session.failures.some((text) => text.includes('2/11')), {
          within: 10_000,
          what: () => `Role Mismatch; there are ${session.failures}`,
        });
        await session.client.stop();
      }
    });

    for (const [name, what, standard] of [
      ['md5', 'TCP-MD5', 'RFC 2385'],
      ['gtsm', 'GTSM', 'RFC 5082 §3'],
      ['both', 'TCP-MD5 and GTSM', 'RFC 2385, RFC 5082 §3'],
    ] as const) {
      row(`${what}, over IPv4 and IPv6`, standard, async ({ sessions }) => {
        for (const session of [sessions[name], sessions[`${name}6`]]) {
          await session.established();
          await heard(session, NETWORK);
        }
      });
    }

    row('Another password or a TTL of 64: no session', 'RFC 2385, RFC 5082 §3', async ({ lab }) => {
      const wrong = new Session(lab, { address: bird4, localAddress: '10.0.0.74', md5Key: 'one-secret' });
      const far = new Session(lab, { address: bird4, localAddress: '10.0.0.75' });
      // Whose segments the kernel drops, and nobody hears of it.
      const dropped = (name: string) => {
        const [names = [], values = []] = lab.net
          .run('cat', '/proc/net/netstat')
          .split('\n')
          .filter((line) => line.startsWith('TcpExt:'))
          .map((line) => line.split(' '));
        return Number(values[names.indexOf(name)]);
      };
      for (const name of ['TCPMD5Failure', 'TCPMinTTLDrop']) {
        await until(() => dropped(name) > 0, { within: 15_000, every: 100, what: name });
      }
      for (const session of [wrong, far]) {
        expect(session.negotiated).toBeUndefined();
        await session.client.stop();
      }
    });

    row('Shutdown communication each way', 'RFC 9003', async ({ sessions: { plain }, bird }) => {
      await bird.show('disable s_plain "back-soon"');
      await until(() => plain.ends.length === 1, { within: 5000, what: 'the end of the session' });
      expect(plain.ends[0]).toBe('notification-received 6/2 back-soon');
      plain.negotiated = undefined;
      await bird.show('enable s_plain');
      await plain.established();
      await plain.client.stop('good bye');
      await bird.logged(/<RMT> s_plain: Received: Administrative shutdown.*good bye/);
    });

    row(
      'Hold timer: a BIRD that answers no more is given up',
      'RFC 4271 §6.5',
      async ({ sessions: { brief }, bird }) => {
        expect((await brief.established()).timers).toMatchObject({ holdTime: 3, keepaliveTime: 1 });
        bird.signal('SIGSTOP');
        await until(() => brief.ends.length === 1, { within: 10_000, what: 'the end of the session' });
        expect(brief.ends[0]).toBe('hold-timer-expired 4/0');
        bird.signal('SIGCONT');
      },
    );
  },
);

const textOf = (route: Nlri) => ('prefix' in route ? String(route.prefix) : '');

/** One session of the library under nvad with BIRD, and what came of it. */
class Session {
  readonly updates: Update[] = [];
  readonly ends: string[] = [];
  readonly failures: string[] = [];
  negotiated: Negotiated | undefined;
  readonly client: Client;

  constructor(
    lab: NvaLab,
    options: Partial<ClientOptions> & { readonly localAddress: string; readonly address: string },
  ) {
    const libc = loadLibc();
    if (!libc.ok) throw new Error(libc.reason);
    const tcp = new TcpTransport({ security: new LinuxTcpSecurity(libc) });
    const transport: Transport = {
      // A socket that is protected is made at once, any other in the next tick.
      connect: (target) =>
        target.md5Key === undefined && target.ttlSecurity === undefined
          ? lab.net.begin(() => tcp.connect(target))
          : lab.net.inside(() => tcp.connect(target)),
      listen: (place) => tcp.listen(place),
    };
    const routerId = options.localAddress.includes('.') ? options.localAddress : '10.255.0.1';
    this.client = connect(
      { localAsn: 65000, routerId, families: [Family.Ipv4Unicast], connectRetryTime: 1, ...options },
      {
        update: (update) => this.updates.push(update),
        established: (negotiated) => {
          this.negotiated = negotiated;
        },
        down: (reason) => this.ends.push(describe(reason)),
        failed: (reason) => this.failures.push(describe(reason)),
      },
      { transport },
    );
    lab.bench.defer(() => this.client.stop());
  }

  async established(): Promise<Negotiated> {
    return until(() => this.negotiated, { within: 10_000, what: () => `a session; ${this.failures}` });
  }
}

function describe({ cause, sent, received }: DownReason): string {
  const notification = received ?? sent;
  if (notification === undefined) return cause;
  const { code, subcode, data } = notification;
  // RFC 9003 §2: its length stands before the text
  return `${cause} ${code}/${subcode} ${Buffer.from(data).toString('utf8', 1)}`.trim();
}
