import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { hex } from '../support/bytes.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import { capability, Type } from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva } from './support/nva-lab.ts';

/** Each GoBGP by what becomes of it, and the seconds that it says it needs to be back. */
const fates = {
  returns: { number: 1, restartTime: 30 },
  returnsWithLess: { number: 2, restartTime: 30 },
  forgets: { number: 3, restartTime: 30 },
  stays: { number: 4, restartTime: 2 },
  stops: { number: 5, restartTime: 30 },
  returnsLate: { number: 6, restartTime: 1 },
} as const;
/** Seconds for which the last of them asks its routes to be kept as the least preferred (RFC 9494). */
const LONG_LIVED = 100;
const COMMUNITIES = 8;
const LLGR_STALE = 'ffff0006';
type Fate = keyof typeof fates;
const names = Object.keys(fates) as Fate[];

const allMacs = [1, 2, 3];
const rdOf = (fate: Fate) => rd(gobgpAddress(fates[fate].number), 100);
const nlriOf = (fate: Fate, mac: number) => macIp({ rd: rdOf(fate), mac: macOf(mac) });

interface Lab {
  readonly lab: GobgpLab;
  readonly nvad: Nvad;
  /** As they are now; `stays` and `returnsLate` are dead. */
  readonly gobgp: Readonly<Record<Fate, Gobgp>>;
  readonly far: BgpClient;
  /** One that knows of long-lived graceful restart, as `far` does not. */
  readonly knowing: BgpClient;
  /** What `far` had received before the first of them was killed. */
  readonly before: number;
}

interface StartOptions {
  readonly restarted?: boolean;
  readonly macs?: readonly number[];
}

/** Starts one of them. It talks to nvad once it has its routes, so that its End-of-RIB is behind them. */
async function startOne(lab: GobgpLab, fate: Fate, { restarted = false, macs = allMacs }: StartOptions = {}) {
  const { number, restartTime } = fates[fate];
  const address = gobgpAddress(number);
  const isLongLived = fate === 'returnsLate';
  const toNva = {
    config: { 'neighbor-address': nva, 'peer-as': 65000, 'admin-down': true },
    'graceful-restart': {
      config: { enabled: true, 'restart-time': restartTime, 'long-lived-enabled': isLongLived },
    },
    'afi-safis': [
      {
        config: { 'afi-safi-name': 'l2vpn-evpn' },
        'mp-graceful-restart': { config: { enabled: true } },
        'long-lived-graceful-restart': { config: { enabled: isLongLived, 'restart-time': LONG_LIVED } },
      },
    ],
  };
  const global = { config: { as: 65000, 'router-id': address, 'local-address-list': [address] } };
  const config = { global, neighbors: [neighbor(nva, address, toNva)] };
  const gobgp = await lab.start(number, config, { restarted, down: true });
  for (const mac of macs) {
    await gobgp.add(
      `macadv 02:00:00:00:00:0${mac} 0.0.0.0 etag 0 label 100 rd ${address}:100 rt 65000:100 encap vxlan`,
    );
  }
  await gobgp.cli('neighbor', nva, 'enable');
  return gobgp;
}

/** All of them come up; then all but one are killed at once, and three started again. */
async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const started = names.map(async (fate) => [fate, await startOne(lab, fate)] as const);
  const gobgp = Object.fromEntries(await Promise.all(started)) as Record<Fate, Gobgp>;
  const nves = names.map((fate) => `{ address: ${gobgpAddress(fates[fate].number)} }`);
  const nvad = await lab.nvad(nves, {}, 'gracefulRestart: { longLivedStaleTime: 600 }');
  const { evpn, gracefulRestart, longLivedGracefulRestart, asn4 } = capability;
  const far = await lab.client();
  const knowing = await lab.client({ capabilities: [evpn, gracefulRestart, longLivedGracefulRestart(0), asn4(65000)] });
  for (const client of [far, knowing]) await client.holdsNumber(names.length * allMacs.length);
  const before = far.messages.length;
  for (const fate of ['returns', 'returnsWithLess', 'forgets', 'stays', 'returnsLate'] as const)
    await gobgp[fate].kill();
  const [returns, returnsWithLess, forgets] = await Promise.all([
    startOne(lab, 'returns', { restarted: true }),
    startOne(lab, 'returnsWithLess', { restarted: true, macs: [1, 2] }),
    startOne(lab, 'forgets', { macs: [1] }),
  ]);
  return { lab, nvad, gobgp: { ...gobgp, returns, returnsWithLess, forgets }, far, knowing, before };
}

gobgpRows<Lab>('graceful restart', start, (row) => {
  /** What nvad logs of one of them. */
  const told = ({ nvad }: Lab, fate: Fate, what: string) =>
    nvad.logged(new RegExp(`${gobgpAddress(fates[fate].number).replaceAll('.', '\\.')} ${what}`), { within: 15_000 });

  /** How often the client has heard of the routes of one of them since all of this began. */
  const timesHeardOf = ({ far, before }: Lab, fate: Fate) => {
    const later = far.messages.slice(before).filter(({ type }) => type === Type.update);
    return later.filter(({ octets }) => hex(octets).includes(hex(rdOf(fate)))).length;
  };
  const held = ({ far }: Lab, fate: Fate) => allMacs.filter((mac) => far.holds(nlriOf(fate, mac)));
  const holds = (lab: Lab, fate: Fate, macs: readonly number[]) =>
    until(() => held(lab, fate).join() === macs.join(), {
      within: 10_000,
      what: () => `the routes ${macs} of ${fate}; there are ${held(lab, fate)}`,
    });

  row('A GoBGP is killed and does not come back in the time that it named', 'RFC 4724 §4.2', async (lab) => {
    await told(lab, 'stays', 'are kept for its return, 2 s at most');
    await told(lab, 'stays', 'has not come back in time; 3 routes that were kept of it are withdrawn');
    await holds(lab, 'stays', []);
  });

  row('A GoBGP is killed and comes back: nobody hears of it', 'RFC 4724 §4.2', async (lab) => {
    await told(lab, 'returns', 'are kept for its return, 30 s at most');
    await told(lab, 'returns', 'has told its routes again; 0 that it has no more are withdrawn');
    await lab.gobgp.returns.established(nva);
    expect(held(lab, 'returns')).toEqual(allMacs);
    expect(timesHeardOf(lab, 'returns')).toBe(0);
  });

  row('A GoBGP comes back with one route less: that one goes at End-of-RIB', 'RFC 4724 §4.2', async (lab) => {
    await told(lab, 'returnsWithLess', 'has told its routes again; 1 that it has no more is withdrawn');
    await holds(lab, 'returnsWithLess', [1, 2]);
    expect(timesHeardOf(lab, 'returnsWithLess')).toBe(1);
  });

  row('A GoBGP comes back and has lost what it forwarded by: its routes go at once', 'RFC 4724 §4.2', async (lab) => {
    await told(lab, 'forgets', 'is back, but not as it was; 3 routes that were kept of it are withdrawn');
    await lab.gobgp.forgets.established(nva);
    await holds(lab, 'forgets', [1]);
  });

  row('A GoBGP is told to stop, and says so: its routes go at once', 'RFC 4724 §4', async (lab) => {
    lab.gobgp.stops.signal('SIGTERM');
    await holds(lab, 'stops', []);
    await lab.nvad.logged(/session with 10\.0\.0\.15 ended: .*peer says Cease\/Peer De-configured/);
    expect(lab.nvad.messages().filter((text) => /10\.0\.0\.15 are kept/.test(text))).toEqual([]);
  });

  row(
    'A GoBGP comes back late: until then its routes are the last choice of those who know',
    'RFC 9494 §4',
    async (lab) => {
      const { knowing } = lab;
      const communities = async () => {
        const routes = await Promise.all(allMacs.map((mac) => knowing.route(nlriOf('returnsLate', mac))));
        return routes.map(({ attributes }) => attributes.get(COMMUNITIES)?.value);
      };
      await told(lab, 'returnsLate', 'has not come back in time; 3 of its routes are the least preferred, for 100 s');
      await until(async () => (await communities()).every((value) => value === LLGR_STALE), {
        within: 5000,
        what: 'LLGR_STALE',
      });
      await holds(lab, 'returnsLate', []);
      const address = gobgpAddress(fates.returnsLate.number);
      const { routes } = await lab.nvad.get<{ routes: { best: unknown }[] }>(`/v1/routes?peer=${address}`);
      expect(routes.map(({ best }) => best)).toMatchObject(Array(3).fill({ stale: true, longLivedStale: true }));
      const { stdout } = await lab.nvad.ctl('show', 'peer', address);
      expect(stdout).toMatch(/^graceful restart +long-lived, 3 routes not/m);
      const again = await startOne(lab.lab, 'returnsLate', { restarted: true });
      await told(lab, 'returnsLate', 'has told its routes again; 0 that it has no more are withdrawn');
      await again.established(nva);
      await holds(lab, 'returnsLate', allMacs);
      await until(async () => (await communities()).every((value) => value === undefined), {
        within: 5000,
        what: 'the end of LLGR_STALE',
      });
    },
  );
});
