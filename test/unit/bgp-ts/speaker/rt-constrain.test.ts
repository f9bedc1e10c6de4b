/** RT-Constrain (RFC 4684), several paths (RFC 7911) and routes that are held back, through the whole speaker. */
import { describe, expect, it } from 'vitest';
import type { PathAttributes } from '../../../../src/bgp-ts/wire/attribute/path-attributes.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { type DecodeContext, defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { encodeNotification } from '../../../../src/bgp-ts/wire/message/notification.ts';
import { encodeRouteRefresh } from '../../../../src/bgp-ts/wire/message/route-refresh.ts';
import { decodeUpdate, encodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import type { RtConstrainNlri } from '../../../../src/bgp-ts/wire/nlri/rt-constrain.ts';
import { announcement, macIp, plain } from '../rib/kit.ts';
import { bytes } from '../session/hand-peer.ts';
import { Lab, type Router } from './kit.ts';

const target = (n: number) => `0002fde8${n.toString(16).padStart(8, '0')}`;

function membership(routeTarget: string, length = 96, originAs = 65000): RtConstrainNlri {
  return { kind: 'rt-constrain', family: Family.RtConstrain, length, originAs, routeTarget };
}
const wants = (n: number) => membership(target(n));
const endOfMemberships = 'ffffffffffffffffffffffffffffffff001d0200000006800f03000184';

const family = Family.RtConstrain;
const ask = (nlri: readonly RtConstrainNlri[], attributes: PathAttributes = plain, nextHop = '10.0.0.9') =>
  encodeUpdate(
    { withdrawn: [], attributes: { ...attributes, mpReachNlri: { family, nextHop, nlri } }, nlri: [] },
    defaultContext,
  );
const unask = (nlri: readonly RtConstrainNlri[]) =>
  encodeUpdate({ withdrawn: [], attributes: { mpUnreachNlri: { family, nlri } }, nlri: [] }, defaultContext);

const base: readonly Capability[] = [
  { kind: 'multiprotocol', value: Family.Evpn },
  { kind: 'fourOctetAs', value: 65000 },
  { kind: 'routeRefresh', value: true },
];
const constrained: readonly Capability[] = [...base, { kind: 'multiprotocol', value: family }];

const say = (router: Router, key: number, targets: readonly number[]) =>
  router.say(announcement([macIp(key)], { ...plain, extendedCommunities: targets.map(target) }, router.address));

/** What came: EVPN as the kit tells it, memberships as `TARGET/LENGTH from ORIGINATOR`. */
function heard(router: Router): string[] {
  return router.take().flatMap((message) => {
    const octets = bytes(message);
    if (octets[18] !== 2) return [];
    const { update, faults } = decodeUpdate(octets, defaultContext);
    expect(faults).toEqual([]);
    const { mpReachNlri: reach, mpUnreachNlri: unreach, originatorId, clusterList } = update.attributes;
    if (reach === undefined && unreach?.nlri.length === 0) return [`end of ${unreach.family}`];
    const text = (nlri: object) => {
      if ('mac' in nlri) return String(Number.parseInt(String(nlri.mac).slice(-2), 16));
      const { routeTarget, length } = nlri as RtConstrainNlri;
      return `${routeTarget.slice(-2) || '*'}/${length}`;
    };
    const via = reach?.family === family ? ` by ${originatorId ?? '-'} ${clusterList ?? '-'} via ${reach.nextHop}` : '';
    return [
      ...(unreach?.nlri ?? []).map((nlri) => `-${text(nlri)}`),
      ...(reach?.nlri ?? []).map((nlri) => `+${text(nlri)}${via}`),
    ];
  });
}

/** The same without memberships. */
const routes = (router: Router) => heard(router).filter((line) => !line.includes('/'));

async function lab(): Promise<Lab> {
  const made = await Lab.listening({});
  made.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  made.speaker.addDynamic({ prefix: '10.1.0.0/16', reflection: 'non-client' });
  return made;
}

const theDefault = '+*/0 by 10.0.0.1 - via 10.0.0.1';

describe('a neighbour with RT-Constrain', () => {
  it('is sent nothing until it asks, then what it asks for, and End-of-RIB behind its own', async () => {
    const l = await lab();
    const plainRouter = l.join('10.0.0.2');
    const router = l.join('10.0.0.3', { capabilities: constrained });
    say(plainRouter, 1, [1]);
    say(plainRouter, 2, [2]);
    expect(heard(router)).toEqual([theDefault, 'end of 388']);
    router.say(ask([wants(1)]));
    // Its own membership comes back from us: it is to announce routes with that target (RFC 4684 §3.2 i).
    expect(heard(router)).toEqual(['+01/96 by 10.0.0.1 10.0.0.100 via 10.0.0.1', '+1']);
    router.say(endOfMemberships);
    expect(heard(router)).toEqual(['end of 6470']);
    router.say(ask([wants(2)]));
    router.say(unask([wants(1)]));
    expect(routes(router)).toEqual(['+2', '-1']);
    expect(l.speaker.advertisedTo(l.speaker.neighbour('10.0.0.3') as never)).toBe(1);
    // The others are not concerned.
    expect(heard(plainRouter)).toEqual(['end of 6470']);
  });

  it.each([
    ['of a two-octet AS', '0002fde800000001'],
    ['of an IPv4 address', '0102c0a801010001'],
    ['of a four-octet AS', '02020001000a0001'],
    ['for Ethernet Segments', '0602020304050607'],
  ])('asks for route targets %s', async (_, routeTarget) => {
    const l = await lab();
    const [other, router] = [l.join('10.0.0.2'), l.join('10.0.0.3', { capabilities: constrained })];
    other.say(announcement([macIp(1)], { ...plain, extendedCommunities: [routeTarget] }, '10.0.0.2'));
    other.say(announcement([macIp(2)], { ...plain, extendedCommunities: [target(9)] }, '10.0.0.2'));
    heard(router);
    router.say(ask([membership(routeTarget)]));
    expect(routes(router)).toEqual(['+1']);
  });

  it.each([
    [0, ['+1', '+2', '+3']],
    [32, ['+1', '+2']],
    [64, ['+1', '+2']],
    [95, ['+2']],
    [96, ['+2']],
  ])('asks by a prefix of %i bits', async (length, expected) => {
    const l = await lab();
    const [other, router] = [l.join('10.0.0.2'), l.join('10.0.0.3', { capabilities: constrained })];
    say(other, 1, [8]);
    say(other, 2, [2]);
    other.announce(3);
    heard(router);
    router.say(
      ask([
        membership(
          length === 0 ? '' : target(2).slice(0, (Math.ceil(length / 8) - 4) * 2),
          length,
          length === 0 ? 0 : 65000,
        ),
      ]),
    );
    expect(routes(router).sort()).toEqual(expected);
  });

  it('keeps a target for as long as one of two memberships of it stays', async () => {
    const l = await lab();
    const [other, router] = [l.join('10.0.0.2'), l.join('10.0.0.3', { capabilities: constrained })];
    say(other, 1, [1]);
    router.say(ask([wants(1), membership(target(1), 96, 65001)]));
    router.say(unask([wants(1)]));
    expect(routes(router)).toEqual(['end of 388', '+1']);
    router.say(unask([membership(target(1), 96, 65001)]));
    expect(routes(router)).toEqual(['-1']);
  });

  it('that never sends its End-of-RIB is waited for for a minute', async () => {
    const l = await lab();
    const router = l.join('10.0.0.3', { capabilities: constrained, holdTime: 0 });
    router.say(ask([wants(1)]));
    heard(router);
    l.clock.advance(59_999);
    expect(heard(router)).toEqual([]);
    l.clock.advance(1);
    expect(heard(router)).toEqual(['end of 6470']);
  });

  it('hears memberships of others: from us where it is a client, as they are where it is none (RFC 4684 §3.2)', async () => {
    const l = await lab();
    const client = l.join('10.0.0.2', { capabilities: constrained });
    const other = l.join('10.0.0.3', { capabilities: constrained });
    const replica = l.join('10.1.0.2', { capabilities: constrained });
    const second = l.join('10.1.0.3', { capabilities: constrained });
    for (const router of [client, other, replica, second]) heard(router);
    second.say(ask([wants(7)], plain, '10.1.0.3'));
    expect(heard(client)).toEqual(['+07/96 by 10.0.0.1 10.0.0.100 via 10.0.0.1']);
    // between non-clients nothing is reflected
    expect(heard(replica)).toEqual([]);
    // a client's goes before the non-client's, whatever else speaks for that one
    client.say(ask([wants(7)], { ...plain, localPref: 1 }, '10.0.0.2'));
    expect(heard(replica)).toEqual(['+07/96 by 10.0.0.2 10.0.0.100 via 10.0.0.2']);
    expect(heard(second)).toEqual(['+07/96 by 10.0.0.2 10.0.0.100 via 10.0.0.2']);
    expect(heard(other).at(-1)).toBe('+07/96 by 10.0.0.1 10.0.0.100 via 10.0.0.1');
    client.say(unask([wants(7)]));
    expect(heard(replica)).toEqual(['-07/96']);
  });

  it('has its memberships sent again on a route refresh of that family', async () => {
    const l = await lab();
    const router = l.join('10.0.0.3', { capabilities: constrained });
    heard(router);
    router.say(encodeRouteRefresh({ family, subtype: 0 }));
    expect(heard(router)).toEqual([theDefault]);
  });

  it('begins anew after its session was lost', async () => {
    const l = await lab();
    const other = l.join('10.0.0.2');
    say(other, 1, [1]);
    const before = l.join('10.0.0.3', { capabilities: constrained });
    before.say(ask([wants(1)]));
    before.near.lose();
    l.settle();
    const after = l.join('10.0.0.3', { capabilities: constrained });
    after.say(endOfMemberships);
    expect(heard(after)).toEqual([theDefault, 'end of 388', 'end of 6470']);
  });

  it('that asks for more than anybody can is sent away with Cease 6/1 for that family', async () => {
    const l = await lab();
    const router = l.join('10.0.0.3', { capabilities: constrained });
    for (let first = 0; first <= 65_536; first += 250) {
      router.send(ask([...new Array(250).keys()].map((n) => wants(first + n))));
    }
    l.settle();
    // AFI 1, SAFI 132, 65,536
    expect(router.take().at(-1)).toBe(`${'ff'.repeat(16)}001c03060100018400010000`);
  });

  it('whose memberships are of a family it did not negotiate is not listened to', async () => {
    const l = await lab();
    const [other, router] = [l.join('10.0.0.2'), l.join('10.0.0.3')];
    router.say(ask([wants(1)]));
    say(other, 2, [2]);
    expect(heard(router)).toEqual(['end of 6470', '+2']);
    expect(l.speaker.neighbour('10.0.0.3')?.counts).toMatchObject({ otherFamily: 1, announced: 0 });
  });
});

describe('a neighbour that takes several paths', () => {
  const several: readonly Capability[] = [
    ...base,
    { kind: 'addPath', value: [{ family: Family.Evpn, receive: true, send: false }] },
  ];
  const context: DecodeContext = { ...defaultContext, addPath: new Set([Family.Evpn]) };

  it('is sent them where that is configured, and the mirror goes with the last of them', async () => {
    const l = await Lab.listening({});
    l.speaker.addDynamic({ prefix: '10.0.0.0/24', reflection: 'client' });
    l.speaker.addDynamic({ prefix: '10.0.1.0/24', reflection: 'client', addPath: 'both' });
    const [a, b] = [l.join('10.0.0.2'), l.join('10.0.0.3')];
    for (const router of [a, b]) router.announce(1);
    const router = l.join('10.0.1.2', { capabilities: several });
    const nextHops = router.take().flatMap((message) => {
      const octets = bytes(message);
      if (octets[18] !== 2) return [];
      const { update, faults } = decodeUpdate(octets, context);
      expect(faults).toEqual([]);
      const { mpReachNlri } = update.attributes;
      return mpReachNlri === undefined ? [] : [mpReachNlri.nextHop];
    });
    expect(nextHops).toEqual(['10.0.0.2', '10.0.0.3']);
    expect(l.speaker.advertisedTo(l.speaker.neighbour('10.0.1.2') as never)).toBe(2);
    for (const one of [router, a, b]) one.near.lose();
    l.settle();
    expect([l.speaker.attributes.size, l.speaker.riders.size]).toEqual([1, 1]);
  });

  it('is sent the best one where nothing is configured', async () => {
    const l = await lab();
    for (const address of ['10.0.0.2', '10.0.0.3']) l.join(address).announce(1);
    expect(l.join('10.0.0.4', { capabilities: several }).read()).toEqual(['open', '+1', 'end']);
  });
});

describe('a neighbour that knows whole route targets alone', () => {
  const gobgp3: readonly Capability[] = [
    ...constrained,
    { kind: 'extendedNextHop', value: [] },
    { kind: 'fqdn', value: { hostname: 'leaf1', domain: '' } },
  ];

  it('is not told that we want everything, but of each target that somebody asked for', async () => {
    const l = await lab();
    const [router, other] = [
      l.join('10.0.0.3', { capabilities: gobgp3 }),
      l.join('10.0.0.2', { capabilities: constrained }),
    ];
    expect(heard(router)).toEqual(['end of 388']);
    expect(l.take()).toContain('held back from 10.0.0.3: route target memberships of fewer than 96 bits');
    other.say(ask([wants(1)]));
    router.say(ask([wants(2)]));
    other.say(ask([membership(target(3).slice(0, 8), 64)]));
    const ours = ' by 10.0.0.1 10.0.0.100 via 10.0.0.1';
    expect(heard(router)).toEqual([`+01/96${ours}`, `+02/96${ours}`]);
    other.say(unask([wants(1)]));
    expect(heard(router)).toEqual(['-01/96']);
  });

  it('is not taken for it when it says its version', async () => {
    const l = await lab();
    const version: Capability = { kind: 'softwareVersion', value: 'GoBGP/4.8.0' };
    expect(heard(l.join('10.0.0.3', { capabilities: [...gobgp3, version] }))).toEqual([theDefault, 'end of 388']);
  });
});

describe('a neighbour that cannot take an IPv6 originator', () => {
  const route = macIp(1);
  const rd = 'rd' in route ? route.rd : expect.unreachable();
  const multicast = announcement(
    [
      {
        kind: 'inclusive-multicast',
        family: Family.Evpn,
        type: 3,
        rd,
        ethernetTag: 0,
        originator: '2001:db8::1',
      },
    ],
    plain,
    '2001:db8::1',
  );
  const held = 'types 3 and 4 with an IPv6 originator';
  const frr: readonly Capability[] = [
    ...base,
    { kind: 'ciscoRouteRefresh', value: true },
    { kind: 'fqdn', value: { hostname: 'leaf1', domain: '' } },
  ];
  const updates = (router: Router) => router.take().filter((message) => message.startsWith('02', 36)).length;

  it('is known by its OPEN, spared, and told once to the operator', async () => {
    const l = await lab();
    const [a, router, other] = [l.join('10.0.0.2'), l.join('10.0.0.3', { capabilities: frr }), l.join('10.0.0.4')];
    for (const one of [router, other]) one.take();
    l.take();
    a.say(multicast);
    a.say(multicast);
    expect([updates(router), updates(other)]).toEqual([0, 1]);
    expect(l.take()).toEqual([`held back from 10.0.0.3: ${held}`]);
    const neighbour = l.speaker.neighbour('10.0.0.3');
    const [what] = neighbour?.heldBack ?? [];
    expect(l.speaker.heldBackFrom(neighbour as never, what as never)).toBe(1);
    a.announce(1);
    expect(router.read()).toEqual(['+1']);
  });

  it('costs no turn when everything has been told, however little fits into one', async () => {
    const l = await lab();
    l.clock.haste = 3;
    const routers = ['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6'].map((address, n) =>
      l.join(address, { capabilities: [base, frr, constrained][n % 3] }),
    );
    routers[2]?.say(ask([wants(1)]));
    routers[2]?.say(endOfMemberships);
    routers[0]?.say(multicast);
    routers[3]?.announce(1, 2);
    routers[3]?.withdraw(2);
    l.clock.advance(1000);
    expect([routers[1]?.read(), l.speaker.settled]).toEqual([['open', 'end', '+1', '+2', '-2'], true]);
    const { turns } = l;
    l.clock.advance(1000);
    expect(l.turns).toBe(turns);
  });

  it('that announces one itself can take it', async () => {
    const l = await lab();
    const [a, router] = [l.join('10.0.0.2'), l.join('10.0.0.3', { capabilities: frr })];
    a.say(multicast);
    router.take();
    router.say(
      announcement(
        [
          {
            kind: 'inclusive-multicast',
            family: Family.Evpn,
            type: 3,
            rd,
            ethernetTag: 0,
            originator: '2001:db8::2',
          },
        ],
        plain,
        '2001:db8::2',
      ),
    );
    expect(updates(router)).toBe(1);
    const left = l.speaker.neighbour('10.0.0.3')?.heldBack.map(({ routes }) => routes);
    expect(left).toHaveLength(3);
    expect(left).not.toContain(held);
  });

  it('is known by the NOTIFICATION with which it answered', async () => {
    const l = await lab();
    const [a, router] = [l.join('10.0.0.2'), l.join('10.0.0.3')];
    a.say(multicast);
    router.say(encodeNotification({ code: 3, subcode: 9, data: new Uint8Array(0) }));
    const again = l.join('10.0.0.3');
    expect(again.read()).toEqual(['open', 'end']);
    expect(l.speaker.neighbour('10.0.0.3')?.heldBack[0]?.reason).toBe(
      'it ended the session as over such a route (NOTIFICATION 3/9)',
    );
  });
});

describe('a neighbour that knows no route types above 5', () => {
  const selective = announcement(
    [{ kind: 'opaque-evpn', family: Family.Evpn, type: 12, octets: '00'.repeat(20) }],
    plain,
    '10.0.0.2',
  );
  const updates = (router: Router) => router.take().filter((message) => message.startsWith('02', 36)).length;
  const fqdn: Capability = { kind: 'fqdn', value: { hostname: 'leaf1', domain: '' } };
  const nextHops: Capability = { kind: 'extendedNextHop', value: [{ family: Family.Evpn, nextHopAfi: 2 }] };

  it.each([
    ['GoBGP 3', [fqdn, nextHops]],
    ['GoBGP 4', [fqdn, nextHops, { kind: 'softwareVersion', value: 'GoBGP/4.8.0' }]],
  ] satisfies [string, Capability[]][])('is spared them: %s, by its OPEN', async (_, more) => {
    const l = await lab();
    const router = l.join('10.0.0.3', { capabilities: [...base, ...more] });
    const [a, other] = [l.join('10.0.0.2'), l.join('10.0.0.4')];
    for (const one of [router, other]) one.take();
    a.say(selective);
    expect([updates(router), updates(other)]).toEqual([0, 1]);
    a.announce(1);
    expect(router.read()).toEqual(['+1']);
  });

  it('is spared them: any, by the NOTIFICATION with which it answered', async () => {
    const l = await lab();
    const [a, router] = [l.join('10.0.0.2'), l.join('10.0.0.3')];
    a.say(selective);
    expect(updates(router)).toBeGreaterThan(0);
    router.say(encodeNotification({ code: 3, subcode: 10, data: new Uint8Array(0) }));
    expect(l.join('10.0.0.3').read()).toEqual(['open', 'end']);
  });
});
