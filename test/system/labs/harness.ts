import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, vi } from 'vitest';
import type { NveView } from '../../../src/nve/nve.ts';
import { LabError } from '../../../tools/lab/fault.ts';
import { longName } from '../../../tools/lab/names.ts';
import { openLocalLab } from '../../../tools/lab/open.ts';
import type { Lab } from '../../../tools/lab/run/lab.ts';
import { PingRun } from '../../../tools/lab/run/ping.ts';
import { silent } from '../../../tools/lab/run/report.ts';
import { until } from '../../../tools/lab/run/until.ts';
import { Capture } from '../support/frame-capture.ts';

/** Brings a lab of topologies/ up before the tests of a file, and takes it down after them, whatever happened. */
export function useLab(name: string): Lab {
  const lab = openLocalLab(fileURLToPath(new URL(`../../../topologies/${name}`, import.meta.url)), silent);
  beforeAll(async () => {
    // Another run on this machine may hold the lab: its turn comes first.
    await until(() => takenDown(lab), 100_000);
    await lab.up(undefined, true);
  });
  afterAll(async () => {
    await lab.down();
  });
  return lab;
}

async function takenDown(lab: Lab): Promise<true | undefined> {
  try {
    await lab.down();
    return true;
  } catch (error) {
    if (error instanceof LabError && error.code === 'busy') return undefined;
    throw error;
  }
}

/** What a command in a node printed; the test fails when it did not succeed. */
export async function output(lab: Lab, node: string, ...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.exec(node, argv, { timeoutMs: 20_000 });
  if (code !== 0) throw new Error(`${node}: ${argv.join(' ')}: exit code ${code}\n${stderr}${stdout}`);
  return stdout;
}

export async function json<T>(lab: Lab, node: string, ...argv: string[]): Promise<T> {
  return JSON.parse(await output(lab, node, ...argv)) as T;
}

/** Repeats an assertion until it holds; its last failure is the test's when the time is over. */
export function eventually<T>(assertion: () => Promise<T>, timeoutMs = 15_000): Promise<T> {
  return vi.waitFor(assertion, { timeout: timeoutMs, interval: 200 });
}

type Summary = { peers: Record<string, { state: string; pfxRcd: number }> };

/** The state of each EVPN session of an FRR router, by the peer's address. */
export async function sessionsOf(lab: Lab, node: string): Promise<Record<string, string>> {
  const summary = await json<Summary>(lab, node, 'vtysh', '-c', 'show bgp l2vpn evpn summary json');
  return Object.fromEntries(Object.entries(summary.peers).map(([address, peer]) => [address, peer.state]));
}

type FrrPath = {
  readonly nexthops: readonly { readonly ip: string }[];
  readonly originatorId?: string;
  readonly clusterList?: { readonly list: readonly string[] };
  readonly extendedCommunity?: { readonly string: string };
  readonly pmsi?: { readonly tunnelType: string; readonly label: number };
};

/** How an FRR router sees the type 3 route of one RD: a text for each path, sorted. */
export async function floodPathsAt(lab: Lab, node: string, rd: string): Promise<string[]> {
  const command = `show bgp l2vpn evpn route rd ${rd} type multicast json`;
  const shown = await json<Record<string, Record<string, { paths: FrrPath[][] }>>>(lab, node, 'vtysh', '-c', command);
  const routes = Object.values(shown[rd] ?? {}).filter((value) => typeof value === 'object');
  return routes
    .flatMap((route) => route.paths.flat())
    .map((path) => {
      const communities = path.extendedCommunity?.string.split(' ').sort().join(' ');
      const tunnel = `${path.pmsi?.tunnelType} ${path.pmsi?.label}`;
      const via = path.clusterList?.list.join(' ');
      return `next hop ${path.nexthops[0]?.ip}, originator ${path.originatorId}, via ${via}, ${communities}, ${tunnel}`;
    })
    .sort();
}

/** A line of nvad's table, as far as the lab tests look at it. */
export type NvadRoute = {
  readonly key: string;
  readonly type: number;
  readonly rd: string;
  readonly mac: string | null;
  readonly ip: string | null;
  readonly prefix: string | null;
  readonly originator: string | null;
  readonly best: {
    readonly peer: string;
    readonly nextHop: string;
    readonly vnis: readonly number[];
    readonly routeTargets: readonly string[];
    readonly mobility: { readonly sequence: number; readonly sticky: boolean } | null;
  } | null;
};

export async function nvadRoutes(lab: Lab, node: string, ...filters: string[]): Promise<readonly NvadRoute[]> {
  return (await nvactl<{ routes: NvadRoute[] }>(lab, node, 'show', 'routes', ...filters)).routes;
}

/** The peers of an nvad that are Established, by address, with their role. */
export async function nvadPeers(lab: Lab, node: string): Promise<Record<string, string>> {
  const list = await nvactl<{ peers: { address: string; role: string; state: string }[] }>(lab, node, 'show', 'peers');
  const established = list.peers.filter((peer) => peer.state === 'Established');
  return Object.fromEntries(established.map((peer) => [peer.address, peer.role]));
}

/** One ping that must be answered within a second. */
export async function ping(lab: Lab, from: string, to: string): Promise<void> {
  await output(lab, from, 'ping', '-c', '1', '-W', '1', to);
}

/** What nvactl says in a node, as the API's own object. Nothing that matches is an answer too. */
export async function nvactl<T = unknown>(lab: Lab, node: string, ...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await lab.exec(node, ['nvactl', ...words, '--json'], { timeoutMs: 20_000 });
  // nvactl says by code 4 that nothing matched; the page is printed all the same.
  if (code !== 0 && code !== 4)
    throw new Error(`${node}: nvactl ${words.join(' ')}: exit code ${code}\n${stderr}${stdout}`);
  return JSON.parse(stdout) as T;
}

/** A conflict, as far as the lab tests look at it. */
export type ConflictView = {
  readonly code: string;
  readonly network: string | null;
  readonly claims: readonly {
    readonly by: string;
    readonly nve: string;
    readonly mac?: string;
    readonly ip?: string;
  }[];
};

export async function conflictsAt(lab: Lab, node: string): Promise<readonly ConflictView[]> {
  return (await nvactl<{ conflicts: ConflictView[] }>(lab, node, 'show', 'conflicts')).conflicts;
}

type FrrMacs = { readonly macs: Record<string, { readonly type: string; readonly remoteVtep?: string }> };

/** Behind which VTEP an FRR router has a MAC address of a VNI: undefined for one that is its own or that it has not. */
export async function vtepAt(lab: Lab, node: string, vni: number, mac: string): Promise<string | undefined> {
  const { macs } = await json<FrrMacs>(lab, node, 'vtysh', '-c', `show evpn mac vni ${vni} json`);
  return macs?.[mac]?.remoteVtep;
}

/** Has one host ping another while something is done, and for 20 answers more; not one may be lost. */
export async function unlost(lab: Lab, from: string, to: string, during: () => Promise<void>): Promise<void> {
  const pings = new PingRun(lab, from, to);
  const more = (than: number) => eventually(async () => expect(pings.received).toBeGreaterThan(than));
  const answered = async () => {
    await more(10);
    await during();
    await more(pings.received + 20);
  };
  const { lost } = await answered().then(
    () => pings.stop(),
    async (error: unknown) => {
      await pings.stop();
      throw error;
    },
  );
  expect(lost).toBe(0);
}

type VxlanEntry = { readonly mac: string; readonly dst?: string };

/** The entries of a VNI in the kernel of an FRR router that lead into a tunnel. */
async function vxlanEntries(lab: Lab, node: string, vni: number): Promise<readonly Required<VxlanEntry>[]> {
  const entries = await json<VxlanEntry[]>(lab, node, 'bridge', '-j', 'fdb', 'show', 'dev', `vxlan${vni}`);
  return entries.flatMap(({ mac, dst }) => (dst === undefined ? [] : [{ mac, dst }]));
}

/**
 * To which VTEPs the kernel of an FRR router floods a VNI, sorted. In `show evpn vni` FRR also lists those that it floods
 * nothing to: one that it has had a host behind after the VTEP's type-3 route was withdrawn, and as long as it runs.
 */
export async function floodedAt(lab: Lab, node: string, vni: number): Promise<readonly string[]> {
  const entries = await vxlanEntries(lab, node, vni);
  return entries.flatMap(({ mac, dst }) => (mac === '00:00:00:00:00:00' ? [dst] : [])).sort();
}

/** The tunnel's end of each such entry, of those too by which it floods. */
export async function tunnelsAt(lab: Lab, node: string, vni: number): Promise<readonly string[]> {
  return (await vxlanEntries(lab, node, vni)).map(({ dst }) => dst);
}

/** Plugs a tenant system in at a machine with nved, which must have the NVA's yes. */
export async function plug(
  lab: Lab,
  node: string,
  { network = 'web', id, port = 'eth2', mac, ip }: Plugged,
  ...more: string[]
): Promise<void> {
  const tenant = ['--network', network, '--id', id, '--port', port, '--mac', mac, '--ip', ip, ...more];
  expect(await output(lab, node, 'nved', 'attach', ...tenant)).toBe('attached\n');
}

export type Plugged = {
  readonly network?: string;
  readonly id: string;
  readonly port?: string;
  readonly mac: string;
  readonly ip: string;
};

/** What nved says of itself. */
export async function nvedView(lab: Lab, node: string): Promise<NveView> {
  return (await json<{ readonly view: NveView }>(lab, node, 'nved', 'show', '--json')).view;
}

/** Addresses that nved knows at other NVEs: `IP` or `MAC`, a space, and the tunnel's end; sorted. */
export function knownHosts({ networks }: NveView): readonly string[] {
  const hosts = networks.flatMap(({ mappings }) => mappings.filter((mapping) => mapping.kind === 'host'));
  return hosts.map(({ mac, ip, nve }) => `${ip ?? mac} ${nve}`).sort();
}

/** What passes a device of a node until the test ends, from when something has passed that `send` makes pass. */
export async function captureAt(
  lab: Lab,
  { node, device, filter }: { readonly node: string; readonly device: string; readonly filter: string },
  send: () => Promise<unknown>,
): Promise<Capture> {
  const prefix = ['ip', 'netns', 'exec', longName(lab.topology, node)];
  const capture = new Capture({ defer: onTestFinished }, { prefix }, device, filter);
  await capture.begun(send);
  return capture;
}

type RouteDetailView = {
  readonly mac: string;
  readonly paths: readonly { readonly attributes: readonly { readonly name: string; readonly text: string }[] }[];
};

/** By MAC address, by which ways its routes came to an nvad: the ASes and the domains passed, nearest first; sorted. */
export async function waysAt(lab: Lab, node: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { code, stdout, stderr } = await lab.exec(node, ['nvactl', 'show', 'route', '--type', '2', '--json']);
  // By code 4 nvactl says that nothing matched.
  if (code === 4) return {};
  if (code !== 0) throw new Error(`${node}: nvactl show route: exit code ${code}\n${stderr}`);
  const details = JSON.parse(`[${stdout.trimEnd().replaceAll(/^}$\n/gm, '},')}]`) as RouteDetailView[];
  const byMac: Record<string, string[]> = {};
  for (const { mac, paths } of details) {
    byMac[mac] = [...(byMac[mac] ?? []), ...paths.map(({ attributes }) => wayOf(attributes))].sort();
  }
  return byMac;
}

function wayOf(attributes: RouteDetailView['paths'][number]['attributes']): string {
  const text = (name: string) => attributes.find((attribute) => attribute.name === name)?.text ?? '';
  const domains = [...text('D-PATH').matchAll(/domain (\S+) isfSafi 70/g)].map(([, domain]) => domain);
  return `AS_PATH ${text('AS_PATH')}, D-PATH ${domains.join(' ') || 'empty'}`;
}

type FrrRoutes = Record<string, Record<string, { readonly paths?: FrrPath[][] } | string>>;

/** Next hop and route targets of each route to a MAC address at an FRR router. */
export async function macRoutesAt(lab: Lab, node: string, mac: string): Promise<readonly string[]> {
  const shown = await json<FrrRoutes>(lab, node, 'vtysh', '-c', 'show bgp l2vpn evpn route type macip json');
  const routes = Object.values(shown).flatMap((ofRd) => (typeof ofRd === 'object' ? Object.entries(ofRd) : []));
  const paths = routes.flatMap(([key, route]) =>
    key.includes(mac) && typeof route === 'object' ? (route.paths ?? []).flat() : [],
  );
  return paths.map(({ nexthops, extendedCommunity }) => {
    const targets = extendedCommunity?.string.split(' ').filter((text) => text.startsWith('RT:'));
    return `next hop ${nexthops[0]?.ip}, ${targets?.sort().join(' ')}`;
  });
}
