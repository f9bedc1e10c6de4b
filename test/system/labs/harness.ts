import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, vi } from 'vitest';
import { openLocalLab } from '../../../tools/lab/open.ts';
import type { Lab } from '../../../tools/lab/run/lab.ts';
import { silent } from '../../../tools/lab/run/report.ts';

/** Brings a lab of topologies/ up before the tests of a file, and takes it down after them, whatever happened. */
export function useLab(name: string): Lab {
  const lab = openLocalLab(fileURLToPath(new URL(`../../../topologies/${name}`, import.meta.url)), silent);
  beforeAll(async () => {
    await lab.down();
    await lab.up();
  });
  afterAll(async () => {
    await lab.down();
  });
  return lab;
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

/** A line of nvad's table, as far as the lab tests look at it. */
export type NvadRoute = {
  readonly key: string;
  readonly type: number;
  readonly rd: string;
  readonly mac: string | null;
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
  const page = await json<{ routes: NvadRoute[] }>(lab, node, 'nvactl', 'show', 'routes', '--json', ...filters);
  return page.routes;
}

/** The peers of an nvad that are Established, by address, with their role. */
export async function nvadPeers(lab: Lab, node: string): Promise<Record<string, string>> {
  const list = await json<{ peers: { address: string; role: string; state: string }[] }>(
    ...([lab, node, 'nvactl', 'show', 'peers', '--json'] as const),
  );
  const established = list.peers.filter((peer) => peer.state === 'Established');
  return Object.fromEntries(established.map((peer) => [peer.address, peer.role]));
}

/** One ping that must be answered within a second. */
export async function ping(lab: Lab, from: string, to: string): Promise<void> {
  await output(lab, from, 'ping', '-c', '1', '-W', '1', to);
}

export type PingRun = {
  /** Ends the run and counts. */
  stop(): Promise<{ readonly sent: number; readonly received: number; readonly longestGapMs: number }>;
  /** Answers so far. */
  readonly received: number;
};

/** A ping every 50 ms until it is stopped. */
export function startPing(lab: Lab, from: string, to: string): PingRun {
  const child = lab.spawn(from, ['ping', '-D', '-O', '-i', '0.05', to]);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<void>((done) => child.on('close', () => done()));
  return {
    get received() {
      return text.match(/bytes from/g)?.length ?? 0;
    },
    async stop() {
      // ping counts what it sent when it is interrupted; the process that was started stands outside the node.
      await lab.exec(from, ['pkill', '-INT', '-x', 'ping']);
      await ended;
      const counts = /(\d+) packets transmitted, (\d+) received/.exec(text);
      if (!counts) throw new Error(`ping said nothing that can be counted:\n${text}`);
      const times = [...text.matchAll(/\[(\d+\.\d+)\] \d+ bytes from/g)].map((match) => Number(match[1]));
      const gaps = times.slice(1).map((time, i) => (time - (times[i] as number)) * 1000);
      return { sent: Number(counts[1]), received: Number(counts[2]), longestGapMs: Math.max(0, ...gaps) };
    },
  };
}
