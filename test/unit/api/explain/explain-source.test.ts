import { type ExtendedCommunity, extendedCommunity, Family, type PathAttributes, parseRouteTarget } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../../../src/api/contract/explain.ts';
import { explainSource } from '../../../../src/api/explain/explain-source.ts';
import type { ExplainQuestion } from '../../../../src/api/explain-source.ts';
import { nvaApiSource } from '../../../../src/api/nva/nva-api-source.ts';
import { speakerSource } from '../../../../src/api/speaker/speaker-source.ts';
import { announcement } from '../../bgp-ts/rib/kit.ts';
import { federationLab, rest } from '../../federation/federation-lab.ts';
import { networkOf, shareOf } from '../../federation/kit.ts';
import { mac, orchestrator, put } from '../../nva/kit.ts';

const THEIRS = '10.9.0.2';
const [OURS, OTHER] = ['10.0.0.2', '10.0.0.3'];
const no = { esi: '00'.repeat(10), ethernetTag: 0, family: Family.Evpn } as const;
const rd = (address: string) => ({ type: 1, address, assigned: 7 }) as const;

function attributesOf(address: string, targets: readonly string[], more: PathAttributes = {}): PathAttributes {
  const isOurs = address !== THEIRS;
  return {
    origin: 'igp',
    asPath: isOurs ? [] : [{ type: 'sequence', asns: [65002] }],
    ...(isOurs && { localPref: 100 }),
    extendedCommunities: [
      ...targets.map((target) => parseRouteTarget(target) as ExtendedCommunity),
      extendedCommunity({ kind: 'encapsulation', tunnelType: 8 }),
      extendedCommunity({ kind: 'router-mac', mac: isOurs ? '02:aa:00:00:00:02' : '02:bb:00:00:00:02' }),
    ],
    ...more,
  };
}

interface Host {
  readonly n: number;
  readonly labels: readonly [l2: number, l3?: number];
  readonly targets: readonly string[];
  readonly ip?: string;
}

function hostOf(address: string, { n, labels: [label1, label2], targets, ip }: Host): Uint8Array {
  const labels = { label1, ...(label2 !== undefined && { label2 }) };
  const nlri = { ...no, kind: 'mac-ip-advertisement', type: 2, rd: rd(address), mac: mac(n), ...labels } as const;
  return announcement([{ ...nlri, ...(ip !== undefined && { ip }) }], attributesOf(address, targets), address);
}

function floodOf(originator: string, vni: number, target: string): Uint8Array {
  const nlri = { ...no, kind: 'inclusive-multicast', type: 3, rd: rd(originator), originator } as const;
  const tunnel = { kind: 'ingress-replication', type: 6, endpoint: THEIRS } as const;
  const attributes = attributesOf(THEIRS, [target], { pmsiTunnel: { flags: 0, label: vni, tunnel } });
  return announcement([nlri], attributes, THEIRS);
}

/** dc1 (here of AS 65001), which shares web and its L3 network with dc2, and payroll with nobody. */
async function explaining({ isJoined = true } = {}) {
  const { lab, federation, nva, joinNeighbour, joinNve } = await federationLab({
    networks: [shareOf('web', 2217), shareOf('tenant', 6001)],
  });
  const networks = [
    networkOf('tenant', 5001, { service: 'l3' }),
    networkOf('web', 1217, { l3: 'tenant' }),
    networkOf('payroll', 1300),
  ];
  const applied = nva.apply(networks.map(put), orchestrator);
  if (!applied.ok) throw new Error(applied.refusals.map(({ reason }) => reason).join('; '));
  const { speaker, clock } = lab;
  let read = 0;
  const source = speakerSource(
    { version: '0', domain: 'dc1', startedAt: 0 },
    {
      speaker,
      domains: () => new Map([...federation.borders].map((border) => [border.config.domain, border.outer])),
      now: () => clock.now(),
      readiness: () => ({ ready: true }) as never,
      forgotten: () => {},
      apiAddress: () => undefined,
      logLevels: () => ({}),
      setLogLevel: () => {},
      md5Drops: () => undefined as never,
    },
  );
  const nvaSource = nvaApiSource(65001, { nva, store: () => undefined, peer: source.peer });
  const explain = explainSource({
    domain: 'dc1',
    source: {
      ...source,
      routes: (slice) => {
        if (slice.filter.domain !== undefined && slice.after === undefined) read++;
        return source.routes(slice);
      },
    },
    nvaSource,
    nva,
    federation,
    speaker,
    ask: () => Promise.resolve({ ok: false, code: 'no-api', reason: 'nobody is asked' }),
  });
  const nves = { [OURS]: joinNve(OURS), [OTHER]: joinNve(OTHER) };
  const neighbour = isJoined ? joinNeighbour() : undefined;
  rest({ lab });
  const say = (router: typeof neighbour, ...updates: readonly Uint8Array[]) => {
    for (const update of updates) router?.say(update);
    rest({ lab }, 2000);
  };
  return {
    hear: (...updates: readonly Uint8Array[]) => say(neighbour, ...updates),
    say: (...updates: readonly Uint8Array[]) => say(nves[OURS]!, ...updates),
    ask: async (question: ExplainQuestion) => (await explain.explain(question)) as Explanation,
    /** How often the neighbour's table was read. */
    read: () => read,
  };
}

const linesOf = ({ steps }: Explanation, domain: string | null) =>
  steps
    .filter((one) => one.domain === domain)
    .map(({ stage, outcome, code, direction }) => [stage, outcome, code, direction].filter(Boolean).join(' '));

describe('a neighbour without a session', () => {
  it('has been told of nothing that crosses', async () => {
    const lab = await explaining({ isJoined: false });
    lab.say(hostOf(OURS, { n: 0x21, labels: [1217], targets: ['65001:1217'] }));
    const told = await lab.ask({ vn: 'web', mac: mac(0x21) });
    expect(linesOf(told, 'dc2').slice(-2)).toEqual(['crossing yes crosses export', 'told no session-down export']);
  });
});

describe('a route of a neighbour that is of no shared network', () => {
  const stray: Host = { n: 0x11, labels: [1300], targets: ['65002:1300'] };

  it.each<[string, ExplainQuestion, Host]>([
    ['a network that is shared', { vn: 'web', mac: mac(0x11) }, stray],
    ['one that is not', { vn: 'payroll', mac: mac(0x11) }, stray],
    ['one inside, by its target', { vn: 'payroll', mac: mac(0x11) }, { ...stray, targets: ['65001:1300'] }],
  ])('is shown to whoever asks for its address in %s, as what it is', async (_, question, host) => {
    const lab = await explaining();
    lab.hear(hostOf(THEIRS, host));
    const told = await lab.ask(question);
    expect(linesOf(told, 'dc2').slice(1, 5)).toEqual([
      'announced yes announced import',
      'admission yes admitted import',
      'best-path yes only-path import',
      'crossing no not-shared import',
    ]);
    const meant = question.vn === 'web' ? ', or if it is meant for web have dc2 announce it with 65002:2217' : '';
    expect(told.conclusion).toEqual({
      has: false,
      reason:
        `[2]:[${THEIRS}:7]:[0]:[48]:[${mac(0x11)}]: its route targets name no network that is shared: ` +
        `it has VNI 1300 and ${host.targets.join()}; share the network that it is of with dc2${meant}`,
    });
    expect(lab.read()).toBe(1);
  });

  it('does not speak for one that has told no route to the address', async () => {
    const lab = await explaining();
    lab.hear(hostOf(THEIRS, stray));
    const told = await lab.ask({ vn: 'web', mac: mac(0x12) });
    expect(linesOf(told, 'dc2')).toEqual(['announced note not-from-there import']);
    expect(told.conclusion.reason).toBe(`${mac(0x12)}: no NVE of ours announces it in web, and nvad for none`);
  });

  it('is none of its own network where that is shared', async () => {
    const lab = await explaining();
    lab.hear(hostOf(THEIRS, { n: 0x11, labels: [2217], targets: ['65002:2217'] }));
    expect(linesOf(await lab.ask({ vn: 'payroll', mac: mac(0x11) }), 'dc2')).toEqual(['crossing no not-shared']);
    expect(linesOf(await lab.ask({ vn: 'web', mac: mac(0x11) }), 'dc2')).toContain('crossing yes crosses import');
  });

  it('is told of flooding where a number or target is of the network, and is counted otherwise', async () => {
    const lab = await explaining();
    lab.hear(floodOf('10.9.0.3', 4444, '65002:4444'), floodOf('10.9.0.4', 1300, '65002:1300'));
    const all = await lab.ask({ vn: 'payroll', flooding: true });
    expect(all.steps.filter(({ code, direction }) => code === 'not-shared' && direction !== null)).toMatchObject([
      { outcome: 'no', about: '[3]:[10.9.0.4:7]:[0]:[32]:[10.9.0.4]' },
      {
        outcome: 'note',
        about: 'flooding',
        reason:
          '1 more route of type 3 names no network that is shared, and nothing says whether one is meant for payroll',
      },
    ]);
    const one = await lab.ask({ vn: 'web', flooding: true, ip: '10.9.0.3' });
    expect(one.conclusion.reason).toMatch(
      /^\[3\]:\[10\.9\.0\.3:7\].* it has VNI 4444 and 65002:4444; share the network/,
    );
  });
});

describe('a host of an L3 network that is announced with its MAC address', () => {
  const targets = (asn: number, ...vnis: readonly number[]) => vnis.map((vni) => `${asn}:${vni}`);

  it('is followed from our own NVE to the others and to a neighbour', async () => {
    const lab = await explaining();
    lab.say(hostOf(OURS, { n: 1, labels: [1217, 5001], targets: targets(65001, 1217, 5001), ip: '172.16.0.1' }));
    const told = await lab.ask({ vn: 'tenant', ip: '172.16.0.1' });
    expect(linesOf(told, null).slice(0, 3)).toEqual([
      'announced yes announced',
      'admission yes admitted',
      'best-path yes only-path',
    ]);
    expect(linesOf(told, 'dc2').slice(-5)).toEqual([
      'policy yes no-policy export',
      'gateway yes direct export',
      'translation yes translated export',
      'crossing yes crosses export',
      'told yes bgp export',
    ]);
    expect(told.conclusion).toEqual({ has: true, reason: 'it is behind 10.0.0.2; 2 of 2 NVEs have it' });
    expect((await lab.ask({ vn: 'tenant', ip: '172.16.0.1', nve: OTHER })).conclusion.has).toBe(true);
    expect(linesOf(await lab.ask({ vn: 'tenant', prefix: '172.16.0.1/32' }), null)).toEqual(linesOf(told, null));
    expect(linesOf(await lab.ask({ vn: 'web', prefix: '172.16.0.1/32' }), null)[0]).toBe('announced no nobody');
  });

  it('is followed from a neighbour, also where it does not cross', async () => {
    const lab = await explaining();
    const host: Host = { n: 2, labels: [2217, 6001], targets: targets(65002, 2217, 6001), ip: '172.17.0.1' };
    const wrong: Host = { ...host, n: 3, labels: [2218, 6001], ip: '172.17.0.2' };
    lab.hear(hostOf(THEIRS, host), hostOf(THEIRS, wrong));
    const told = await lab.ask({ vn: 'tenant', ip: '172.17.0.1' });
    expect(linesOf(told, 'dc2').slice(0, 7)).toEqual([
      'announced yes announced import',
      'admission yes admitted import',
      'best-path yes only-path import',
      'policy yes no-policy import',
      'gateway yes direct import',
      'translation yes translated import',
      'crossing yes crosses import',
    ]);
    expect(told.conclusion).toEqual({ has: true, reason: `it is behind ${THEIRS}; 2 of 2 NVEs have it` });
    const refused = await lab.ask({ vn: 'tenant', ip: '172.17.0.2' });
    expect(linesOf(refused, 'dc2')).toContain('crossing no wrong-vni import');
  });

  it('is told of by itself where a prefix holds it too', async () => {
    const lab = await explaining();
    const nlri = {
      ...no,
      kind: 'ip-prefix',
      type: 5,
      rd: rd(OURS),
      prefix: '172.16.0.0/24',
      gateway: '0.0.0.0',
    } as const;
    lab.say(
      hostOf(OURS, { n: 1, labels: [1217, 5001], targets: targets(65001, 1217, 5001), ip: '172.16.0.1' }),
      announcement([{ ...nlri, label: 5001 }], attributesOf(OURS, ['65001:5001']), OURS),
    );
    const [prefix] = (await lab.ask({ vn: 'tenant', ip: '172.16.0.9' })).steps;
    expect(prefix?.about).toMatch(/^\[5\]/);
    const [host, ...others] = (await lab.ask({ vn: 'tenant', ip: '172.16.0.1' })).steps;
    expect(host?.about).toMatch(/^\[2\]/);
    expect(others.some(({ about }) => about.startsWith('[5]'))).toBe(false);
  });
});
