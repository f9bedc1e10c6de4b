/** Routes that look right by half, MAC addresses that seem to move, and NVEs that come and go. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/nva/model.ts';
import { announcement, macIp, plain, withdrawal } from '../bgp-ts/rib/kit.ts';
import type { Router } from '../bgp-ts/speaker/kit.ts';
import { attach, heard, ListStore, mac, nvaLab, nve, orchestrator, put, web } from './kit.ts';

const vxlan = '030c000000000008';
const target = (n: number, asn = 65000) => `0002${asn.toString(16).padStart(4, '0')}${n.toString(16).padStart(8, '0')}`;
const moved = (sequence: number) => `0600000000${sequence.toString(16).padStart(6, '0')}`;
const db = { ...web, name: 'db', vni: 20, routeTargets: ['65000:20'] };
const agent = (name: string) => ({ name, via: 'nve-protocol' }) as const;

/** One of MAC address 1 with VNI 10, under a distinguisher of the router's own. */
function say(router: Router, communities: readonly string[], withdraw = false): void {
  const route = {
    ...macIp(1),
    label1: 10,
    rd: { type: 0, asn: 1, assigned: Number(router.address.split('.')[3]) },
  } as never;
  const attributes = { ...plain, extendedCommunities: [vxlan, ...communities] };
  router.say(withdraw ? withdrawal([route]) : announcement([route], attributes, router.address));
}
const codes = (nva: { conflicts(): readonly { readonly code: string }[] }) => nva.conflicts().map(({ code }) => code);

describe('a route of more than one network', () => {
  it('is not judged by the network that asks least of it', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(put(web), put({ ...db, trust: 'both' }), put(nve(11, { kind: 'bgp' })), attach(1, 11, { network: 'db' }));
    const [rogue, reader] = [lab.join('10.0.0.12'), lab.join('10.0.0.13')];
    heard(reader);
    say(rogue, [target(10), target(20)]);
    expect([heard(reader), codes(nva)]).toEqual([[], ['several-networks']]);
    say(rogue, [target(10)]);
    expect([heard(reader), codes(nva)]).toEqual([[`+ ${mac(1)}`], []]);
  });

  it('has the VNI of a declared one and the route target of none: routers would import it', async () => {
    const { lab, nva, apply } = await nvaLab({ admission: 'open' });
    apply(put({ ...web, trust: 'both' }));
    const [rogue, reader] = [lab.join('10.0.0.12'), lab.join('10.0.0.13')];
    heard(reader);
    say(rogue, [target(10, 64999)]);
    expect([heard(reader), codes(nva)]).toEqual([[], ['wrong-route-target']]);
    apply({ op: 'delete', kind: 'virtual-network', name: 'web' });
    expect(heard(reader)).toEqual([`+ ${mac(1)}`]);
  });
});

describe('a MAC address that several have', () => {
  it('at one sequence number has not moved: a gateway, a session that comes and goes', async () => {
    const { lab, nva, apply } = await nvaLab({ macMobility: { moves: 2, seconds: 60 } });
    apply(put(web));
    for (let n = 16; n >= 11; n--) say(lab.join(`10.0.0.${n}`), [target(10)]);
    expect([nva.mappingsOf('web')?.find(mac(1))?.nve, codes(nva)]).toEqual(['10.0.0.11', []]);
    const flapping = lab.join('10.0.0.10');
    for (let n = 0; n < 4; n++) {
      say(flapping, [target(10)]);
      say(flapping, [], true);
    }
    expect(codes(nva)).toEqual([]);
  });

  it('is never frozen against the orchestrator', async () => {
    const { lab, nva, apply } = await nvaLab({ macMobility: { moves: 2, seconds: 60 } });
    apply(put(web), put(nve(1)), put(nve(2)), attach(1, 1));
    const [a, b] = [lab.join('10.0.0.11'), lab.join('10.0.0.12')];
    say(a, [target(10), moved(1)]);
    say(b, [target(10), moved(2)]);
    expect(codes(nva)).toContain('duplicate-mac');
    apply(attach(1, 2));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.2' });
    nva.release(`duplicate-mac web ${mac(1)}`);
    lab.settle();
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.2' });
  });

  it('is fought over by agents, and then frozen for them', async () => {
    const { nva, apply } = await nvaLab({ macMobility: { moves: 3, seconds: 60 } });
    apply(put(web), put(nve(1, { kind: 'agent' })), put(nve(2, { kind: 'agent' })));
    const takes = (n: number) => nva.apply([attach(1, n)], agent(`nve${n}`));
    for (const n of [1, 2, 1, 2]) expect(takes(n)).toMatchObject({ ok: true });
    expect(codes(nva)).toEqual(['duplicate-mac']);
    expect(takes(1)).toMatchObject({ ok: false, refusals: [{ code: 'frozen', field: 'mac' }] });
    expect(takes(2)).toMatchObject({ ok: true });
    nva.release(`duplicate-mac web ${mac(1)}`);
    expect(takes(1)).toMatchObject({ ok: true });
  });
});

describe('route distinguishers', () => {
  it('are those of VNI and tunnel end, in whatever order networks come', async () => {
    const of = async (vnis: readonly number[]) => {
      const { lab, apply } = await nvaLab();
      apply(put(nve(1)));
      for (const vni of vnis) {
        const name = `n${vni}`;
        apply(put({ ...web, name, vni, routeTargets: [`65000:${vni}`] }), attach(1, 1, { network: name }));
      }
      const { table } = lab.speaker;
      const found = new Set<string>();
      const octets = new Uint8Array(257);
      for (let destination = 0; destination < table.end; destination++) {
        table.writeNlri(destination, octets, 0);
        found.add(Buffer.from(octets.subarray(2, 10)).toString('hex'));
      }
      return [...found].sort();
    };
    const found = await of([100, 65_636, 65_536, 131_072]);
    expect(found).toHaveLength(4);
    expect(found).toEqual(await of([131_072, 65_536, 65_636, 100]));
  });

  it('may pass to another network before the routes of the first are withdrawn', async () => {
    const { lab, nva } = await nvaLab();
    const go = (...changes: readonly Change[]) => expect(nva.apply(changes, orchestrator)).toMatchObject({ ok: true });
    go(put(web), put(nve(1)), attach(1, 1), attach(2, 1));
    lab.settle();
    const gone = ['vm1', 'vm2'].map((id) => ({ op: 'delete', kind: 'attachment', network: 'web', id }) as const);
    go(...gone, { op: 'delete', kind: 'virtual-network', name: 'web' });
    go(put({ ...web, name: 'web2' }), attach(1, 1, { network: 'web2' }));
    lab.settle();
    expect([nva.originated, lab.speaker.table.emitted]).toEqual([2, 2]);
    expect(nva.mappingsOf('web2')?.find(mac(1))?.nve).toBe('10.0.0.1');
  });
});

describe('what two attachments share', () => {
  it('is announced as the one that stays asks for it', async () => {
    const { nva, apply } = await nvaLab();
    apply(put(web), put(nve(1)), attach(1, 1), attach(2, 1, { mac: mac(1), sticky: true }));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ sticky: true });
    apply({ op: 'delete', kind: 'attachment', network: 'web', id: 'vm2' });
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ sticky: false });
  });
});

describe('mappings', () => {
  it('keep their age and wake nobody when another network changes', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(put(web), put(nve(1)), attach(1, 1));
    const since = nva.mappingsOf('web')?.claimsTo(mac(1))[0]?.best.since;
    let told = 0;
    nva.watch('web', () => void told++);
    lab.clock.advance(100_000);
    apply(put(db));
    expect([nva.mappingsOf('web')?.claimsTo(mac(1))[0]?.best.since, told]).toEqual([since, 0]);
  });
});

describe('an NVE', () => {
  it('keeps what was set for it when it says hello', async () => {
    const { nva, apply } = await nvaLab();
    const set = nve(3, { kind: 'agent', encapsulations: ['geneve'], routerMac: '02:00:00:00:99:99' });
    apply(put(web), put(set));
    const { name, tunnelAddress } = set;
    const said = { name, tunnelAddress, encapsulations: ['vxlan', 'geneve'], routerMac: '02:00:00:00:00:01' } as const;
    expect(nva.hello(said)).toMatchObject({ ok: true });
    expect(nva.nve('nve3')).toEqual(set);
    expect(nva.apply([{ op: 'delete', kind: 'nve', name: 'nve3' }], orchestrator)).toMatchObject({
      ok: false,
      refusals: [{ code: 'nve-in-use' }],
    });
    nva.goodbye('nve3');
    expect(nva.apply([{ op: 'delete', kind: 'nve', name: 'nve3' }], orchestrator)).toMatchObject({ ok: true });
  });

  it('is announced with what it said it can do, also of what was attached before', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(
      put({ ...web, encapsulations: ['vxlan', 'geneve'] }),
      put(nve(3, { kind: 'agent', encapsulations: [] })),
      attach(1, 3),
    );
    expect(nva.mappingsOf('web')?.find(mac(1))?.encapsulation).toBe('vxlan');
    nva.hello({ name: 'nve3', tunnelAddress: '10.0.0.3', encapsulations: ['geneve'] });
    lab.settle();
    expect(nva.mappingsOf('web')?.find(mac(1))?.encapsulation).toBe('geneve');
  });

  it('is found by its session, also by one that was there before the first network', async () => {
    const { lab, nva, apply } = await nvaLab();
    lab.join('10.0.0.50');
    apply(put(web));
    expect([...nva.nves()]).toMatchObject([{ name: '10.0.0.50', kind: 'bgp' }]);
  });

  it('whose word alone it was is believed again from its hello on, when nvad has restarted', async () => {
    const store = new ListStore();
    const one = await nvaLab({}, store);
    one.apply(put(web), put(nve(1, { kind: 'agent' })));
    expect(one.nva.hello({ name: 'nve1', tunnelAddress: '10.0.0.1', encapsulations: ['vxlan'] })).toMatchObject({
      ok: true,
    });
    expect(one.nva.apply([attach(1, 1)], agent('nve1'))).toMatchObject({ ok: true });
    one.lab.settle();
    expect(one.nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.1');
    // Meanwhile the host has moved, which another replica was told.
    const { nva, lab } = await nvaLab({}, store);
    lab.settle();
    say(lab.join('10.0.0.2'), [target(10)]);
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.2');
    nva.hello({ name: 'nve1', tunnelAddress: '10.0.0.1', encapsulations: ['vxlan'] });
    lab.settle();
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.1');
  });
});

it('attachments of a network that went while nvad was away are kept for it, and not given to another', async () => {
  const store = new ListStore();
  const first = await nvaLab({}, store);
  first.nva.reconfigure([put(web), put(nve(1))]);
  first.apply(attach(1, 1));
  const same = await nvaLab({}, store);
  expect([...same.nva.registry.orphans()]).toHaveLength(1);
  same.nva.reconfigure([put(web), put(nve(1))]);
  same.lab.settle();
  expect(same.nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.1');
  const other = await nvaLab({}, store);
  other.apply(put({ ...web, service: 'l3' }));
  expect(other.nva.registry.attachmentCount('web')).toBe(0);
});
