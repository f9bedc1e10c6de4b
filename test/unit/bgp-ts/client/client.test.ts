import { describe, expect, it } from 'vitest';
import { type Client, type ClientOptions, connect } from '../../../../src/bgp-ts/client/client.ts';
import type { DownReason } from '../../../../src/bgp-ts/fsm/action.ts';
import type { Capability } from '../../../../src/bgp-ts/wire/capability/registry.ts';
import { Family } from '../../../../src/bgp-ts/wire/constants.ts';
import { defaultContext } from '../../../../src/bgp-ts/wire/context.ts';
import { EncodeError } from '../../../../src/bgp-ts/wire/encode-error.ts';
import { decodeOpen } from '../../../../src/bgp-ts/wire/message/open.ts';
import {
  announcedRoutes,
  decodeUpdate,
  type Update,
  withdrawnRoutes,
} from '../../../../src/bgp-ts/wire/message/update.ts';
import { formatNlri } from '../../../../src/bgp-ts/wire/nlri/format.ts';
import { announcement, macIp, plain, updateOf, withdrawal } from '../rib/kit.ts';
import { nearEnd } from '../session/bench.ts';
import { FakeClock } from '../session/fake-clock.ts';
import { bytes, HandPeer, keepaliveHex, notificationHex, openOf } from '../session/hand-peer.ts';
import { MemoryNetwork } from '../session/memory-network.ts';

const us = '10.0.0.1';
const router = '10.0.0.2';
const options: ClientOptions = {
  address: router,
  asn: 65000,
  localAsn: 65000,
  routerId: us,
  families: [Family.Evpn],
};
const evpnEnd = `${'ff'.repeat(16)}001d0200000006800f03001946`;
const refreshAble: Capability[] = [
  { kind: 'multiprotocol', value: Family.Evpn },
  { kind: 'fourOctetAs', value: 65000 },
  { kind: 'routeRefresh', value: true },
];

/** A client whose router is played by hand. */
class Table {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork(this.clock);
  readonly routers: HandPeer[] = [];
  /** What the client's handler was told. */
  readonly told: string[] = [];
  readonly updates: Update[] = [];
  /** Of sessions and attempts that ended. */
  readonly reasons: DownReason[] = [];
  readonly client: Client;

  constructor(patch: Partial<ClientOptions> = {}) {
    void this.network.transport(router).listen({
      address: router,
      port: patch.port ?? 179,
      accept: (connection) => this.routers.push(new HandPeer(connection)),
    });
    this.client = connect(
      { ...options, ...patch },
      {
        established: ({ remoteAsn }) => this.told.push(`established ${remoteAsn}`),
        update: (update) => {
          this.updates.push(update);
          const withdrawn = withdrawnRoutes(update).map((route) => `-${formatNlri(route)}`);
          const announced = announcedRoutes(update).map((route) => `+${formatNlri(route)}`);
          this.told.push([...withdrawn, ...announced].join(' '));
        },
        endOfRib: (family) => this.told.push(`end ${family}`),
        down: (reason) => {
          this.reasons.push(reason);
          this.told.push(`down ${reason.cause}`);
        },
        failed: (reason) => {
          this.reasons.push(reason);
          this.told.push(`failed ${reason.cause}`);
        },
        fault: ({ code, outcome }) => this.told.push(`${code} ${outcome}`),
      },
      { clock: this.clock, transport: this.network.transport(us), random: () => 1 },
    );
  }

  static established(patch: Partial<ClientOptions> = {}, open = openOf()): Table {
    const table = new Table(patch);
    table.clock.advance(0);
    table.say(open, keepaliveHex);
    table.router.take();
    table.take();
    return table;
  }

  get router(): HandPeer {
    const hand = this.routers.at(-1);
    if (hand === undefined) throw new Error('nobody was dialled');
    return hand;
  }

  say(...messages: readonly (Uint8Array | string)[]): void {
    for (const message of messages) {
      this.router.send(message);
      this.clock.advance(0);
    }
  }

  take(): string[] {
    return this.told.splice(0);
  }
}

const name = (key: number) => `[2]:[65000:7]:[0]:[48]:[02:00:00:00:00:0${key}]`;

describe('a client', () => {
  it('dials, announces what it was told to, and is established', () => {
    const table = new Table({ port: 1790, families: [Family.Evpn, Family.Ipv4Unicast], holdTime: 30 });
    table.clock.advance(0);
    expect(table.network.dials).toMatchObject([{ address: router, port: 1790 }]);
    const [open] = table.router.take();
    const decoded = decodeOpen(bytes(open ?? ''));
    expect(decoded).toMatchObject({ ok: true, value: { myAs: 65000, holdTime: 30, bgpId: us } });
    const kinds = decoded.ok ? decoded.value.capabilities.map(({ kind, value }) => [kind, value]) : [];
    expect(kinds).toEqual(
      expect.arrayContaining([
        ['multiprotocol', Family.Evpn],
        ['multiprotocol', Family.Ipv4Unicast],
        ['fourOctetAs', 65000],
      ]),
    );
    expect([table.client.state, table.client.negotiated]).toEqual(['OpenSent', undefined]);
    table.say(openOf(), keepaliveHex);
    expect(table.take()).toEqual(['established 65000']);
    expect(table.client.state).toBe('Established');
    expect(table.client.negotiated?.families).toEqual(new Set([Family.Evpn]));
  });

  it('tries again, and says what came of it', () => {
    const table = new Table({ connectRetryTime: 7 });
    table.clock.advance(0);
    table.router.connection.destroy();
    table.clock.advance(0);
    expect(table.take()).toEqual(['failed connection-failed']);
    table.clock.advance(20_000);
    table.say(openOf(), keepaliveHex);
    expect(table.take().at(-1)).toBe('established 65000');
    table.say(notificationHex(6, 4));
    expect(table.take()).toEqual(['down notification-received']);
  });

  it.each([
    ['closed', (hand: HandPeer) => hand.connection.end()],
    ['ECONNRESET', (hand: HandPeer) => hand.connection.destroy()],
  ] as const)('says what to look at when the router ends the connection without an OPEN: %s', (how, end) => {
    const table = new Table();
    table.clock.advance(0);
    end(table.router);
    table.clock.advance(0);
    expect(table.reasons).toEqual([
      {
        cause: 'connection-failed',
        detail: `${how} before its OPEN; is this address configured as a neighbour there?`,
      },
    ]);
    expect(table.client.state).toBe('Active');
  });

  it('gives NOTIFICATIONs their names, and a later end of the connection no hint', () => {
    const refused = new Table();
    refused.clock.advance(0);
    refused.say(notificationHex(6, 5));
    expect(refused.reasons.map(({ detail }) => detail)).toEqual(['Cease/Connection Rejected']);
    const closed = Table.established();
    closed.router.connection.end();
    closed.clock.advance(0);
    expect(closed.reasons).toEqual([{ cause: 'connection-failed' }]);
  });

  it('gives routes as they come and go, and End-of-RIB', () => {
    const table = Table.established();
    table.say(announcement([macIp(1), macIp(2)]), withdrawal([macIp(2)]), evpnEnd);
    expect(table.take()).toEqual([`+${name(1)} +${name(2)}`, `-${name(2)}`, 'end 6470']);
    expect(table.updates[0]?.attributes).toMatchObject({ ...plain, mpReachNlri: { nextHop: '10.1.0.1' } });
  });

  it('leaves out families that were not negotiated', () => {
    const table = Table.established();
    const ipv4 = updateOf('40010100 400200 400304 0a000001', '', '18 c0a801');
    table.say(ipv4, `${'ff'.repeat(16)}00170200000000`, `${'ff'.repeat(16)}001d0200000006800f03000201`);
    expect(table.take()).toEqual([]);
    expect(table.client.state).toBe('Established');
  });

  it('withdraws what is malformed, and discards what may be (RFC 7606)', () => {
    const table = Table.established();
    const localPref = { ...plain, localPref: 7 };
    const good = announcement([macIp(1)], localPref);
    table.say(good);
    const malformed = Buffer.from(good).toString('hex').replace('40010100', '40010107');
    table.say(malformed);
    const withAggregator = Buffer.from(announcement([macIp(2)], { ...plain, aggregator: { asn: 1, address: us } }))
      .toString('hex')
      .replace('c0070800000001', 'c0070800000000');
    table.say(withAggregator);
    expect(table.take()).toEqual([
      `+${name(1)}`,
      'origin-value treat-as-withdraw',
      `-${name(1)}`,
      'aggregator-as-zero attribute-discard',
      `+${name(2)}`,
    ]);
    expect(table.updates[1]).toEqual({
      withdrawn: [],
      attributes: { mpUnreachNlri: { family: Family.Evpn, nlri: [macIp(1)] } },
      nlri: [],
    });
    expect(table.updates[2]?.attributes.aggregator).toBeUndefined();
  });

  it('ends the session over what cannot be located, and comes back', () => {
    const table = Table.established();
    table.say(`${'ff'.repeat(16)}001e0200000007800f0400194602`);
    expect(table.take()).toEqual(['nlri-overrun session-reset', 'down update-error']);
    expect(table.router.take().at(-1)?.slice(38, 42)).toBe('0309');
    table.clock.advance(60_000);
    table.say(openOf(), keepaliveHex);
    expect(table.take().at(-1)).toBe('established 65000');
  });

  it('sends UPDATEs', () => {
    const table = Table.established();
    const update: Update = {
      withdrawn: [],
      attributes: { ...plain, mpReachNlri: { family: Family.Evpn, nextHop: us, nlri: [macIp(3)] } },
      nlri: [],
    };
    expect(table.client.send(update)).toBe(true);
    table.clock.advance(0);
    const [sent] = table.router.take();
    expect(decodeUpdate(bytes(sent ?? ''), defaultContext)).toEqual({ update, faults: [] });
    const wrong = { ...update, attributes: { ...update.attributes, nextHop: 'x' } };
    expect(() => table.client.send(wrong)).toThrow(EncodeError);
    expect(table.client.state).toBe('Established');
  });

  it('takes no UPDATE while the router does not read, and says when it does', async () => {
    const table = Table.established();
    const update: Update = {
      withdrawn: [],
      attributes: { mpUnreachNlri: { family: Family.Evpn, nlri: [macIp(1)] } },
      nlri: [],
    };
    nearEnd(table.router).highWaterMark = 10;
    expect(table.client.send(update)).toBe(true);
    expect(table.client.send(update)).toBe(false);
    const waited = table.client.ready();
    table.clock.advance(0);
    expect(await waited).toBe(true);
    expect(table.router.take()).toHaveLength(1);
    expect(table.client.send(update)).toBe(true);
  });

  it('takes none before the session is there or after it was stopped, and says so', async () => {
    const table = new Table();
    const update: Update = { withdrawn: [], attributes: {}, nlri: [] };
    expect(table.client.send(update)).toBe(false);
    expect(table.client.refresh(Family.Evpn)).toBe(false);
    const waited = table.client.ready();
    table.clock.advance(0);
    table.say(openOf(), keepaliveHex);
    expect(await waited).toBe(true);
    expect(await table.client.ready()).toBe(true);

    const stopped = table.client.stop('bye');
    table.clock.advance(10_000);
    await stopped;
    expect(table.router.take().at(-1)).toBe(notificationHex(6, 2, '03627965'));
    expect(table.take()).toContain('down manual-stop');
    expect([table.client.state, await table.client.ready(), table.client.send(update)]).toEqual(['Idle', false, false]);
    table.clock.advance(600_000);
    expect(table.routers).toHaveLength(1);
  });

  it('tells those who wait that it was stopped', async () => {
    const table = new Table();
    const waited = table.client.ready();
    void table.client.stop();
    expect(await waited).toBe(false);
  });

  it('asks for routes again (RFC 2918)', () => {
    expect(Table.established().client.refresh(Family.Evpn)).toBe(false);
    const table = Table.established({}, openOf({ capabilities: refreshAble }));
    expect(table.client.refresh(Family.Evpn)).toBe(true);
    table.clock.advance(0);
    expect(table.router.take()).toEqual([`${'ff'.repeat(16)}00170500190046`]);
  });

  it('reads and writes path identifiers where both sides offered them', () => {
    const offer = (receive: boolean, send: boolean): Capability => ({
      kind: 'addPath',
      value: [{ family: Family.Evpn, receive, send }],
    });
    const table = Table.established(
      { capabilities: [offer(true, true)] },
      openOf({ capabilities: [...refreshAble, offer(true, true)] }),
    );
    table.say(announcement([{ ...macIp(1), pathId: 7 }], plain, us, { addPath: new Set([Family.Evpn]) }));
    expect(table.take()).toEqual([`+7 ${name(1)}`]);
  });

  it('refuses options that no OPEN can hold', () => {
    expect(() => new Table({ routerId: 'router' })).toThrow(EncodeError);
    expect(() => new Table({ localAsn: -1 })).toThrow(EncodeError);
    expect(() => new Table({ holdTime: 70_000 })).toThrow(EncodeError);
  });
});
