import { expect, test } from 'vitest';
import { eventually, json, nvadPeers, nvadRoutes, output, useLab } from './harness.ts';

// The claims of topologies/gobgp-mix/README.md, in its order.
const lab = useLab('gobgp-mix');

/** What GoBGP announces (topologies/gobgp-mix/gobgp/announce), as the bytes of its NLRIs by route type. */
const fromGobgp: Readonly<Record<number, string>> = {
  // RFC 7432 §7.1: RD 1:10.0.0.31:100, ESI type 1 (LACP aa:bb:cc:dd:ee:ff, key 100), tag 0, label 100.
  1: hex('0119', '00010A00001F0064', '01AABBCCDDEEFF006400', '00000000', '000064'),
  // RFC 7432 §7.2: ESI 0, tag 0, 48 bits of MAC, 32 bits of IP, VNI 100 as a raw label (RFC 8365 §5.1).
  2: hex('0225', '00010A00001F0064', '00'.repeat(10), '00000000', '30020000003101', '20C0A8641F', '000064'),
  // RFC 7432 §7.3: tag 0, originator 10.0.0.31.
  3: hex('0311', '00010A00001F0064', '00000000', '200A00001F'),
  // RFC 7432 §7.4: the same ESI, originator 10.0.0.31.
  4: hex('0417', '00010A00001F0064', '01AABBCCDDEEFF006400', '200A00001F'),
  // RFC 9136 §3.1: ESI 0, tag 0, 198.51.100.0/24, gateway 192.168.100.31, label 100.
  5: hex('0522', '00010A00001F0064', '00'.repeat(10), '00000000', '18C6336400', 'C0A8641F', '000064'),
};

/** FRR's two: the MAC of host1 without an IP address, and its flood route. */
const fromFrr: Readonly<Record<number, string>> = {
  2: hex('0221', '00010A00000B0002', '00'.repeat(10), '00000000', '30020000000101', '00', '000064'),
  3: hex('0311', '00010A00000B0002', '00000000', '200A00000B'),
};

test('1. all three have a session with nvad, which calls GoBGP and is called by the others', async () => {
  await eventually(async () => {
    expect(await nvadPeers(lab, 'nvad')).toEqual({ '10.0.0.11': 'nve', '10.0.0.31': 'nve', '10.0.0.41': 'nve' });
  });
});

test('2. ExaBGP, which shares nothing with us, reads every route: each NLRI is byte for byte what was announced', async () => {
  await output(lab, 'host1', 'ping', '-c', '1', '-W', '1', '192.168.100.254').catch(() => 'only to be heard');
  await eventually(async () => {
    const received = await receivedByExabgp();
    const raws = received.flatMap((update) => update.nlris.map((nlri) => `${update.nextHop} ${nlri}`));
    const expected = [
      ...Object.values(fromGobgp).map((nlri) => `10.0.0.31 ${nlri}`),
      ...Object.values(fromFrr).map((nlri) => `10.0.0.11 ${nlri}`),
    ];
    expect([...new Set(raws)].sort()).toEqual(expected.sort());
  });
});

test('3. attributes are as they were, with the originator and the cluster of a reflector added', async () => {
  const received = await receivedByExabgp();
  const byType = (nextHop: string, type: number) => {
    const nlri = (nextHop === '10.0.0.31' ? fromGobgp : fromFrr)[type] as string;
    return received.findLast((update) => update.nextHop === nextHop && update.nlris.includes(nlri))?.attributes;
  };
  const reflected = (originator: string) => ({
    'local-preference': 100,
    'originator-id': originator,
    'cluster-list': ['10.0.0.1'],
  });
  const target = 0x0002fde800000064n;
  const vxlan = 0x030c000000000008n;
  expect(byType('10.0.0.31', 1)).toMatchObject({ origin: 'incomplete', ...reflected('10.0.0.31') });
  expect(communities(byType('10.0.0.31', 1))).toEqual([target, vxlan, 0x0601000000000064n]);
  expect(communities(byType('10.0.0.31', 2))).toEqual([target, vxlan]);
  expect(communities(byType('10.0.0.31', 3))).toEqual([target, vxlan]);
  expect(byType('10.0.0.31', 3)?.pmsi).toBe('pmsi:ingressreplication:0:6(100):10.0.0.31');
  expect(communities(byType('10.0.0.31', 4))).toEqual([target, 0x0602aabbccddeeffn]);
  expect(communities(byType('10.0.0.31', 5))).toEqual([target, vxlan]);
  expect(byType('10.0.0.11', 2)).toMatchObject({ origin: 'igp', ...reflected('10.0.0.11') });
  expect(byType('10.0.0.11', 3)?.pmsi).toBe('pmsi:ingressreplication:0:6(100):10.0.0.11');
});

test('4. GoBGP holds the routes of FRR with their next hop', async () => {
  type Rib = Record<string, { nlri: { type: number }; attrs: { type: number; nexthop?: string }[] }[]>;
  await eventually(async () => {
    const rib = await json<Rib>(lab, 'gobgp', 'gobgp', 'global', 'rib', '-a', 'evpn', '-j');
    const learnt = Object.entries(rib).filter(([key]) => key.includes('[rd:10.0.0.11:2]'));
    expect(learnt.map(([, [path]]) => path?.nlri.type).sort()).toEqual([2, 3]);
    for (const [, [path]] of learnt) {
      expect(path?.attrs.find((attribute) => attribute.type === 14)?.nexthop).toBe('10.0.0.11');
    }
  });
});

test('5. FRR holds the five routes of GoBGP, and uses what it can: the MAC and the flood list', async () => {
  type Table = Record<string, Record<string, { routeType?: number; paths?: { nexthops: { ip: string }[] }[][] }>>;
  await eventually(async () => {
    const table = await json<Table>(lab, 'nve1', 'vtysh', '-c', 'show bgp l2vpn evpn route json');
    const routes = Object.values(table['10.0.0.31:100'] ?? {}).filter((route) => typeof route === 'object');
    expect(routes.map((route) => route.paths?.flat()[0]?.nexthops[0]?.ip)).toEqual(Array(5).fill('10.0.0.31'));
    const fdb = await output(lab, 'nve1', 'bridge', 'fdb', 'show', 'dev', 'vxlan100');
    expect(fdb).toMatch(/^02:00:00:00:31:01 dst 10\.0\.0\.31 /m);
    expect(fdb).toMatch(/^00:00:00:00:00:00 dst 10\.0\.0\.31 /m);
  });
});

test('6. a route that GoBGP takes back goes everywhere', async () => {
  await output(
    lab,
    'gobgp',
    ...'gobgp global rib del -a evpn macadv'.split(' '),
    '02:00:00:00:31:01',
    '192.168.100.31',
    ...'etag 0 label 100 rd 10.0.0.31:100'.split(' '),
  );
  await eventually(async () => {
    expect(await nvadRoutes(lab, 'nvad', '--mac', '02:00:00:00:31:01')).toEqual([]);
    expect(await output(lab, 'nve1', 'bridge', 'fdb', 'show', 'dev', 'vxlan100')).not.toContain('02:00:00:00:31:01');
    expect((await receivedByExabgp()).at(-1)).toMatchObject({ nlris: [], withdrawn: [fromGobgp[2]] });
  });
});

/** Octets in hexadecimal, field by field. */
function hex(...fields: string[]): string {
  return fields.join('');
}

type Attributes = {
  readonly origin: string;
  readonly 'originator-id'?: string;
  readonly 'cluster-list'?: readonly string[];
  /** In the file's own digits: the values do not fit into a double. */
  readonly 'extended-community': readonly { readonly value: string }[];
  readonly pmsi?: string;
};

type Received = {
  readonly nextHop: string | undefined;
  readonly nlris: readonly string[];
  readonly withdrawn: readonly string[];
  readonly attributes: Attributes | undefined;
};

type Nlri = { readonly raw: string };
type Line = {
  readonly type: string;
  readonly neighbor: {
    readonly message?: {
      readonly update?: {
        readonly attribute?: Attributes;
        readonly announce?: { readonly 'l2vpn evpn'?: Readonly<Record<string, readonly Nlri[]>> };
        readonly withdraw?: { readonly 'l2vpn evpn'?: readonly Nlri[] };
      };
    };
  };
};

/** Every UPDATE that ExaBGP received, in order. */
async function receivedByExabgp(): Promise<Received[]> {
  const lines = (await output(lab, 'exabgp', 'cat', '/tmp/received.jsonl')).split('\n').filter(Boolean);
  return lines.flatMap((line): Received[] => {
    const update = (JSON.parse(line.replace(/"value": (\d+)/g, '"value": "$1"')) as Line).neighbor.message?.update;
    if (!update) return [];
    const announced = Object.entries(update.announce?.['l2vpn evpn'] ?? {});
    const withdrawn = (update.withdraw?.['l2vpn evpn'] ?? []).map((nlri) => nlri.raw);
    if (announced.length === 0) return [{ nextHop: undefined, nlris: [], withdrawn, attributes: update.attribute }];
    return announced.map(([nextHop, nlris]) => ({
      nextHop,
      nlris: nlris.map((nlri) => nlri.raw),
      withdrawn,
      attributes: update.attribute,
    }));
  });
}

function communities(attributes: Attributes | undefined): bigint[] {
  return (attributes?.['extended-community'] ?? []).map(({ value }) => BigInt(value));
}
