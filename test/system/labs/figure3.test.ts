import { expect, test } from 'vitest';
import type { Capture, CapturedFrame } from '../support/frame-capture.ts';
import {
  captureAt,
  conflictsAt,
  eventually,
  floodedAt,
  nvadRoutes,
  nvedView,
  ping,
  useLab,
  vtepAt,
} from './harness.ts';

// The claims of topologies/figure3/README.md, in its order.
const lab = useLab('figure3');
const sides = [
  { nve: 'nve1', vtep: '10.1.0.11', gateway: '10.1.0.254', vni: 1217, underlay: 'underlay1', nvad: 'nvad1' },
  { nve: 'nve2', vtep: '10.2.0.11', gateway: '10.2.0.254', vni: 2217, underlay: 'underlay2', nvad: 'nvad2' },
] as const;
const vms = [
  { node: 'vm1', mac: '02:00:00:00:01:01', ip: '192.168.17.1' },
  { node: 'vm2', mac: '02:00:00:00:02:02', ip: '192.168.17.2' },
] as const;
const ways = [
  [0, 1],
  [1, 0],
] as const;

const bothPing = async () => {
  for (const [from, to] of ways) await eventually(() => ping(lab, vms[from].node, vms[to].ip));
};

test('1. the VMs reach each other, both ways, and their underlays do not', async () => {
  await bothPing();
  for (const [from, to] of ways) {
    for (const end of [sides[to].vtep, sides[to].gateway]) {
      const { code } = await lab.exec(sides[from].nve, ['ping', '-c', '1', '-W', '1', end]);
      expect(code).not.toBe(0);
    }
  }
});

test('2. each NVE knows the other VM, and floods, behind IP-G; IP-G knows the true ends on both sides', async () => {
  await eventually(async () => {
    for (const [here, there] of ways) {
      const { nve, vni, gateway } = sides[here];
      expect(await vtepAt(lab, nve, vni, vms[there].mac)).toBe(gateway);
      expect(await floodedAt(lab, nve, vni)).toEqual([gateway]);
    }
    const { networks, problems } = await nvedView(lab, 'ipg');
    const known = networks.map(({ name, parameters, mappings }) => [
      `${name} ${parameters?.vni}`,
      ...mappings.map((mapping) => `${mapping.kind === 'host' ? mapping.mac : mapping.kind} ${mapping.nve}`).sort(),
    ]);
    expect(known.sort()).toEqual([
      ['vn1217 1217', `${vms[0].mac} ${sides[0].vtep}`, `flood ${sides[0].vtep}`],
      ['vn1217@dc2 2217', `${vms[1].mac} ${sides[1].vtep}`, `flood ${sides[1].vtep}`],
    ]);
    expect(problems).toEqual([]);
  });
});

test("3. on neither underlay is there a frame whose ends are not that domain's NVE and IP-G", async () => {
  const captures: Capture[] = [];
  for (const { underlay: node } of sides) {
    captures.push(await captureAt(lab, { node, device: 'underlay', filter: 'udp port 4789' }, bothPing));
  }
  await eventually(async () => {
    await bothPing();
    // A frame for all of the network as well.
    await lab.exec(vms[0].node, ['ping', '-b', '-c', '1', '-W', '1', '192.168.17.255']);
    for (const [index, { frames }] of captures.entries()) {
      const { vtep, gateway, vni } = sides[index] as (typeof sides)[number];
      const seen = new Set(frames.map(({ source, destination, vni }) => `${source} > ${destination} ${vni}`));
      expect([...seen].sort()).toEqual([`${vtep} > ${gateway} ${vni}`, `${gateway} > ${vtep} ${vni}`].sort());
    }
  });
});

test('4. a broadcast frame crosses once', async () => {
  for (const [from, to] of ways) {
    const [sender, receiver] = [vms[from], vms[to]];
    const filter = `(arp[6:2] = 1 and arp src host ${sender.ip}) or (icmp[icmptype] = icmp-echo and src host ${sender.ip})`;
    const capture = ({ node }: (typeof vms)[number]) =>
      captureAt(lab, { node, device: 'eth1', filter }, () => ping(lab, sender.node, receiver.ip));
    const [sent, received] = [await capture(sender), await capture(receiver)];
    const pings = ({ frames }: { readonly frames: readonly CapturedFrame[] }) =>
      frames.filter(({ destination }) => destination === receiver.ip).length;
    /** ARP requests have no IP addresses. */
    const questions = ({ frames }: { readonly frames: readonly CapturedFrame[] }) =>
      frames.filter(({ destination }) => destination === '').length;
    const arePinged = async () => {
      const before = [pings(sent), pings(received)];
      await ping(lab, sender.node, receiver.ip);
      await eventually(async () => {
        expect(pings(sent)).toBeGreaterThan(before[0] as number);
        expect(pings(received)).toBeGreaterThan(before[1] as number);
      }, 2000);
    };
    await arePinged();
    const before = [questions(sent), questions(received)] as const;
    // Nobody has the address, so that it is asked for all over the network.
    await lab.exec(sender.node, ['ping', '-c', '1', '-W', '1', '192.168.17.99']);
    // What comes after has come when this has.
    await arePinged();
    expect(questions(sent)).toBeGreaterThan(before[0]);
    expect(questions(received) - before[1]).toBe(questions(sent) - before[0]);
  }
});

test('5. neither domain has anything of the inside of the other', async () => {
  for (const [here, there] of ways) {
    const text = JSON.stringify(await nvadRoutes(lab, sides[here].nvad));
    const { vtep, gateway } = sides[there];
    for (const inside of [vtep, gateway, `6500${there + 1}:${sides[there].vni}`]) expect(text).not.toContain(inside);
    expect(await conflictsAt(lab, sides[here].nvad)).toEqual([]);
  }
});
