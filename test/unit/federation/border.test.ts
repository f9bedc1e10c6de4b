import { describe, expect, it, vi } from 'vitest';
import { RouteDistinguishers } from '../../../src/federation/route-distinguishers.ts';
import { announced, BorderLab, networkOf, type Spoken, shareOf, usedIn } from './kit.ts';
import { compiled } from './policy/kit.ts';

const theirs: Spoken = {
  rd: '65002:1',
  kind: 'mac',
  mac: '02:00:00:00:00:22',
  ip: '172.16.0.22',
  vni: 2217,
  nextHop: '10.2.0.2',
  targets: ['65002:2217'],
  communities: ['65002:5'],
  sequence: 3,
};
const ours: Spoken = {
  rd: '10.1.0.1:7',
  kind: 'mac',
  mac: '02:00:00:00:00:11',
  ip: '172.16.0.11',
  vni: 1217,
  nextHop: '10.1.0.1',
  targets: ['65001:1217'],
  communities: ['65001:5'],
  sequence: 4,
};

const flood: Spoken = { rd: '65002:1', kind: 'flood', vni: 2217, nextHop: '10.2.0.2', targets: ['65002:2217'] };

describe('a route crosses', () => {
  it('into our domain, with our names', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    expect(lab.imported.map(({ text }) => text)).toEqual([
      'type=2 esi=00000000000000000000 mac=02:00:00:00:00:22 ip=172.16.0.22 label1=1217 via=10.2.0.2 RT:65001:1217 ET:8 MM:3 pref=100 dpath=65002:0 c=65002:5',
    ]);
    lab.unhear(theirs);
    expect(lab.imported).toEqual([]);
  });

  it('out of it, with theirs, and without communities of the inside', async () => {
    const lab = await BorderLab.begun();
    lab.say(ours);
    expect(lab.exported.map(({ text }) => text)).toEqual([
      'type=2 esi=00000000000000000000 mac=02:00:00:00:00:11 ip=172.16.0.11 label1=2217 via=10.1.0.1 RT:65002:2217 ET:8 MM:4 pref=100 dpath=65001:0',
    ]);
    expect(lab.exported[0]?.rd).toMatch(/^65001:/);
    lab.unsay(ours);
    expect(lab.exported).toEqual([]);
  });

  it('and nothing of the inside is on the wire', async () => {
    const lab = await BorderLab.begun({
      networks: [networkOf('web', 1217)],
      domain: { networks: [shareOf('web', 2217, { export: ['192.0.2.200'], import: [] })] },
    });
    lab.neighbour?.take();
    const secret = { esi: '00aabbccddeeff001122', routerMac: '02:00:0a:01:00:01' };
    lab.say(
      { ...ours, ...secret },
      { ...flood, rd: '10.1.0.1:7', nextHop: '10.1.0.1', targets: ['65001:1217'], vni: 1217 },
    );
    const wire = lab.neighbour?.take().join('') ?? '';
    expect(wire).toContain('020000000011');
    // NVE, router's MAC, ESI, VNI and route target, community of the inside.
    for (const inside of ['0a010001', '02000a010001', 'aabbccddeeff', '0004c1', 'fde90005']) {
      expect(wire).not.toContain(inside);
    }
  });

  it('with the Ethernet tag that is its VNI as the VNI there, and is withdrawn as that', async () => {
    const lab = await BorderLab.begun();
    const tagged = { ...ours, tag: 1217 };
    const tags = () => lab.exported.map(({ nlri }) => (nlri as { ethernetTag?: number }).ethernetTag);
    lab.say(tagged);
    expect(tags()).toEqual([2217]);
    lab.share([shareOf('web', 3217)]);
    lab.settle();
    expect(tags()).toEqual([3217]);
    lab.unsay(tagged);
    expect(tags()).toEqual([]);
    lab.hear({ ...theirs, vni: 3217, targets: ['65002:3217'], tag: 3217 });
    expect(lab.imported.map(({ text }) => / tag=\d+/.exec(text)?.[0])).toEqual([' tag=1217']);
  });

  it('and stays where it is sent back', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    lab.say(ours);
    expect([lab.imported.length, lab.exported.length]).toEqual([1, 1]);
    expect(lab.refused('export')).toEqual({ 'came-from-there': 1 });
  });
});

describe('what a neighbour may not say is refused, counted by its reason, and costs nobody else', () => {
  const networks = [networkOf('web', 1217), networkOf('db', 1218), networkOf('tenant', 5001, { service: 'l3' })];
  const prefix: Spoken = { ...theirs, kind: 'prefix', prefix: '10.9.0.0/16', routerMac: '02:00:00:00:99:99' };
  const cases: readonly [what: string, route: Spoken, reason: string][] = [
    ['a network that it was not granted', { ...theirs, targets: ['65001:1218'] }, 'not-shared'],
    ['a network by our name of it', { ...theirs, targets: ['65001:1217'] }, 'not-shared'],
    ['a prefix in a network of MAC addresses', prefix, 'wrong-service'],
    ['another VNI than agreed', { ...theirs, vni: 1217 }, 'wrong-vni'],
    ['another VNI in the label of flooding', { ...flood, vni: 2218 }, 'wrong-vni'],
    ['an encapsulation without VNI', { ...theirs, tunnelType: 11 }, 'no-vni'],
    ['our own domain id', { ...theirs, dPath: ['65003:0', '65001:0'] }, 'passed-here'],
    ['a next hop inside our underlay', { ...theirs, nextHop: '10.1.0.2' }, 'next-hop-inside'],
    ["our Router's MAC", { ...theirs, routerMac: '02:00:0a:01:00:02' }, 'inside-identifier'],
    ['one of our NVEs as originator', { ...flood, originator: '10.1.0.2' }, 'inside-identifier'],
    ['one of our NVEs as the end of its flooding', { ...flood, endpoint: '10.1.0.2' }, 'inside-identifier'],
    ['such a next hop in its IPv4-mapped form', { ...theirs, nextHop: '::ffff:10.1.0.2' }, 'next-hop-inside'],
    ['such an originator', { ...flood, originator: '::ffff:10.1.0.2' }, 'inside-identifier'],
    ['such an end of its flooding', { ...flood, endpoint: '::ffff:10.1.0.2' }, 'inside-identifier'],
    ['one of our NVEs as the root of its flooding', { ...flood, root: '10.1.0.2' }, 'inside-identifier'],
    [
      "our Router's MAC behind another",
      { ...theirs, routerMac: '02:00:00:00:99:99', otherMac: '02:00:0a:01:00:02' },
      'inside-identifier',
    ],
    ['what is to be told to nobody', { ...theirs, communities: ['no-advertise'] }, 'no-export'],
    ['an RD of one of our NVEs', { ...theirs, rd: '10.1.0.2:7' }, 'inside-identifier'],
    ['an RD of our own', { ...theirs, rd: '10.0.0.1:7' }, 'inside-identifier'],
    ['an RD with our AS number', { ...theirs, rd: '65001:7' }, 'inside-identifier'],
    [
      'a network of ours by its inside name, beside the one that is shared',
      { ...theirs, targets: [...theirs.targets, '65001:1218'] },
      'inside-identifier',
    ],
    ['our own AS in AS_PATH', { ...theirs, asns: [65002, 65001] }, 'as-loop'],
  ];
  it.each(cases)('%s', async (_, route, reason) => {
    const lab = await BorderLab.begun({ networks });
    lab.routerMacs.add('02:00:0a:01:00:02');
    const good = { ...theirs, mac: '02:00:00:00:00:33' };
    lab.hear(route, good);
    expect(lab.imported).toHaveLength(1);
    expect(lab.imported[0]?.text).toContain('02:00:00:00:00:33');
    expect(lab.refused('import')).toEqual({ [reason]: 1 });
    expect([...lab.border.outer.neighbours][0]?.source).toBeDefined();
    lab.unhear(route);
    expect(lab.refused('import')).toEqual({});
  });

  it('our own route, with our RD, that comes back', async () => {
    const lab = await BorderLab.begun();
    lab.say(ours);
    const [told] = lab.exported;
    lab.hear({
      ...theirs,
      mac: ours.mac as string,
      ip: ours.ip as string,
      rd: told?.rd as string,
      asns: [65002, 65001],
    });
    expect(lab.exported).toHaveLength(1);
    expect(lab.refused('import')).toEqual({ 'as-loop': 1 });
  });

  it('what is malformed, each time since the session began (RFC 7606 §2)', async () => {
    const lab = await BorderLab.begun();
    const octets = announced({ asns: [65002], ...theirs });
    const origin = octets.findIndex((octet, i) => octet === 0x40 && octets[i + 1] === 1 && octets[i + 2] === 1);
    octets[origin + 3] = 9;
    lab.neighbour?.send(octets);
    lab.neighbour?.send(octets);
    lab.settle();
    expect([lab.imported, lab.refused('import')]).toEqual([[], { malformed: 2 }]);
    lab.hear(theirs);
    expect([lab.imported.length, lab.refused('import')]).toEqual([1, { malformed: 2 }]);
    lab.leave();
    lab.join();
    expect(lab.refused('import')).toEqual({});
  });

  it('what no route distinguisher is left for', async () => {
    const lab = await BorderLab.begun();
    const none = vi.spyOn(RouteDistinguishers.prototype, 'of').mockReturnValue(undefined);
    lab.hear(theirs);
    expect([lab.imported, lab.refused('import')]).toEqual([[], { 'too-many-distinguishers': 1 }]);
    none.mockRestore();
    lab.border.reconsider();
    lab.settle();
    expect([lab.imported.length, lab.refused('import')]).toEqual([1, {}]);
  });

  it('an ESI that a prefix leads by', async () => {
    const lab = await BorderLab.begun({
      networks,
      domain: { networks: [shareOf('web', 2217), shareOf('tenant', 6001)] },
    });
    const withEsi = {
      ...prefix,
      vni: 6001,
      targets: ['65002:6001'],
      esi: '00aabbccddeeff001122',
      routerMac: undefined,
    };
    const { routerMac: _, ...leading } = withEsi;
    const { esi: _esi, ...before } = leading;
    lab.hear(before as Spoken);
    expect(lab.imported).toHaveLength(1);
    lab.hear(leading as Spoken);
    expect(lab.imported).toEqual([]);
    expect(lab.refused('import')).toEqual({ 'esi-overlay-index': 1 });
  });

  it('another VNI than agreed of the network that routes', async () => {
    const routed = [networkOf('web', 1217, { l3: 'tenant' }), networkOf('tenant', 5001, { service: 'l3' })];
    const domain = { networks: [shareOf('web', 2217), shareOf('tenant', 6001)] };
    const lab = await BorderLab.begun({ networks: routed, domain });
    const host = { ...theirs, targets: ['65002:2217', '65002:6001'], routerMac: '02:00:00:00:99:99' };
    lab.hear({ ...host, l3Vni: 6001 });
    expect(lab.imported).toHaveLength(1);
    for (const l3Vni of [5001, 9999]) lab.hear({ ...host, l3Vni });
    expect([lab.imported, lab.refused('import')]).toEqual([[], { 'wrong-vni': 1 }]);
    // Of a network that is not shared it is nobody's.
    lab.share([shareOf('web', 2217)]);
    lab.settle();
    expect([lab.imported.length, lab.refused('import')]).toEqual([1, {}]);
  });

  it('once an address is an NVE of ours, also what came before', async () => {
    const lab = await BorderLab.begun({ networks });
    lab.hear(theirs, { ...theirs, rd: '10.1.0.9:7', nextHop: '10.2.0.3' });
    expect(lab.imported).toHaveLength(2);
    lab.inside.add('10.2.0.2');
    lab.inside.add('10.1.0.9');
    lab.border.insideChanged();
    lab.settle();
    expect(lab.imported).toEqual([]);
    expect(lab.refused('import')).toEqual({ 'next-hop-inside': 1, 'inside-identifier': 1 });
  });

  it('what has been there does not go there again', async () => {
    const lab = await BorderLab.begun();
    lab.say({ ...ours, dPath: ['65003:0', '65002:0'] }, { ...ours, mac: '02:00:00:00:00:44', asns: [65003, 65002] });
    expect(lab.exported).toEqual([]);
    expect(lab.refused('export')).toEqual({ 'passed-there': 2 });
  });

  it('what is not to leave our domain does not', async () => {
    const lab = await BorderLab.begun();
    const bounds = ['no-export', 'no-advertise', 'no-export-subconfed'];
    lab.say(...bounds.map((bound, i) => ({ ...ours, mac: `02:00:00:00:00:4${i}`, communities: [bound] })), ours);
    expect(lab.exported).toHaveLength(1);
    expect(lab.refused('export')).toEqual({ 'no-export': 3 });
  });

  it('what was not to leave theirs comes as far as here, and keeps that, whatever a policy does to communities', async () => {
    const lab = await BorderLab.begun();
    const communities = () => lab.imported.map(({ text }) => / c=(\S+)/.exec(text)?.[1]);
    lab.hear({ ...theirs, communities: ['no-export', 'graceful-shutdown', '65002:5'] });
    expect(communities()).toEqual(['no-export,65002:5']);
    const policy = (then: string) => {
      lab.border.policyChanged('import', compiled(`rules: [{ then: { ${then} } }]`));
      lab.settle();
      return communities();
    };
    expect(policy('setCommunity: [65001:1]')).toEqual(['no-export,65001:1']);
    expect(policy('stripCommunity: all')).toEqual(['no-export']);
    expect(policy('stripCommunity: [no-export]')).toEqual(['65002:5']);
  });

  it('more than is agreed', async () => {
    const limits = { routes: 3, perNetwork: 2, warning: 50, exceeded: 'stop' } as const;
    const lab = await BorderLab.begun({
      networks,
      domain: { networks: [shareOf('web', 2217), shareOf('db', 2218)], limits },
    });
    const host = (n: number, name: 'web' | 'db' = 'web'): Spoken => ({
      ...theirs,
      mac: `02:00:00:00:01:0${n}`,
      ...(name === 'db' && { vni: 2218, targets: ['65002:2218'] }),
    });
    lab.hear(host(1), host(2), host(3), host(4, 'db'), host(5, 'db'));
    expect(lab.refused('import')).toEqual({ 'over-network-limit': 1, 'over-limit': 1 });
    expect(lab.imported).toHaveLength(3);
    expect(lab.limits.map(({ type, network = 'all' }) => `${type} ${network}`)).toEqual([
      'near-limit web',
      'near-limit all',
      'exceeded web',
      'exceeded all',
    ]);
    lab.unhear(host(1), host(2), host(3), host(4, 'db'), host(5, 'db'));
    expect(lab.border.import.routes).toBe(0);
  });
});

describe('gateways', () => {
  const [A, B] = ['10.1.0.251', '10.1.0.252'];
  const gateways = { export: [A, B], import: [A, B] };
  const options = { inside: ['10.1.0.1', A, B], domain: { networks: [shareOf('web', 2217, gateways)] } };
  const ends = (lab: BorderLab) => lab.imported.map(({ text }) => / via=(\S+)/.exec(text)?.[1]);

  it('stand for all ends, in both directions, and flooding crosses once', async () => {
    const lab = await BorderLab.begun(options);
    const elected = lab.border.serving('import').get('web')?.by as string;
    lab.hear(theirs, flood, { ...flood, rd: '65002:2', nextHop: '10.2.0.3' });
    lab.say(ours);
    expect(lab.imported.map(({ text }) => text)).toEqual([
      `type=2 esi=00000000000000000000 mac=02:00:00:00:00:22 ip=172.16.0.22 label1=1217 via=${elected} RT:65001:1217 ET:8 MM:3 pref=100 dpath=65002:0 c=65002:5`,
      `type=3 originator=${elected} via=${elected} RT:65001:1217 ET:8 pref=100 dpath=65002:0 pmsi=1217@${elected}`,
    ]);
    expect(lab.exported.map(({ text }) => / via=(\S+)/.exec(text)?.[1])).toEqual([
      lab.border.serving('export').get('web')?.by,
    ]);
    lab.unhear(flood);
    expect(lab.imported).toHaveLength(2);
    lab.unhear({ ...flood, rd: '65002:2', nextHop: '10.2.0.3' });
    expect(lab.imported).toHaveLength(1);
  });

  it('another takes over at once from one that dies, however often that was, and none is told where all are dead', async () => {
    const lab = await BorderLab.begun(options);
    lab.hear(theirs, flood);
    const first = lab.border.serving('import').get('web')?.by as string;
    const second = first === A ? B : A;
    // More often than a route that flaps may cross.
    for (let i = 0; i < 10; i++) {
      lab.kill(first);
      lab.settle(10);
      expect(ends(lab)).toEqual([second, second]);
      lab.revive(first);
      lab.settle(60_000);
    }
    lab.kill(A);
    lab.kill(B);
    lab.settle();
    expect(lab.imported).toEqual([]);
    expect(lab.refused('import')).toEqual({ 'no-gateway': 2 });
  });

  it('are left from one list to another without a trace of the first', async () => {
    const lab = await BorderLab.begun(options);
    lab.hear(theirs, flood);
    lab.share([shareOf('web', 2217, { export: [A], import: [A] })]);
    lab.settle();
    expect(ends(lab)).toEqual([A, A]);
    lab.share([shareOf('web', 2217)]);
    lab.settle();
    expect(ends(lab)).toEqual(['10.2.0.2', '10.2.0.2']);
    lab.share([]);
    lab.settle();
    expect([lab.imported, lab.border.import.distinguishers]).toEqual([[], 0]);
  });

  it('that speak BGP are told the true ends, until they do so no more', async () => {
    const lab = await BorderLab.begun({ ...options, bgpGateways: [A] });
    lab.hear(theirs);
    expect(lab.importedByGateways.map(({ text }) => text)).toEqual([
      'type=2 esi=00000000000000000000 mac=02:00:00:00:00:22 ip=172.16.0.22 label1=2217 via=10.2.0.2 RT:65001:1217 ET:8 MM:3 pref=100 dpath=65002:0 c=65002:5',
    ]);
    lab.bgpGateways.clear();
    lab.lookAtGateways();
    lab.settle();
    expect(lab.importedByGateways).toEqual([]);
    lab.unhear(theirs);
    expect(lab.imported).toEqual([]);
  });

  it("need a Router's MAC where a prefix leads to them", async () => {
    const lab = await BorderLab.begun({
      ...options,
      networks: [networkOf('tenant', 5001, { service: 'l3' })],
      domain: { networks: [shareOf('tenant', 6001, gateways)] },
    });
    lab.hear({ ...theirs, kind: 'prefix', vni: 6001, targets: ['65002:6001'], routerMac: '02:00:00:00:99:99' });
    expect(lab.refused('import')).toEqual({ 'no-router-mac': 1 });
  });
});

describe('what changes beside a route', () => {
  it('costs nothing of what a route may change itself, and tells nothing anew that is as it was', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    const changes = lab.border.import.changes;
    for (let i = 0; i < 20; i++) {
      lab.border.sharesChanged();
      lab.settle(10);
    }
    expect(lab.border.import.changes).toBe(changes);
    lab.hear({ ...theirs, sequence: 9 });
    expect(lab.imported[0]?.text).toContain('MM:9');
  });

  it('a route that flaps crosses once an interval, and its number is let go of when it has been quiet', async () => {
    const flap = { interval: 1000, allowance: 3 };
    const rate = { delay: 0, changesPerSecond: undefined, flap };
    const lab = await BorderLab.begun({ domain: { rate: { import: rate, export: rate } } });
    for (let i = 0; i < 50; i++) {
      lab.hear({ ...theirs, sequence: i });
      lab.unhear(theirs);
    }
    lab.settle(2000);
    // Ten seconds have passed, and a withdrawal is the last of them.
    expect(lab.border.import.changes).toBeLessThanOrEqual(3 + 12);
    expect(lab.imported).toEqual([]);
    lab.settle(10_000);
    lab.border.outer.afterDecisions(() => {});
    lab.settle();
    expect([usedIn(lab.border.outer.table), lab.border.import.distinguishers]).toEqual([0, 0]);
  });

  describe('a MAC address that flaps', () => {
    const flap = { interval: 3000, allowance: 2 };
    const rate = { delay: 0, changesPerSecond: undefined, flap };
    const flapping = () => BorderLab.begun({ domain: { rate: { import: rate, export: rate } } });
    const there: Spoken = { ...ours, rd: '10.1.0.2:7', nextHop: '10.1.0.2' };
    const told = (lab: BorderLab) => lab.exported.map(({ attributes }) => attributes.mpReachNlri?.nextHop).sort();

    it('is damped with all of its routes, and what it is last crosses in one go', async () => {
      const lab = await flapping();
      lab.say(ours, there);
      lab.unsay(ours);
      expect(told(lab)).toEqual(['10.1.0.2']);
      // To and fro: the third change waits, until one goes and the other comes together.
      for (let move = 0; move < 3; move++) {
        lab.say(ours);
        lab.unsay(there);
        expect(lab.border.export.damped).toBe(2);
        if (move === 2) break;
        lab.say(there);
        lab.unsay(ours);
      }
      lab.say({ ...ours, ip: '172.16.0.99' }, { ...ours, mac: '02:00:00:00:00:77' });
      expect([told(lab), lab.border.export.damped]).toEqual([['10.1.0.1', '10.1.0.2'], 3]);
      const changes = lab.border.export.changes;
      lab.settle(3000);
      expect([told(lab), lab.border.export.damped]).toEqual([['10.1.0.1', '10.1.0.1', '10.1.0.1'], 0]);
      expect(lab.border.export.changes).toBe(changes + 3);
    });

    it('is kept from nothing that we decide anew, which costs nothing of its allowance', async () => {
      const lab = await flapping();
      lab.say(ours);
      for (let i = 0; i < 5; i++) {
        lab.border.policyChanged('export', compiled('rules: [{ then: refuse }]'));
        lab.settle(1);
        expect([lab.exported.length, lab.border.export.damped]).toEqual([0, 0]);
        lab.border.policyChanged('export', undefined);
        lab.settle(1);
        expect([lab.exported.length, lab.border.export.damped]).toEqual([1, 0]);
      }
      for (let i = 0; i < 5; i++) lab.say({ ...ours, sequence: i });
      expect(lab.border.export.damped).toBe(1);
      lab.border.drain(0);
      lab.settle(1);
      expect([lab.exported.length, lab.border.export.damped]).toEqual([0, 0]);
      lab.border.release();
      lab.settle(1);
      expect(lab.exported.map(({ text }) => text)[0]).toContain('MM:4');
    });

    it('does not hold up the same address in another network, its flooding, or a neighbour of the same kind', async () => {
      const lab = await BorderLab.begun({
        networks: [networkOf('web', 1217), networkOf('db', 1218)],
        domain: {
          networks: [shareOf('web', 2217), shareOf('db', 2218)],
          rate: { import: rate, export: rate },
        },
      });
      for (let i = 0; i < 5; i++) lab.say({ ...ours, sequence: i });
      expect(lab.border.export.damped).toBe(1);
      lab.say({ ...ours, rd: '10.1.0.1:8', vni: 1218, targets: ['65001:1218'] });
      lab.say({ ...flood, rd: '10.1.0.1:7', vni: 1217, targets: ['65001:1217'], nextHop: '10.1.0.1' });
      expect(lab.exported).toHaveLength(3);
    });

    it('cannot leave its damping by a withdrawal that names another network', async () => {
      const lab = await flapping();
      let told = 0;
      for (let i = 0; i < 20; i++) {
        const before = lab.border.import.changes;
        lab.hear(theirs);
        lab.hear({ ...theirs, vni: 3000 + i });
        told += lab.border.import.changes - before;
      }
      // Four seconds.
      expect(told).toBeLessThanOrEqual(2 + 4);
    });
  });

  it('a policy is asked anew', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    lab.border.policyChanged('import', compiled('rules: [{ match: { community: 65002:5 }, then: refuse }]'));
    lab.settle();
    expect([lab.imported, lab.refused('import')]).toEqual([[], { policy: 1 }]);
    lab.border.policyChanged('import', compiled('rules: [{ then: { preference: 7, setCommunity: [65001:1] } }]'));
    lab.settle();
    expect(lab.imported[0]?.text).toMatch(/ pref=7 .* c=65001:1$/);
  });

  it('a border that is given up holds nothing of ours any more, and takes what came in by it along', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs);
    lab.say(ours);
    lab.unsay(ours);
    // It has crossed a moment ago, and so is held.
    expect(usedIn(lab.inner.table)).toBe(2);
    lab.giveUp();
    lab.inner.afterDecisions(() => {});
    lab.settle();
    expect([lab.imported, usedIn(lab.inner.table)]).toEqual([[], 0]);
  });

  it('a rule on the age of routes says otherwise when the time has come, and nothing else has happened', async () => {
    const lab = await BorderLab.begun();
    lab.border.policyChanged('import', compiled('rules: [{ match: { age: { max: 59 } }, then: refuse }]'));
    lab.hear(theirs);
    lab.settle(58_000);
    expect([lab.imported, lab.refused('import')]).toEqual([[], { policy: 1 }]);
    lab.settle(3000);
    expect([lab.imported.length, lab.refused('import')]).toEqual([1, {}]);
  });

  it('a session that is lost takes its routes with it', async () => {
    const lab = await BorderLab.begun();
    lab.hear(theirs, flood);
    lab.leave();
    lab.settle();
    expect([lab.imported, lab.refused('import')]).toEqual([[], {}]);
  });
});
