import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import type { BgpClient } from '../support/bgp-client.ts';
import { address, hex, u16, u24, u32, unhex } from '../support/bytes.ts';
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
import { macRoutes } from '../support/many-routes.ts';
import {
  announce,
  capability,
  encapsulationVxlan,
  interestInAll,
  keepalive,
  macMobility,
  message,
  open,
  type RawAttribute,
  routeRefresh,
  routeTarget,
  Type,
  withdraw,
} from '../support/messages.ts';
import { isRoot } from '../support/namespace.ts';
import { runTool } from '../support/nvad.ts';
import { ReflectorBench } from '../support/reflector-bench.ts';
import { until } from '../support/until.ts';
import { Capture, tsharkName } from './support/capture.ts';
import { interop } from './support/matrix.ts';
import {
  type DecodedRoute,
  type Json,
  ownReading,
  type RouteReading,
  tsharkReading,
  valuesOf,
} from './support/route-reading.ts';

const nextHop = '10.0.0.11';
const at = { rd: rd('10.0.0.11', 7), tag: 5 };
/** One of each type of ESI (RFC 7432 §5). */
const esis = [
  '000102030405060708ff',
  '01aabbccddeeff006400',
  '0202aabbccddee123400',
  '03aabbccddeeff000007',
  '040a000001000000ab00',
  '050000fde8000000ab00',
] as const;

/** Types 1 to 5 in both address families, with and without what is optional, and with each type of RD. */
const routes = [
  ...esis.map((esi) => ethernetAd({ ...at, esi, label: 1234 })),
  ethernetAd({ rd: at.rd, esi: esis[1] }),
  macIp({ ...at, esi: esis[1], mac: macOf(1), labels: [0xfffffe] }),
  macIp({ ...at, mac: macOf(2), ip: '192.168.100.1', labels: [100, 200] }),
  macIp({ ...at, mac: macOf(3), ip: '2001:db8::1', labels: [100] }),
  macIp({ rd: [0, 0, ...u16(65000), ...u32(7)], mac: macOf(4), ip: '2001:db8::2', labels: [100, 200] }),
  inclusiveMulticast({ ...at, originator: '10.0.0.11' }),
  inclusiveMulticast({ rd: [0, 2, ...u32(4200000001), ...u16(7)], originator: '2001:db8::11' }),
  ethernetSegment({ rd: at.rd, esi: esis[3], originator: '10.0.0.11' }),
  ethernetSegment({ rd: at.rd, esi: esis[0], originator: '2001:db8::11' }),
  ipPrefix({ ...at, prefix: '192.0.2.0/24', gateway: '10.9.0.1', label: 777 }),
  ipPrefix({ ...at, prefix: '0.0.0.0/0', gateway: '0.0.0.0', label: 777 }),
  ipPrefix({ ...at, esi: esis[3], prefix: '2001:db8::/32', gateway: '::', label: 777 }),
];

const communities = [
  routeTarget(65000, 100),
  [1, 2, ...address('10.0.0.11'), ...u16(7)],
  [2, 2, ...u32(4200000001), ...u16(7)],
  [0, 3, ...u16(65000), ...u32(9)],
  encapsulationVxlan,
  unhex('030d000000000000'),
  unhex('030b000000000064'),
  macMobility(3, true),
  [6, 1, 1, 0, 0, ...u24(100)],
  [6, 2, ...unhex('aabbccddeeff')],
  [6, 3, ...unhex('020000005001')],
  [6, 4, 0, 2, ...u16(1500), 0, 0],
  [6, 5, 1, 0, 0, ...u24(100)],
  [6, 6, 2, 0, 0, 0, 0x7f, 0xff],
  [6, 8, 1, 0, 0, 0, 0, 0],
  [6, 9, 0, 3, 0, 0, 0, 0],
  unhex('4004fde847c35000'),
];

/** Besides those that every route has. */
const attributes: readonly RawAttribute[] = [
  [0x80, 4, u32(5)],
  [0x40, 6, []],
  [0xc0, 7, [...u32(4200000001), ...address('10.0.0.9')]],
  [0xc0, 8, [...u16(65000), ...u16(1), ...unhex('ffffff04')]],
  [0xc0, 22, [0, 6, ...u24(100), ...address('10.0.0.11')]],
  [0xc0, 25, unhex('0002 20010db8000000000000000000000011 0064')],
  [0x80, 26, unhex('01 000b 00000000000003e8')],
  [0xc0, 32, [...u32(4200000001), ...u32(1), ...u32(2)]],
  [0xc0, 35, u32(65009)],
  [0xc0, 200, [1, 2, 3]],
];

/** Shutdown communication with which each capture ends. */
const lastWords = 'that is all';
/** AFI 25, SAFI 70, as `bgp-ts decode` writes the two. */
const EVPN = (25 << 8) | 70;
/** Severities of Wireshark's expert information. */
const WARNING = 0x600000;
const TUNNEL_VNI = 'bgp.update.encaps_tunnel_tlv_subtlv.vxlan.vnid';
const { evpn, extendedMessage, gracefulRestart, asn4 } = capability;

describe.runIf(isRoot && tsharkName() !== undefined)('what nvad sends, as tshark reads it', () => {
  const peer = tsharkName() ?? 'TShark';
  let bench: ReflectorBench;

  beforeAll(async () => {
    bench = new ReflectorBench('gracefulRestart: { longLivedStaleTime: 600 }\n');
    await bench.dut.up();
  });
  afterEach(() => bench.leave());
  afterAll(() => bench.clear());

  let captures = 0;
  async function capture(): Promise<Capture> {
    const file = join(bench.folder, `${captures++}.pcapng`);
    const started = await Capture.start(bench.net, 'lo', 'tcp port 179', file);
    bench.defer(() => started.stop());
    return started;
  }

  /** A client with all capabilities that change what it is sent. */
  async function interestedClient(): Promise<BgpClient> {
    const { rtConstrain, enhancedRouteRefresh } = capability;
    const capabilities = [
      evpn,
      rtConstrain,
      capability.routeRefresh,
      enhancedRouteRefresh,
      gracefulRestart,
      asn4(65000),
    ];
    const localAddress = '127.0.1.200';
    const client = bench.client(bench.net, { localAddress });
    await client.establish({ asn: 65000, id: localAddress, capabilities });
    client.send(...interestInAll(localAddress));
    return client;
  }

  /** Ends a client's session with words that are the last to be captured. */
  async function end(running: Capture, client: BgpClient): Promise<void> {
    const communication = lastWords;
    const { status } = await bench.dut.http(`/v1/peers/${client.address}/reset`, 'POST', {
      kind: 'hard',
      communication,
    });
    expect(status).toBe(202);
    await running.end(Buffer.from(lastWords));
  }

  /** Frames that nvad sent, as tshark's JSON has them. */
  const frames = (captured: Capture, filter = 'bgp', raw = false) =>
    JSON.parse(
      captured.tshark(
        '-Y',
        `tcp.srcport == 179 && (${filter})`,
        '-T',
        'json',
        '--no-duplicate-keys',
        ...(raw ? ['-x'] : []),
      ),
    ) as readonly Json[];

  /** Messages of expert information on BGP from warnings on. */
  function complaints(captured: Capture): readonly string[] {
    const fields = ['-T', 'fields', '-E', 'aggregator=|', '-e', '_ws.expert.severity', '-e', '_ws.expert.message'];
    const lines = captured.tshark('-Y', 'tcp.srcport == 179 && (_ws.expert || _ws.malformed)', ...fields).split('\n');
    return lines.filter(Boolean).flatMap((line) => {
      const [severities = [], messages = []] = line.split('\t').map((list) => list.split('|'));
      return messages.filter((_, index) => Number(severities[index]) >= WARNING);
    });
  }

  /** By the client's port, its routes in the order in which it was sent them, announced or withdrawn. */
  function readByTshark(captured: Capture): Record<string, RouteReading[]> {
    const read: Record<string, RouteReading[]> = {};
    for (const frame of frames(captured, 'bgp.evpn.nlri')) {
      const port = String(valuesOf(frame, 'tcp.dstport')[0]);
      read[port] ??= [];
      read[port].push(...valuesOf(frame, 'bgp.evpn.nlri').map(tsharkReading));
    }
    return read;
  }
  async function readByUs(captured: Capture): Promise<Record<string, RouteReading[]>> {
    const { code, stdout } = await runTool(bench.net, ['bgp-ts', 'decode', '--pcap', captured.file, '--json']);
    expect(code).toBe(0);
    type Nlri = { readonly family: number; readonly nlri: readonly DecodedRoute[] };
    interface Line {
      readonly from: string;
      readonly to: string;
      readonly decoded: { readonly value?: { readonly attributes?: Record<'mpReachNlri' | 'mpUnreachNlri', Nlri> } };
    }
    const read: Record<string, RouteReading[]> = {};
    for (const line of stdout.split('\n').filter(Boolean)) {
      const { from, to, decoded } = JSON.parse(line) as Line;
      const { mpReachNlri, mpUnreachNlri } = decoded.value?.attributes ?? {};
      const nlri = [mpReachNlri, mpUnreachNlri].flatMap((field) => (field?.family === EVPN ? field.nlri : []));
      if (!from.endsWith(':179') || nlri.length === 0) continue;
      const port = to.slice(to.lastIndexOf(':') + 1);
      read[port] ??= [];
      read[port].push(...nlri.map(ownReading));
    }
    return read;
  }

  interop(
    {
      peer,
      what: 'Each kind of message to each kind of neighbour, with types 1 to 5 and every attribute of EVPN: nothing malformed, no warning, and the same routes field by field as bgp-ts decode finds',
      standard: 'RFC 4271 §4, RFC 7432 §7, RFC 9136 §3.1',
    },
    async ({ note }) => {
      const running = await capture();
      const from = await bench.join('client');
      const to = [
        await bench.join('client'),
        await bench.join('replica'),
        await bench.join('as65001'),
        await bench.join('as65002', { capabilities: [evpn, capability.routeRefresh] }),
        await bench.joinFrom('fd00::10', 'fd00::1', { asn: 65000, id: '10.255.6.1' }),
      ];
      const [client, , external] = to as [BgpClient, BgpClient, BgpClient];
      const interested = await interestedClient();
      to.push(interested);
      for (const nlri of routes) {
        from.send(announce([nlri], { nextHop, extendedCommunities: communities, more: attributes }));
      }
      for (const one of to) await one.holdsNumber(routes.length);
      external.send(
        announce([macIp({ ...at, mac: macOf(9) })], {
          nextHop: '2001:db8::11',
          localPref: null,
          asPath: [65001, 4200000001],
        }),
      );
      for (const one of to) if (one !== external) await one.holdsNumber(routes.length + 1);
      for (const one of [client, interested]) one.send(routeRefresh);
      from.send(withdraw(routes.slice(0, 5)));
      for (const one of to) await one.holdsNumber(routes.length + (one === external ? 0 : 1) - 5);
      const { status } = await bench.dut.http(`/v1/peers/${from.address}/reset`, 'POST', { kind: 'soft' });
      expect(status).toBe(202);
      await from.received(Type.routeRefresh);
      await end(running, client);
      interested.destroy();

      expect(complaints(running)).toEqual([]);
      const sent = frames(running);
      const seen = (field: string) =>
        [...new Set(sent.flatMap((frame) => valuesOf(frame, field)).map(Number))].sort((a, b) => a - b);
      expect(seen('bgp.type')).toEqual([Type.open, Type.update, Type.notification, Type.keepalive, Type.routeRefresh]);
      const codes = [...attributes.map(([, code]) => code), 1, 2, 5, 9, 10, 14, 15, 16, 17, 18];
      expect(seen('bgp.update.path_attribute.type_code')).toEqual(codes.sort((a, b) => a - b));
      expect(sent.flatMap((frame) => valuesOf(frame, 'bgp.notify.communication'))).toEqual([lastWords]);

      expect(seen('bgp.route_refresh.subtype')).toEqual([0, 1, 2]);
      expect(seen('bgp.update.path_attribute.mp_reach_nlri.safi')).toEqual([70, 132]);

      const byTshark = readByTshark(running);
      expect(Object.keys(byTshark)).toHaveLength(to.length + 1);
      expect(byTshark).toEqual(await readByUs(running));
      note('TShark reads the labels of types 1 and 2 as 20 bits, before it comes to the community that says VXLAN');
    },
  );

  /** The whole NLRI of each route in order, as tshark has cut them; beside each it has numbers for its place. */
  const cut = (captured: Capture) =>
    frames(captured, 'bgp.evpn.nlri', true)
      .flatMap((frame) => valuesOf(frame, 'bgp.evpn.nlri_raw'))
      .filter((one) => typeof one === 'string');

  /** Nothing but what this peer is known to complain of. */
  function only(captured: Capture, known: RegExp): boolean {
    const said = complaints(captured);
    expect(said.filter((message) => !known.test(message))).toEqual([]);
    return said.length > 0;
  }

  const [source, group, originator] = ['20c0000201', '20e8010101', '200a00000b'];
  const [distinguisher, tag] = [hex(at.rd), '00000005'];
  const multicast = `${tag}${source}${group}${originator}`;

  /** Route types that are relayed only; a capture of them. */
  async function relayed(nlris: readonly (readonly number[])[], more: readonly RawAttribute[] = []): Promise<Capture> {
    const running = await capture();
    const from = await bench.join('client');
    const client = await bench.join('client');
    for (const nlri of nlris) from.send(announce([nlri], { nextHop, more }));
    await client.holdsNumber(nlris.length);
    expect([...client.routes.values()].map(({ nlri }) => nlri).sort()).toEqual(nlris.map(hex).sort());
    await end(running, client);
    return running;
  }

  interop({ peer, what: 'Route types 6 and 7', standard: 'RFC 9251 §9' }, async () => {
    const nlris = [
      unknownType(6, `${distinguisher}${multicast}02`),
      unknownType(7, `${distinguisher}${esis[3]}${multicast}02`),
    ];
    const captured = await relayed(nlris);
    expect(complaints(captured)).toEqual([]);
    expect(cut(captured)).toEqual(nlris.map(hex));
  });

  interop(
    {
      peer,
      what: 'Route types 8 to 11, and one that nobody knows',
      standard: 'RFC 9251 §9.3, RFC 9572 §3, RFC 7606 §5.4',
    },
    async ({ limit }) => {
      const captured = await relayed([
        unknownType(8, `${distinguisher}${esis[3]}${multicast}000000000a02`),
        unknownType(9, `${distinguisher}${tag}0009fde800000001`),
        unknownType(10, `${distinguisher}${multicast}`),
        unknownType(11, `${hex(inclusiveMulticast({ ...at, originator: '10.0.0.11' }))}${originator}`),
        unknownType(200, 'deadbeef'),
      ]);
      if (only(captured, /EVPN/)) limit('TShark reads type 8 two octets short, and none of the others');
    },
  );

  interop({ peer, what: 'Tunnel encapsulation attribute', standard: 'RFC 9012 §2' }, async ({ limit }) => {
    // VXLAN with a VNI, an egress endpoint and a color (RFC 9012 §3.2.1, §3.1, §3.4.2).
    const tunnel = '0008 0024 010c 80 000064 000000000000 0000 060a 00000000 0001 0a00000b 0408 030b000000000064';
    const captured = await relayed([routes[7]!], [[0xc0, 23, unhex(tunnel)]]);
    if (only(captured, /^Malformed Packet/)) limit('TShark reads four octets over the end of each tunnel');
    const seen = frames(captured, 'bgp.evpn.nlri').flatMap((frame) => valuesOf(frame, TUNNEL_VNI));
    expect(seen.map(Number)).toEqual([100]);
  });

  interop({ peer, what: 'Capabilities in OPEN', standard: 'RFC 5492 §4' }, async ({ limit }) => {
    const running = await capture();
    const client = await bench.join('severalPaths');
    await end(running, client);
    expect(complaints(running)).toEqual([]);
    const opens = frames(running, `bgp.type == 1 && ip.dst == ${client.address}`);
    const seen = (field: string) => opens.flatMap((frame) => valuesOf(frame, field)).map(Number);
    expect([...new Set(seen('bgp.cap.type'))].sort((a, b) => a - b)).toEqual([1, 2, 6, 64, 65, 69, 70, 71]);
    expect(seen('bgp.cap.4as')).toEqual([65000]);
    expect([seen('bgp.cap.ap.afi'), seen('bgp.cap.ap.safi'), seen('bgp.cap.ap.sendreceive')]).toEqual([
      [25],
      [70],
      [3],
    ]);
    expect(seen('bgp.cap.gr.timers.notification_flag')).toEqual([1]);
    // EVPN, F set, 600 s (RFC 9494 §3.1)
    const llgr = hex(capability.longLivedGracefulRestart(600));
    expect(hex(client.messages[0]!.octets)).toContain(llgr);
    const unread = opens.flatMap((frame) => valuesOf(frame, 'bgp.cap.unknown')).map((octets) => String(octets));
    if (unread.some((octets) => octets.replaceAll(':', '').endsWith(llgr.slice(4)))) {
      limit('TShark knows long-lived graceful restart by its number alone');
    }
  });

  interop(
    {
      peer,
      what: 'NOTIFICATIONs: each kind of error, and a Hard Reset with a shutdown communication',
      standard: 'RFC 4271 §4.5, RFC 8538 §3.1',
    },
    async ({ limit }) => {
      const running = await capture();
      const wrong: readonly [string, readonly Uint8Array[]][] = [
        ['1/1', [Uint8Array.from([...Array<number>(16).fill(0), 0, 29, 1])]],
        ['1/2', [Uint8Array.from([...Array<number>(16).fill(255), 0, 18, 1])]],
        ['1/3', [Uint8Array.from([...Array<number>(16).fill(255), 0, 19, 9])]],
        ['2/2', [open({ asn: 65099, id: '10.255.7.1' })]],
        ['2/3', [open({ asn: 65000, id: '0.0.0.0' })]],
        ['2/6', [open({ asn: 65000, id: '10.255.7.1', holdTime: 1 })]],
        ['2/7', [open({ asn: 65000, id: '10.255.7.1', capabilities: [capability.routeRefresh] })]],
        ['3/1', [open({ asn: 65000, id: '10.255.7.1' }), keepalive, message(Type.update, [0, 0, 255, 255])]],
        ['5/2', [open({ asn: 65000, id: '10.255.7.1' }), routeRefresh]],
      ];
      const said: string[] = [];
      for (const [index, [, messages]] of wrong.entries()) {
        const client = bench.client(bench.net, { localAddress: `127.0.1.${150 + index}` });
        client.send(...messages);
        said.push(await client.notification());
        client.destroy();
      }
      expect(said.map((text) => `${Number(text.slice(1, 2))}/${Number(text.slice(3, 4))}`)).toEqual(
        wrong.map(([what]) => what),
      );
      const soft = await bench.join('client');
      const communication = 'for six hours';
      await bench.dut.http(`/v1/peers/${soft.address}/reset`, 'POST', { kind: 'hard', communication });
      await soft.notification();
      const { asn4 } = capability;
      // N set (RFC 8538 §2)
      const hard = await bench.join('client', {
        capabilities: [evpn, capability.routeRefresh, [64, 2, 0x40, 0], asn4(65000)],
      });
      await end(running, hard);
      expect((await hard.notification()).startsWith('060906040b')).toBe(true);

      // nvad looks for neighbours that it knows, finds itself at their addresses, and rejects itself.
      const read = frames(running, 'bgp.type == 3 && ip.src == 127.0.0.1');
      const codes = read.map((frame) => {
        const [major] = valuesOf(frame, 'bgp.notify.major_error');
        const minor = /"bgp\.notify\.minor_error\w*":"(\d+)"/.exec(JSON.stringify(frame))?.[1];
        return `${major}/${minor}`;
      });
      expect(codes).toEqual([...wrong.map(([what]) => what), '6/4', '6/9']);
      expect(complaints(running)).toEqual([]);
      const told = read.flatMap((frame) => valuesOf(frame, 'bgp.notify.communication'));
      expect(told[0]).toBe(communication);
      if (told.length === 2) {
        expect(told[1]).toBe(lastWords);
        return;
      }
      // A Hard Reset holds another NOTIFICATION's code, subcode and data (RFC 8538 §3.1).
      const held = valuesOf(read.at(-1) ?? null, 'bgp.notify.minor_data').map((data) =>
        String(data).replaceAll(':', ''),
      );
      expect(held).toEqual([`06040b${Buffer.from(lastWords).toString('hex')}`]);
      limit('TShark does not look into a Hard Reset');
    },
  );

  interop({ peer, what: 'D-PATH', standard: 'RFC 10039 §4' }, async ({ limit }) => {
    // 65000:1 by EVPN, and 4200000001:2 by IP VPN
    const domains = [
      [...u32(65000), ...u16(1), 70],
      [...u32(4200000001), ...u16(2), 128],
    ];
    const read = async (route: readonly number[], inSegment: readonly (readonly number[])[]) => {
      const captured = await relayed([route], [[0xc0, 36, [inSegment.length, ...inSegment.flat()]]]);
      expect(complaints(captured)).toEqual([]);
      const sent = frames(captured);
      await bench.leave();
      return ['ga', 'la', 'isf.safi'].map((field) =>
        sent.flatMap((frame) => valuesOf(frame, `bgp.update.attribute.dpath.${field}`)).map(Number),
      );
    };
    const route = ipPrefix({ ...at, prefix: '192.0.2.0/25', gateway: '0.0.0.0' });
    expect(await read(route, domains.slice(0, 1))).toEqual([[65000], [1], [70]]);
    const both = await read(route, domains);
    if (both[2]?.length === 1) limit('TShark looks for one SAFI in a segment, where each of its domains has one');
    else {
      expect(both).toEqual([
        [65000, 4200000001],
        [1, 2],
        [70, 128],
      ]);
    }
  });

  interop({ peer, what: 'Several paths a route', standard: 'RFC 7911 §3' }, async () => {
    const running = await capture();
    const [first, second] = [await bench.join('client'), await bench.join('client')];
    const capabilities = [evpn, capability.routeRefresh, gracefulRestart, asn4(65000), capability.addPathReceive];
    const several = await bench.join('severalPaths', { capabilities });
    const nlri = macIp({ ...at, mac: macOf(1) });
    const octets = () => several.messages.map((one) => hex(one.octets)).join('');
    const times = (count: number) =>
      until(() => octets().split(hex(nlri)).length - 1 === count, { within: 5000, what: `the route ${count} times` });
    first.send(announce([nlri], { nextHop: first.address }));
    await times(1);
    second.send(announce([nlri], { nextHop: second.address }));
    await times(2);
    first.send(withdraw([nlri]));
    await times(3);
    await end(running, several);

    expect(complaints(running)).toEqual([]);
    const toSeveral = frames(running, `bgp.type == 2 && ip.dst == ${several.address}`);
    const [one, other, gone, ...more] = toSeveral.flatMap((frame) => valuesOf(frame, 'bgp.nlri_path_id'));
    expect([gone, more]).toEqual([one, []]);
    expect(Number(other)).not.toBe(Number(one));
    expect(readByTshark(running)).toEqual(await readByUs(running));
  });

  interop({ peer, what: 'Extended messages', standard: 'RFC 8654 §4' }, async ({ limit }) => {
    const running = await capture();
    const capabilities = [evpn, capability.routeRefresh, extendedMessage, gracefulRestart, asn4(65000)];
    const from = await bench.join('client', { capabilities });
    const large = await bench.join('client', { capabilities });
    const many = macRoutes(0, 1800);
    from.send(announce(many, { nextHop }));
    await large.holdsNumber(many.length);
    from.send(withdraw(many));
    await large.holdsNumber(0);
    await end(running, large);
    const longer = large.messages.map(({ octets }) => octets.length).filter((length) => length > 4096);
    expect(longer).toHaveLength(2);
    if (only(running, /^Length is invalid/)) {
      expect(complaints(running)).toEqual(longer.map((length) => `Length is invalid ${length}`));
      limit('TShark takes a length above 4,096 for an error');
    } else expect(readByTshark(running)).toEqual(await readByUs(running));
  });
});
