import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Problem } from '../../../../src/api/contract/problem.ts';
import type { Nve, VirtualNetwork } from '../../../../src/nva/model.ts';
import { NvaStoreError } from '../../../../src/nva/store-error.ts';
import { attachment, network, nve } from '../../store/nva-values.ts';
import { type RunningServer, startServer } from '../running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

async function send<Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer<Body>> {
  const response = await fetch(server.url + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}
const problem = async (method: string, path: string, body?: unknown) => send<Problem>(method, path, body);
const fields = ({ body }: Answer<Problem>) => (body.errors ?? []).map(({ in: place, field }) => `${place} ${field}`);

async function put(...parts: readonly string[]): Promise<void> {
  if (parts.includes('web')) await send('PUT', '/v1/virtual-networks/web', { vni: 100 });
  if (parts.includes('nve1')) await send('PUT', '/v1/nves/nve1', { tunnelAddress: '10.0.0.1', kind: 'agent' });
  if (parts.includes('nve2')) await send('PUT', '/v1/nves/nve2', { tunnelAddress: '10.0.0.2', kind: 'static' });
}

describe('virtual networks', () => {
  test('are made with a put, with defaults for what it does not say', async () => {
    const made = await send('PUT', '/v1/virtual-networks/web', { vni: 100 });
    expect(made).toEqual({
      status: 201,
      body: {
        name: 'web',
        vni: 100,
        service: 'l2',
        routeTargets: ['65000:100'],
        acl: [],
        flooding: { kind: 'ingress-replication' },
        encapsulations: ['vxlan', 'vxlan-gpe', 'geneve', 'nvgre'],
        unknownUnicast: 'flood',
        trust: 'nve',
        status: { configured: false, attachments: 0, nves: 0, mappings: 0 },
      },
    });
    expect(await send('GET', '/v1/virtual-networks/web')).toEqual({ status: 200, body: made.body });
  });

  test('say all that they can say, in one form whatever the form it was put in', async () => {
    await send('PUT', '/v1/virtual-networks/blue', { vni: 500, service: 'l3' });
    const { status, body } = await send<VirtualNetwork>('PUT', '/v1/virtual-networks/web', {
      vni: 100,
      routeTargets: ['RT:65000:1', '192.0.2.1:7'],
      l3: 'blue',
      mtu: 1450,
      qos: { dscp: 46 },
      acl: [
        { action: 'allow', protocol: 'tcp', destination: '2001:DB8::/32', destinationPorts: { from: 80, to: 443 } },
        { action: 'deny', source: '10.0.0.0/8' },
      ],
      flooding: { kind: 'multicast', group: 'FF05::1' },
      encapsulations: ['geneve', 'vxlan'],
      unknownUnicast: 'drop',
      trust: 'both',
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      routeTargets: ['65000:1', '192.0.2.1:7'],
      acl: [{ destination: '2001:db8::/32' }, { source: '10.0.0.0/8' }],
      flooding: { kind: 'multicast', group: 'ff05::1' },
      l3: 'blue',
    });
    // What is kept has no members that say nothing.
    expect(JSON.stringify(server.nva.network('web'))).not.toContain('null');
    expect(Object.keys(server.nva.network('web')?.acl[1] ?? {})).toEqual(['action', 'source']);
  });

  test('stay as they are when they are put again, also as they were read', async () => {
    const { body } = await send('PUT', '/v1/virtual-networks/web', { vni: 100, mtu: 1500 });
    const events = server.nva.lastEvent();
    expect(await send('PUT', '/v1/virtual-networks/web', { mtu: 1500, vni: 100 })).toEqual({ status: 200, body });
    expect(await send('PUT', '/v1/virtual-networks/web', body)).toEqual({ status: 200, body });
    expect(server.nva.lastEvent()).toBe(events);
    expect((await send('PUT', '/v1/virtual-networks/web', { vni: 100, mtu: 1400 })).status).toBe(200);
    expect(server.nva.lastEvent()).toBe(events + 1);
  });

  test('are listed by their names, with the event up to which the list knows', async () => {
    for (const [name, vni] of [
      ['web', 100],
      ['db', 200],
    ] as const) {
      await send('PUT', `/v1/virtual-networks/${name}`, { vni });
    }
    const { body } = await send<{ virtualNetworks: VirtualNetwork[]; event: number }>('GET', '/v1/virtual-networks');
    expect([body.virtualNetworks.map(({ name }) => name), body.event]).toEqual([['db', 'web'], 2]);
  });

  test('are deleted once, and not while they are in use', async () => {
    await put('web', 'nve1');
    await send('PUT', '/v1/virtual-networks/web/attachments/a', { nve: 'nve1', mac: '02:00:00:00:00:01' });
    const used = await problem('DELETE', '/v1/virtual-networks/web');
    expect(used).toMatchObject({ status: 409, body: { code: 'network-in-use', detail: 'detach first' } });
    await send('DELETE', '/v1/virtual-networks/web/attachments/a');
    expect(await send('DELETE', '/v1/virtual-networks/web')).toEqual({
      status: 200,
      body: { deleted: true, event: 5 },
    });
    for (const method of ['DELETE', 'GET']) {
      const gone = await problem(method, '/v1/virtual-networks/web');
      expect(gone).toMatchObject({ status: 404, body: { code: 'no-such-network' } });
    }
  });

  test('that stand in the configuration are not changed', async () => {
    server.nva.configured.add('web');
    const refused = await problem('PUT', '/v1/virtual-networks/web', { vni: 1 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'configured' } });
    expect(fields(refused)).toEqual(['path name']);
  });

  test.each([
    [{}, ['body vni']],
    [{ vni: 0 }, ['body vni']],
    [{ vni: '100' }, ['body vni']],
    [{ vni: 16777216, service: 'l4' }, ['body vni', 'body service']],
    [{ vni: 1, colour: 'red' }, ['body colour']],
    [{ vni: 1, name: 'db' }, ['body name']],
    [{ vni: 1, routeTargets: [] }, ['body routeTargets']],
    [{ vni: 1, routeTargets: ['65000:1', 'x'] }, ['body routeTargets.1']],
    [{ vni: 1, mtu: 100 }, ['body mtu']],
    [{ vni: 1, qos: { dscp: 64 } }, ['body qos.dscp']],
    [{ vni: 1, acl: [{ action: 'allow' }, { action: 'drop' }] }, ['body acl.1.action']],
    [{ vni: 1, acl: [{ action: 'allow', source: '10.1.2.3/16' }] }, ['body acl.0.source']],
    [{ vni: 1, acl: [{ action: 'deny', destinationPorts: { from: 9, to: 1 } }] }, ['body acl.0.destinationPorts.from']],
    [{ vni: 1, flooding: { kind: 'multicast' } }, ['body flooding.group']],
    [{ vni: 1, flooding: { kind: 'multicast', group: '10.0.0.1' } }, ['body flooding.group']],
    [{ vni: 1, flooding: { kind: 'broadcast' } }, ['body flooding.kind']],
    [{ vni: 1, encapsulations: ['vxlan', 'vxlan'] }, ['body encapsulations']],
    [{ vni: 1, trust: 'nobody' }, ['body trust']],
  ])('are refused where a field is wrong: %j', async (body, expected) => {
    const refused = await problem('PUT', '/v1/virtual-networks/web', body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
    expect(fields(refused)).toEqual(expected);
    for (const { reason } of refused.body.errors ?? []) expect(reason).toMatch(/must|is not known/);
    expect(server.nva.network('web')).toBeUndefined();
  });

  test('with a VNI that is taken say which field it is', async () => {
    await put('web');
    const refused = await problem('PUT', '/v1/virtual-networks/db', { vni: 100 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'vni-taken' } });
    expect(fields(refused)).toEqual(['body vni']);
  });

  test('have names that fit into a file and an address', async () => {
    for (const name of ['-x', 'a%20b', 'x'.repeat(64), '%00']) {
      expect((await problem('PUT', `/v1/virtual-networks/${name}`, { vni: 1 })).status).toBe(400);
    }
  });
});

describe('NVEs', () => {
  test('say what they are, and what has become of them', async () => {
    const made = await send('PUT', '/v1/nves/nve1', { tunnelAddress: '2001:DB8::1', session: '10.0.0.9' });
    expect(made).toEqual({
      status: 201,
      body: {
        name: 'nve1',
        tunnelAddress: '2001:db8::1',
        kind: 'bgp',
        session: '10.0.0.9',
        encapsulations: [],
        status: {
          configured: false,
          session: { protocol: 'bgp', state: 'Established', since: '2026-01-02T03:04:05.000Z' },
          attachments: 0,
          networks: [],
        },
      },
    });
    expect(await send('PUT', '/v1/nves/nve1', made.body)).toEqual({ status: 200, body: made.body });
    expect(await send('GET', '/v1/nves/nve1')).toEqual({ status: 200, body: made.body });
  });

  test('that are static can do VXLAN where nothing else is said', async () => {
    await put('web', 'nve2');
    await send('PUT', '/v1/virtual-networks/web/attachments/a', { nve: 'nve2', mac: '02:00:00:00:00:01' });
    const { body } = await send<{ nves: Nve[] }>('GET', '/v1/nves');
    expect(body.nves).toMatchObject([
      {
        encapsulations: ['vxlan'],
        status: { session: null, attachments: 1, networks: [{ name: 'web', attachments: 1 }] },
      },
    ]);
  });

  test.each([
    [{}, ['body tunnelAddress']],
    [{ tunnelAddress: '239.0.0.1' }, ['body tunnelAddress']],
    [{ tunnelAddress: '0.0.0.0' }, ['body tunnelAddress']],
    [{ tunnelAddress: 'fe80::1%eth0' }, ['body tunnelAddress']],
    [{ tunnelAddress: '10.0.0.1', routerMac: '01:00:5e:00:00:01' }, ['body routerMac']],
    [{ tunnelAddress: '10.0.0.1', kind: 'router', encapsulations: ['gre'] }, ['body kind', 'body encapsulations.0']],
  ])('are refused where a field is wrong: %j', async (body, expected) => {
    const refused = await problem('PUT', '/v1/nves/nve1', body);
    expect([refused.status, fields(refused)]).toEqual([400, expected]);
  });

  test('are forgotten', async () => {
    await put('nve1');
    expect((await send('DELETE', '/v1/nves/nve1')).body).toEqual({ deleted: true, event: 2 });
    expect(await problem('DELETE', '/v1/nves/nve1')).toMatchObject({ status: 404, body: { code: 'no-such-nve' } });
  });
});

describe('attachments', () => {
  const path = '/v1/virtual-networks/web/attachments/vm-1';

  test('attach, move and detach', async () => {
    await put('web', 'nve1', 'nve2');
    const body = { nve: 'nve1', mac: '0200.0000.0001', ips: ['172.16.0.1', '2001:DB8:0::1'], vap: 'tap 7' };
    const made = await send('PUT', path, body);
    expect(made).toEqual({
      status: 201,
      body: {
        network: 'web',
        id: 'vm-1',
        nve: 'nve1',
        mac: '02:00:00:00:00:01',
        ips: ['172.16.0.1', '2001:db8::1'],
        prefixes: [],
        vap: 'tap 7',
        sticky: false,
        role: 'tenant',
        state: 'associated',
        status: { sequence: 0, registered: true, attached: false },
      },
    });
    expect(await send('PUT', path, made.body)).toEqual({ status: 200, body: made.body });
    expect(await send('PUT', path, { ...body, nve: 'nve2' })).toMatchObject({ status: 200, body: { nve: 'nve2' } });
    expect((await send('DELETE', path)).body).toEqual({ deleted: true, event: 6 });
    expect(await problem('DELETE', path)).toMatchObject({ status: 404, body: { code: 'no-such-attachment' } });
    expect(await problem('GET', path)).toMatchObject({ status: 404, body: { code: 'no-such-attachment' } });
  });

  test('name what is missing: their network in the path, their NVE in the body', async () => {
    const homeless = await problem('PUT', path, { nve: 'nve1', mac: '02:00:00:00:00:01' });
    expect(homeless).toMatchObject({ status: 404, body: { code: 'no-such-network' } });
    expect(fields(homeless)).toEqual(['path vn']);
    await put('web');
    const nowhere = await problem('PUT', path, { nve: 'nve1', mac: '02:00:00:00:00:01' });
    expect(nowhere).toMatchObject({ status: 409, body: { code: 'no-such-nve' } });
    expect(nowhere.body.errors).toEqual([{ in: 'body', field: 'nve', reason: 'there is no NVE nve1; make it first' }]);
    await put('nve1');
    const nobody = await problem('PUT', path, { nve: 'nve1' });
    expect(nobody).toMatchObject({ status: 400, body: { code: 'incomplete' } });
    expect(fields(nobody)).toEqual(['body mac']);
  });

  test.each([
    [{ nve: 'nve1', mac: '03:00:00:00:00:01' }, ['body mac']],
    [{ nve: 'nve1', mac: '00:00:00:00:00:00' }, ['body mac']],
    [{ nve: 'nve1', ips: ['10.0.0.1', '10.0.0.1'] }, ['body ips']],
    [{ nve: 'nve1', ips: ['224.0.0.1'] }, ['body ips.0']],
    [{ nve: 'nve1', prefixes: ['10.0.0.1/8'] }, ['body prefixes.0']],
    [{ nve: 'nve1', prefixes: ['2001:db8::1/64'] }, ['body prefixes.0']],
    [
      { nve: 'nve1', vap: 'a\nb', sticky: 1, role: 'cat', state: 'gone' },
      ['body vap', 'body sticky', 'body role', 'body state'],
    ],
    [{ nve: 'nve1', id: 'vm-2' }, ['body id']],
  ])('are refused where a field is wrong: %j', async (body, expected) => {
    const refused = await problem('PUT', path, body);
    expect([refused.status, fields(refused)]).toEqual([400, expected]);
  });

  test('are listed in pages in the order of their ids, by any of their addresses', async () => {
    await put('web', 'nve1', 'nve2');
    const changes = Array.from({ length: 25 }, (_, i) => ({
      op: 'put',
      kind: 'attachment',
      value: attachment(24 - i, { nve: i % 2 === 0 ? 'nve1' : 'nve2' }),
    }));
    expect((await send('POST', '/v1/apply', { changes })).status).toBe(200);
    const list = '/v1/virtual-networks/web/attachments';
    type Page = { attachments: { id: string }[]; next: string | null; total: number };
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body }: Answer<Page> = await send<Page>('GET', `${list}?limit=7${next === '' ? '' : `&cursor=${next}`}`);
      expect(body.total).toBe(25);
      seen.push(...body.attachments.map(({ id }) => id));
      next = body.next;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `port-${i}`).sort());
    const ids = async (query: string) =>
      (await send<Page>('GET', `${list}?${query}`)).body.attachments.map(({ id }) => id);
    expect(await ids('mac=02-00-00-00-00-07')).toEqual(['port-7']);
    expect(await ids('ip=172.16.0.9')).toEqual(['port-9']);
    expect(await ids('nve=nve1&limit=1000')).toHaveLength(13);
    const { body } = await send<Page>('GET', `${list}?limit=7`);
    expect(fields(await problem('GET', `${list}?nve=nve1&cursor=${body.next}`))).toEqual(['query cursor']);
    expect((await problem('GET', '/v1/virtual-networks/db/attachments')).status).toBe(404);
  });
});

describe('the store', () => {
  test.each([
    ['full', 507],
    ['locked', 503],
    ['corrupt', 503],
    ['unwritable', 503],
  ] as const)('that is %s refuses with %i and changes nothing', async (code, status) => {
    server.nva.broken = new NvaStoreError(code, '/var/state.db is no good', 'do something');
    const refused = await problem('PUT', '/v1/virtual-networks/web', { vni: 100 });
    expect(refused).toMatchObject({
      status,
      body: { code: `store-${code}`, detail: 'nothing was changed: /var/state.db is no good; do something' },
    });
    const fields = { code: `store-${code}`, method: 'PUT', url: '/v1/virtual-networks/web' };
    expect(server.logged).toEqual([{ fields, message: refused.body.detail }]);
    expect((await send('PUT', '/v1/virtual-networks/web', { vni: 100 })).status).toBe(201);
  });
});

describe('POST /v1/apply', () => {
  const whole = [
    { op: 'put', kind: 'virtual-network', value: network('web', 100) },
    { op: 'put', kind: 'nve', value: nve(1) },
    { op: 'put', kind: 'attachment', value: { network: 'web', id: 'a', nve: 'nve1', mac: '02:00:00:00:00:01' } },
  ];

  test('does all changes in order, as one transaction', async () => {
    const { status, body } = await send('POST', '/v1/apply', { changes: whole });
    expect([status, body]).toEqual([200, { outcomes: ['created', 'created', 'created'], event: 3, dryRun: false }]);
    const again = await send('POST', '/v1/apply', {
      changes: [...whole, { op: 'delete', kind: 'attachment', network: 'web', id: 'a' }],
    });
    expect(again.body).toEqual({
      outcomes: ['unchanged', 'unchanged', 'unchanged', 'deleted'],
      event: 4,
      dryRun: false,
    });
    expect((await send('POST', '/v1/apply', { changes: whole.slice(0, 1) })).body).toMatchObject({ event: null });
  });

  test('says what would become of them and does nothing, for a dry run', async () => {
    const { body } = await send('POST', '/v1/apply', { changes: whole, dryRun: true });
    expect(body).toEqual({ outcomes: ['created', 'created', 'created'], event: null, dryRun: true });
    expect([server.nva.network('web'), server.nva.lastEvent()]).toEqual([undefined, 0]);
  });

  test('does none where one is refused, and says which and why', async () => {
    const changes = [
      ...whole,
      { op: 'put', kind: 'attachment', value: { network: 'web', id: 'b', nve: 'nve9', mac: '02:00:00:00:00:02' } },
    ];
    const one = await problem('POST', '/v1/apply', { changes });
    expect(one).toMatchObject({ status: 409, body: { code: 'no-such-nve' } });
    expect(one.body.detail).toBe('nothing was changed: changes.3.value.nve: there is no NVE nve9; make it first');
    expect(fields(one)).toEqual(['body changes.3.value.nve']);
    const two = await problem('POST', '/v1/apply', {
      changes: [...changes, { op: 'delete', kind: 'virtual-network', name: 'x' }],
    });
    expect(two.body.code).toBe('refused');
    expect(fields(two)).toEqual(['body changes.3.value.nve', 'body changes.4']);
    expect(server.nva.lastEvent()).toBe(0);
  });

  test.each([
    [{}, ['body changes']],
    [{ changes: [] }, ['body changes']],
    [{ changes: [{ op: 'put', kind: 'vm', value: {} }] }, ['body changes.0.kind']],
    [{ changes: [{ op: 'patch', kind: 'nve', value: {} }] }, ['body changes.0.op']],
    [{ changes: [{ op: 'put', kind: 'attachment', value: { id: 'a', nve: 'x' } }] }, ['body changes.0.value.network']],
    [{ changes: [...whole, { op: 'delete', kind: 'nve', name: '-' }] }, ['body changes.3.name']],
    [{ changes: [{ ...whole[2], value: { ...whole[2]?.value, mac: 'x' } }] }, ['body changes.0.value.mac']],
    [{ changes: Array.from({ length: 2001 }, () => whole[0]) }, ['body changes']],
  ])('is refused with the place of what is wrong', async (body, expected) => {
    const refused = await problem('POST', '/v1/apply', body);
    expect([refused.status, fields(refused)]).toEqual([400, expected]);
  });

  test('takes a body that others may not have', async () => {
    const long = Array.from({ length: 2000 }, (_, i) => ({ op: 'put', kind: 'attachment', value: attachment(i) }));
    expect(JSON.stringify(long).length).toBeGreaterThan(300_000);
    await put('web', 'nve1');
    expect((await send('POST', '/v1/apply', { changes: long })).status).toBe(200);
    const tooLong = await problem('PUT', '/v1/nves/nve1', { tunnelAddress: 'x'.repeat(70_000) });
    expect(tooLong).toMatchObject({ status: 413, body: { code: 'body-too-large' } });
  });
});
