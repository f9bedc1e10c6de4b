/** `interest: derived`: what a neighbour without RT-Constrain is sent by what it announces itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Interest, targetKey } from '../../../../src/bgp-ts/egress/interest.ts';
import { type TargetSet, TargetSets } from '../../../../src/bgp-ts/rib/target-set.ts';
import { DerivedInterest, MAX_DERIVED_TARGETS } from '../../../../src/bgp-ts/speaker/derived-interest.ts';
import type { NeighbourPolicy } from '../../../../src/bgp-ts/speaker/neighbour.ts';
import { toHex } from '../../../../src/bgp-ts/wire/bytes.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { encodeUpdate } from '../../../../src/bgp-ts/wire/message/update.ts';
import { announcement, macIp, plain } from '../rib/kit.ts';
import { Lab, type Router } from './kit.ts';

const hex = (value: number, octets: number) => value.toString(16).padStart(2 * octets, '0');
/** `AS:VNI` of a two-octet AS. */
const target = (vni: number, asn = 65000) => `0002${hex(asn, 2)}${hex(vni, 4)}`;
const segment = (n: number) => `0602${hex(n, 6)}`;

describe('the key of a route target', () => {
  it.each([
    ['a two-octet AS', '0002fde800000064', 100],
    ['a VNI of 24 bits', '0002fde800ffffff', 0xffffff],
    ['a target that RFC 8365 derives: its type and domain are no part of the VNI', '0002fde812000064', 0x64],
    ['an IPv4 address', '01020a0000010064', 100],
    ['a four-octet AS', '0202fa56ea000064', 100],
    ['one that does not go beyond its AS', '4002fde800000064', 100],
    ['an Ethernet Segment', '0602000000000064', '0602000000000064'],
  ])('is its VNI, or itself: %s', (_, octets, key) => {
    expect(targetKey(octets)).toBe(key);
  });
});

describe('an interest that is derived', () => {
  /** Two spellings of few VNIs, and segments. */
  const targets = [target(1), target(2), target(1, 65001), '020200010000ffff', target(0xffff), segment(1), segment(2)];
  const anySet = fc.subarray(targets);
  const steps = fc.array(
    fc.oneof(
      fc.record({ gain: anySet }),
      fc.record({ lose: fc.nat({ max: 9 }) }),
      fc.record({ keep: fc.boolean() }),
      fc.constant({ look: true }),
    ),
    { maxLength: 40 },
  );

  it('is that of the targets of all sets that are held, whatever came and went before', () => {
    fc.assert(
      fc.property(fc.boolean(), steps, (keeps, told) => {
        const sets = new TargetSets();
        const derived = new DerivedInterest(keeps);
        let keepsLost = keeps;
        const held: TargetSet[] = [];
        const kept = new Set<unknown>();
        const keys = () => new Set(held.flatMap((set) => set.targets.map(targetKey)));
        let last: { readonly interest: Interest; readonly keys: readonly unknown[] } | undefined;
        for (const step of told) {
          if ('gain' in step) {
            held.push(sets.intern(step.gain));
            derived.gain(held.at(-1) as TargetSet);
          } else if ('lose' in step && held.length > 0) {
            const [lost] = held.splice(step.lose % held.length, 1) as [TargetSet];
            sets.release(lost);
            derived.lose(lost);
          } else if ('keep' in step) {
            keepsLost = step.keep;
            derived.keepLost(keepsLost);
          }
          if (!keepsLost) kept.clear();
          else for (const key of keys()) kept.add(key);
          const wanted = new Set([...keys(), ...kept]);
          // Not looked at after each step: what is not looked at is put together.
          if (!('look' in step)) continue;
          expect(new Set(derived.keys)).toEqual(wanted);
          const interest = derived.interest();
          for (const one of targets) {
            const asked = sets.intern([one]);
            expect(interest.wants(asked)).toBe(wanted.has(targetKey(one)));
            sets.release(asked);
          }
          expect(interest.wants({ id: 1e6, targets: [] })).toBe(false);
          const now = [...wanted].sort();
          if (last !== undefined) {
            expect(interest === last.interest).toBe(String(now) === String(last.keys));
            expect(interest.covers(last.interest)).toBe(last.keys.every((key) => wanted.has(key)));
          }
          last = { interest, keys: now };
        }
      }),
    );
  });

  it('is in everything where a neighbour announces more targets than are told apart', () => {
    const derived = new DerivedInterest(false);
    const set = (id: number) => ({ id, targets: [target(id)] });
    const sets = Array.from({ length: MAX_DERIVED_TARGETS + 1 }, (_, i) => set(i + 1));
    for (const one of sets) derived.gain(one);
    expect(derived.interest().wants({ id: 1e6, targets: [] })).toBe(true);
    derived.lose(sets[0] as TargetSet);
    expect([derived.interest().wants(set(1)), derived.interest().wants(set(2))]).toEqual([false, true]);
  });
});

const prefix = '10.0.0.0/24';
const derivedPolicy = { reflection: 'client', interest: 'derived' } as const;

async function lab(policy: NeighbourPolicy = derivedPolicy): Promise<Lab> {
  const made = await Lab.listening({});
  made.speaker.addDynamic({ prefix, ...policy });
  made.speaker.addDynamic({ prefix: '10.1.0.0/24', reflection: 'client' });
  return made;
}

function say(router: Router, key: number, ...targets: readonly string[]): void {
  router.say(announcement([macIp(key)], { ...plain, extendedCommunities: targets }, router.address));
}

const shown = ({ speaker }: Lab, address: string) => {
  const neighbour = speaker.neighbour(address);
  return neighbour === undefined ? expect.unreachable() : neighbour;
};

describe('a neighbour whose interest is derived', () => {
  it('is sent nothing but End-of-RIB, and then what it has a VNI of', async () => {
    const l = await lab();
    const other = l.join('10.1.0.2');
    say(other, 1, target(100));
    say(other, 2, target(200));
    other.announce(3);
    const router = l.join('10.0.0.2');
    expect(router.read()).toEqual(['open', 'end']);
    // A VNI is compared, not an AS.
    say(router, 10, target(100, 65001));
    expect(router.read()).toEqual(['+1']);
    say(other, 4, '01020a0000010064');
    say(other, 5, target(300), target(100));
    say(other, 6, target(300));
    expect(router.read()).toEqual(['+4', '+5']);
    say(other, 5, target(300));
    expect(router.read()).toEqual(['-5']);
    say(router, 11, target(300));
    expect(router.read().sort()).toEqual(['+5', '+6']);
    expect(l.speaker.advertisedTo(shown(l, '10.0.0.2'))).toBe(4);
    expect([...(shown(l, '10.0.0.2').derived?.keys ?? [])]).toEqual([100, 300]);
    // The other one is sent everything.
    expect(other.read()).toEqual(['open', 'end', '+10', '+11']);
    expect(l.speaker.withheld(shown(l, '10.0.0.2'), l.speaker.attributes.get(setOf(l, 2)), 0)).toBe('not-wanted');
  });

  it('is told to forget what it has the last route of no more, and asked for no walk by the first', async () => {
    const l = await lab();
    const [other, router] = [l.join('10.1.0.2'), l.join('10.0.0.2')];
    say(other, 1, target(100));
    say(other, 2, target(200));
    say(router, 10, target(100));
    say(router, 11, target(100));
    say(router, 12, target(200));
    expect(router.read()).toEqual(['open', 'end', '+1', '+2']);
    router.withdraw(10);
    expect(router.read()).toEqual([]);
    router.withdraw(11);
    expect(router.read()).toEqual(['-1']);
    // A route that takes another target, at once
    say(router, 12, target(100));
    expect(router.read().sort()).toEqual(['+1', '-2']);
  });

  it('wants what it once wanted until its session ends, where that is configured', async () => {
    const l = await lab({ ...derivedPolicy, interestLost: 'keep' });
    const [other, router] = [l.join('10.1.0.2'), l.join('10.0.0.2')];
    say(other, 1, target(100));
    say(router, 10, target(100));
    router.withdraw(10);
    say(other, 2, target(100));
    expect(router.read()).toEqual(['open', 'end', '+1', '+2']);
    // until somebody says otherwise
    l.speaker.setPolicy(prefix, derivedPolicy);
    l.settle();
    expect(router.read()).toEqual(['-1', '-2']);
    router.near.lose();
    l.settle();
    expect(l.join('10.0.0.2').read()).toEqual(['open', 'end']);
  });

  it('is made one, and made another one again, while its session is up', async () => {
    const l = await lab({ reflection: 'client' });
    const [other, router] = [l.join('10.1.0.2'), l.join('10.0.0.2')];
    say(other, 1, target(100));
    say(other, 2, target(200));
    say(router, 10, target(100));
    expect(router.read()).toEqual(['open', 'end', '+1', '+2']);
    l.speaker.setPolicy(prefix, derivedPolicy);
    l.settle();
    expect(router.read()).toEqual(['-2']);
    say(other, 3, target(200));
    say(router, 11, target(300));
    router.withdraw(10);
    expect(router.read()).toEqual(['-1']);
    l.speaker.setPolicy(prefix, { reflection: 'client' });
    l.settle();
    expect(router.read().sort()).toEqual(['+1', '+2', '+3']);
    expect(shown(l, '10.0.0.2').derived).toBe(undefined);
    router.withdraw(11);
    expect(router.read()).toEqual([]);
  });

  it('is sent what it asks for, where it speaks RT-Constrain', async () => {
    const l = await lab();
    const other = l.join('10.1.0.2');
    say(other, 1, target(100));
    const family = Family.RtConstrain;
    const router = l.join('10.0.0.2', { more: [{ kind: 'multiprotocol', value: family }] });
    say(router, 10, target(100));
    expect(shown(l, '10.0.0.2').derived).toBe(undefined);
    expect(shown(l, '10.0.0.2').member?.interest.wants({ id: 1e6, targets: [target(100)] })).toBe(false);
    const nlri = [{ kind: 'rt-constrain', family, length: 96, originAs: 65000, routeTarget: target(100) } as const];
    const attributes = { ...plain, mpReachNlri: { family, nextHop: '10.0.0.2', nlri } };
    router.say(encodeUpdate({ withdrawn: [], attributes, nlri: [] }, defaultContext));
    expect(shown(l, '10.0.0.2').member?.interest.wants({ id: 1e6, targets: [target(100)] })).toBe(true);
  });

  it('has the interest of its kept routes when it comes back, and that of what it says again after', async () => {
    const l = await lab();
    const gracefulRestart = {
      kind: 'gracefulRestart',
      value: {
        restarted: true,
        notification: false,
        restartTime: 120,
        families: [{ family: Family.Evpn, forwardingPreserved: true }],
      },
    } as const;
    const other = l.join('10.1.0.2');
    say(other, 1, target(100));
    say(other, 2, target(200));
    const before = l.join('10.0.0.2', { more: [gracefulRestart] });
    say(before, 10, target(100));
    say(before, 11, target(200));
    before.near.lose();
    l.settle();
    const after = l.join('10.0.0.2', { more: [gracefulRestart] });
    expect(after.read().sort()).toEqual(['+1', '+2', 'end', 'open']);
    say(after, 10, target(100));
    after.say(
      encodeUpdate(
        { withdrawn: [], attributes: { mpUnreachNlri: { family: Family.Evpn, nlri: [] } }, nlri: [] },
        defaultContext,
      ),
    );
    expect(after.read()).toEqual(['-2']);
  });

  it('is not taken to want what went in a circle, or was malformed', async () => {
    const l = await lab({ ...derivedPolicy, interestLost: 'keep' });
    const [other, router] = [l.join('10.1.0.2'), l.join('10.0.0.2')];
    say(other, 1, target(100));
    const extendedCommunities = [target(100)];
    const looped = { ...plain, extendedCommunities, originatorId: '10.0.0.1' };
    router.say(announcement([macIp(10)], looped, router.address));
    // ORIGIN 5, which there is not (RFC 7606 §7.1)
    const good = toHex(announcement([macIp(11)], { ...plain, extendedCommunities }, router.address));
    router.say(good.replace('40010100', '40010105'));
    expect([...shown(l, '10.0.0.2').counts.faults.values()]).toEqual([1]);
    expect(router.read()).toEqual(['open', 'end']);
  });

  it('that reads nothing while its interest changes and changes has what it makes in the end, and no more is withdrawn', async () => {
    const l = await lab();
    const [other, router] = [l.join('10.1.0.2'), l.join('10.0.0.2')];
    const vnis = Array.from({ length: 40 }, (_, i) => i + 1);
    for (const vni of vnis) say(other, vni, target(vni));
    say(router, 101, target(1));
    expect(router.read()).toEqual(['open', 'end', '+1']);
    Object.assign(router.near, { stuck: true, highWaterMark: 1 });
    for (const vni of vnis.slice(1, 30)) say(router, 100 + vni, target(vni));
    for (const vni of vnis.slice(0, 20)) router.withdraw(100 + vni);
    router.near.stuck = false;
    router.near.flush();
    l.settle();
    const heard = router.read();
    const held = new Set([1]);
    for (const line of heard) {
      if (line.startsWith('+')) held.add(Number(line));
      else held.delete(-Number(line));
    }
    expect([...held].sort((a, b) => a - b)).toEqual(vnis.slice(20, 30));
    // Of networks that it was never in it hears nothing.
    expect(heard.filter((line) => Number(line) < -30 && Number(line) >= -40)).toEqual([]);
    expect(l.speaker.advertisedTo(shown(l, '10.0.0.2'))).toBe(10);
  });
});

/** The attribute set of the route with this key. */
function setOf({ speaker }: Lab, key: number): number {
  for (let destination = 0; destination < speaker.table.end; destination++) {
    const [path] = speaker.table.pathsTo(destination);
    const { arena } = speaker.table;
    const at = speaker.table.keyAt(destination);
    const start = arena.start(at);
    const octets = arena.bytes.subarray(start, start + arena.length(at));
    if (path !== undefined && toHex(octets).includes(`0200000000${hex(key, 1)}`)) return path.set;
  }
  return expect.unreachable();
}
