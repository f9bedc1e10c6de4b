import { type Fault, fromHex, type MalformedUpdate, Neighbour, type Outcome } from 'bgp-ts';
import { describe, expect, it } from 'vitest';
import { Logging } from '../../../src/daemon/logging.ts';
import { malformedLog } from '../../../src/daemon/malformed-log.ts';
import { announcement, macIp, plain, sourceOf } from '../bgp-ts/rib/kit.ts';
import { collectLog } from './fakes.ts';

const none = new Uint8Array(0);

function setUp() {
  const { lines, destination } = collectLog();
  const options = { level: 'info', levels: {}, format: 'json', colour: false } as const;
  let now = 1_000_000;
  const told = malformedLog(new Logging(options, { destination }).logger('bgp'), () => now);
  return {
    told,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    take: () => lines.splice(0).map(({ component: _component, time: _time, ...line }) => line),
  };
}

function neighbour(): Neighbour {
  const made = new Neighbour('10.0.0.2', undefined, { reflection: 'client' }, undefined as never);
  made.source = { ...sourceOf(2), kind: 'client' };
  return made;
}

const fault = (code: string, outcome: Outcome): Fault => ({
  code,
  outcome,
  offset: 0,
  reason: `${code} is wrong`,
  notification: { code: 3, subcode: 6, data: none },
});

function update(octets: Uint8Array, ...faults: Fault[]): MalformedUpdate {
  return { octets, faults, outcome: (faults.at(-1) as Fault).outcome };
}

const route = (key: number) => `[2]:[65000:7]:[0]:[48]:[02:00:00:00:00:0${key}]`;

describe('an UPDATE in which something was wrong', () => {
  it('is told of with peer, fault, outcome, routes and octets', () => {
    const { told, take } = setUp();
    const octets = announcement([macIp(1), macIp(2)], plain);
    told(neighbour(), update(octets, fault('small', 'attribute-discard'), fault('origin-value', 'treat-as-withdraw')));
    expect(take()).toEqual([
      {
        level: 'warn',
        peer: '10.0.0.2',
        fault: 'origin-value',
        outcome: 'treat-as-withdraw',
        code: 3,
        subcode: 6,
        routes: [route(1), route(2)],
        routeCount: 2,
        octets: Buffer.from(octets).toString('hex'),
        msg: 'UPDATE from 10.0.0.2 withdraws its routes: origin-value is wrong (2 routes)',
      },
    ]);
  });

  it.each<[Outcome, string, string]>([
    ['ignore', 'info', 'is taken without what has no place in it'],
    ['attribute-discard', 'warn', 'is taken without an attribute'],
    ['session-reset', 'warn', 'ends its session'],
  ])('says what became of it: %s', (outcome, level, words) => {
    const { told, take } = setUp();
    told(neighbour(), update(announcement([macIp(1)]), fault('x', outcome)));
    expect(take()).toEqual([
      expect.objectContaining({ level, outcome, msg: `UPDATE from 10.0.0.2 ${words}: x is wrong (1 route)` }),
    ]);
  });

  it('shows five routes and the number of all, and 4,096 octets and how many are cut', () => {
    const { told, take } = setUp();
    const many = announcement(
      Array.from({ length: 200 }, (_, key) => macIp(key)),
      plain,
      '10.1.0.1',
      { extendedMessages: true },
    );
    expect(many.length).toBeGreaterThan(4096);
    told(neighbour(), update(many, fault('x', 'treat-as-withdraw')));
    const [line] = take();
    expect(line).toMatchObject({
      routes: [0, 1, 2, 3, 4].map(route),
      routeCount: 200,
      octets: Buffer.from(many.subarray(0, 4096)).toString('hex'),
      octetsCut: many.length - 4096,
    });
  });

  it('cuts a route of an unknown type that is long', () => {
    const { told, take } = setUp();
    const nlri = `63f0${'ab'.repeat(0xf0)}`;
    const reach = `001946040a01000100${nlri}`;
    const attributes = `900e${(reach.length / 2).toString(16).padStart(4, '0')}${reach}`;
    const body = `0000${(attributes.length / 2).toString(16).padStart(4, '0')}${attributes}`;
    const length = (19 + body.length / 2).toString(16).padStart(4, '0');
    told(neighbour(), update(fromHex(`${'ff'.repeat(16)}${length}02${body}`) as Uint8Array, fault('x', 'ignore')));
    expect(take()).toEqual([expect.objectContaining({ routes: [expect.stringMatching(/^.{200}…$/)] })]);
  });

  it('is shown the first time of its kind, then once a minute with the number of the others', () => {
    const { told, take, pass } = setUp();
    const [one, other] = [neighbour(), neighbour()];
    const bad = (code: string) => update(announcement([macIp(1)]), fault(code, 'treat-as-withdraw'));
    for (let i = 0; i < 10; i++) told(one, bad('a'));
    told(one, bad('b'));
    told(other, bad('a'));
    expect(take().map(({ fault: code, notShown }) => [code, notShown])).toEqual([
      ['a', undefined],
      ['b', 9],
      ['a', undefined],
    ]);
    for (let i = 0; i < 5; i++) told(one, bad('a'));
    pass(59_999);
    told(one, bad('b'));
    expect(take()).toEqual([]);
    pass(1);
    told(one, bad('a'));
    expect(take()).toEqual([
      expect.objectContaining({ notShown: 6, msg: expect.stringMatching(/; 6 more malformed ones were not shown/) }),
    ]);
  });

  it('has no line of its own for the 65th kind', () => {
    const { told, take } = setUp();
    const one = neighbour();
    for (let i = 0; i < 100; i++) told(one, update(announcement([macIp(1)]), fault(`code-${i}`, 'treat-as-withdraw')));
    expect(take()).toHaveLength(64);
  });
});
