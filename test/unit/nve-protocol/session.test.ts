import { describe, expect, it } from 'vitest';
import type { HostMapping } from '../../../src/nva/mapping.ts';
import { type NveServerEvent, noCounts } from '../../../src/nve-protocol/server/events.ts';
import { defaultLimits, defaultTimes, type NveServerLimits } from '../../../src/nve-protocol/server/limits.ts';
import { NveSession } from '../../../src/nve-protocol/server/session.ts';
import { encodeMessage } from '../../../src/nve-protocol/wire/codec.ts';
import type { Hello } from '../../../src/nve-protocol/wire/message/hello.ts';
import type { NvaMessage, NveMessage } from '../../../src/nve-protocol/wire/registry.ts';
import { FakeClock, FakeConnection } from './fakes.ts';
import { MemoryAuthority, network } from './memory-authority.ts';

const hello: Hello = {
  type: 'hello',
  versions: [1],
  name: 'nve1',
  tunnelAddress: '192.0.2.1',
  encapsulations: ['vxlan'],
};

const host = (index: number, nve = '192.0.2.2'): HostMapping => ({
  kind: 'host',
  nve,
  encapsulation: 'vxlan',
  vni: 100,
  mac: `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
  ip: `10.0.${index >> 8}.${index & 255}`,
  sequence: 0,
  sticky: false,
});

/** A session with a test at the other end, and turns when the clock moves. */
function start(limits: Partial<NveServerLimits> = {}, authority = new MemoryAuthority()) {
  const clock = new FakeClock();
  const connection = new FakeConnection();
  const events: NveServerEvent[] = [];
  const counts = noCounts();
  let scheduled = false;
  const wake = () => {
    if (scheduled) return;
    scheduled = true;
    clock.soon(() => {
      scheduled = false;
      if (session.turn()) wake();
    });
  };
  const session: NveSession = new NveSession(
    { limits: { ...defaultLimits, ...limits }, times: defaultTimes },
    {
      connection,
      authority,
      clock,
      counts,
      log: (event) => events.push(event),
      wake,
      admit: () => undefined,
      ended: () => {},
    },
  );
  const say = (...messages: readonly NveMessage[]): NvaMessage[] => {
    connection.send(...messages);
    clock.settle();
    return connection.take();
  };
  return { clock, connection, events, counts, session, authority, say };
}

function up(limits: Partial<NveServerLimits> = {}, more: Partial<Hello> = {}) {
  const started = start(limits);
  started.authority.add(network('web', 100));
  started.say({ ...hello, ...more });
  return started;
}

const types = (messages: readonly NvaMessage[]) => messages.map(({ type }) => type);
const join = { type: 'join', id: 1, network: 'web', mode: 'push' } as const;

describe('a session', () => {
  it('writes once a turn, however much there is to say', () => {
    const { say, connection } = up();
    const before = connection.writes;
    expect(
      types(say(join, { type: 'ping', id: 1 }, { type: 'resolve', id: 2, network: 'web', address: '10.0.0.1' })),
    ).toEqual(['joined', 'pong', 'answer', 'parameters', 'snapshot-begin', 'snapshot-end', 'complete']);
    expect(connection.writes).toBe(before + 1);
  });

  it('ends when no hello comes', () => {
    const { clock, connection, events } = start();
    clock.pass(defaultLimits.helloTime);
    expect(connection.take()).toMatchObject([{ type: 'error', code: 'hello-timeout', fatal: true }]);
    expect(connection.ended).toBe(true);
    expect(events).toMatchObject([{ kind: 'refused', code: 'hello-timeout' }]);
  });

  it('ends when the NVA does not know the NVE, and says why', () => {
    const { say, authority } = start();
    expect(say({ ...hello, name: 'stranger' })).toMatchObject([
      { code: 'unknown-nve', reason: 'Nobody knows stranger.' },
    ]);
    expect(authority.calls).toEqual(['hello stranger']);
  });

  it('asks who is silent, and ends who stays so', () => {
    const { clock, connection, events, authority } = up();
    clock.pass(defaultTimes.keepalive);
    expect(types(connection.take())).toEqual(['ping']);
    clock.pass(2 * defaultTimes.keepalive);
    expect(connection.take().at(-1)).toMatchObject({ code: 'silent', fatal: true });
    expect(events.at(-1)).toMatchObject({ kind: 'ended', code: 'silent' });
    expect(authority.calls.at(-1)).toBe('goodbye nve1');
  });

  it('tells the authority of its end once, and follows nothing any more', () => {
    const { say, connection, authority, clock } = up();
    say(join);
    expect(authority.watching).toBe(1);
    connection.close();
    clock.pass(60_000);
    expect(authority.watching).toBe(0);
    expect(authority.calls).toEqual(['hello nve1', 'goodbye nve1']);
  });

  it('ends alone when the authority throws, and does not say what was thrown', () => {
    const { say, authority, events } = up();
    authority.throwing = 'disk on fire at /secret';
    const [error] = say(join);
    expect(error).toMatchObject({ code: 'internal', fatal: true });
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(events.at(-1)).toMatchObject({ code: 'internal', reason: 'disk on fire at /secret' });
  });

  it('says once a minute that messages are malformed', () => {
    const { connection, clock, events, counts } = up();
    const bad = encodeMessage({ ...join, mode: 'shove' as 'push' });
    for (let i = 0; i < 10; i++) connection.raw(bad);
    clock.pass(0);
    expect(connection.take()).toHaveLength(10);
    expect(events.filter(({ kind }) => kind === 'malformed')).toHaveLength(1);
    expect(counts.faults).toBe(10);
  });
});

describe('what is too much', () => {
  it('networks', () => {
    const { say, authority } = up({ subscriptions: 1 });
    authority.add(network('db', 101));
    say(join);
    expect(say({ ...join, id: 2, network: 'db' })).toMatchObject([
      { code: 'too-many-subscriptions', id: 2, fatal: false },
    ]);
    say({ type: 'leave', id: 3, network: 'web' });
    expect(authority.calls.at(-1)).toBe('leave nve1 web');
    expect(say({ ...join, id: 4, network: 'db' })[0]).toMatchObject({ type: 'joined' });
  });

  it('questions at a time', () => {
    const { say } = up({ pulls: 3 });
    say(join);
    const pulls = [1, 2, 3, 4].map((id) => ({ type: 'resolve', id, network: 'web', address: '10.0.0.1' }) as const);
    expect(say(...pulls)).toMatchObject([
      { type: 'error', code: 'too-many-requests', id: 4, fatal: false },
      { type: 'answer', id: 1 },
      { type: 'answer', id: 2 },
      { type: 'answer', id: 3 },
    ]);
  });

  it('leases: the answers after them may be used once', () => {
    const { say, clock } = up({ leases: 2 });
    say(join);
    const ask = (index: number) => say({ type: 'resolve', id: index, network: 'web', address: `10.0.0.${index}` });
    expect([1, 2, 3].flatMap(ask)).toMatchObject([{ lease: 30_000 }, { lease: 30_000 }, { lease: 0 }]);
    expect(ask(2)).toMatchObject([{ lease: 30_000 }]);
    clock.pass(29_000);
    say({ type: 'ping', id: 1 });
    clock.pass(1_500);
    expect(ask(3)).toMatchObject([{ lease: 30_000 }]);
  });

  it('messages a second: the connection is not read until they fit', () => {
    const { connection, say, clock } = up({ rate: 10 });
    say(...Array.from({ length: 20 }, (_, id) => ({ type: 'ping', id }) as const));
    expect(connection.paused).toBe(true);
    clock.pass(1_000);
    expect(connection.paused).toBe(true);
    clock.pass(300);
    expect(connection.paused).toBe(false);
  });

  it('octets unread: nothing more is said, nothing more is read, and in the end it is over', () => {
    const { connection, say, clock, authority, events } = up({ unread: 10_000 });
    for (let i = 0; i < 10_000; i++) authority.tables.get('web')?.set(host(i));
    connection.stuck = true;
    say(join, { type: 'credit', mappings: 1_000_000 });
    expect(connection.buffered).toBeGreaterThan(10_000);
    // What is too much is at most one message more.
    expect(connection.buffered).toBeLessThan(40_000);
    expect(connection.paused).toBe(true);
    const held = connection.buffered;
    authority.set('web', host(1, '192.0.2.9'));
    clock.pass(100);
    expect(connection.buffered).toBe(held);
    clock.pass(defaultLimits.unreadTime + defaultTimes.keepalive);
    expect(connection.destroyed).toBe(true);
    expect(events.at(-1)).toMatchObject({ kind: 'ended', code: 'slow-reader' });
  });

  it('octets unread: who reads again gets all of it', () => {
    const { connection, say, clock, authority } = up({ unread: 10_000 });
    for (let i = 0; i < 10_000; i++) authority.tables.get('web')?.set(host(i));
    connection.stuck = true;
    const said = say(join, { type: 'credit', mappings: 1_000_000 });
    while (!said.some(({ type }) => type === 'complete')) {
      connection.drain();
      clock.settle();
      said.push(...connection.take());
    }
    const mappings = said.flatMap((message) => (message.type === 'mappings' ? message.mappings : []));
    expect(new Set(mappings.map((mapping) => JSON.stringify(mapping))).size).toBe(10_000);
  });
});

describe('credit', () => {
  it('is what mappings and changes take, and nothing else', () => {
    const { say, authority } = up({}, { credit: 3 });
    for (let i = 0; i < 5; i++) authority.tables.get('web')?.set(host(i));
    expect(say(join).at(-1)).toMatchObject({ type: 'mappings', mappings: { length: 3 } });
    authority.set('web', host(0, '192.0.2.3'), host(1, '192.0.2.3'));
    expect(say({ type: 'resolve', id: 2, network: 'web', address: '10.0.0.1' })).toMatchObject([{ status: 'found' }]);
    authority.set('web', host(1, '192.0.2.4'));
    expect(types(say({ type: 'ping', id: 1 }))).toEqual(['pong', 'invalidate']);
    expect(say({ type: 'credit', mappings: 2 })).toMatchObject([{ mappings: { length: 2 } }]);
    expect(types(say({ type: 'credit', mappings: 1 }))).toEqual(['snapshot-end', 'changes']);
    const rest = say({ type: 'credit', mappings: 100 });
    expect(types(rest)).toEqual(['changes', 'complete']);
    expect(rest[0]).toMatchObject({ changes: { length: 2 } });
  });
});

describe('a network', () => {
  it('that goes is left, and its parameters are told when they change', () => {
    const { say, authority, connection, clock } = up();
    say(join);
    authority.add(network('web', 100, { mtu: 1400 }));
    clock.settle();
    expect(connection.take()).toMatchObject([{ type: 'parameters', mtu: 1400 }]);
    authority.remove('web');
    clock.settle();
    expect(connection.take()).toMatchObject([{ type: 'left', network: 'web' }]);
    expect(say({ type: 'leave', id: 9, network: 'web' })).toMatchObject([{ code: 'not-joined' }]);
  });

  it('whose changes are forgotten before they were told comes as a snapshot again', () => {
    const { say, authority, connection, clock } = start();
    authority.add(network('web', 100), 10);
    say({ ...hello, credit: 1 });
    say(join);
    for (let i = 0; i < 50; i++) authority.set('web', host(i));
    clock.settle();
    const said = [...connection.take(), ...say({ type: 'credit', mappings: 1_000 })];
    expect(types(said)).toEqual(['snapshot-begin', 'mappings', 'mappings', 'snapshot-end', 'complete']);
  });

  it('tells an NVE that pulls no more than the flood list, and goes on from there', () => {
    const { say, authority, connection, clock } = up();
    const flood = { kind: 'flood', nve: '192.0.2.7', encapsulation: 'vxlan', vni: 100 } as const;
    authority.set('web', host(1), flood);
    expect(say({ ...join, mode: 'pull' })).toContainEqual({ type: 'mappings', network: 'web', mappings: [flood] });
    authority.set('web', host(2), { ...flood, nve: '192.0.2.8' });
    clock.settle();
    expect(connection.take()).toMatchObject([
      { type: 'changes', version: 4, changes: [{ set: { nve: '192.0.2.8' } }] },
    ]);
  });

  it('tells that a prefix has taken an address that was leased', () => {
    const { say, authority, connection, clock } = up();
    say({ ...join, mode: 'pull' });
    say({ type: 'resolve', id: 1, network: 'web', address: '10.1.0.1' });
    say({ type: 'resolve', id: 2, network: 'web', address: '10.2.0.1' });
    const table = authority.tables.get('web');
    const prefix = {
      kind: 'prefix',
      nve: '192.0.2.7',
      encapsulation: 'vxlan',
      vni: 100,
      prefix: '10.1.0.0/16',
    } as const;
    if (table !== undefined) table.find = (address) => (address.startsWith('10.1.') ? prefix : undefined);
    authority.set('web', prefix);
    clock.settle();
    expect(connection.take()).toContainEqual({ type: 'invalidate', network: 'web', addresses: ['10.1.0.1'] });
  });
});

describe('attachments', () => {
  it('stay registered where an orchestrator has registered them', () => {
    const { say, authority } = up();
    authority.add(network('web', 100, { trust: 'both' }));
    const attachment = { id: 'vm', ips: [], prefixes: [], sticky: false, role: 'tenant', state: 'associated' } as const;
    expect(say({ type: 'attach', id: 1, network: 'web', attachment })).toMatchObject([{ result: 'created' }]);
    expect(say({ type: 'detach', id: 2, network: 'web', attachment: 'vm' })).toMatchObject([{ result: 'changed' }]);
    expect(authority.attachment('web', 'vm')).toMatchObject({ state: 'detached', nve: 'nve1' });
  });

  it('of another NVE cannot be detached', () => {
    const { say, authority } = up();
    authority.attachments.set('web vm', {
      ...{ network: 'web', id: 'vm', nve: 'nve2', ips: [], prefixes: [], sticky: false },
      ...{ role: 'tenant', state: 'associated' },
    });
    expect(say({ type: 'detach', id: 2, network: 'web', attachment: 'vm' })).toMatchObject([
      { result: 'refused', refusal: { code: 'not-allowed', reason: 'vm is attached to nve2.' } },
    ]);
  });

  it('are refused with what the authority says', () => {
    const { say, authority } = up();
    authority.refusing = 'vm is not registered with nve1.';
    const attachment = { id: 'vm', ips: [], prefixes: [], sticky: false, role: 'tenant', state: 'associated' } as const;
    expect(say({ type: 'attach', id: 1, network: 'web', attachment })).toEqual([
      {
        type: 'outcome',
        id: 1,
        result: 'refused',
        refusal: { code: 'not-registered', field: 'network', reason: 'vm is not registered with nve1.' },
      },
    ]);
  });
});
