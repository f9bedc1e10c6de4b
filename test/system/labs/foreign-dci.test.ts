import { expect, test } from 'vitest';
import {
  eventually,
  json,
  macRoutesAt,
  nvadRoutes,
  output,
  ping,
  sessionsOf,
  useLab,
  vtepAt,
  waysAt,
} from './harness.ts';

// The claims of topologies/foreign-dci/README.md, in its order.
const lab = useLab('foreign-dci');
const host1 = { shared: '02:00:00:00:01:01', private: '02:00:00:00:01:02' };
const host3 = { shared: '02:00:00:00:03:03', private: '02:00:00:00:03:04' };
const gobgps = { shared: '02:00:00:00:22:01', private: '02:00:00:00:22:02' };
const vteps = { nve1: '10.1.0.11', gobgp: '10.2.0.1', border: '10.3.0.1' };

test('1. both neighbours have a session with nvad, and the hosts of domains 1 and 3 reach each other', async () => {
  await eventually(async () => expect(await sessionsOf(lab, 'border')).toEqual({ '10.1.0.1': 'Established' }));
  await eventually(() => ping(lab, 'host1', '192.168.100.3'));
  await eventually(() => ping(lab, 'host3', '192.168.100.1'));
  // The pings may have been flooded.
  await eventually(async () => {
    expect(await vtepAt(lab, 'nve1', 100, host3.shared)).toBe(vteps.border);
    expect(await vtepAt(lab, 'border', 100, host1.shared)).toBe(vteps.nve1);
  });
});

test("2. GoBGP has both hosts under its own route target, an RD of nvad's AS, with AS_PATH and D-PATH", async () => {
  await eventually(async () => {
    expect(await atGobgp()).toEqual([
      route('macadv', vteps.nve1, [65001]),
      route('macadv', vteps.border, [65001, 65003]),
      route('multicast', vteps.nve1, [65001]),
      route('multicast', vteps.border, [65001, 65003]),
    ]);
  });
});

test("3. GoBGP's host is known in domains 1 and 3, which it reaches through nvad", async () => {
  await eventually(async () => {
    expect(await macRoutesAt(lab, 'nve1', gobgps.shared)).toEqual([`next hop ${vteps.gobgp}, RT:65001:100`]);
    expect(await macRoutesAt(lab, 'border', gobgps.shared)).toEqual([`next hop ${vteps.gobgp}, RT:65003:100`]);
    for (const nve of ['nve1', 'border']) expect(await vtepAt(lab, nve, 100, gobgps.shared)).toBe(vteps.gobgp);
  });
  expect(await waysAt(lab, 'nvad')).toMatchObject({
    [gobgps.shared]: ['AS_PATH 65002, D-PATH 65002:0'],
    [host3.shared]: ['AS_PATH 65003, D-PATH 65003:0'],
  });
});

test('4. the network that is not shared stays in each domain, and so do Ethernet segments', async () => {
  // Each host says where it is in its own domain first, to nobody who would answer.
  for (const [host, nobody] of [
    ['host1', '192.168.200.3'],
    ['host3', '192.168.200.1'],
  ] as const) {
    await expect(ping(lab, host, nobody)).rejects.toThrow('exit code 1');
  }
  await eventually(async () => {
    expect(await macRoutesAt(lab, 'nve1', host1.private)).toEqual([`next hop ${vteps.nve1}, RT:65001:200`]);
    expect(await macRoutesAt(lab, 'border', host3.private)).toEqual([`next hop ${vteps.border}, RT:65003:200`]);
    expect(await nvadRoutes(lab, 'nvad', '--mac', host1.private)).toHaveLength(1);
  });
  // What was said last is through when what is said after it is.
  await output(
    lab,
    'gobgp',
    ...'gobgp global rib add -a evpn macadv 02:00:00:00:22:09 192.168.100.29'.split(' '),
    ...'etag 0 label 100 rd 10.2.0.1:100 rt 65002:100 encap vxlan'.split(' '),
  );
  await eventually(async () => {
    for (const nve of ['nve1', 'border']) expect(await vtepAt(lab, nve, 100, '02:00:00:00:22:09')).toBe(vteps.gobgp);
  });
  for (const foreign of [gobgps.private, host3.private]) {
    expect(await nvadRoutes(lab, 'nvad', '--mac', foreign)).toEqual([]);
    expect(await macRoutesAt(lab, 'nve1', foreign)).toEqual([]);
  }
  for (const foreign of [gobgps.private, host1.private]) expect(await macRoutesAt(lab, 'border', foreign)).toEqual([]);
  expect((await atGobgp()).filter((text) => !text.endsWith('VNI 100'))).toEqual([]);
  expect(await atGobgp()).toHaveLength(4);
  expect(await nvadRoutes(lab, 'nvad', '--type', '4')).toEqual([]);
});

test('5. what GoBGP takes back goes everywhere', async () => {
  await output(
    lab,
    'gobgp',
    ...'gobgp global rib del -a evpn macadv 02:00:00:00:22:01 192.168.100.22'.split(' '),
    ...'etag 0 label 100 rd 10.2.0.1:100'.split(' '),
  );
  await eventually(async () => {
    expect(await nvadRoutes(lab, 'nvad', '--mac', gobgps.shared)).toEqual([]);
    for (const nve of ['nve1', 'border']) expect(await vtepAt(lab, nve, 100, gobgps.shared)).toBeUndefined();
  });
});

type GobgpPath = {
  readonly nlri: { readonly value?: { readonly labels?: readonly number[] } };
  readonly attrs: readonly {
    readonly type: number;
    readonly nexthop?: string;
    readonly label?: number;
    readonly as_paths?: readonly { readonly asns: readonly number[] }[];
    /** Of an attribute that GoBGP does not know, its octets in base64. */
    readonly value?: string | readonly { readonly type?: number; readonly subtype?: number; readonly value?: string }[];
  }[];
};

/** What GoBGP has of others: a text for each route, sorted. */
async function atGobgp(): Promise<readonly string[]> {
  const rib = await json<Record<string, GobgpPath[]>>(lab, 'gobgp', 'gobgp', 'global', 'rib', '-a', 'evpn', '-j');
  const learnt = Object.entries(rib).filter(([key]) => !key.includes('[rd:10.2.0.1:'));
  return learnt.flatMap(([key, paths]) => paths.map((path) => textOf(key, path))).sort();
}

function textOf(key: string, { nlri, attrs }: GobgpPath): string {
  const [, kind, as] = /^\[type:(\w+)\]\[rd:(\d+):/.exec(key) ?? [];
  const attribute = (type: number) => attrs.find((one) => one.type === type);
  const asPath = attribute(2)
    ?.as_paths?.flatMap(({ asns }) => asns)
    .join(' ');
  const communities = attribute(16)?.value;
  const targets =
    typeof communities === 'object' ? communities.filter(({ type, subtype }) => type === 0 && subtype === 2) : [];
  const vni = nlri.value?.labels?.[0] ?? attribute(22)?.label;
  const text = [kind, `RD of ${as}`, `next hop ${attribute(14)?.nexthop}`, `AS_PATH ${asPath}`];
  return [...text, `D-PATH ${attribute(36)?.value}`, ...targets.map(({ value }) => `RT ${value}`), `VNI ${vni}`].join(
    ', ',
  );
}

/** The same, as it should be. */
function route(kind: string, nextHop: string, passed: readonly number[]): string {
  const path = `AS_PATH ${passed.join(' ')}, D-PATH ${dPath(passed)}`;
  return `${kind}, RD of 65001, next hop ${nextHop}, ${path}, RT 65002:100, VNI 100`;
}

/** D-PATH in base64 (RFC 10039 §4): one segment of domains with local administrator 0, that were left by EVPN (70). */
function dPath(asns: readonly number[]): string {
  const octets = asns.flatMap((asn) => [0, 0, asn >> 8, asn & 0xff, 0, 0, 70]);
  return Buffer.from([asns.length, ...octets]).toString('base64');
}
