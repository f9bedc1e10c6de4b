import { Registry } from '@prometheus-io/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registerFederationMetrics } from '../../../src/api/metrics.ts';
import { createMemoryFederation } from './memory-federation.ts';
import { type RunningServer, startServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await startServer();
});
afterEach(() => server.close());

const get = async (path: string) => (await fetch(server.url + path)).json();
async function post(path: string, body?: unknown) {
  const json = body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(server.url + path, { method: 'POST', ...json });
  return { status: response.status, body: await response.json() };
}

test('regions are neighbour domains, and the networks that they have in common with us', async () => {
  expect(await get('/v1/regions')).toEqual({
    domain: 'dc1',
    domains: server.federation.domainList,
    regions: [{ domains: ['dc1', 'dc2'], networks: ['db', 'web'] }],
  });
  expect(await get('/v1/federation/dc2')).toEqual(server.federation.domainList[0]);
});

test.each([
  ['GET', '/v1/federation/dc7', undefined],
  ['POST', '/v1/federation/dc7/freeze', undefined],
  ['POST', '/v1/federation/dc7/drain', { seconds: 1 }],
  ['POST', '/v1/federation/dc7/release', undefined],
  ['GET', '/v1/routes?domain=dc7', undefined],
])('%s %s: there is no such domain', async (method, path, body) => {
  const found = method === 'POST' ? (await post(path, body)).body : await get(path);
  expect(found).toMatchObject({
    status: 404,
    code: 'no-such-domain',
    detail: 'dc7 is no neighbour domain of the configuration; GET /v1/regions lists them',
  });
});

describe('work on a domain', () => {
  test('is written down, with what was before and after', async () => {
    expect(await post('/v1/federation/dc2/freeze')).toMatchObject({ status: 200, body: { state: 'frozen' } });
    expect(await post('/v1/federation/dc2/drain', { seconds: 0.5 })).toMatchObject({ body: { state: 'draining' } });
    expect(await post('/v1/federation/dc2/release')).toMatchObject({ body: { state: 'established' } });
    const by = { name: 'local', via: 'api' };
    const [subject, seconds] = ['dc2', 0.5];
    expect(server.audited).toMatchObject([
      { by, what: 'freeze domain', subject, before: { state: 'established' }, after: { state: 'frozen' } },
      { by, what: 'drain domain', subject, before: { state: 'frozen' }, after: { state: 'draining', seconds } },
      { by, what: 'release domain', subject, before: { state: 'draining' }, after: { state: 'established' } },
    ]);
    expect(server.federation.drains).toEqual([{ name: 'dc2', wait: 500 }]);
  });

  test('withdraws after five seconds where nothing else is said', async () => {
    await post('/v1/federation/dc2/drain', {});
    expect(server.federation.drains).toEqual([{ name: 'dc2', wait: 5000 }]);
  });

  test.each([-1, 3601, 'soon'])('is refused for %s seconds', async (seconds) => {
    expect(await post('/v1/federation/dc2/drain', { seconds })).toMatchObject({
      status: 400,
      body: { errors: [{ in: 'body', field: 'seconds', reason: 'must be a number of seconds from 0 to 3600' }] },
    });
    expect(server.federation.drains).toEqual([]);
  });

  test('one that is drained cannot be frozen', async () => {
    await post('/v1/federation/dc2/drain', { seconds: 0 });
    expect(await post('/v1/federation/dc2/freeze')).toMatchObject({
      status: 409,
      body: { code: 'drained', detail: 'dc2 is drained, and nothing of it crosses; release it first' },
    });
    expect(server.audited).toHaveLength(1);
  });
});

test('each domain has its figures', async () => {
  const registry = new Registry();
  registerFederationMetrics(registry, createMemoryFederation());
  const samples = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toEqual([
    'nvad_domain_state{domain="dc2",state="established"} 1',
    'nvad_domain_state{domain="dc2",state="stale"} 0',
    'nvad_domain_state{domain="dc2",state="down"} 0',
    'nvad_domain_state{domain="dc2",state="frozen"} 0',
    'nvad_domain_state{domain="dc2",state="draining"} 0',
    'nvad_domain_state{domain="dc2",state="drained"} 0',
    'nvad_domain_sessions{domain="dc2",set="up"} 1',
    'nvad_domain_sessions{domain="dc2",set="configured"} 2',
    'nvad_domain_routes{domain="dc2",direction="import"} 7',
    'nvad_domain_routes{domain="dc2",direction="export"} 5',
    'nvad_domain_routes_refused{domain="dc2",direction="import",reason="not-shared"} 3',
    'nvad_domain_routes_refused{domain="dc2",direction="import",reason="wrong-vni"} 1',
    'nvad_domain_routes_refused{domain="dc2",direction="export",reason="not-shared"} 9',
    'nvad_domain_changes_waiting{domain="dc2",direction="import"} 2',
    'nvad_domain_changes_waiting{domain="dc2",direction="export"} 0',
    'nvad_domain_routes_damped{domain="dc2",direction="import"} 1',
    'nvad_domain_routes_damped{domain="dc2",direction="export"} 0',
    'nvad_domain_lag_seconds{domain="dc2",direction="import"} 0.012',
    'nvad_domain_lag_seconds{domain="dc2",direction="export"} 0',
    'nvad_domain_changes_total{domain="dc2",direction="import"} 40',
    'nvad_domain_changes_total{domain="dc2",direction="export"} 5',
    'nvad_domain_gateway_alive{domain="dc2",network="web",direction="import",gateway="10.1.0.253"} 1',
    'nvad_domain_gateway_alive{domain="dc2",network="web",direction="import",gateway="10.1.0.254"} 0',
    'nvad_domain_gateway_alive{domain="dc2",network="web",direction="export",gateway="10.1.0.254"} 0',
  ]);
});
