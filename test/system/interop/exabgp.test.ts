import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex, u32, unhex } from '../support/bytes.ts';
import {
  ethernetAd,
  ethernetSegment,
  inclusiveMulticast,
  ipPrefix,
  macIp,
  macOf,
  rd,
  unknownType,
} from '../support/evpn-routes.ts';
import { Exabgp, type ExabgpEvent, type ExabgpOptions, exabgpName, hasExabgp } from '../support/exabgp.ts';
import { announce, capability, encapsulationVxlan, macMobility, routeTarget, withdraw } from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { NvaLab, nva, nva6 } from './support/nva-lab.ts';
import { sharedRows } from './support/shared-rows.ts';

const addresses = { calling: '10.0.0.41', old: '10.0.0.42', v6: 'fd00::43', spare: '10.0.0.44' } as const;

const password = 'one-secret';
const md5 = `md5-password "${password}";`;
/** How sessions are protected: what ExaBGP's file says, what nvad's says, and what nvad shows of it. */
const protections = {
  md5: { hosts: [45, 46], theirs: md5, ours: { password }, shown: { tcpMd5: true, ttlSecurity: null } },
  gtsm: { hosts: [47, 48], theirs: 'outgoing-ttl 255;', ours: { ttlSecurity: 1 }, shown: { ttlSecurity: 1 } },
  both: {
    hosts: [49, 50],
    theirs: `${md5} outgoing-ttl 255; incoming-ttl 255;`,
    ours: { password, ttlSecurity: 1 },
    shown: { tcpMd5: true, ttlSecurity: 1 },
  },
} as const;
type ProtectionName = keyof typeof protections;
/** Of each, the address of an ExaBGP that calls over IPv4, and of one over IPv6. */
const addressesOf = ([host, host6]: readonly [number, number]) => [`10.0.0.${host}`, `fd00::${host6}`] as const;
/** Called by nvad over IPv4. */
const calledProtected = '10.0.0.51';

interface Lab {
  readonly nvad: Nvad;
  /** Calls nvad, and offers whatever it can. */
  readonly calling: Exabgp;
  /** Called by nvad, of another AS, knows AS numbers of two octets only, and wants no KEEPALIVE. */
  readonly old: Exabgp;
  /** Calls nvad over IPv6. */
  readonly v6: Exabgp;
  /** Calls nvad. */
  readonly spare: Exabgp;
  /** Another client of nvad. */
  readonly far: BgpClient;
  /** By address; those that are protected. */
  readonly secured: ReadonlyMap<string, Exabgp>;
  /** Another client of nvad, which takes the largest messages. */
  readonly large: BgpClient;
  peer(address: string): Promise<Peer>;
}

interface Peer {
  readonly tcpMd5: boolean;
  readonly ttlSecurity: number | null;
  readonly lastErrorReceived: { readonly name: string; readonly text: string | null } | null;
  readonly capabilities: {
    readonly received: Readonly<Record<string, unknown>>;
    readonly negotiated: Readonly<Record<string, unknown>>;
  };
  readonly egress: { readonly endOfRibReceived: boolean };
}

async function start(bench: Bench): Promise<Lab> {
  const lab = new NvaLab(bench);
  const exabgp = (options: Omit<ExabgpOptions, 'folder'>) => {
    const one = new Exabgp({ folder: bench.folder, ...options }, lab.net);
    bench.defer(() => one.kill());
    return one;
  };
  const old = exabgp({
    localAddress: addresses.old,
    peer: nva,
    asn: 65001,
    passive: true,
    holdTime: 0,
    more: 'capability { asn4 disable; extended-message disable; } family { ipv4 unicast; l2vpn evpn; }',
  });
  // Both have to listen before they are called: who is refused comes back after seconds.
  const { both } = protections;
  const called = exabgp({
    localAddress: calledProtected,
    peer: nva,
    passive: true,
    more: `${both.theirs} listen 179;`,
  });
  for (const one of [old, called]) await one.listening();
  const all = Object.values(protections);
  const calls = all.flatMap(({ hosts, ours }) =>
    addressesOf(hosts).map((address) => ({ address, passive: true, ...ours })),
  );
  const nvad = await lab.nvad([
    `{ address: ${addresses.old}, asn: 65001 }`,
    ...[...calls, { address: calledProtected, ...both.ours }].map((entry) => JSON.stringify(entry)),
  ]);
  const secured = new Map([[calledProtected, called]]);
  for (const { hosts, theirs } of all) {
    for (const [index, localAddress] of addressesOf(hosts).entries()) {
      secured.set(localAddress, exabgp({ localAddress, peer: index === 0 ? nva : nva6, more: theirs }));
    }
  }
  const calling = exabgp({
    localAddress: addresses.calling,
    peer: nva,
    more: 'capability { route-refresh enable; add-path send/receive; graceful-restart 120; operational enable; }',
  });
  const noRestart = 'capability { graceful-restart disable; }';
  const v6 = exabgp({ localAddress: addresses.v6, peer: nva6, more: noRestart });
  const spare = exabgp({ localAddress: addresses.spare, peer: nva, more: noRestart });
  const far = await lab.client();
  const large = await lab.client({
    capabilities: [capability.evpn, capability.extendedMessage, capability.asn4(65000)],
  });
  await calling.established();
  return {
    nvad,
    calling,
    old,
    v6,
    spare,
    far,
    secured,
    large,
    peer: (address) => nvad.get<Peer>(`/v1/peers/${address}`),
  };
}

const updateOf = ({ neighbor }: ExabgpEvent) => neighbor?.message?.update;
const raws = (nlri: readonly number[]) => hex(nlri).toUpperCase();

/** What ExaBGP heard of this very NLRI: its own reading of it, next hop and attributes. */
const announced = (exabgp: Exabgp, nlri: readonly number[]) =>
  exabgp.heard(
    (event) => {
      const update = updateOf(event);
      for (const [nextHop, list] of Object.entries(update?.announce?.['l2vpn evpn'] ?? {})) {
        const read = list.find(({ raw }) => raw === raws(nlri));
        if (read) return { nextHop, read, attributes: update?.attribute ?? {} };
      }
      return undefined;
    },
    `the route ${hex(nlri)}`,
  );

const hasRoute = (event: ExabgpEvent, nlri: readonly number[]) => JSON.stringify(event).includes(raws(nlri));

const peer = exabgpName();
const missing = hasExabgp ? undefined : 'the package exabgp is not installed';

sharedRows<Lab>({ title: 'sessions and routes', peer, missing }, start, (row) => {
  const at = { rd: rd('10.0.0.31', 7) };
  const esi = '01aabbccddeeff006400';
  let routes = 0;
  const another = () => macIp({ rd: rd('10.9.9.9', ++routes), mac: macOf(routes) });

  row('Session over IPv4, ExaBGP calls, nvad takes it by prefix', 'RFC 4271 §8', async ({ calling, nvad }) => {
    await calling.established();
    await nvad.logged(/session with 10\.0\.0\.41 established/);
  });

  row('Session over IPv6, ExaBGP calls, nvad takes it by prefix', 'RFC 4271 §8', ({ v6 }) => v6.established());

  row('Capabilities: what both have is used, what nvad does not know is passed over', 'RFC 5492 §3', async (lab) => {
    const { received, negotiated } = (await lab.peer(addresses.calling)).capabilities;
    // the draft of OPERATIONAL messages
    expect(received).toMatchObject({ families: ['evpn'], extendedMessages: true, otherCodes: [185] });
    expect(negotiated).toMatchObject({ families: ['evpn'], asn4: true, routeRefresh: true, extendedMessages: true });
    const theirs = await lab.calling.heard(({ neighbor }) => neighbor?.negotiated, 'what is negotiated');
    expect(theirs).toMatchObject({ families: ['l2vpn evpn'], asn4: true, message_size: 65535, operational: false });
  });

  row(
    'Route types 1 to 5, octet for octet, and what ExaBGP reads in them',
    'RFC 7432 §7, RFC 9136 §3.1',
    async (lab) => {
      const { calling, far } = lab;
      const cases = [
        [ethernetAd({ ...at, esi }), { esi: '01:aa:bb:cc:dd:ee:ff:00:64:00', 'ethernet-tag': 4294967295 }],
        [macIp({ ...at, mac: macOf(1), labels: [0xfffffe] }), { mac: '02:00:00:00:00:01', esi: '-' }],
        [macIp({ ...at, esi, mac: macOf(2), ip: '192.168.1.1', labels: [100, 5001] }), { ip: '192.168.1.1' }],
        [macIp({ ...at, tag: 5, mac: macOf(3), ip: '2001:db8::1' }), { ip: '2001:db8::1', 'ethernet-tag': 5 }],
        [inclusiveMulticast({ ...at, originator: '10.0.0.31' }), { ip: '10.0.0.31' }],
        [inclusiveMulticast({ ...at, originator: '2001:db8::31' }), { ip: '2001:db8::31' }],
        [ethernetSegment({ ...at, esi, originator: '2001:db8::31' }), { ip: '2001:db8::31' }],
        [ipPrefix({ ...at, prefix: '192.0.2.0/24', gateway: '10.9.9.9' }), { iplen: 24, gateway: '10.9.9.9' }],
        [ipPrefix({ ...at, prefix: '2001:db8::/32', gateway: '::', label: 5001 }), { iplen: 32, gateway: '::' }],
      ] as const;
      far.send(
        announce(
          cases.map(([nlri]) => nlri),
          { nextHop: far.address },
        ),
      );
      for (const [nlri, meaning] of cases) {
        const { read, nextHop } = await announced(calling, nlri);
        expect(read).toMatchObject({ parsed: true, code: nlri[0], rd: '10.0.0.31:7', ...meaning });
        expect(nextHop).toBe(far.address);
      }
      far.send(withdraw(cases.map(([nlri]) => nlri)));
      const withdrawn = () => calling.events().flatMap((event) => updateOf(event)?.withdraw?.['l2vpn evpn'] ?? []);
      await until(() => withdrawn().length === cases.length, { within: 5000, what: 'all withdrawals' });
      expect(
        withdrawn()
          .map(({ raw }) => raw)
          .sort(),
      ).toEqual(cases.map(([nlri]) => raws(nlri)).sort());
    },
  );

  row('Attributes as they were, with those of a reflector added', 'RFC 4456 §8', async ({ calling, far }) => {
    const nlri = inclusiveMulticast({ rd: rd('10.9.9.9', ++routes), originator: far.address });
    const extendedCommunities = [
      routeTarget(65000, 100),
      encapsulationVxlan,
      macMobility(5, true),
      unhex('060302aaaaaaaaaa'),
    ];
    far.send(
      announce([nlri], {
        nextHop: far.address,
        localPref: 120,
        extendedCommunities,
        more: [
          [0x80, 4, u32(7)],
          [0xc0, 8, unhex('fde80001')],
          [0xc0, 22, unhex('00060000640a00001f')],
          [0xc0, 32, unhex('fa56ea000000000100000002')],
          [0xc0, 200, [1, 2, 3]],
        ],
      }),
    );
    const { attributes } = await announced(calling, nlri);
    const values = attributes['extended-community'] as readonly { readonly value: number | string }[];
    expect(values.map(({ value }) => BigInt(value))).toEqual(
      extendedCommunities.map((octets) => BigInt(`0x${hex(octets)}`)),
    );
    expect(attributes).toMatchObject({
      origin: 'igp',
      'local-preference': 120,
      med: 7,
      community: [[65000, 1]],
      'large-community': [[4200000000, 1, 2]],
      'originator-id': far.address,
      'cluster-list': ['10.0.0.77'],
      pmsi: 'pmsi:ingressreplication:0:6(100):10.0.0.31',
      'attribute-0xC8-0xE0': '0x010203',
    });
    far.send(withdraw([nlri]));
  });

  row('An UPDATE of more than 65,000 octets, to ExaBGP', 'RFC 8654 §4', async ({ calling, large }) => {
    const nlri = another();
    const value = Array.from({ length: 65_000 }, (_, i) => i & 255);
    large.send(announce([nlri], { nextHop: large.address, more: [[0xc0, 200, value]] }));
    const { attributes } = await announced(calling, nlri);
    // optional, transitive, partial, with an extended length
    const read = String(attributes['attribute-0xC8-0xF0']).toLowerCase();
    expect(read === `0x${hex(value)}`).toBe(true);
    large.send(withdraw([nlri]));
  });

  row('End-of-RIB each way', 'RFC 4724 §2', async ({ calling, peer }) => {
    await calling.heard(({ neighbor }) => neighbor?.message?.eor?.safi === 'evpn', 'End-of-RIB');
    calling.tell('announce eor l2vpn evpn');
    const received = async () => (await peer(addresses.calling)).egress.endOfRibReceived;
    await until(received, { within: 5000, every: 50, what: 'End-of-RIB at nvad' });
  });

  row('Route refresh asked for by ExaBGP, the answer between its marks', 'RFC 2918 §4, RFC 7313 §4', async (lab) => {
    const { calling, far, peer } = lab;
    expect((await peer(addresses.calling)).capabilities.negotiated).toMatchObject({ enhancedRouteRefresh: true });
    const nlri = another();
    far.send(announce([nlri], { nextHop: far.address }));
    await announced(calling, nlri);
    const from = calling.events().length;
    calling.tell('announce route-refresh l2vpn evpn');
    const answer = () =>
      calling
        .events()
        .slice(from)
        .map((event) => event.neighbor?.['route-refresh']?.subtype ?? (hasRoute(event, nlri) && 'route'))
        .filter((one) => one !== false);
    await until(() => answer().includes('end'), { within: 5000, what: () => `the answer: ${answer()}` });
    expect(answer()).toEqual(['begin', 'route', 'end']);
    far.send(withdraw([nlri]));
  });

  row('Route refresh asked for by nvad', 'RFC 2918 §4', async ({ calling, nvad }) => {
    await nvad.http(`/v1/peers/${addresses.calling}/reset`, 'POST', { kind: 'soft' });
    await calling.heard(({ neighbor }) => neighbor?.['route-refresh']?.subtype === 'query', 'a ROUTE-REFRESH');
  });

  row('Session over IPv4, nvad calls', 'RFC 4271 §8', ({ old }) => old.established());

  row('Two-octet AS numbers: the path is AS_TRANS, and AS4_PATH beside it', 'RFC 6793 §4.2.2', async (lab) => {
    const { old, peer } = lab;
    expect((await peer(addresses.old)).capabilities.negotiated).toMatchObject({ asn4: false, families: ['evpn'] });
    const nlri = another();
    lab.far.send(announce([nlri], { nextHop: lab.far.address, asPath: [4200000000] }));
    const { attributes } = await announced(old, nlri);
    // merged by ExaBGP
    expect(attributes).toMatchObject({ 'as-path': [65000, 4200000000] });
    lab.far.send(withdraw([nlri]));
  });

  row('Hold time 0: no KEEPALIVE is sent, no hold timer runs', 'RFC 4271 §4.2, §4.4', async ({ peer }) => {
    const { negotiated } = (await peer(addresses.old)).capabilities;
    expect(negotiated).toMatchObject({ holdTimeSeconds: 0, keepaliveSeconds: 0 });
  });

  /** The sessions are up, protected as asked, and carry a route. */
  async function isProtected({ secured, far, peer }: Lab, name: ProtectionName, more: readonly string[] = []) {
    const { hosts, shown } = protections[name];
    const nlri = another();
    far.send(announce([nlri], { nextHop: far.address }));
    for (const address of [...addressesOf(hosts), ...more]) {
      const one = secured.get(address)!;
      await one.established();
      await announced(one, nlri);
      expect(await peer(address)).toMatchObject(shown);
    }
    far.send(withdraw([nlri]));
  }

  row('TCP-MD5, ExaBGP calls over IPv4 and IPv6', 'RFC 2385', (lab) => isProtected(lab, 'md5'));

  row('GTSM, ExaBGP calls over IPv4 and IPv6', 'RFC 5082 §3', (lab, { note }) => {
    note('where ExaBGP calls it sends with a TTL of 255, and looks at no other’s');
    return isProtected(lab, 'gtsm');
  });

  row('TCP-MD5 and GTSM, ExaBGP calls over IPv4 and IPv6, nvad over IPv4', 'RFC 2385, RFC 5082 §3', (lab) =>
    isProtected(lab, 'both', [calledProtected]),
  );

  row('Administrative reset by ExaBGP', 'RFC 4486 §4', async ({ v6, nvad, peer }) => {
    v6.tell(`neighbor ${nva6} teardown 4`);
    await nvad.logged(/fd00::43 ended/);
    expect((await peer(addresses.v6)).lastErrorReceived?.name).toMatch(/Administrative Reset/);
  });

  row('Administrative reset by nvad', 'RFC 4486 §4', async ({ old, nvad }) => {
    await nvad.http(`/v1/peers/${addresses.old}/reset`, 'POST', { kind: 'hard' });
    const reason = await old.heard(({ neighbor }) => neighbor?.reason, 'the end of the session');
    expect(reason).toContain('notification received (6,4)');
  });

  row('Administrative reset by nvad, with a shutdown communication', 'RFC 9003', async ({ spare, nvad }, { limit }) => {
    limit('ExaBGP cannot read it, and says so with a NOTIFICATION (1/0)');
    await spare.established();
    const communication = 'back in a minute';
    await nvad.http(`/v1/peers/${addresses.spare}/reset`, 'POST', { kind: 'hard', communication });
    const reason = await spare.heard(({ neighbor }) => neighbor?.reason, 'the end of the session');
    expect(reason).toContain('can not decode update message of type "3"');
  });

  row('Route types that ExaBGP does not know', 'RFC 7606 §5.4', async ({ calling, far, nvad }, { limit }) => {
    limit('ExaBGP hears of them, and closes the connection when they are withdrawn, without a NOTIFICATION');
    const nlri = unknownType(6, '00010a00001f0007000000000020ef010101200a00001f02');
    far.send(announce([nlri], { nextHop: far.address }));
    expect((await announced(calling, nlri)).read).toMatchObject({ parsed: false, code: 6 });
    far.send(withdraw([nlri]));
    await nvad.logged(/session with 10\.0\.0\.41 ended: connection failed/);
  });
});
