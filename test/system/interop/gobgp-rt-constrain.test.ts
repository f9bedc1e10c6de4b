import { expect } from 'vitest';
import type { Bench } from '../support/bench.ts';
import type { BgpClient } from '../support/bgp-client.ts';
import { macIp, macOf, rd } from '../support/evpn-routes.ts';
import type { Gobgp, GobgpProgram } from '../support/gobgp.ts';
import { announce, routeTarget, withdraw } from '../support/messages.ts';
import type { Nvad } from '../support/nvad.ts';
import { until } from '../support/until.ts';
import { GobgpLab, gobgpAddress, neighbor } from './support/gobgp-lab.ts';
import { gobgpRows } from './support/gobgp-rows.ts';
import { nva } from './support/nva-lab.ts';

interface Lab {
  readonly nvad: Nvad;
  /** Says by RT-Constrain what it wants. */
  readonly choosy: Gobgp;
  /** Does not. */
  readonly plain: Gobgp;
  readonly far: BgpClient;
}

const numbers = { choosy: 1, plain: 2 } as const;

async function start(program: GobgpProgram, bench: Bench): Promise<Lab> {
  const lab = new GobgpLab(program, bench);
  const address = gobgpAddress(numbers.choosy);
  const families = ['l2vpn-evpn', 'rtc'].map((name) => ({ config: { 'afi-safi-name': name } }));
  const choosy = await lab.start(numbers.choosy, {
    global: { config: { as: 65000, 'router-id': address, 'local-address-list': [address] } },
    neighbors: [neighbor(nva, address, { 'afi-safis': families })],
  });
  const plain = await lab.gobgp(numbers.plain);
  const nvad = await lab.nvad(Object.values(numbers).map((number) => `{ address: ${gobgpAddress(number)} }`));
  const far = await lab.client();
  for (const gobgp of [choosy, plain]) await gobgp.established(nva);
  return { nvad, choosy, plain, far };
}

interface Peer {
  readonly capabilities: { readonly negotiated: { readonly families: readonly string[] } };
  readonly egress: {
    readonly endOfRibSent: boolean;
    readonly interest: {
      readonly from: string;
      readonly complete: boolean;
      readonly routeTargets: readonly string[];
    } | null;
  };
}

gobgpRows<Lab>('RT-Constrain', start, (row, { major }) => {
  const peer = ({ nvad }: Lab, name: keyof typeof numbers) =>
    nvad.get<Peer>(`/v1/peers/${gobgpAddress(numbers[name])}`);
  /** A route of its own RD; the number stands in GoBGP's text of it. */
  const route = (number: number) => macIp({ rd: rd('10.9.9.9', number), mac: macOf(1) });

  function send({ far }: Lab, number: number, ...targets: readonly number[]): void {
    const extendedCommunities = targets.map((target) => routeTarget(65000, target));
    far.send(announce([route(number)], { nextHop: far.address, extendedCommunities }));
  }

  async function takeBack({ far, choosy, plain }: Lab, ...numbers: readonly number[]): Promise<void> {
    far.send(withdraw(numbers.map(route)));
    for (const gobgp of [choosy, plain]) await has(gobgp);
  }

  /** Waits until a GoBGP holds exactly the routes with these numbers. */
  async function has(gobgp: Gobgp, ...numbers: readonly number[]): Promise<void> {
    let last: readonly number[] = [];
    await until(
      async () => {
        const texts = [...(await gobgp.rib()).keys()];
        last = texts.map((text) => Number(/rd:10\.9\.9\.9:(\d+)\]/.exec(text)?.[1])).sort();
        return last.join() === [...numbers].sort().join();
      },
      { within: 5000, every: 50, what: () => `the routes ${numbers}; there are ${last}` },
    );
  }

  const vrf = (gobgp: Gobgp, target: number, ...words: readonly string[]) =>
    gobgp.cli('vrf', 'add', `vrf${target}`, 'rd', `65000:${target}`, 'rt', ...words);

  row('What is negotiated', 'RFC 4684 §5', async (lab) => {
    expect((await peer(lab, 'choosy')).capabilities.negotiated.families).toEqual(['evpn', 'rt-constrain']);
    expect((await peer(lab, 'plain')).capabilities.negotiated.families).toEqual(['evpn']);
    expect((await peer(lab, 'plain')).egress.interest?.from).toBe('all');
  });

  row('What nvad wants of a GoBGP', 'RFC 4684 §4', async ({ choosy, far }, { limit, note }) => {
    const words = 'macadv 02:00:00:00:00:01 0.0.0.0 etag 0 label 100 rd 10.9.9.9:1';
    await choosy.add(`${words} rt 65000:999`);
    if (major === 4) {
      note('everything, by the default route target');
    } else {
      limit('what somebody has asked for: it would die of a VRF that is deleted while it holds a default route target');
      await until(() => choosy.log.includes('Filtered by Route Target Constraint'), { within: 5000 });
      expect(far.routes.size).toBe(0);
      await vrf(choosy, 999, 'both', '65000:999');
    }
    await far.route(route(1));
    await choosy.remove(words);
    await far.holdsNumber(0);
    if (major === 3) await choosy.cli('vrf', 'del', 'vrf999');
  });

  row(
    'A GoBGP without VRFs is sent nothing; one without RT-Constrain everything',
    'RFC 4684 §6',
    async (lab, { note }) => {
      for (const target of [100, 200]) send(lab, target, target);
      await has(lab.plain, 100, 200);
      await has(lab.choosy);
      const { interest, endOfRibSent } = (await peer(lab, 'choosy')).egress;
      if (major === 3) {
        note('it does not say when it has told all memberships; End-of-RIB waits for that, for a minute at most');
      }
      const asked = { from: 'rt-constrain', complete: major === 4, routeTargets: [] };
      expect([interest, endOfRibSent]).toEqual([asked, major === 4]);
      await takeBack(lab, 100, 200);
    },
  );

  row('As VRFs come, the routes of their import targets do', 'RFC 4684 §3.2, §6', async (lab) => {
    const { choosy, plain } = lab;
    for (const target of [100, 200, 300]) send(lab, target, target);
    await vrf(choosy, 100, 'both', '65000:100');
    await has(choosy, 100);
    await vrf(choosy, 200, 'import', '65000:200', 'export', '65000:300');
    await has(choosy, 100, 200);
    expect((await peer(lab, 'choosy')).egress.interest?.routeTargets).toEqual(['65000:100', '65000:200']);
    await has(plain, 100, 200, 300);
    await takeBack(lab, 100, 200, 300);
  });

  row('A route with several targets, and one whose targets change', 'RFC 4684 §6', async (lab) => {
    const { choosy } = lab;
    await vrf(choosy, 400, 'both', '65000:400');
    send(lab, 401, 401, 400);
    await has(choosy, 401);
    send(lab, 401, 401);
    await has(choosy);
    send(lab, 401, 400);
    await has(choosy, 401);
    await takeBack(lab, 401);
  });

  row('Targets of an IPv4 address and of a four-octet AS', 'RFC 4684 §4', async (lab) => {
    const { choosy, plain, far } = lab;
    const targets = { 1: [1, 2, 10, 9, 9, 9, 0, 100], 2: [2, 2, 0xfa, 0x56, 0xea, 0, 0, 100] } as const;
    for (const [number, target] of Object.entries(targets)) {
      far.send(announce([route(Number(number))], { nextHop: far.address, extendedCommunities: [target] }));
    }
    await has(plain, 1, 2);
    await has(choosy);
    await vrf(choosy, 1, 'both', '10.9.9.9:100');
    await has(choosy, 1);
    await vrf(choosy, 2, 'both', '64086.59904:100');
    await has(choosy, 1, 2);
    await takeBack(lab, 1, 2);
  });

  row('As VRFs go, the routes of their import targets do', 'RFC 4684 §3.2, §6', async (lab) => {
    const { choosy, plain } = lab;
    send(lab, 500, 500);
    send(lab, 501, 501);
    for (const target of [500, 501]) await vrf(choosy, target, 'both', `65000:${target}`);
    await has(choosy, 500, 501);
    await choosy.cli('vrf', 'del', 'vrf500');
    await has(choosy, 501);
    await choosy.cli('vrf', 'del', 'vrf501');
    await has(choosy);
    await has(plain, 500, 501);
    await takeBack(lab, 500, 501);
  });

  row('A target that two VRFs import goes with the second', 'RFC 4684 §3.2', async (lab) => {
    const { choosy } = lab;
    for (const target of [600, 602]) send(lab, target, target);
    await vrf(choosy, 600, 'both', '65000:600');
    await vrf(choosy, 601, 'import', '65000:600', 'export', '65000:601');
    await has(choosy, 600);
    await choosy.cli('vrf', 'del', 'vrf600');
    // what was told of the first is through when this has come
    await vrf(choosy, 602, 'both', '65000:602');
    await has(choosy, 600, 602);
    await choosy.cli('vrf', 'del', 'vrf601');
    await has(choosy, 602);
    await takeBack(lab, 600, 602);
  });
});
