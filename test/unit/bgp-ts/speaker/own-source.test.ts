import { describe, expect, it } from 'vitest';
import type { OwnSource } from '../../../../src/bgp-ts/speaker/own-source.ts';
import type { SpeakerModules } from '../../../../src/bgp-ts/speaker/speaker.ts';
import { announcement, macIp, withdrawal } from '../rib/kit.ts';
import { Lab } from './kit.ts';

const announce = (source: OwnSource | undefined, ...keys: number[]) =>
  source?.originate(announcement(keys.map((key) => macIp(key))));
const withdraw = (source: OwnSource | undefined, ...keys: number[]) =>
  source?.originate(withdrawal(keys.map((key) => macIp(key))));

async function labWith(modules: object = {}): Promise<Lab> {
  const lab = await Lab.listening({}, modules as Pick<SpeakerModules, 'admission' | 'decided'>);
  lab.speaker.addDynamic({ prefix: '10.0.0.0/16', reflection: 'client' });
  return lab;
}

describe('a source of our own', () => {
  const groupsOf = (address: string) => (address === '10.0.0.2' ? ['gateways'] : []);

  it('is heard by everybody, by one group, or by all but that', async () => {
    const lab = await labWith({ groupsOf });
    const [gateway, other] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
    for (const router of [gateway, other]) router.read();
    announce(lab.speaker.openSource(), 1);
    announce(lab.speaker.openSource({ audience: { only: 'gateways' } }), 2);
    announce(lab.speaker.openSource({ audience: { allBut: 'gateways' } }), 3);
    lab.clock.advance(100);
    expect([gateway.read().sort(), other.read().sort()]).toEqual([
      ['+1', '+2'],
      ['+1', '+3'],
    ]);
    const late = lab.join('10.0.0.4');
    expect(
      late
        .read()
        .filter((line) => line.startsWith('+'))
        .sort(),
    ).toEqual(['+1', '+3']);
  });

  it('withdraws what is not told again, and all when it is closed', async () => {
    const lab = await labWith();
    const a = lab.join('10.0.0.2');
    const [source, stays] = [lab.speaker.openSource({ onBehalfOf: 'dc2' }), lab.speaker.openSource()];
    announce(source, 1, 2, 3);
    announce(stays, 4);
    lab.clock.advance(100);
    a.read();
    source?.beginRefresh();
    announce(source, 1, 3);
    lab.clock.advance(100);
    expect(a.read()).toEqual([]);
    source?.endRefresh();
    lab.clock.advance(100);
    expect(a.read()).toEqual(['-2']);
    withdraw(source, 3);
    lab.clock.advance(100);
    expect(a.read()).toEqual(['-3']);
    source?.close();
    lab.clock.advance(100);
    expect(a.read()).toEqual(['-1']);
    expect(lab.speaker.table.routes).toBe(1);
  });

  it('says what is wrong with what it is given', async () => {
    const lab = await labWith();
    const source = lab.speaker.openSource();
    expect(announce(source, 1)).toBeUndefined();
    const broken = announcement([macIp(2)]);
    broken[broken.length - 1] = 0xff;
    broken[19 + 4] = 0xff;
    expect(source?.originate(broken)).toBeDefined();
  });
});

it('a neighbour that hears our own only is passed nothing on', async () => {
  const lab = await labWith();
  lab.speaker.addStatic({ address: '10.9.0.2', port: 179, passive: true, reflection: 'client', hearsOwnOnly: true });
  const [outside, inside] = [lab.join('10.9.0.2'), lab.join('10.0.0.3')];
  for (const router of [outside, inside]) router.read();
  inside.announce(1);
  announce(lab.speaker.openSource(), 2);
  lab.clock.advance(100);
  expect(outside.read()).toEqual(['+2']);
  outside.announce(3);
  lab.clock.advance(100);
  expect(inside.read().sort()).toEqual(['+2', '+3']);
});

describe('whoever was told of decisions', () => {
  it('keeps the number of what was withdrawn until it lets go', async () => {
    const held = new Set([0]);
    const lab = await labWith({ isHeld: (destination: number) => held.has(destination) });
    const a = lab.join('10.0.0.2');
    a.announce(1, 2);
    a.withdraw(1, 2);
    lab.clock.advance(100);
    const { table } = lab.speaker;
    expect([table.isUsed(0), table.isUsed(1)]).toEqual([true, false]);
    a.announce(3);
    lab.clock.advance(100);
    // The number is still that of route 1.
    expect([table.isUsed(0), table.sentSet(0), table.routes]).toEqual([true, -1, 1]);
    held.clear();
    table.letGo(0);
    a.announce(4);
    lab.clock.advance(100);
    expect([table.routes, table.tombstones]).toEqual([2, 0]);
    a.announce(5);
    lab.clock.advance(100);
    expect(table.end).toBe(3);
  });

  it('may let go of one that has come back', async () => {
    const held = new Set([0]);
    const lab = await labWith({ isHeld: (destination: number) => held.has(destination) });
    const a = lab.join('10.0.0.2');
    a.announce(1);
    a.withdraw(1);
    a.announce(1);
    lab.clock.advance(100);
    held.clear();
    lab.speaker.table.letGo(0);
    lab.clock.advance(100);
    expect([lab.speaker.table.isUsed(0), lab.speaker.table.routes]).toEqual([true, 1]);
  });
});

it('a speaker that yields rests between its turns, and comes to its end', async () => {
  let isBusy = true;
  const lab = await labWith({ rests: () => (isBusy ? 8 : 0) });
  const [a, b] = [lab.join('10.0.0.2'), lab.join('10.0.0.3')];
  for (const router of [a, b]) router.read();
  // Looking at the clock takes a tenth of a millisecond, so that slices end.
  lab.clock.haste = 0.1;
  const keys = Array.from({ length: 200 }, (_, i) => i + 1);
  for (const key of keys) a.announce(key);
  lab.clock.advance(10_000);
  const got = b.read();
  expect(new Set(got)).toEqual(new Set(keys.map((key) => `+${key & 255}`)));
  isBusy = false;
  for (const key of keys) a.withdraw(key);
  lab.clock.advance(1000);
  expect(new Set(b.read())).toEqual(new Set(keys.map((key) => `-${key & 255}`)));
});

it('guests are asked first who takes a connection', async () => {
  const taken: string[] = [];
  const guests = {
    protectedPeers: [{ address: '192.0.2.2', password: 'a' }],
    take: ({ remoteAddress }: { remoteAddress: string }) => {
      if (remoteAddress !== '10.0.0.9') return false;
      taken.push(remoteAddress);
      return true;
    },
  };
  const lab = await labWith({ guests });
  const a = lab.join('10.0.0.2');
  expect(a.read()).toContain('open');
  const guest = lab.dial('10.0.0.9');
  expect([taken, guest.read()]).toEqual([['10.0.0.9'], []]);
  expect(JSON.stringify(lab.network.protections.at(-1))).toContain('192.0.2.2');
});
