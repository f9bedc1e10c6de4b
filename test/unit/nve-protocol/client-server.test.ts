import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Crossing } from '../../../src/nva/crossing.ts';
import type { HostMapping, Mapping, MappingChange } from '../../../src/nva/mapping.ts';
import {
  type NetworkHandler,
  NodeTransport,
  NveClient,
  type NveClientHandler,
  type NveClientOptions,
  systemClock,
} from '../../../src/nve-protocol/client/index.ts';
import type { NveServerEvent } from '../../../src/nve-protocol/server/events.ts';
import { NveServer, type NveServerOptions } from '../../../src/nve-protocol/server/server.ts';
import { MemoryAuthority, network } from './memory-authority.ts';

/** Client and server over real sockets of this machine. */
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function serve(authority: MemoryAuthority, options: NveServerOptions = {}, port = 0) {
  const events: NveServerEvent[] = [];
  const server = new NveServer(options, { authority, clock: systemClock, log: (event) => events.push(event) });
  const address = await server.listen({ host: '127.0.0.1', port });
  closing.push(() => server.close());
  return { server, address, events };
}

function clientOf(
  nvas: NveClientOptions['nvas'],
  more: Partial<NveClientOptions> = {},
  handler: NveClientHandler = {},
): NveClient {
  const identity = { name: 'nve1', tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'] } as const;
  const client = new NveClient(
    { identity, nvas, backoff: { least: 20, most: 200 }, ...more },
    { transport: new NodeTransport(), clock: systemClock, handler },
  );
  closing.push(() => client.stop());
  return client;
}

const host = (index: number, nve = '192.0.2.2', sequence = 0): HostMapping => ({
  kind: 'host',
  nve,
  encapsulation: 'vxlan',
  vni: 100,
  mac: `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
  ip: `10.0.${index >> 8}.${index & 255}`,
  sequence,
  sticky: false,
});

/** What a handler was told, applied. */
class Seen implements NetworkHandler {
  readonly events: string[] = [];
  readonly mappings = new Map<string, Mapping>();
  parameters(): void {
    this.events.push('parameters');
  }
  changed(changes: readonly MappingChange[]): void {
    for (const change of changes) {
      const mapping = 'set' in change ? change.set : change.gone;
      const key = JSON.stringify([mapping.kind, 'mac' in mapping ? mapping.mac : mapping.nve]);
      if ('set' in change) this.mappings.set(key, mapping);
      else this.mappings.delete(key);
      this.events.push('set' in change ? 'set' : 'gone');
    }
  }
  complete(): void {
    this.events.push('complete');
  }
  answerChanged(address: string, answer: unknown): void {
    this.events.push(`answer ${address} ${(answer as { status: string } | undefined)?.status}`);
  }
  refused(refusal: { readonly code: string }): void {
    this.events.push(`refused ${refusal.code}`);
  }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe('push', () => {
  it('gives a snapshot, then changes', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100));
    for (let i = 0; i < 1000; i++) authority.tables.get('web')?.set(host(i));
    const { address } = await serve(authority);
    const client = clientOf([address]);
    const seen = new Seen();
    client.join('web', 'push', seen);
    client.start();
    await until(() => expect(seen.events).toContain('complete'));
    expect(seen.mappings.size).toBe(1000);
    expect(seen.events[0]).toBe('parameters');
    authority.set('web', host(0, '192.0.2.9', 1));
    authority.gone('web', host(1));
    await until(() => expect(seen.mappings.size).toBe(999));
    expect([...client.mappings('web')]).toContainEqual(host(0, '192.0.2.9', 1));
  });
});

describe('crossings', () => {
  const crossing = (index: number): Crossing => ({
    network: `net${index}`,
    domain: 'dc2',
    outside: `net${index}@dc2`,
    floods: index % 2 === 0,
  });
  const many = (count: number) => Array.from({ length: count }, (_, index) => crossing(index));
  const legs = [{ domain: 'dc2', tunnelAddress: '192.0.2.1' }];
  const gateway = { name: 'nve1', tunnelAddress: '192.0.2.1', encapsulations: ['vxlan'], legs } as const;

  it('are told whole, whenever they change, however many there are', async () => {
    const authority = new MemoryAuthority();
    const { address } = await serve(authority);
    const told: (readonly Crossing[])[] = [];
    const client = clientOf([address], { identity: gateway }, { crossings: (all) => told.push(all) });
    client.start();
    await until(() => expect(told).toEqual([[]]));
    authority.cross('nve1', many(200));
    await until(() => expect(told.at(-1)).toEqual(many(200)));
    authority.cross('nve1', [crossing(7)]);
    await until(() => expect(told.at(-1)).toEqual([crossing(7)]));
    authority.cross('nve1', []);
    await until(() => expect(told.at(-1)).toEqual([]));
  });

  it('go on when the NVE says at once, by a new connection, that it has other legs', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100)).set(host(1));
    authority.cross('nve1', [crossing(7)]);
    const { address } = await serve(authority);
    const seen = new Seen();
    const told: (readonly Crossing[])[] = [];
    const client = clientOf([address], { identity: gateway }, { crossings: (all) => told.push(all) });
    client.join('web', 'push', seen);
    client.start();
    await until(() => expect(seen.events).toEqual(['parameters', 'set', 'complete']));
    expect(authority.legs).toEqual(legs);
    const { legs: _legs, ...without } = gateway;
    client.identify(without);
    await until(() => {
      expect(told).toEqual([[crossing(7)], [crossing(7)]]);
      expect(client.connected).toBe(true);
    });
    expect(authority.legs).toBeUndefined();
    expect(seen.mappings.size).toBe(1);
    expect(seen.events).not.toContain('gone');
  });

  it('are no more than networks can be joined', async () => {
    const authority = new MemoryAuthority();
    authority.cross('nve1', many(200));
    const { address } = await serve(authority, { limits: { subscriptions: 70 } });
    const told: (readonly Crossing[])[] = [];
    clientOf([address], {}, { crossings: (all) => told.push(all) }).start();
    await until(() => expect(told).toEqual([many(70)]));
  });
});

describe('pull', () => {
  it('says what is there, what is not, and when it changes', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100)).set(host(1));
    const { address, server } = await serve(authority);
    const client = clientOf([address]);
    const seen = new Seen();
    client.join('web', 'pull', seen);
    client.start();
    expect(await client.resolve('web', '10.0.0.1')).toMatchObject({ status: 'found', mapping: host(1) });
    expect(await client.resolve('web', '10.0.0.2')).toMatchObject({ status: 'no-such-address' });
    expect(seen.mappings.size).toBe(0);
    expect(server.counts.pulls).toBe(2);
    authority.set('web', host(1, '192.0.2.7', 1), host(2));
    await until(() =>
      expect(seen.events).toEqual(expect.arrayContaining(['answer 10.0.0.1 found', 'answer 10.0.0.2 found'])),
    );
    expect(client.cached('web', '10.0.0.1')).toMatchObject({ mapping: { nve: '192.0.2.7' } });
    authority.gone('web', host(2));
    await until(() => expect(seen.events).toContain('answer 10.0.0.2 no-such-address'));
  });

  it('waits while the NVA cannot say yet', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100));
    authority.converged = false;
    const { address } = await serve(authority);
    const client = clientOf([address]);
    client.join('web', 'pull');
    client.start();
    const asked = client.resolve('web', '10.0.0.1');
    await until(() => expect(client.connected).toBe(true));
    authority.set('web', host(1));
    expect(await asked).toMatchObject({ status: 'found', mapping: host(1) });
  });
});

describe('attachments', () => {
  it('are taken with a yes, and refused with a reason', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100));
    const { address } = await serve(authority);
    const client = clientOf([address]);
    client.start();
    const attachment = {
      id: 'vm1',
      mac: '02:00:00:00:00:01',
      ips: ['10.0.0.1'],
      prefixes: [],
      sticky: false,
      role: 'tenant',
      state: 'associated',
    } as const;
    expect(await client.attach('web', attachment)).toEqual({ ok: true, result: 'created' });
    expect(authority.attachment('web', 'vm1')).toEqual({ ...attachment, network: 'web', nve: 'nve1' });
    expect(await client.detach('web', 'vm1')).toEqual({ ok: true, result: 'deleted' });
    expect(await client.attach('db', attachment)).toMatchObject({ ok: false, refusal: { code: 'no-such-network' } });
    expect(await client.detach('web', 'vm2')).toMatchObject({ ok: false, refusal: { code: 'no-such-attachment' } });
  });
});

describe('lost connections', () => {
  it('go on with another NVA, and tell only what is different there', async () => {
    const [one, two] = [new MemoryAuthority(), new MemoryAuthority()];
    two.epoch = 'epoch-2';
    two.converged = false;
    for (const authority of [one, two]) {
      authority.add(network('web', 100));
      for (let i = 0; i < 300; i++) authority.tables.get('web')?.set(host(i));
    }
    two.tables.get('web')?.remove(host(7));
    const first = await serve(one);
    const second = await serve(two);
    const client = clientOf([first.address, second.address]);
    const seen = new Seen();
    client.join('web', 'push', seen);
    client.start();
    await until(() => expect(seen.events).toContain('complete'));
    seen.events.length = 0;
    first.server.close();
    await until(() => expect(second.events).toContainEqual(expect.objectContaining({ kind: 'connected' })));
    two.set('web', host(8, '192.0.2.5', 1));
    await until(() => expect(seen.events).toEqual(['parameters', 'set']));
    expect(seen.mappings.size).toBe(300);
    two.converged = true;
    await until(() => expect(seen.events).toEqual(['parameters', 'set', 'gone', 'complete']));
  });

  it('resume where they were at the same NVA', async () => {
    const authority = new MemoryAuthority();
    authority.add(network('web', 100));
    for (let i = 0; i < 300; i++) authority.tables.get('web')?.set(host(i));
    const { server, address } = await serve(authority);
    const client = clientOf([address]);
    const seen = new Seen();
    client.join('web', 'push', seen);
    client.start();
    await until(() => expect(seen.events).toContain('complete'));
    expect(server.counts.snapshots).toBe(1);
    seen.events.length = 0;
    server.close();
    authority.set('web', host(5, '192.0.2.5', 1));
    const again = await serve(authority, {}, address.port);
    await until(() => expect(seen.events).toEqual(['parameters', 'set', 'complete']));
    expect(again.server.counts).toMatchObject({ snapshots: 0, changes: 1 });
  });
});
