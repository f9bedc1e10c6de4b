import { describe, expect, it } from 'vitest';
import type { HostMapping } from '../../../src/nva/mapping.ts';
import type { Attachment, Change } from '../../../src/nva/model.ts';
import { announcement, macIp, plain, withdrawal } from '../bgp-ts/rib/kit.ts';
import { MemoryTable } from '../nve-protocol/memory-authority.ts';
import { attach, heard, ListStore, mac, nvaLab, nve, orchestrator, put, web } from './kit.ts';

/** Encapsulation VXLAN and the route target 65000:10. */
const inWeb = { ...plain, extendedCommunities: ['030c000000000008', '0002fde80000000a'] } as const;
const host = (n: number, label1 = 10) => ({ ...macIp(n), label1 });

describe('attachments at NVEs that do not announce', () => {
  it('are announced for them, with presence, and withdrawn with the last one', async () => {
    const { lab, nva, apply } = await nvaLab();
    const router = lab.join('10.0.0.50');
    heard(router);
    apply(put(web), put(nve(1)), attach(1, 1));
    expect(nva.originated).toBe(2);
    expect(lab.speaker.table.emitted).toBe(2);
    apply(attach(2, 1, { ips: ['192.0.2.2'] }));
    expect(nva.originated).toBe(4);
    apply({ op: 'delete', kind: 'attachment', network: 'web', id: 'vm1' });
    apply({ op: 'delete', kind: 'attachment', network: 'web', id: 'vm2' });
    expect([nva.originated, lab.speaker.table.emitted]).toEqual([0, 0]);
    expect([...(nva.mappingsOf('web')?.snapshot() ?? [])]).toEqual([]);
  });

  it('are not moved while they are sticky, by nobody, unless that is said to be over (RFC 7432 §15.2)', async () => {
    const { nva, apply } = await nvaLab();
    apply(put(web), put(nve(1)), put(nve(2)), put(nve(3, { kind: 'agent' })), attach(1, 1, { sticky: true }));
    const sticky = { ok: false, refusals: [{ code: 'sticky', field: 'nve' }] };
    expect(nva.apply([attach(1, 2, { sticky: true })], orchestrator)).toMatchObject(sticky);
    const agent = { name: 'nve3', via: 'nve-protocol' } as const;
    expect(nva.apply([attach(1, 3, { sticky: true })], agent)).toMatchObject(sticky);
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.1');
    // What else is said of it may change, and what is not announced may go anywhere.
    apply(attach(1, 1, { sticky: true, vap: 'eth2' }));
    apply(attach(1, 1, { sticky: true, state: 'detached' }), attach(1, 2, { sticky: true }));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.2', sticky: true });
    apply(attach(1, 1));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.1', sticky: false });
  });

  it('that an agent alone has made are not taken away by others while it is here', async () => {
    const { nva, apply } = await nvaLab();
    const agent = nve(1, { kind: 'agent' });
    apply(put(web), put(agent));
    const { name, tunnelAddress, encapsulations } = agent;
    const by = { name, via: 'nve-protocol' } as const;
    const gone: Change = { op: 'delete', kind: 'attachment', network: 'web', id: 'vm1' };
    expect(nva.hello({ name, tunnelAddress, encapsulations })).toMatchObject({ ok: true });
    expect(nva.apply([attach(1, 1)], by)).toMatchObject({ ok: true });
    expect(nva.apply([gone], orchestrator)).toMatchObject({
      ok: false,
      refusals: [{ code: 'held-by-nve', reason: expect.stringContaining('detach it there') }],
    });
    expect(nva.apply([gone], by)).toMatchObject({ ok: true });
    // What an orchestrator has registered is its own to take back.
    expect(nva.apply([attach(1, 1)], by)).toMatchObject({ ok: true });
    apply(attach(1, 1));
    apply(gone);
    // One that an agent has left behind can be cleared away.
    expect(nva.apply([attach(1, 1)], by)).toMatchObject({ ok: true });
    nva.goodbye(name);
    apply(gone);
    expect(nva.attachment('web', 'vm1')).toBeUndefined();
  });

  it('are announced for tunnel ends of IPv6 as well, each under a distinguisher of its own', async () => {
    const { nva, told, apply } = await nvaLab();
    apply(put(web), put(nve(1, { tunnelAddress: '2001:db8::1' })), put(nve(2, { tunnelAddress: '2001:db8::2' })));
    apply(attach(1, 1), attach(2, 2));
    expect([...(nva.mappingsOf('web')?.snapshot() ?? [])].map(({ kind, nve: at }) => `${kind} ${at}`).sort()).toEqual([
      'flood 2001:db8::1',
      'flood 2001:db8::2',
      'host 2001:db8::1',
      'host 2001:db8::2',
    ]);
    apply(attach(1, 2));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '2001:db8::2', sequence: 1 });
    expect(told.filter((line) => line.startsWith('unannounced'))).toEqual([]);
  });

  it('move with a higher sequence number, the new place told before the old one goes', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(put(web), put(nve(1)), put(nve(2)), attach(9, 2), attach(1, 1));
    const router = lab.join('10.0.0.50');
    heard(router);
    apply(attach(1, 2));
    expect(heard(router)).toEqual([`+ ${mac(1)}`, `- ${mac(1)}`, '- presence 10.0.0.1']);
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.2', sequence: 1 });
    apply(attach(1, 1));
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.1', sequence: 2 });
    expect([...(nva.mappingsOf('web')?.snapshot() ?? [])].map(({ kind, nve: at }) => `${kind} ${at}`).sort()).toEqual([
      'flood 10.0.0.1',
      'flood 10.0.0.2',
      'host 10.0.0.1',
      'host 10.0.0.2',
    ]);
    expect(nva.conflicts()).toEqual([]);
  });

  it('are announced in a network that takes what is registered alone as in any other', async () => {
    const { lab, nva, apply } = await nvaLab();
    apply(put({ ...web, trust: 'orchestrator' }), put(nve(1)), put(nve(2)), put(nve(3, { kind: 'agent' })));
    apply(attach(9, 2), attach(1, 1));
    const router = lab.join('10.0.0.50');
    heard(router);
    apply(attach(1, 2));
    expect(heard(router)).toEqual([`+ ${mac(1)}`, `- ${mac(1)}`, '- presence 10.0.0.1']);
    // An agent that has joined is flooded to, though nothing is registered at it yet.
    const end = nva.subscribe('nve3', 'web');
    lab.settle();
    expect(heard(router)).toEqual(['+ presence 10.0.0.3']);
    expect(nva.conflicts()).toEqual([]);
    end();
    lab.settle();
    expect(heard(router)).toEqual(['- presence 10.0.0.3']);
  });

  it('are announced when the orchestrator says so, whatever the NVE attaches, where only what is registered counts', async () => {
    const { lab, nva, apply } = await nvaLab();
    const agent = { name: 'nve2', via: 'nve-protocol' } as const;
    const attached = (id: string) => {
      const change = attach(1, 2) as Extract<Change, { op: 'put'; kind: 'attachment' }>;
      const result = nva.apply([{ ...change, value: { ...(change.value as Attachment), id, vap: 'eth2' } }], agent);
      lab.settle();
      return result;
    };
    for (const trust of ['orchestrator', 'both'] as const) {
      apply(put({ ...web, trust }), put(nve(1, { kind: 'agent' })), put(nve(2, { kind: 'agent' })), attach(1, 1));
      expect(attached('vm1')).toMatchObject({ ok: false, refusals: [{ code: 'not-registered' }] });
      apply(attach(1, 2, { id: 'next', state: 'pre-associated', role: 'appliance' }));
      expect(attached('next')).toMatchObject({ ok: true });
      expect(nva.storedAttachment('web', 'next')).toMatchObject({
        attachment: { state: 'pre-associated', role: 'appliance', vap: 'eth2' },
        attached: true,
      });
      expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe(trust === 'orchestrator' ? '10.0.0.1' : undefined);
      apply(attach(1, 2));
      if (trust === 'both') expect(nva.mappingsOf('web')?.find(mac(1))).toBeUndefined();
      expect(attached('vm1')).toMatchObject({ ok: true });
      expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.2');
      expect(nva.conflicts()).toEqual([]);
      for (const id of ['vm1', 'next']) apply({ op: 'delete', kind: 'attachment', network: 'web', id });
    }
  });

  it('are not announced with addresses that the orchestrator has and the NVE has not said, where both count', async () => {
    const { nva, apply } = await nvaLab();
    const agent = { name: 'nve1', via: 'nve-protocol' } as const;
    apply(put({ ...web, trust: 'both' }), put(nve(1, { kind: 'agent' })));
    const at = (...ips: string[]) => attach(1, 1, { ips });
    apply(at('192.0.2.1', '192.0.2.2'));
    expect(nva.apply([at('192.0.2.2', '192.0.2.1')], agent)).toMatchObject({ ok: true });
    expect(nva.storedAttachment('web', 'vm1')?.attached).toBe(true);
    apply(at('192.0.2.2', '192.0.2.1'));
    expect(nva.storedAttachment('web', 'vm1')?.attached).toBe(true);
    apply(at('192.0.2.99'));
    expect(nva.storedAttachment('web', 'vm1')).toMatchObject({ attached: false, registered: true });
    expect(nva.mappingsOf('web')?.find(mac(1))).toBeUndefined();
  });

  it('are not taken for registered where an NVE has said otherwise since', async () => {
    const { nva, apply } = await nvaLab();
    const agent = { name: 'nve2', via: 'nve-protocol' } as const;
    apply(put(web), put(nve(1)), put(nve(2, { kind: 'agent' })), attach(1, 1));
    expect(nva.apply([attach(1, 2)], agent)).toMatchObject({ ok: true });
    expect(nva.storedAttachment('web', 'vm1')).toMatchObject({ attached: true, registered: false });
  });

  it('that come to a place where they were expected are above all others there', async () => {
    const { nva, apply } = await nvaLab();
    apply(put(web), put(nve(1)), put(nve(2)), put(nve(3)));
    const there = () => nva.mappingsOf('web')?.find(mac(1)) as HostMapping;
    apply(attach(1, 1), attach(1, 2, { id: 'next', state: 'pre-associated' }));
    apply(attach(1, 3));
    apply(attach(1, 1));
    const before = there();
    expect(before).toMatchObject({ nve: '10.0.0.1' });
    apply(attach(1, 2, { id: 'next', state: 'associated' }));
    expect(there()).toMatchObject({ nve: '10.0.0.2' });
    expect(there().sequence).toBeGreaterThan(before.sequence);
  });

  it('are routed to by the MAC address that the NVE says hello with, where the configuration has none', async () => {
    const { lab, nva, apply } = await nvaLab();
    const agent = nve(1, { kind: 'agent' });
    nva.reconfigure([put(agent)]);
    apply(put({ ...web, name: 'tenant', vni: 5000, service: 'l3', routeTargets: ['65000:5000'] }));
    apply(put({ ...web, l3: 'tenant' }), attach(1, 1, { ips: ['192.0.2.1'] }));
    const routed = () => {
      lab.settle();
      const mapping = nva.mappingsOf('web')?.find('192.0.2.1');
      return mapping?.kind === 'host' ? mapping.l3 : undefined;
    };
    expect(routed()).toBeUndefined();
    const hello = (routerMac: string) => {
      const { name, tunnelAddress, encapsulations } = agent;
      expect(nva.hello({ name, tunnelAddress, encapsulations, routerMac })).toMatchObject({ ok: true });
    };
    hello('02:00:00:00:99:01');
    expect(routed()).toEqual({ vni: 5000, routerMac: '02:00:00:00:99:01' });
    nva.goodbye('nve1');
    expect(routed()).toEqual({ vni: 5000, routerMac: '02:00:00:00:99:01' });
    hello('02:00:00:00:99:02');
    expect(routed()).toEqual({ vni: 5000, routerMac: '02:00:00:00:99:02' });
    nva.goodbye('nve1');
    nva.reconfigure([put({ ...agent, routerMac: '02:00:00:00:99:03' })]);
    expect(routed()).toEqual({ vni: 5000, routerMac: '02:00:00:00:99:03' });
    hello('02:00:00:00:99:02');
    expect(routed()).toEqual({ vni: 5000, routerMac: '02:00:00:00:99:03' });
  });

  it('have legs by their last hello, as long as the NVE is known', async () => {
    const { nva } = await nvaLab();
    const agent = nve(1, { kind: 'agent' });
    nva.reconfigure([put(agent)]);
    expect(nva.legsOf('nve1')).toEqual([]);
    const { name, tunnelAddress, encapsulations } = agent;
    const legs = [{ domain: 'dc2', tunnelAddress: '10.0.0.1' }];
    nva.hello({ name, tunnelAddress, encapsulations, legs });
    nva.goodbye('nve1');
    expect(nva.legsOf('nve1')).toEqual(legs);
    expect(nva.crossings('nve1')).toEqual([]);
    nva.hello({ name, tunnelAddress, encapsulations });
    expect(nva.legsOf('nve1')).toEqual([]);
  });

  it('see the far side of a crossing as it is in its own underlay, whoever has the same addresses here', async () => {
    const table = new MemoryTable();
    const far = { ...web, name: 'web@dc2', vni: 20 };
    const { nva } = await nvaLab({}, new ListStore(), {
      crossings: () => [{ network: 'web', domain: 'dc2', outside: far.name, floods: true }],
      watchCrossings: () => () => {},
      nameOf: () => undefined,
      hasConverged: () => true,
      network: (name) => (name === far.name ? far : undefined),
      mappings: (name) => (name === far.name ? table : undefined),
      watch: () => () => {},
      networksChanged: () => {},
      nveChanged: () => {},
    });
    const agent = nve(1, { kind: 'agent' });
    nva.reconfigure([put(agent), put(nve(2, { encapsulations: ['geneve'] }))]);
    const { name, tunnelAddress, encapsulations } = agent;
    nva.hello({ name, tunnelAddress, encapsulations, legs: [{ domain: 'dc2', tunnelAddress: '10.0.0.3' }] });
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
      table.set({ kind: 'flood', nve: address, encapsulation: 'vxlan', vni: 20 });
    const seen = [...(nva.mappings('nve1', far.name)?.snapshot() ?? [])];
    expect(seen.map((mapping) => mapping.nve)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('are there again after a restart, with their sequence numbers', async () => {
    const store = new ListStore();
    const first = await nvaLab({}, store);
    first.apply(put(web), put(nve(1)), put(nve(2)), attach(1, 1));
    first.apply(attach(1, 2));
    const { nva, lab, apply } = await nvaLab({}, store);
    lab.settle();
    expect(nva.mappingsOf('web')?.find(mac(1))).toMatchObject({ nve: '10.0.0.2', sequence: 1 });
    apply(attach(1, 1));
    expect(nva.storedAttachment('web', 'vm1')?.sequence).toBe(2);
  });
});

describe('a transaction', () => {
  it('is done whole or not at all, and says all that is wrong', async () => {
    const { nva, store } = await nvaLab();
    const changes = [put(web), put(nve(1)), attach(1, 1), attach(2, 7), put({ ...web, name: 'other' })];
    expect(nva.apply(changes, orchestrator)).toMatchObject({
      ok: false,
      refusals: [
        { change: 3, code: 'no-such-nve', field: 'nve' },
        { change: 4, code: 'vni-taken', field: 'vni' },
      ],
    });
    expect([[...nva.networks()], [...nva.nves()], store.transactions]).toEqual([[], [], []]);
    expect(nva.apply(changes.slice(0, 3), orchestrator, { dryRun: true })).toEqual({
      ok: true,
      outcomes: ['created', 'created', 'created'],
    });
    expect([...nva.networks()]).toEqual([]);
  });

  it('is as if it had not been where the store cannot keep it', async () => {
    const { lab, nva, store, apply } = await nvaLab();
    apply(put(web), put(nve(1)));
    store.fault = new Error('disk full');
    expect(() => nva.apply([attach(1, 1)], orchestrator)).toThrow('disk full');
    lab.settle();
    expect([nva.originated, [...nva.attachments('web')], nva.registry.lastEvent]).toEqual([0, [], 2]);
    apply(attach(1, 1));
    expect(nva.registry.lastEvent).toBe(3);
  });

  it('that says what is so changes nothing', async () => {
    const { nva, store, apply } = await nvaLab();
    apply(put(web), put(nve(1)), attach(1, 1));
    expect(nva.apply([put(web), attach(1, 1)], orchestrator)).toEqual({
      ok: true,
      outcomes: ['unchanged', 'unchanged'],
    });
    expect(store.transactions.length).toBe(1);
  });
});

describe('admission', () => {
  it('quarantines what contradicts the declaration, and lets it through when that follows', async () => {
    const { lab, nva, apply } = await nvaLab();
    const [a, b] = [lab.join('10.0.0.11'), lab.join('10.0.0.12')];
    a.say(announcement([host(1), host(2, 11)], inWeb, a.address));
    a.say(announcement([host(3)], { ...plain, extendedCommunities: ['0002fde800000063'] }, a.address));
    // Of what is not declared nothing is passed on, also while nothing is.
    expect(b.read()).toEqual(['open', 'end']);
    expect(nva.conflicts().map(({ code }) => code)).toEqual(Array(3).fill('undeclared-network'));
    apply(put(web));
    expect(b.read().sort()).toEqual(['+1']);
    expect(nva.conflicts().map(({ code, claims }) => `${code} ${claims[0]?.mac}`)).toEqual([
      `wrong-vni ${mac(2)}`,
      `undeclared-network ${mac(3)}`,
    ]);
    apply(put({ ...web, vni: 11 }));
    expect(b.read().sort()).toEqual(['+2', '-1']);
    apply({ op: 'delete', kind: 'virtual-network', name: 'web' });
    expect(b.read().sort()).toEqual(['-2']);
    nva.set({ admission: 'open' });
    lab.settle();
    expect(b.read().sort()).toEqual(['+1', '+2', '+3']);
    expect(nva.conflicts()).toEqual([]);
    nva.set({ admission: 'declared' });
    lab.settle();
    expect(b.read().sort()).toEqual(['-1', '-2', '-3']);
    expect(nva.conflicts().length).toBe(3);
  });

  it('of a network that takes what is announced and registered, lets through what both say', async () => {
    const { lab, nva, apply } = await nvaLab();
    const [good, rogue, reader] = [lab.join('10.0.0.11'), lab.join('10.0.0.12'), lab.join('10.0.0.13')];
    const [one, two] = [nve(11, { kind: 'bgp' }), nve(12, { kind: 'bgp' })];
    apply(put({ ...web, trust: 'both' }), put(one), put(two));
    const key = mac(1);
    good.say(announcement([host(1)], inWeb, good.address));
    reader.read();
    expect(nva.conflicts().map(({ code }) => code)).toEqual(['not-registered']);
    apply(attach(1, 11, { mac: key }));
    expect(reader.read()).toEqual(['+1']);
    expect(nva.conflicts()).toEqual([]);
    rogue.say(announcement([{ ...host(1), rd: { type: 0, asn: 1, assigned: 9 } } as never], inWeb, rogue.address));
    expect(reader.read()).toEqual([]);
    expect(nva.conflicts()).toMatchObject([
      { code: 'registered-elsewhere', claims: [{ by: '10.0.0.12' }, { by: 'orchestrator', nve: '10.0.0.11' }] },
    ]);
    // With the victim's next hop it fares no better.
    rogue.say(announcement([{ ...host(1), rd: { type: 0, asn: 1, assigned: 8 } } as never], inWeb, good.address));
    expect(reader.read()).toEqual([]);
    expect(
      nva
        .conflicts()
        .map(({ code }) => code)
        .sort(),
    ).toEqual(['registered-elsewhere', 'wrong-session']);
    apply(attach(1, 12, { mac: key }));
    expect(reader.read().sort()).toEqual(['+1', '-1']);
  });

  it('shows who is registered with what a quarantined route claims: the MAC address, the IP address, the next hop', async () => {
    const { lab, nva, apply } = await nvaLab();
    const [rogue, reader] = [lab.join('10.0.0.12'), lab.join('10.0.0.13')];
    apply(put({ ...web, trust: 'both' }), put(nve(11, { kind: 'bgp' })), put(nve(12, { kind: 'bgp' })));
    apply(attach(1, 11, { mac: mac(1), ips: ['192.0.2.1'] }), attach(2, 12, { mac: mac(2) }));
    reader.read();
    const claims = () => nva.conflicts().map(({ code, claims: [, ...others] }) => ({ code, others }));
    const victim = { by: 'orchestrator', nve: '10.0.0.11', mac: mac(1), sequence: 0 };
    const own = { by: 'orchestrator', nve: '10.0.0.12', mac: mac(2), sequence: 0 };
    const say = (n: number) =>
      rogue.say(announcement([{ ...host(n), ip: '192.0.2.1' } as never], inWeb, rogue.address));
    say(1);
    say(2);
    expect(claims()).toEqual([
      { code: 'registered-elsewhere', others: [{ ...victim, ip: '192.0.2.1' }] },
      { code: 'not-registered', others: [own, { ...victim, ip: '192.0.2.1' }] },
    ]);
    rogue.say(withdrawal([1, 2].map((n) => ({ ...host(n), ip: '192.0.2.1' }) as never)));
    expect(claims()).toEqual([]);
    rogue.say(
      announcement(
        [{ ...host(1), kind: 'inclusive-multicast', type: 3, originator: '10.0.0.11' } as never],
        inWeb,
        '10.0.0.11',
      ),
    );
    expect(claims()).toEqual([{ code: 'wrong-session', others: [{ by: '10.0.0.11', nve: '10.0.0.11' }] }]);
    const [presence] = nva.conflicts();
    expect(presence?.reason).toMatch(/^that the NVE is in the network came in by a session/);
    expect(presence?.claims[0]).toEqual({
      by: '10.0.0.12',
      nve: '10.0.0.11',
      routeType: 3,
      encapsulations: ['vxlan'],
    });
    expect(reader.read()).toEqual([]);
  });

  it('freezes a MAC address that moves too often, and releases it', async () => {
    const { lab, nva, told, apply } = await nvaLab({ macMobility: { moves: 3, seconds: 60 } });
    apply(put(web));
    const routers = [lab.join('10.0.0.11'), lab.join('10.0.0.12')];
    const claim = (n: number, sequence: number) => {
      const mobility = `0600000000${sequence.toString(16).padStart(6, '0')}`;
      const router = routers[n];
      if (router === undefined) throw new Error('no router');
      const route = { ...host(1), ip: undefined, rd: { type: 0, asn: 1, assigned: n } } as never;
      router.say(
        announcement(
          [route],
          { ...inWeb, extendedCommunities: [...inWeb.extendedCommunities, mobility] },
          router.address,
        ),
      );
    };
    for (let n = 0; n <= 3; n++) claim(n % 2, n);
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.11');
    const [conflict] = nva.conflicts();
    expect(conflict).toMatchObject({ code: 'duplicate-mac', releasable: true });
    told.length = 0;
    nva.look();
    nva.look();
    expect(told).toEqual([`conflict ${conflict?.id}`]);
    claim(1, 9);
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.11');
    expect(nva.release(conflict?.id ?? '')).toBe(true);
    lab.settle();
    expect(nva.mappingsOf('web')?.find(mac(1))?.nve).toBe('10.0.0.12');
    expect(nva.conflicts()).toEqual([]);
    nva.look();
    expect(told.at(-1)).toBe(`settled ${conflict?.id}`);
  });
});
