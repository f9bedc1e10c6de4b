import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Behaviour,
  HostileNeighbour,
  type HostileReport,
  hostileHosts,
  hostileStdio,
} from '../support/hostile-neighbour.ts';
import { conflictsAt, eventually, nvactl, output, ping, tunnelsAt, unlost, useLab } from './harness.ts';

// The claims of topologies/hostile-neighbour/README.md, in its order.
const lab = useLab('hostile-neighbour');
const NEIGHBOUR = '192.0.2.2';
const NVES = ['10.0.0.11', '10.0.0.12'];
/** Hosts that come in at nve2 and leave. */
const CROWD = 1000;
/** More than all buffers on the way to the neighbour hold of what is said of them. */
const LARGE_CROWD = 5000;
/** Routes of the neighbour's that cross at most. */
const MOST_ROUTES = 1000;
const MOST_MEMORY_KIB = 512 * 1024;

type PeerView = {
  readonly address: string;
  readonly state: string;
  readonly counters: { readonly sessions: number; readonly faults: Readonly<Record<string, number>> };
  readonly egress: { readonly changesBehind: number; readonly socketBufferBytes: number };
  readonly lastErrorSent: { readonly code: number } | null;
  readonly lastFailure: { readonly name: string } | null;
};
type DomainView = {
  readonly state: string;
  readonly import: {
    readonly routes: number;
    readonly damped: number;
    readonly refused: Readonly<Record<string, number>>;
  };
};

/** Those of nvad, by their addresses. */
async function peers(): Promise<Readonly<Record<string, PeerView>>> {
  const list = await nvactl<{ peers: PeerView[] }>(lab, 'nvad', 'show', 'peers');
  return Object.fromEntries(list.peers.map((peer) => [peer.address, peer]));
}

async function neighbourPeer(): Promise<PeerView> {
  const { [NEIGHBOUR]: neighbour } = await peers();
  if (neighbour === undefined) throw new Error(`nvad has no peer ${NEIGHBOUR}`);
  return neighbour;
}

const domain = () => nvactl<DomainView>(lab, 'nvad', 'show', 'domain', 'dc2');

/** How many addresses nve1 knows behind nve2. */
const behindNve2 = async () => (await tunnelsAt(lab, 'nve1', 100)).filter((end) => end === NVES[1]).length;

/** Hosts come in at nve2 or leave, and nve1 hears of it. */
async function crowd(way: 'in' | 'out', count: number): Promise<void> {
  // One is host2, and one the entry by which all is flooded.
  const expected = (way === 'in' ? count : 0) + 2;
  await output(lab, 'nve2', 'crowd', way, String(count));
  await eventually(async () => expect(await behindNve2()).toBe(expected), 40_000);
}

interface Claim {
  readonly isEnough: (report: HostileReport) => boolean;
  readonly hosts?: number;
  /** What nvactl says of it while it goes on. */
  readonly says: () => Promise<void>;
}

/** What holds while the neighbour behaves badly, and after it has gone. */
async function beside(behaviour: Behaviour, { isEnough, hosts = CROWD, says }: Claim): Promise<void> {
  await unlost(lab, 'host1', '192.168.100.2', async () => {
    const neighbour = new HostileNeighbour(lab.spawn('neighbour', ['hostile', behaviour], [...hostileStdio]));
    try {
      await neighbour.reported(isEnough);
      await crowd('in', hosts);
      await eventually(says, 40_000);
      await crowd('out', hosts);
    } finally {
      await neighbour.stop();
    }
  });
  const first = { state: 'Established', counters: { sessions: 1 } };
  expect(await peers()).toMatchObject(Object.fromEntries(NVES.map((nve) => [nve, first])));
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(await output(lab, 'nvad', 'cat', '/proc/1/status')) ?? [];
  expect(Number(peak)).toBeLessThan(MOST_MEMORY_KIB);
  await eventually(async () => {
    expect(await domain()).toMatchObject({ state: 'down', import: { routes: 0 } });
    expect(new Set(await tunnelsAt(lab, 'nve1', 100))).toEqual(new Set([NVES[1]]));
  });
}

test('1. the hosts reach each other, and nobody has heard of the neighbour', async () => {
  await eventually(() => ping(lab, 'host1', '192.168.100.2'));
  await eventually(async () => expect(await behindNve2()).toBe(2));
  expect(await domain()).toMatchObject({ state: 'down', import: { routes: 0 } });
});

test('2. 100,000 routes come and go as fast as they are taken: 1,000 cross, and the others are over-network-limit', () =>
  beside('routes', {
    isEnough: ({ routes }) => routes >= hostileHosts,
    says: async () => {
      const { routes, refused } = (await domain()).import;
      expect(refused['over-network-limit']).toBeGreaterThan(0);
      expect(routes).toBeLessThanOrEqual(MOST_ROUTES);
    },
  }));

test('3. 10,000 MAC addresses flap: they are damped', () =>
  beside('flaps', {
    isEnough: ({ routes }) => routes >= 40_000,
    says: async () => expect((await domain()).import.damped).toBeGreaterThan(0),
  }));

test('4. it sends malformed UPDATEs: each fault is counted by its name', () =>
  beside('malformed', {
    isEnough: ({ sessions, cases }) => sessions >= 3 && cases >= 90,
    says: async () => {
      const { counters, lastErrorSent } = await neighbourPeer();
      expect(Object.keys(counters.faults).length).toBeGreaterThan(20);
      // UPDATE Message Error (RFC 4271 §6.3)
      expect(lastErrorSent?.code).toBe(3);
    },
  }));

test('5. it reads nothing: it is behind, and nobody else', () =>
  beside('deaf', {
    isEnough: ({ routes }) => routes > 0,
    hosts: LARGE_CROWD,
    says: async () => {
      const found = await peers();
      const behind = Object.keys(found).filter((address) => {
        const { changesBehind, socketBufferBytes } = (found[address] as PeerView).egress;
        return changesBehind + socketBufferBytes > 0;
      });
      expect(behind).toEqual([NEIGHBOUR]);
    },
  }));

test('6. it resets its session ten times a second: the sessions are counted, and how the last one ended', async () => {
  const { sessions } = (await neighbourPeer()).counters;
  await beside('resets', {
    isEnough: (report) => report.sessions >= 20,
    says: async () => {
      const { counters, lastFailure } = await neighbourPeer();
      expect(counters.sessions).toBeGreaterThan(sessions + 10);
      expect(lastFailure?.name).toBe('connection lost');
    },
  });
});

test('7. after all of it there is no conflict, and nvad has had no error of its own', async () => {
  expect(await conflictsAt(lab, 'nvad')).toEqual([]);
  const levels = readFileSync(lab.logOf('nvad'), 'utf8').matchAll(/^\{"level":"(\w+)"/gm);
  expect(new Set([...levels].map(([, level]) => level))).toEqual(new Set(['info', 'warn']));
});
