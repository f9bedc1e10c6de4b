/** Whatever happens in whatever order, at rest each side is told what a plain model of the agreement says, and no trace is left of what is gone. */
import { extendedCommunity, formatExtendedCommunity } from 'bgp-ts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Direction, Share } from '../../../src/federation/model.ts';
import type { SharedNetwork } from '../../../src/federation/shares.ts';
import { BorderLab, networkOf, type Seen, type Spoken, shareOf, us, usedIn } from './kit.ts';
import { compiled } from './policy/kit.ts';

const inside = ['10.1.0.1', '10.1.0.2', '10.1.0.251', '10.1.0.252'];
const [G1, G2] = ['10.1.0.251', '10.1.0.252'];
const gatewayMac = '02:00:00:00:02:51';

const networks = [
  networkOf('web', 1217, { l3: 'tenant' }),
  networkOf('db', 1218),
  networkOf('private', 1219),
  networkOf('tenant', 5001, { service: 'l3' }),
];
const both = (...list: string[]) => ({ export: list, import: list });

const agreements: readonly (readonly Share[])[] = [
  [],
  [shareOf('web', 2217)],
  [shareOf('web', 2217), shareOf('tenant', 6001), shareOf('db')],
  [
    shareOf('web', 2217, both(G1)),
    shareOf('tenant', 6001, both(G1)),
    shareOf('db', 2218, { export: [], import: [G2] }),
  ],
  [shareOf('web', 2217, both(G1, G2)), shareOf('tenant', 6001), shareOf('db', 2218, both(G2))],
  [
    shareOf('web', 2217, { ...both(G1, G2), anycast: { export: '192.0.2.9', import: '10.1.9.9' } }),
    shareOf('tenant', 6001, { ...both(G1), anycast: { import: '10.1.9.8' } }),
    shareOf('db', 2218, { export: [G1, G2], import: [G2], anycast: { export: '192.0.2.9' } }),
  ],
  [shareOf('web', 2219, { export: [G2, G1], import: [] }), shareOf('tenant', 6001, { export: [G1], import: [] })],
];

/** What a policy does, as the model has it; routes are known by type, MAC and IP address. */
interface Rules {
  readonly text: string;
  readonly verdict: (route: Spoken, network: string) => 'accept' | 'refuse' | 'aggregate' | 'summary';
}

const policies: readonly (Rules | undefined)[] = [
  undefined,
  {
    text: 'rules: [{ match: { type: 3 }, then: refuse }]',
    verdict: ({ kind }) => (kind === 'flood' ? 'refuse' : 'accept'),
  },
  {
    text: 'rules: [{ match: { mac: "02:00:00:00:00:02" }, then: refuse }, { match: { network: db }, then: refuse }]',
    verdict: ({ kind, mac }, network) =>
      (kind === 'mac' && mac === '02:00:00:00:00:02') || network === 'db' ? 'refuse' : 'accept',
  },
  {
    text: 'rules: [{ match: { network: web }, then: { summariseMacs: true } }]',
    verdict: ({ kind }, network) => (kind === 'mac' && network === 'web' ? 'summary' : 'accept'),
  },
  {
    text: 'rules: [{ match: { network: web }, then: { aggregate: 172.16.0.0/24 } }]',
    verdict: ({ kind, ip }, network) =>
      kind === 'mac' && network === 'web' && ip?.startsWith('172.16.0.') === true ? 'aggregate' : 'accept',
  },
];

interface State {
  readonly theirs: Map<string, Spoken>;
  readonly ours: Map<string, Spoken>;
  readonly policy: Record<Direction, Rules | undefined>;
}

/** What crosses: alone, or as one route for all that have the key, of any of these forms. */
interface Crossing {
  readonly merged?: string;
  readonly text: string;
}

function expected(lab: BorderLab, state: State, direction: Direction, isForGateways = false): Crossing[] {
  const routes = direction === 'import' ? state.theirs : state.ours;
  return [...routes.values()].flatMap((route) => crossingOf(lab, state, direction, route, isForGateways) ?? []);
}

function crossingOf(
  lab: BorderLab,
  state: State,
  direction: Direction,
  route: Spoken,
  isForGateways: boolean,
): Crossing | undefined {
  const isImport = direction === 'import';
  const { shares } = lab.border;
  const from = ({ network, wire }: SharedNetwork) =>
    isImport ? { vni: wire.vni, target: wire.routeTarget } : { vni: network.vni, target: network.routeTargets[0] };
  const to = ({ network, wire }: SharedNetwork) => ({
    vni: isImport && !isForGateways ? network.vni : wire.vni,
    target: isImport ? network.routeTargets[0] : wire.routeTarget,
  });
  const service = route.kind === 'prefix' ? 'l3' : 'l2';
  const own = shares.find(
    (share) => share.network.service === service && route.targets.includes(`${from(share).target}`),
  );
  if (own === undefined || from(own).vni !== route.vni) return undefined;
  if (isForGateways && !own.gateways.import.some((address) => lab.bgpGateways.has(address))) return undefined;
  const { network, gateways } = own;
  const isOurs = (address: string) =>
    inside.includes(address) && !gateways.import.includes(address) && !gateways.export.includes(address);
  if (isImport && (isOurs(route.nextHop) || route.dPath?.includes(us.domainId))) return undefined;
  if (isImport && (isOurs(route.rd.slice(0, -2)) || route.rd.startsWith(us.routerId))) return undefined;
  if (!isImport && route.dPath?.includes('65002:0')) return undefined;
  const verdict = state.policy[direction]?.verdict(route, network.name) ?? 'accept';
  const share = verdict === 'aggregate' ? own.routing : own;
  if (verdict === 'refuse' || share === undefined) return undefined;
  const list = isForGateways ? [] : share.gateways[direction];
  const { by: gateway, members = [] } = lab.border.serving(direction).get(share.network.name) ?? {};
  if (list.length > 0 && gateway === undefined) return undefined;
  const via = list.length > 0 ? (gateway as string) : route.nextHop;
  // Of those that share an address all have to have one.
  const macs = list.length > 0 ? members.map((member) => lab.macs.get(member)) : [route.routerMac];
  const mac = macs.includes(undefined) ? undefined : macs[0];
  const isPrefix = route.kind === 'prefix' || verdict === 'aggregate';
  if (isPrefix && mac === undefined && (list.length > 0 || verdict === 'aggregate')) return undefined;
  const l3 = share.routing;
  const isRouted = !isPrefix && l3 !== undefined && route.routerMac !== undefined && mac !== undefined;
  // A neighbour that has put itself into the path is not put there again.
  const isMarked = isImport && route.dPath?.[0] === '65002:0';
  const path = [...(isMarked ? [] : [isImport ? '65002:0' : us.domainId]), ...(route.dPath ?? [])];
  const tail = (sequence: number | undefined) =>
    [
      `via=${via}`,
      ...[to(share).target, ...(isRouted ? [to(l3).target] : [])].map((target) => `RT:${target}`).sort(),
      'ET:8',
      ...(sequence === undefined
        ? []
        : [formatExtendedCommunity(extendedCommunity({ kind: 'mac-mobility', sticky: false, sequence }))]),
      ...((isRouted || isPrefix) && mac !== undefined
        ? [formatExtendedCommunity(extendedCommunity({ kind: 'router-mac', mac }))]
        : []),
      'pref=100',
      `dpath=${path.join(',')}`,
    ].join(' ');
  const { vni } = to(share);
  const tagThere = route.tag === from(own).vni ? vni : (route.tag ?? 0);
  const tag = tagThere === 0 ? '' : ` tag=${tagThere}`;
  const esi = 'esi=00000000000000000000';
  if (verdict === 'aggregate') {
    const text = `type=5 ${esi} prefix=172.16.0.0/24 gateway=0.0.0.0 label=${vni} ${tail(undefined)}`;
    return { merged: `aggregate ${share.network.name}`, text };
  }
  if (verdict === 'summary') {
    return {
      merged: `summary ${share.network.name}${tag}`,
      text: `type=2 ${esi} mac=00:00:00:00:00:00 label1=${vni}${tag} ${tail(undefined)}`,
    };
  }
  switch (route.kind) {
    case 'prefix':
      return { text: `type=5 ${esi} prefix=${route.prefix} gateway=0.0.0.0 label=${vni}${tag} ${tail(undefined)}` };
    case 'flood': {
      const text = `type=3 originator=${via}${tag} ${tail(undefined)} pmsi=${vni}@${via}`;
      return list.length > 0 ? { merged: `flood ${share.network.name}${tag}`, text } : { text };
    }
    case 'mac': {
      const ip = route.ip === undefined ? '' : ` ip=${route.ip}`;
      const label2 = route.l3Vni !== undefined && isRouted ? ` label2=${to(l3).vni}` : '';
      return { text: `type=2 ${esi} mac=${route.mac}${ip} label1=${vni}${label2}${tag} ${tail(route.sequence)}` };
    }
  }
}

/** The routes that are there and not expected, or expected and not there. */
function differences(seen: readonly Seen[], crossings: readonly Crossing[]): string[] {
  const left = seen.map(({ text }) => text);
  const missing: string[] = [];
  const take = (texts: readonly string[]) => {
    const at = left.findIndex((text) => texts.includes(text));
    if (at < 0) missing.push(`missing ${texts.join(' or ')}`);
    else left.splice(at, 1);
  };
  for (const { merged, text } of crossings) if (merged === undefined) take([text]);
  const keys = new Set(crossings.flatMap(({ merged }) => merged ?? []));
  for (const key of keys) take(crossings.filter(({ merged }) => merged === key).map(({ text }) => text));
  return [...missing, ...left.map((text) => `too much ${text}`)];
}

const routes = (isTheirs: boolean): fc.Arbitrary<Spoken> =>
  fc
    .record({
      rd: fc.constantFrom('65002:1', '10.2.0.1:2', '10.2.0.2:2', ...(isTheirs ? ['10.1.0.1:5', '10.0.0.1:9'] : [])),
      kind: fc.constantFrom<Spoken['kind'][]>('mac', 'mac', 'mac', 'flood'),
      host: fc.integer({ min: 1, max: 3 }),
      hasIp: fc.boolean(),
      network: fc.constantFrom('web', 'web', 'db', 'private', 'tenant'),
      isNamedOtherwise: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      nextHop: fc.constantFrom('10.2.0.1', '10.2.0.2', '10.2.0.1', '10.1.0.1', G1),
      isTagged: fc.boolean(),
      sequence: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      hasMac: fc.boolean(),
      dPath: fc.constantFrom(
        undefined,
        undefined,
        undefined,
        ['65003:0'],
        ['65001:0'],
        ['65002:0'],
        ['65002:0', '65003:0'],
      ),
    })
    .map(
      ({
        rd,
        kind: any,
        host,
        hasIp,
        network,
        isNamedOtherwise,
        nextHop,
        isTagged,
        sequence,
        hasMac,
        dPath,
      }): Spoken => {
        const kind: Spoken['kind'] = network === 'tenant' ? 'prefix' : any;
        const numbers: Record<string, number> = isTheirs
          ? { web: 2217, db: 2218, private: 2220, tenant: 6001 }
          : { web: 1217, db: 1218, private: 1219, tenant: 5001 };
        const vni = (numbers[network] as number) + (isNamedOtherwise ? 2 : 0);
        const target = `${isTheirs ? 65002 : 65001}:${isTheirs ? vni : numbers[network]}`;
        const tag = isTagged ? { tag: numbers[network] as number } : {};
        const common: Spoken = { rd, kind, vni, nextHop, targets: [target], ...tag, ...(dPath && { dPath }) };
        const mac = `02:00:00:00:00:0${host}`;
        const routed = hasMac ? { routerMac: '02:00:00:00:99:99', l3Vni: isTheirs ? 6001 : 5001 } : {};
        if (kind === 'flood') return { ...common, nextHop: `10.2.0.${host}` };
        if (kind === 'prefix')
          return { ...common, prefix: `10.${host}.0.0/16`, ...(hasMac && { routerMac: '02:00:00:00:99:99' }) };
        const ip = hasIp ? { ip: `172.16.${host - 1}.9` } : {};
        return { ...common, mac, ...ip, ...routed, ...(sequence !== undefined && { sequence }) };
      },
    );

const keyOf = ({ rd, kind, mac, ip, prefix, tag, nextHop }: Spoken): string =>
  [rd, kind, mac, ip, prefix, tag, kind === 'flood' ? nextHop : ''].join(' ');

type Step = (lab: BorderLab, state: State) => void;

/** One that says what it is in a counterexample. */
const step = <T>(weight: number, name: string, of: fc.Arbitrary<T>, run: (value: T) => Step) => ({
  weight,
  arbitrary: of.map(
    (value): Step => Object.assign(run(value), { [fc.toStringMethod]: () => `${name} ${JSON.stringify(value)}` }),
  ),
});

const one = (routes: Map<string, Spoken>, n: number): Spoken | undefined => {
  const route = [...routes.values()][n % Math.max(1, routes.size)];
  if (route !== undefined) routes.delete(keyOf(route));
  return route;
};

const steps: fc.Arbitrary<Step> = fc.oneof(
  step(8, 'hear', routes(true), (route) => (lab, { theirs }) => {
    if (lab.neighbour === undefined) return;
    theirs.set(keyOf(route), route);
    lab.hear(route);
  }),
  step(8, 'say', routes(false), (route) => (lab, { ours }) => {
    ours.set(keyOf(route), route);
    lab.say(route);
  }),
  step(4, 'unhear', fc.nat(), (n) => (lab, { theirs }) => {
    const route = one(theirs, n);
    if (route !== undefined) lab.unhear(route);
  }),
  step(4, 'unsay', fc.nat(), (n) => (lab, { ours }) => {
    const route = one(ours, n);
    if (route !== undefined) lab.unsay(route);
  }),
  step(3, 'share', fc.constantFrom(...agreements), (agreed) => (lab) => lab.share(agreed)),
  step(2, 'gateway', fc.constantFrom(G1, G2), (gateway) => (lab) => {
    if (lab.dead.has(gateway)) lab.revive(gateway);
    else lab.kill(gateway);
  }),
  step(
    2,
    'policy',
    fc.tuple(fc.constantFrom<Direction>('import', 'export'), fc.constantFrom(...policies)),
    ([direction, policy]) =>
      (lab, state) => {
        state.policy[direction] = policy;
        lab.border.policyChanged(direction, policy && compiled(policy.text));
      },
  ),
  step(1, 'freeze', fc.boolean(), (isFrozen) => (lab) => {
    lab.border.import.freeze(isFrozen);
    lab.border.export.freeze(isFrozen);
  }),
  step(1, 'session', fc.constant(undefined), () => (lab, { theirs }) => {
    if (lab.neighbour === undefined) return lab.join();
    theirs.clear();
    lab.leave();
  }),
  step(1, 'busy', fc.boolean(), (isBusy) => (lab) => {
    lab.isBusy = isBusy;
  }),
  step(1, 'network', fc.constantFrom('web', 'db'), (name) => (lab) => {
    const declared = networks.find((network) => network.name === name);
    if (declared !== undefined && !lab.networks.delete(name)) lab.networks.set(name, declared);
    lab.border.sharesChanged();
    lab.lookAtGateways();
  }),
  step(2, 'pause', fc.integer({ min: 1, max: 3000 }), (pause) => (lab) => lab.settle(pause)),
);

/** Long enough for what flaps, and for gateways that are back. */
const REST = 30_000;

it('whatever happens, each side is told what is agreed, and nothing is left of what is gone', async () => {
  const rate = { delay: 20, changesPerSecond: undefined, flap: { interval: 1000, allowance: 3 } };
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 30 }), fc.boolean(), async (script, speaksBgp) => {
      const lab = await BorderLab.begun({
        networks,
        inside,
        bgpGateways: speaksBgp ? [G1] : [],
        domain: { networks: agreements[2]!, rate: { import: rate, export: rate } },
      });
      lab.macs.set(G1, gatewayMac);
      const state: State = { theirs: new Map(), ours: new Map(), policy: { import: undefined, export: undefined } };
      for (const step of script) step(lab, state);
      lab.border.import.freeze(false);
      lab.border.export.freeze(false);
      lab.settle(REST);
      expect(differences(lab.imported, expected(lab, state, 'import'))).toEqual([]);
      expect(differences(lab.exported, expected(lab, state, 'export'))).toEqual([]);
      expect(differences(lab.importedByGateways, expected(lab, state, 'import', true))).toEqual([]);

      for (const route of state.theirs.values()) lab.unhear(route);
      for (const route of state.ours.values()) lab.unsay(route);
      lab.settle(REST);
      expect([lab.imported, lab.exported, lab.importedByGateways]).toEqual([[], [], []]);
      for (const crossing of [lab.border.import, lab.border.export]) {
        expect([crossing.routes, crossing.waiting, crossing.distinguishers]).toEqual([0, 0, 0]);
        expect([...crossing.refused.values()].every((count) => count === 0)).toBe(true);
      }
      // What nothing is held for any more goes with the next turn.
      for (const speaker of [lab.border.outer, lab.inner]) speaker.afterDecisions(() => {});
      lab.settle(REST);
      expect([usedIn(lab.border.outer.table), usedIn(lab.inner.table)]).toEqual([0, 0]);
    }),
    { numRuns: Number(process.env['FED_RUNS'] ?? 60) },
  );
}, 60_000);
