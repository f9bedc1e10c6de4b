import { Registry } from '@prometheus-io/client';
import { describe, expect, test, vi } from 'vitest';
import { watchEventLoopDelay } from '../../../src/api/event-loop-delay.ts';
import { registerNvaMetrics, registerProcessMetrics, registerSourceMetrics } from '../../../src/api/metrics.ts';
import { createMemoryNva } from './memory-nva.ts';
import { createMemorySource, samplePeer } from './memory-source.ts';
import { startServer } from './running-server.ts';

test('each peer has its figures, read from the source at each scrape', async () => {
  const source = createMemorySource();
  source.peerList = [samplePeer('10.0.0.11')];
  const registry = new Registry();
  registerSourceMetrics(registry, source);
  const peers = vi.spyOn(source, 'peers');
  const samples = (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(peers).toHaveBeenCalledTimes(1);
  expect(samples).toEqual([
    'nvad_peer_up{peer="10.0.0.11",role="nve"} 1',
    'nvad_peer_uptime_seconds{peer="10.0.0.11"} 3725',
    'nvad_peer_sessions_total{peer="10.0.0.11"} 2',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="in",type="open"} 1',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="in",type="update"} 12',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="in",type="notification"} 0',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="in",type="keepalive"} 40',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="in",type="routeRefresh"} 0',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="out",type="open"} 1',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="out",type="update"} 7',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="out",type="notification"} 0',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="out",type="keepalive"} 40',
    'nvad_peer_messages_total{peer="10.0.0.11",direction="out",type="routeRefresh"} 0',
    'nvad_peer_bytes_total{peer="10.0.0.11",direction="in"} 2345',
    'nvad_peer_bytes_total{peer="10.0.0.11",direction="out"} 1234',
    'nvad_peer_routes{peer="10.0.0.11",set="received"} 3',
    'nvad_peer_routes{peer="10.0.0.11",set="accepted"} 3',
    'nvad_peer_routes{peer="10.0.0.11",set="best"} 2',
    'nvad_peer_routes{peer="10.0.0.11",set="stale"} 0',
    'nvad_peer_routes{peer="10.0.0.11",set="advertised"} 5',
    'nvad_peer_retained{peer="10.0.0.11"} 0',
    'nvad_peer_near_route_limit{peer="10.0.0.11"} 0',
    'nvad_peer_route_limit_exceeded_total{peer="10.0.0.11"} 0',
    'nvad_peer_routes_withdrawn_by_error{peer="10.0.0.11"} 1',
    'nvad_peer_faults_total{peer="10.0.0.11",code="origin-value"} 1',
    'nvad_peer_changes_behind{peer="10.0.0.11"} 0',
    'nvad_peer_socket_buffer_bytes{peer="10.0.0.11"} 0',
    'nvad_ready 1',
    'nvad_routes 4',
    'nvad_paths 5',
    'nvad_attribute_sets 3',
    'nvad_tcp_md5_dropped_segments_total{reason="missing"} 3',
    'nvad_tcp_md5_dropped_segments_total{reason="unexpected"} 0',
    'nvad_tcp_md5_dropped_segments_total{reason="wrong"} 5',
    'nvad_build_info{version="0.1.0"} 1',
  ]);

  const routeLimit = {
    limit: 9,
    warnAbove: 6,
    near: true,
    exceeded: 2,
    restartSeconds: 5,
    untilReset: false,
    held: true,
    heldUntil: null,
  };
  const gracefulRestart = { ...samplePeer('10.0.0.1').gracefulRestart, phase: 'restarting', staleRoutes: 3 } as const;
  const change = { state: 'Idle', uptimeSeconds: null, routeLimit, gracefulRestart } as const;
  source.peerList = [samplePeer('10.0.0.12', change)];
  source.notReady = ['convergence'];
  source.drops = undefined;
  const later = await registry.metrics();
  expect(later).toContain('nvad_peer_up{peer="10.0.0.12",role="nve"} 0\n');
  expect(later).toContain('nvad_ready 0\n');
  expect(later).toContain('nvad_peer_routes{peer="10.0.0.12",set="stale"} 3\n');
  expect(later).toContain('nvad_peer_retained{peer="10.0.0.12"} 1\n');
  expect(later).toContain('nvad_peer_route_limit{peer="10.0.0.12",kind="limit"} 9\n');
  expect(later).toContain('nvad_peer_route_limit{peer="10.0.0.12",kind="warning"} 6\n');
  expect(later).toContain('nvad_peer_near_route_limit{peer="10.0.0.12"} 1\n');
  expect(later).toContain('nvad_peer_route_limit_exceeded_total{peer="10.0.0.12"} 2\n');
  expect(later).not.toContain('10.0.0.11');
  expect(later).not.toContain('nvad_tcp_md5_dropped_segments_total{');
});

test('the server counts its requests by row and status', async () => {
  const server = await startServer();
  await fetch(`${server.url}/v1/peers/10.0.0.11`);
  await fetch(`${server.url}/v1/peers/10.0.0.99`);
  await fetch(`${server.url}/nothing/here`);
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const counts = (await response.text()).split('\n').filter((line) => line.includes('request_duration_seconds_count'));
  expect(counts).toEqual([
    'nvad_api_request_duration_seconds_count{endpoint="getPeer",status="200"} 1',
    'nvad_api_request_duration_seconds_count{endpoint="getPeer",status="404"} 1',
    'nvad_api_request_duration_seconds_count{endpoint="none",status="404"} 1',
  ]);
  await server.close();
});

test('the process has its own figures, event loop lag among them', async () => {
  const registry = new Registry();
  registerProcessMetrics(registry);
  const text = await registry.metrics();
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
  expect(text).toMatch(/^process_resident_memory_bytes \d/m);
});

describe('watchEventLoopDelay', () => {
  const block = (ms: number) => {
    const until = performance.now() + ms;
    while (performance.now() < until);
  };

  test('a block that still goes on is in the reading', () => {
    const { read, stop } = watchEventLoopDelay();
    block(150);
    expect(read().maxMs).toBeGreaterThan(100);
    stop();
  });

  test('a block that begins right after a reading is in the next, and in no later one', async () => {
    const { read, stop } = watchEventLoopDelay();
    read();
    block(150);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const { meanMs, p99Ms, maxMs } = read();
    expect([meanMs > 100, p99Ms > 100, maxMs > 100]).toEqual([true, true, true]);
    expect(maxMs).toBeLessThan(1000);
    await vi.waitUntil(() => read().maxMs < 50);
    stop();
  });
});

test('conflicts are counted by code, and a code without any is not there', async () => {
  const registry = new Registry();
  const conflict = (code: string) => ({
    id: code,
    code,
    reason: '',
    claims: [],
    done: '',
    remedy: '',
    releasable: false,
  });
  let conflicts = [conflict('wrong-vni'), conflict('wrong-vni'), conflict('duplicate-mac')];
  registerNvaMetrics(registry, { ...createMemoryNva(), conflicts: () => conflicts, networks: () => [] });
  const figures = async () =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith('nvad_conflicts{'));
  expect(await figures()).toEqual(['nvad_conflicts{code="wrong-vni"} 2', 'nvad_conflicts{code="duplicate-mac"} 1']);
  conflicts = [];
  expect(await figures()).toEqual([]);
});
